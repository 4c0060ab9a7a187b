"""Packages under the local runtimes of platforms that keep Node running."""

import json
import os
import threading
import unittest
from collections.abc import Sequence

import project
import wait
from process import Program
from web import fetch, free_port, wait_until_served

CALL = b'{"jsonrpc":"2.0","method":"Accounts.greet","params":["Ada"],"id":3}'


class Host(unittest.TestCase):
    def start(self, *command: object, **options) -> Program:
        program = Program(*command, **options)
        self.addCleanup(program.kill)
        return program

    def check_service(self, base: str) -> None:
        status, body, _ = fetch(f"{base}/Accounts", CALL)
        self.assertEqual((status, json.loads(body)["result"]), (200, "Hello, Ada!"))


class Google(Host):
    def test_the_functions_framework_serves_it(self) -> None:
        folder = project.unpacked(project.package("google"), project.WORK / "google")
        port = free_port()
        program = self.start(project.node(22), project.judges() / ".bin" / "functions-framework", "--target=handler",
                             f"--port={port}", "--signature-type=http", cwd=folder)
        base = f"http://127.0.0.1:{port}"
        wait_until_served(base, program)
        self.assertEqual(json.loads(fetch(base)[1]), {"msg": "Hello rust!"})
        self.assertEqual(fetch(f"{base}/binary")[1], bytes(range(256)))
        cookies = [value for name, value in fetch(f"{base}/cookies")[2] if name.lower() == "set-cookie"]
        self.assertEqual(cookies, ["one=1", "two=2"])
        self.check_service(base)
        self.assertEqual(fetch(f"{base}/panic")[0], 500)
        self.assertEqual(fetch(f"{base}/length", bytes(9 << 20), {"content-type": "application/octet-stream"})[1], str(9 << 20).encode())


class LambdaLocal(Host):
    def test_one_event_is_answered(self) -> None:
        from runtime_api import request
        folder = project.unpacked(project.package("generic-node"), project.WORK / "lambda-local")
        (folder / "event.json").write_text(json.dumps(request("GET", "/")))
        output = project.run(project.node(20), project.judges() / ".bin" / "lambda-local", "-l", "index.mjs", "-h", "handler",
                             "-e", "event.json", cwd=folder, environment={"AWS_LAMBDA_RUNTIME_API": ""})
        self.assertIn("Hello rust!", output)


class Genezio(Host):
    """Everything over HTTP as one function, and each JSON-RPC service as a class, in one project."""

    def test_genezio_local_serves_it(self) -> None:
        folder = project.unpacked(project.package("genezio"), project.WORK / "genezio")
        port = free_port()
        environment = {"GENEZIO_NO_TELEMETRY": "1", "CI": "1", "HOME": str(project.WORK / "genezio-home")}
        program = self.start(project.node(20), project.judges() / ".bin" / "genezio", "local", "--port", port, cwd=folder,
                             environment=environment)
        base = f"http://127.0.0.1:{port}"
        function = f"{base}/.functions/function-sample/"
        wait_until_served(function, program, seconds=120)
        # The CLI listens before the processes of the function and of the classes do.
        wait.until(lambda: fetch(function)[0] == 200, f"the function by {program}", seconds=60)
        wait.until(lambda: b"Ada" in fetch(f"{base}/Accounts", CALL)[1], f"the class by {program}", seconds=60)
        self.assertEqual(json.loads(fetch(function)[1]), {"msg": "Hello rust!"})
        self.check_class(base)

    def check_class(self, base: str) -> None:
        """The class answers in Genezio's dialect, and no stack goes to the caller."""
        status, body, _ = fetch(f"{base}/Accounts", CALL)
        self.assertEqual((status, body), (200, b'{"jsonrpc":"2.0","result":"Hello, Ada!","error":null,"id":3}'))
        status, body, _ = fetch(f"{base}/Accounts", CALL.replace(b"greet", b"panic").replace(b'"Ada"', b""))
        self.assertEqual((status, json.loads(body)["error"]), (400, {"message": "Internal error", "code": -32603}))


class OwnHost(Host):
    """A host of our own, which calls `handler` in the forms that platforms use."""

    def call(self, folder, code: str, environment: dict[str, str] | None = None, version: int = 20, before: Sequence[object] = ()) -> str:
        (folder / "host.mjs").write_text(f'import {{ handler }} from "./index.mjs";\n{code}\n')
        return project.run(*before, project.node(version), "host.mjs", cwd=folder, environment=environment)


