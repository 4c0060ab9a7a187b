"""`portway function invoke`, `deploy` and `run --emulate`."""

import json
import os
import unittest
from pathlib import Path

import project
import wait
from process import Program, attempt, run
from project import BINARY
from web import fetch, free_port

FIRST_START_SECONDS = 120
EXIT_FAILED, EXIT_WRONG_USE = 1, 2


def caches() -> dict[str, str]:
    """An environment in which the platforms' runtimes are installed already, and nobody is logged in anywhere."""
    cache = project.WORK / "cache"
    dependencies = json.loads(project.RUNTIMES.read_text())["dependencies"]
    for name, version in dependencies.items():
        folder = cache / "portway" / f"{name.replace('@', '-').replace('/', '-')}-{version}"
        folder.mkdir(parents=True, exist_ok=True)
        if not (folder / "node_modules").exists():
            (folder / "node_modules").symlink_to(project.judges())
    home = project.WORK / "home"
    home.mkdir(exist_ok=True)
    return {"XDG_CACHE_HOME": str(cache), "HOME": str(home), "CI": "1", "RUSTUP_HOME": rust_home("RUSTUP_HOME", ".rustup"),
            "CARGO_HOME": rust_home("CARGO_HOME", ".cargo")}


def rust_home(variable: str, folder: str) -> str:
    return os.environ.get(variable, str(Path.home() / folder))


class Invoke(unittest.TestCase):
    def invoke(self, *words: object, text: str | None = None):
        return attempt(BINARY, "function", "invoke", *words, text=text, cwd=project.project(), timeout=project.BUILD_TIMEOUT_SECONDS)

    def on_package(self, platform: str, *words: object, text: str | None = None):
        return self.invoke("--package", project.package(platform), *words, text=text)

    def test_a_package_answers_a_request_a_method_and_an_event(self) -> None:
        for platform in ("lambda-node", "lambda-custom", "generic-node", "google"):
            with self.subTest(platform=platform):
                result = self.on_package(platform)
                self.assertEqual((result.returncode, result.stdout), (0, '{"msg":"Hello rust!"}\n'), result.stderr)
                self.assertIn("status 200, answered in", result.stderr)
                self.assertEqual(self.on_package(platform, "--call", "Accounts.greet", "Ada").stdout, '"Hello, Ada!"\n')
        event = {"source": "aws.events", "resources": ["arn:aws:events:x:1:rule/nightly"]}
        self.assertEqual(self.on_package("lambda-node", "--event", "--file", "-", text=json.dumps(event)).stdout, "null\n")

    def test_the_program_of_the_project_is_called_with_a_payload_from_a_file(self) -> None:
        file = project.WORK / "parameters.json"
        file.write_text('{"right": 1, "left": 9007199254740993}')
        result = self.invoke("--call", "Accounts.add", "--file", file, "--json")
        answer = json.loads(result.stdout)
        self.assertEqual((answer["ok"], answer["status"], answer["answer"]), (True, 200, 9007199254740994), result.stderr)
        self.assertGreater(answer["duration_milliseconds"], 0)

    def test_a_server_that_runs_is_called(self) -> None:
        folder = project.unpacked(project.package("lambda-custom"), project.WORK / "invoked")
        server = Program(folder / "bootstrap", "--listen", "127.0.0.1:0")
        self.addCleanup(server.kill)
        url = server.line("ready listen=").removeprefix("ready listen=")
        result = self.invoke("--url", url, "--path", "/length", "12345")
        self.assertEqual((result.returncode, result.stdout), (0, "5\n"), result.stderr)

    def test_an_error_of_the_function_is_exit_code_1_with_its_logs(self) -> None:
        result = self.on_package("lambda-node", "--call", "Accounts.withdraw", "0", "--json")
        answer = json.loads(result.stdout)
        self.assertEqual((result.returncode, answer["ok"], answer["error"]), (EXIT_FAILED, False, "the account is closed"))
        result = self.on_package("lambda-node", "--path", "/panic")
        self.assertEqual(result.returncode, EXIT_FAILED)
        self.assertIn("a handler panicked: a secret", result.stderr)
        self.assertNotIn("secret", result.stdout)

    def test_what_cannot_be_called_says_what_to_do(self) -> None:
        for words, code, text in (
                (("--url", "http://127.0.0.1:9"), EXIT_FAILED, "portway function run"),
                (("--package", "/dev/null"), EXIT_FAILED, "is no package"),
                (("--call", "greet"), EXIT_WRONG_USE, "SERVICE.METHOD"),
                (("--event", "no JSON"), EXIT_WRONG_USE, "the event is no JSON"),
                (("--file", "/none"), EXIT_FAILED, "cannot read /none")):
            with self.subTest(words=words):
                result = self.invoke(*words)
                self.assertEqual(result.returncode, code, result.stderr)
                self.assertIn(text, result.stderr)


