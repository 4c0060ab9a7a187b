"""The enrolment function, packaged, before a gateway: `portway up` with its own grid, or with the Ignite that PORTWAY_TEST_GRID names."""

import functools
import json
import os
import re
import secrets
import shutil
import tempfile
import unittest
from pathlib import Path

import project
from process import Program, attempt, run
from project import BINARY
from runtime_api import RuntimeApi, request
from web import fetch


@functools.cache
def function() -> Path:
    """A project as the template makes it."""
    project.WORK.mkdir(parents=True, exist_ok=True)
    folder = project.WORK / "enrolment"
    kept = project.WORK / "enrolment-target"
    if (folder / "target").exists():
        shutil.rmtree(kept, ignore_errors=True)
        (folder / "target").rename(kept)
    shutil.rmtree(folder, ignore_errors=True)
    run(BINARY, "function", "new", "enrolment", "--template", "enrolment", cwd=project.WORK)
    if kept.exists():
        kept.rename(folder / "target")
    return folder


@functools.cache
def package(platform: str) -> Path:
    output = run(BINARY, "function", "build", "--platform", platform, "--json", cwd=function(), timeout=project.BUILD_TIMEOUT_SECONDS)
    return Path(json.loads(output)["package"])


class Enrolment(unittest.TestCase):
    @classmethod
    def setUpClass(cls) -> None:
        cls.folder = Path(tempfile.mkdtemp(prefix="portway-enrolment-"))
        cls.addClassCleanup(shutil.rmtree, cls.folder)
        token = secrets.token_hex(32)
        file = cls.folder / "enrol.token"
        file.touch(mode=0o600)
        file.write_text(token)
        grid = os.environ.get("PORTWAY_TEST_GRID")
        cls.gateway = Program(BINARY, "up", "--data", cls.folder / "data", "--listen", "127.0.0.1:0", "--control-listen", "127.0.0.1:0",
                              "--control-token", f"enrol={file}", *(("--grid", grid) if grid else ()))
        cls.addClassCleanup(cls.gateway.kill)
        control = re.search(r"control=\S*(grpcs://\S+)", cls.gateway.line("ready ", seconds=60))[1]
        fingerprint = re.search(r"fingerprint (sha256:\w+)", cls.gateway.stderr)[1]
        cls.environment = {"PORTWAY_CONTROL": control, "PORTWAY_CONTROL_TOKEN": token, "PORTWAY_CONTROL_FINGERPRINT": fingerprint}

    def invite(self) -> tuple[str, str]:
        name = f"guest-{secrets.token_hex(4)}"
        return name, run(BINARY, "peer", "invite", name, "--data", self.folder / "data").strip()

    def peer(self, name: str) -> dict:
        return json.loads(run(BINARY, "peer", "show", name, "--data", self.folder / "data", "--json"))

    def check_tunnel(self, configuration: str) -> None:
        """The configuration opens the tunnel."""
        file = self.folder / "guest.conf"
        file.write_text(configuration)
        file.chmod(0o600)
        result = attempt(BINARY, "client", file, "--ping", "10.77.0.1")
        self.assertEqual(result.returncode, 0, result.stderr)