class AnyNode(OwnHost):
    def test_requests_of_the_web_get_responses(self) -> None:
        folder = project.unpacked(project.package("netlify"), project.WORK / "netlify")
        code = """
            const first = await handler(new Request("http://x/?a=1"));
            console.log(first.status, await first.text());
            const second = await handler(new Request("http://x/length", { method: "POST", body: "12345" }));
            console.log(second.status, await second.text());
            console.log((await handler(new Request("http://x/cookies"))).headers.getSetCookie().join(","));
        """
        for version in (20, 22, 24):
            self.assertEqual(self.call(folder, code, version=version),
                             '200 {"msg":"Hello rust!"}\n200 5\none=1,two=2\n')

    def test_many_requests_at_once_are_answered_each_with_its_own(self) -> None:
        folder = project.unpacked(project.package("vercel"), project.WORK / "many")
        code = """
            const one = async (size) => (await handler(new Request("http://x/length", { method: "POST", body: "x".repeat(size) }))).text();
            const all = await Promise.all(Array.from({ length: 200 }, (_, size) => one(size * 999)));
            console.log(all.every((text, size) => text === String(size * 999)));
        """
        self.assertEqual(self.call(folder, code), "true\n")

    def test_a_program_that_was_killed_is_reported_and_started_again(self) -> None:
        folder = project.unpacked(project.package("generic-node"), project.WORK / "killed")
        code = """
            import { execSync } from "node:child_process";
            await handler(new Request("http://x/"));
            const slow = handler(new Request("http://x/slow")).then(() => "answered", (error) => error.message);
            await new Promise((resolve) => setTimeout(resolve, 100));
            execSync(`pkill -9 -P ${process.pid} function`);
            console.log(await slow);
            console.log((await handler(new Request("http://x/"))).status);
        """
        self.assertEqual(self.call(folder, code), "portway: the program ended (SIGKILL)\n200\n")

    def test_in_a_worker_the_program_is_a_child_even_before_a_runtime_api(self) -> None:
        folder = project.unpacked(project.package("lambda-node"), project.WORK / "worker")
        (folder / "worker.mjs").write_text("""
            import { parentPort } from "node:worker_threads";
            import { handler } from "./index.mjs";
            parentPort.postMessage((await handler(new Request("http://x/"))).status);
        """)
        code = """
            import { Worker } from "node:worker_threads";
            const env = { ...process.env, AWS_LAMBDA_RUNTIME_API: "127.0.0.1:9" };
            const worker = new Worker("./worker.mjs", { env });
            console.log(await new Promise((resolve, reject) => worker.once("message", resolve).once("error", reject)));
            await worker.terminate();
            console.log("Node is still here");
        """
        for version in (20, 24):
            self.assertEqual(self.call(folder, code, version=version), "200\nNode is still here\n")

    def test_a_failed_start_is_the_error_of_the_request(self) -> None:
        folder = project.unpacked(project.package("generic-node"), project.WORK / "failed-child")
        code = 'console.log(await handler(new Request("http://x/")).catch((error) => error.stack));'
        # All of it: the host may show it to the caller.
        self.assertEqual(self.call(folder, code, {"SAMPLE_START": "fails"}), "Error: portway: the program ended (exit code 1)\n")

    def test_one_file_alone_is_a_whole_package(self) -> None:
        module = project.package("generic-node", "--single-file")
        folder = project.WORK / "single"
        folder.mkdir(exist_ok=True)
        (folder / "index.mjs").write_bytes(module.read_bytes())
        code = 'console.log((await handler(new Request("http://x/"))).status);'
        self.assertEqual(self.call(folder, code), "200\n")

    def test_the_module_started_by_itself_is_a_server(self) -> None:
        folder = project.unpacked(project.package("generic-node"), project.WORK / "alone")
        for version in (20, 24):
            port = free_port()
            program = self.start(project.node(version), folder / "index.mjs", port)
            wait_until_served(f"http://127.0.0.1:{port}/", program)
            self.assertEqual(program.name(), "function")
            self.check_service(f"http://127.0.0.1:{port}")
            self.assertEqual(program.stop(), 0)


class Sigterm(Host):
    """A host of Node whose process is told to end while a request runs in the child."""

    def check(self, program: Program, base: str, answer: tuple[int, bytes] = (200, b"done")) -> None:
        """What the request gets; and that the child does not outlive its host."""
        answers = []
        asking = threading.Thread(target=lambda: answers.append(fetch(f"{base}/slow")[:2]))
        asking.start()
        wait.until(lambda: "slow begins" in program.output, "the request in the program")
        child = children(program.pid)
        program.process.terminate()
        asking.join(20)
        self.assertEqual(answers, [answer])
        program.process.wait(10)
        wait.until(lambda: not any(os.path.exists(f"/proc/{pid}/exe") for pid in child), "the end of the program")

    def test_a_host_that_does_not_listen_for_it_answers_first(self) -> None:
        folder = project.unpacked(project.package("vercel"), project.WORK / "sigterm-child")
        for form in ("node", "fetch"):
            with self.subTest(form=form):
                port = free_port()
                program = self.start(project.node(22), project.HOST, folder / "index.mjs", form, port)
                wait_until_served(f"http://127.0.0.1:{port}/", program)
                self.check(program, f"http://127.0.0.1:{port}")

    def test_googles_framework_answers_itself_and_takes_the_child_along(self) -> None:
        folder = project.unpacked(project.package("google"), project.WORK / "sigterm-google")
        port = free_port()
        program = self.start(project.node(22), project.judges() / "@google-cloud" / "functions-framework" / "build" / "src" / "main.js",
                             "--target=handler", f"--port={port}", "--signature-type=http", cwd=folder)
        wait_until_served(f"http://127.0.0.1:{port}/", program)
        self.check(program, f"http://127.0.0.1:{port}", (500, b"Received SIGTERM"))

    def test_a_server_on_a_port_answers_first(self) -> None:
        folder = project.unpacked(project.package("generic-node"), project.WORK / "sigterm-alone")
        port = free_port()
        program = self.start(project.node(24), folder / "index.mjs", port)
        wait_until_served(f"http://127.0.0.1:{port}/", program)
        self.check(program, f"http://127.0.0.1:{port}")


def children(pid: int) -> list[int]:
    """The processes that one started."""
    found = []
    for task in os.listdir(f"/proc/{pid}/task"):
        with open(f"/proc/{pid}/task/{task}/children", encoding="ascii") as listed:
            found += [int(child) for child in listed.read().split()]
    return found


class Packages(unittest.TestCase):
    def test_each_has_exactly_one_executable_and_a_module_at_its_root(self) -> None:
        import zipfile
        for platform in ("lambda-node", "genezio", "google", "netlify", "vercel", "generic-node"):
            archive = project.package(platform)
            self.assertEqual(project.executables(archive), ["function"], platform)
            with zipfile.ZipFile(archive) as opened:
                self.assertIn("index.mjs", opened.namelist())
