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

import cleanup
import project
from process import Program, attempt, run
from project import BINARY
from runtime_api import RuntimeApi, request
from web import fetch


# It links a whole gateway, which takes minutes to build.
WITH_STRAIGHT = os.environ.get("PORTWAY_TEST_STRAIGHT") == "1"
# What a project that goes straight to a grid is made with; the environment names the grid of the test.
STRAIGHT = ("--grid", "grid.example.com:10800")


@functools.cache
def function(name: str, *options: str) -> Path:
    """A project as the template makes it."""
    project.WORK.mkdir(parents=True, exist_ok=True)
    folder = project.WORK / name
    kept = project.WORK / f"{name}-target"
    if (folder / "target").exists():
        shutil.rmtree(kept, ignore_errors=True)
        (folder / "target").rename(kept)
    shutil.rmtree(folder, ignore_errors=True)
    made = attempt(BINARY, "function", "new", name, "--template", "enrolment", *options, cwd=project.WORK)
    assert made.returncode == 0 and ("warning: with --grid" in made.stderr) == bool(options), made.stderr
    if kept.exists():
        kept.rename(folder / "target")
    return folder


@functools.cache
def package(platform: str, name: str = "enrolment", *options: str) -> Path:
    output = run(BINARY, "function", "build", "--platform", platform, "--json", cwd=function(name, *options),
                 timeout=project.BUILD_TIMEOUT_SECONDS)
    return Path(json.loads(output)["package"])


class Gateway:
    """A gateway with a token that can only enrol. One for all tests: a grid takes gateways of one fleet."""

    def __init__(self) -> None:
        self.folder = Path(tempfile.mkdtemp(prefix="portway-enrolment-"))
        cleanup.on_exit(lambda: shutil.rmtree(self.folder, ignore_errors=True))
        token = secrets.token_hex(32)
        file = self.folder / "enrol.token"
        file.touch(mode=0o600)
        file.write_text(token)
        grid = os.environ.get("PORTWAY_TEST_GRID")
        self.program = Program(BINARY, "up", "--data", self.folder / "data", "--listen", "127.0.0.1:0", "--control-listen", "127.0.0.1:0",
                               "--control-token", f"enrol={file}", *(("--grid", grid) if grid else ()))
        control = re.search(r"control=\S*(grpcs://\S+)", self.program.line("ready ", seconds=60))[1]
        fingerprint = re.search(r"fingerprint (sha256:\w+)", self.program.stderr)[1]
        self.environment = {"PORTWAY_CONTROL": control, "PORTWAY_CONTROL_TOKEN": token, "PORTWAY_CONTROL_FINGERPRINT": fingerprint}
        key = (self.folder / "data" / "fleet.key").read_text()
        self.grid_environment = {"PORTWAY_GRID": grid or f"unix:{self.folder / 'data' / 'grid.sock'}", "PORTWAY_FLEET_KEY": key}


gateway = functools.cache(Gateway)


class Enrolment(unittest.TestCase):
    @classmethod
    def setUpClass(cls) -> None:
        cls.gateway = gateway()
        cls.folder = cls.gateway.folder
        cls.environment = cls.gateway.environment
        cls.grid_environment = cls.gateway.grid_environment

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


class Lambda(Enrolment):
    """Under Lambda's own runtime client, as a package for Node."""

    def start(self, archive: Path, environment: dict[str, str]) -> Program:
        self.api = RuntimeApi()
        self.addCleanup(self.api.close)
        folder = project.unpacked(archive, project.WORK / f"{archive.stem}-enrolment")
        client = project.judges() / "aws-lambda-ric" / "index.mjs"
        program = Program(project.node(22), client, "index.handler", cwd=folder,
                          environment={**environment, **self.api.environment, "LAMBDA_TASK_ROOT": str(folder)})
        self.addCleanup(program.kill)
        return program

    def ask(self, application: dict, address: str = "192.0.2.1") -> tuple[int, dict]:
        event = request("POST", "/enrol", json.dumps(application))
        event["requestContext"]["http"]["sourceIp"] = address
        kind, answer = self.api.invoke(event)
        self.assertEqual(kind, "response", answer)
        return answer["statusCode"], json.loads(answer["body"])

    def check_used_tokens(self) -> None:
        """A key is let in by a token once, and a used token is refused as a wrong one is."""
        name, token = self.invite()
        key = public_key()
        status, answer = self.ask({"token": token, "public_key": key})
        self.assertEqual((status, answer.get("name")), (200, name), answer)
        self.assertNotIn("PrivateKey", answer["configuration"])
        self.assertEqual(self.peer(name)["public_key"], key)
        used = self.ask({"token": token, "public_key": public_key()})
        wrong = self.ask({"token": secrets.token_hex(32), "public_key": public_key()})
        self.assertEqual(used[0], 403)
        self.assertEqual(used, wrong)


def public_key() -> str:
    return run("wg", "pubkey", text=run("wg", "genkey")).strip()


class OnLambda(Lambda):
    """Through the control API of the gateway, with a token that can do nothing but enrol."""

    def setUp(self) -> None:
        self.start(package("lambda-node"), self.environment)

    def test_a_public_key_is_let_in_once(self) -> None:
        self.check_used_tokens()

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


@unittest.skipUnless(WITH_STRAIGHT, "only with PORTWAY_TEST_STRAIGHT=1")
class StraightToTheGrid(Lambda):
    """Without a gateway between the function and the grid, with the key of the fleet."""

    def setUp(self) -> None:
        archive = package("lambda-node", "enrolment-straight", *STRAIGHT)
        self.program = self.start(archive, self.grid_environment)

    def test_a_public_key_is_let_in_once(self) -> None:
        self.check_used_tokens()
        self.assertIn("warning: this function goes straight to the grid", self.program.output)
        self.assertNotIn(self.grid_environment["PORTWAY_FLEET_KEY"].strip(), self.program.output)

    def test_a_key_that_is_made_for_the_caller_opens_the_tunnel(self) -> None:
        _, token = self.invite()
        status, answer = self.ask({"token": token, "generate": True})
        self.assertEqual(status, 200, answer)
        self.check_tunnel(answer["configuration"])

    def test_attempts_are_limited_here_too(self) -> None:
        statuses = [self.ask({"token": "0" * 64, "generate": True}, "198.51.100.3")[0] for _ in range(20)]
        self.assertEqual((statuses[0], statuses[-1]), (403, 429))


@unittest.skipUnless(WITH_STRAIGHT, "only with PORTWAY_TEST_STRAIGHT=1")
class NoGrid(Lambda):
    def test_a_grid_that_cannot_be_reached_is_told_to_the_guest_without_its_address(self) -> None:
        self.start(package("lambda-node", "enrolment-straight", *STRAIGHT), {**self.grid_environment, "PORTWAY_GRID": "127.0.0.1:9"})
        status, answer = self.ask({"token": "0" * 64, "generate": True})
        self.assertEqual(status, 502)
        self.assertIn("Your invitation stays valid", answer["error"])

    def test_without_the_key_of_the_fleet_the_start_says_so(self) -> None:
        program = self.start(package("lambda-node", "enrolment-straight", *STRAIGHT), {"PORTWAY_FLEET_KEY": ""})
        self.assertIn("PORTWAY_FLEET_KEY is not set", json.loads(self.api.answer()[1])["errorMessage"])
        self.assertNotIn("panicked", program.output)


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
        self.assertNotIn(key, self.server.output + self.gateway.program.output)
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