class OnLambda(Enrolment):
    """Under Lambda's own runtime client, as a package for Node."""

    def setUp(self) -> None:
        self.api = RuntimeApi()
        self.addCleanup(self.api.close)
        folder = project.unpacked(package("lambda-node"), project.WORK / "enrolment-lambda")
        client = project.judges() / "aws-lambda-ric" / "index.mjs"
        program = Program(project.node(22), client, "index.handler", cwd=folder,
                          environment={**self.environment, **self.api.environment, "LAMBDA_TASK_ROOT": str(folder)})
        self.addCleanup(program.kill)

    def ask(self, application: dict, address: str = "192.0.2.1") -> tuple[int, dict]:
        event = request("POST", "/enrol", json.dumps(application))
        event["requestContext"]["http"]["sourceIp"] = address
        kind, answer = self.api.invoke(event)
        self.assertEqual(kind, "response", answer)
        return answer["statusCode"], json.loads(answer["body"])

    def test_a_public_key_is_let_in_once(self) -> None:
        name, token = self.invite()
        key = run("wg", "pubkey", text=run("wg", "genkey")).strip()
        status, answer = self.ask({"token": token, "public_key": key})
        self.assertEqual((status, answer["name"]), (200, name))
        self.assertNotIn("PrivateKey", answer["configuration"])
        self.assertEqual(self.peer(name)["public_key"], key)
        other = run("wg", "pubkey", text=run("wg", "genkey")).strip()
        used = self.ask({"token": token, "public_key": other})
        wrong = self.ask({"token": secrets.token_hex(32), "public_key": other})
        self.assertEqual(used[0], 403)
        self.assertEqual(used, wrong)

    def test_a_caller_that_cannot_make_a_key_gets_one_that_works(self) -> None:
        _, token = self.invite()
        status, answer = self.ask({"token": token, "generate": True})
        self.assertEqual(status, 200, answer)
        self.check_tunnel(answer["configuration"])

    def test_a_damaged_key_costs_no_token(self) -> None:
        name, token = self.invite()
        for application in ({"token": token}, {"token": token, "public_key": "short"}):
            self.assertEqual(self.ask(application)[0], 400)
        self.assertEqual(self.ask({"token": token, "generate": True})[1]["name"], name)

    def test_attempts_are_limited_by_the_address_that_the_platform_tells(self) -> None:
        statuses = [self.ask({"token": "0" * 64, "generate": True}, "198.51.100.1")[0] for _ in range(20)]
        self.assertEqual((statuses[0], statuses[-1]), (403, 429))
        _, token = self.invite()
        self.assertEqual(self.ask({"token": token, "generate": True}, "198.51.100.2")[0], 200)


class InABrowser(Enrolment):
    """The page in Chromium, served by the same program."""

    def setUp(self) -> None:
        folder = project.unpacked(package("lambda-custom"), project.WORK / "enrolment-served")
        self.server = Program(folder / "bootstrap", "--listen", "127.0.0.1:0", environment=self.environment)
        self.addCleanup(self.server.kill)
        self.url = self.server.line("ready listen=").removeprefix("ready listen=")
        # Beside the modules from npm, which the driver imports.
        self.driver = shutil.copy(project.FOLDER / "browser.mjs", project.judges().parent / "browser.mjs")

    def drive(self, token: str, *words: str) -> dict:
        return json.loads(run(project.node(22), self.driver, f"{self.url}/#{token}", project.WORK, *words, timeout=90))

    def test_the_page_makes_the_key_and_its_configuration_opens_the_tunnel(self) -> None:
        name, token = self.invite()
        seen = self.drive(token)
        self.assertEqual(seen.get("problem"), None)
        self.assertEqual(seen["code"], seen["configuration"])
        self.assertNotIn(token, seen["address"])
        key = re.search(r"PrivateKey = (\S+)", seen["configuration"])[1]
        self.assertEqual(run("wg", "pubkey", text=key).strip(), self.peer(name)["public_key"])
        self.assertNotIn(key, self.server.output + self.gateway.output)
        self.check_tunnel(seen["configuration"])

    def test_a_browser_without_such_keys_is_told_so_and_may_go_on(self) -> None:
        _, token = self.invite()
        seen = self.drive(token, "without-keys")
        self.assertIn("This browser cannot make such keys", seen["support"])
        self.check_tunnel(seen["configuration"])

    def test_a_used_token_is_explained(self) -> None:
        self.assertIn("not valid", self.drive("0" * 64)["problem"])

    def test_nothing_of_the_page_comes_from_elsewhere(self) -> None:
        for path in ("/", "/enrol.js", "/qr.js", "/style.css"):
            status, body, headers = fetch(self.url + path)
            self.assertEqual(status, 200)
            self.assertNotRegex(body.decode().replace("http://www.w3.org/2000/svg", ""), r"https?://")
            policy = dict((name.lower(), value) for name, value in headers)["content-security-policy"]
            self.assertIn("default-src 'none'", policy)