class Emulate(unittest.TestCase):
    def emulate(self, platform: str, route: str = "") -> str:
        """The address of the project's package under the runtime of a platform."""
        program = Program(BINARY, "function", "run", "--emulate", platform, "--listen", f"127.0.0.1:{free_port()}",
                          cwd=project.project(), environment=caches())
        self.addCleanup(program.stop)
        base = program.line("ready listen=", seconds=FIRST_START_SECONDS).removeprefix("ready listen=") + route
        # Genezio's CLI listens before the function's own process does.
        wait.until(lambda: fetch(base + "/")[0] == 200, f"an answer by {program}", seconds=60)
        return base

    def test_each_platform_serves_the_project(self) -> None:
        for platform in ("lambda-node", "lambda-custom", "google", "netlify", "vercel", "generic-node"):
            with self.subTest(platform=platform):
                base = self.emulate(platform)
                self.assertEqual(json.loads(fetch(base + "/")[1]), {"msg": "Hello rust!"})
                self.assertEqual(fetch(base + "/binary")[1], bytes(range(256)))
                cookies = [value for name, value in fetch(base + "/cookies")[2] if name.lower() == "set-cookie"]
                self.assertEqual(cookies, ["one=1", "two=2"])

    def test_genezio_serves_the_project(self) -> None:
        base = self.emulate("genezio", "/.functions/function-sample")
        self.assertEqual(json.loads(fetch(base + "/")[1]), {"msg": "Hello rust!"})


class Deploy(unittest.TestCase):
    def deploy(self, platform: str, *words: object, path: str | None = None):
        environment = {**caches(), "PATH": path or f"{project.judges() / '.bin'}:{os.environ['PATH']}"}
        return attempt(BINARY, "function", "deploy", "--platform", platform, *words, cwd=project.project(), environment=environment)

    def test_what_would_be_run_is_printed_and_nothing_is_run(self) -> None:
        for platform, words, expected in (
                ("lambda-node", (), "aws lambda update-function-code --function-name sample --zip-file fileb://"),
                ("google", ("--region", "europe-west1"), "gcloud functions deploy sample --gen2"),
                ("genezio", (), "&& genezio deploy --backend"),
                ("netlify", ("--production",), "--functions functions --prod"),
                ("vercel", ("--", "--force"), "&& vercel deploy --prebuilt --yes --force")):
            with self.subTest(platform=platform):
                result = self.deploy(platform, "--dry-run", *words)
                self.assertEqual(result.returncode, 0, result.stderr)
                self.assertIn(expected, result.stdout)

    def test_what_cannot_be_deployed_is_refused_before_anything_is_built(self) -> None:
        for words, said in (
                (("--single-file",), "leave --single-file out"),
                (("--name", "../up"), "cannot be the name of a function")):
            with self.subTest(words=words):
                result = self.deploy("netlify", "--dry-run", *words)
                self.assertEqual((result.returncode, result.stdout), (EXIT_WRONG_USE, ""), result.stderr)
                self.assertIn(said, result.stderr)

    def test_without_a_login_the_command_that_mends_it_is_named(self) -> None:
        for platform in ("genezio", "vercel"):
            with self.subTest(platform=platform):
                result = self.deploy(platform)
                self.assertEqual(result.returncode, EXIT_FAILED, result.stderr)
                self.assertIn(f"nobody is logged in to {platform}", result.stderr)
                self.assertIn(f"log in: {platform} login", result.stderr)

    def test_without_the_command_line_its_installation_is_named(self) -> None:
        tools = project.WORK / "tools"
        tools.mkdir(exist_ok=True)
        for name in ("cargo", "rustc"):
            (tools / name).unlink(missing_ok=True)
            (tools / name).symlink_to(Path(run("sh", "-c", f"command -v {name}").strip()).resolve())
        result = self.deploy("lambda-node", path=str(tools))
        self.assertEqual(result.returncode, EXIT_FAILED, result.stderr)
        self.assertIn("there is no aws", result.stderr)
        self.assertIn("install it: https://docs.aws.amazon.com", result.stderr)
