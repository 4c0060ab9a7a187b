"""Genezio's own clients, and several services in one project of Genezio."""

import functools
import json
import os
import re
import shutil
import zipfile
from pathlib import Path

import project
import wait
from process import Program, attempt
from project import BINARY
from test_client import STRICT
from test_hosts import CALL, Host
from web import fetch, free_port, wait_until_served

# Where the CLI writes its client, and in which language. Beside the project: the CLI starts anew with each change in it.
FRONTEND = "frontend:\n  path: ../genezio-web\n  sdk:\n    language: ts\n    path: sdk\n"
# Their names stand in the addresses of their functions.
SERVICES = {"orders": "http", "greeting": "json-rpc"}


def local(host: Host, folder: Path) -> tuple[Program, str]:
    """`genezio local` in a folder, and its address."""
    port = free_port()
    environment = {"GENEZIO_NO_TELEMETRY": "1", "CI": "1", "HOME": str(project.WORK / "genezio-home")}
    program = host.start(project.node(20), project.judges() / ".bin" / "genezio", "local", "--port", port, cwd=folder,
                         environment=environment)
    base = f"http://127.0.0.1:{port}"
    wait_until_served(base, program, seconds=120)
    return program, base


class OwnClient(Host):
    """The client in TypeScript that Genezio's CLI makes of our class."""

    def test_it_calls_the_class_and_a_service_in_its_dialect(self) -> None:
        folder = project.unpacked(project.package("genezio"), project.WORK / "genezio-client")
        file = folder / "genezio.yaml"
        file.write_text(file.read_text() + FRONTEND)
        web = project.WORK / "genezio-web"
        shutil.rmtree(web, ignore_errors=True)
        web.mkdir()
        (web / "package.json").write_text('{"name": "web", "private": true, "type": "module"}')
        program, base = local(self, folder)
        wait.until(lambda: b"Ada" in fetch(f"{base}/Accounts", CALL)[1], f"the class by {program}", seconds=60)
        client = web / "node_modules" / "@genezio-sdk" / "sample"
        wait.until(lambda: "Import your classes" in program.output and client.exists(), f"the client by {program}", seconds=60)
        self.check_client(web)

    def check_client(self, web: Path) -> None:
        shutil.copy(project.FOLDER / "genezio.ts", web)
        project.run(project.judges() / ".bin" / "tsc", *STRICT, "--skipLibCheck", "--typeRoots", project.judges() / "@types", "genezio.ts",
                    cwd=web)
        self.assertEqual(project.run(project.node(22), "genezio.js", cwd=web), "[]\n")
        # The same client before our own server, in the mode that is made for it.
        served = project.unpacked(project.package("lambda-custom"), project.WORK / "genezio-served")
        server = self.start(served / "bootstrap", "--listen", "127.0.0.1:0")
        url = server.line("ready listen=").removeprefix("ready listen=")
        self.assertEqual(project.run(project.node(22), "genezio.js", f"{url}/genezio/Accounts", cwd=web), "[]\n")


@functools.cache
def workspace() -> Path:
    """A workspace with two projects as the templates make them."""
    folder = project.WORK / "shop"
    shutil.rmtree(folder, ignore_errors=True)
    folder.mkdir(parents=True)
    rest = ""
    for name, template in SERVICES.items():
        project.run(BINARY, "function", "new", name, "--template", template, cwd=folder)
        manifest = folder / name / "Cargo.toml"
        own, rest = re.split(r"(?=\[profile\.release\])", manifest.read_text())
        manifest.write_text(own)
    rest = re.sub(r"(#.*\n)?\[workspace\]", "", rest)
    (folder / "Cargo.toml").write_text(f'[workspace]\nresolver = "3"\nmembers = {json.dumps(list(SERVICES))}\n\n{rest}')
    return folder


def build(platform: str, *options: str, folder: Path | None = None) -> object:
    # The dependencies of the sample are those of the templates.
    environment = {"CARGO_TARGET_DIR": os.environ.get("CARGO_TARGET_DIR", str(project.project() / "target"))}
    output = project.run(BINARY, "function", "build", "--platform", platform, "--json", *options, cwd=folder or workspace(),
                         timeout=project.BUILD_TIMEOUT_SECONDS, environment=environment)
    return json.loads(output)


class SeveralServices(Host):
    def test_each_program_of_a_workspace_gets_a_package(self) -> None:
        packages = build("lambda-node")
        self.assertEqual([Path(package["package"]).name for package in packages],
                         ["orders-lambda-node-x86_64.zip", "greeting-lambda-node-x86_64.zip"])
        one = build("lambda-node", "--bin", "greeting")
        self.assertEqual(one["package"], packages[1]["package"])
        here = build("lambda-node", folder=workspace() / "orders")
        self.assertEqual(here["package"], packages[0]["package"])

    def test_where_one_is_meant_their_names_are_said(self) -> None:
        for words in (("run",), ("invoke",), ("deploy", "--platform", "lambda-node")):
            with self.subTest(words=words):
                result = attempt(BINARY, "function", *words, cwd=workspace())
                self.assertEqual(result.returncode, 2, result.stderr)
                self.assertIn("the project has several programs: orders, greeting", result.stderr)
                self.assertIn("choose one with --bin NAME", result.stderr)

    def test_genezio_local_serves_them_as_one_project(self) -> None:
        archive = Path(build("genezio")["package"])
        self.assertEqual(sorted(project.executables(archive)), ["greeting/function", "orders/function"])
        with zipfile.ZipFile(archive) as opened:
            self.assertIn("greeting/Greeter.ts", opened.namelist())
        program, base = local(self, project.unpacked(archive, project.WORK / "genezio-shop"))
        hello = b'{"jsonrpc":"2.0","method":"Greeter.hello","params":["Ada"],"id":3}'
        wait.until(lambda: b"Ada" in fetch(f"{base}/Greeter", hello)[1], f"the class by {program}", seconds=60)
        self.assertEqual(json.loads(fetch(f"{base}/Greeter", hello)[1])["result"], "Hello, Ada!")
        orders = f"{base}/.functions/function-orders/"
        wait.until(lambda: fetch(orders)[0] == 200, f"the function by {program}", seconds=60)
        self.assertEqual(json.loads(fetch(orders)[1]), {"msg": "Hello rust!"})
        status, body, _ = fetch(f"{base}/.functions/function-greeting/Greeter", hello)
        self.assertEqual((status, json.loads(body)["result"]), (200, "Hello, Ada!"))
