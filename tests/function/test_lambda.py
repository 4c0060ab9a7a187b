"""Packages for Lambda under its own Node runtime client, and as a custom runtime."""

import base64
import json
import unittest

import project
import wait
from process import Program
from runtime_api import RuntimeApi, request

SERVED = '{"jsonrpc":"2.0","method":"greet","params":["Ada"],"id":1}'
MODULE_START_SECONDS = 20


class Scene(unittest.TestCase):
    """A Runtime API and one runtime."""

    def setUp(self) -> None:
        self.api = RuntimeApi()
        self.addCleanup(self.api.close)

    def start(self, *command: object, folder=None, environment=None) -> Program:
        program = Program(*command, cwd=folder, environment={**self.api.environment, "LAMBDA_TASK_ROOT": str(folder),
                                                             **(environment or {})})
        self.addCleanup(program.kill)
        return program

    def node(self, version: int, folder, environment=None) -> Program:
        client = project.judges() / "aws-lambda-ric" / "index.mjs"
        return self.start(project.node(version), client, "index.handler", folder=folder, environment=environment)

    def package(self, name: str):
        return project.unpacked(project.package("lambda-node"), project.WORK / name)

    def invoke_well(self, event: object) -> dict:
        kind, answer = self.api.invoke(event)
        self.assertEqual(kind, "response", answer)
        return answer

    def initialization_error(self) -> str:
        path, body = self.api.answer()
        self.assertEqual(path, "/2018-06-01/runtime/init/error")
        return json.loads(body)["errorMessage"]


class InNodesPlace(Scene):
    def test_the_program_takes_nodes_place_on_each_version(self) -> None:
        folder = self.package("take-over")
        for version in (20, 22, 24):
            with self.subTest(node=version):
                program = self.node(version, folder)
                answer = self.invoke_well(request("POST", "/Accounts", SERVED))
                self.assertEqual(json.loads(answer["body"])["result"], "Hello, Ada!")
                self.assertEqual(program.name(), "function")
                self.assertLess(program.resident_kilobytes(), 8_000)
                self.assertNotIn("Warning", program.output)
                program.kill()
                self.api.close()
                self.api = RuntimeApi()

    def test_cookies_and_bytes_keep_their_form(self) -> None:
        self.node(22, self.package("forms"))
        self.assertEqual(self.invoke_well(request("GET", "/cookies"))["cookies"], ["one=1", "two=2"])
        answer = self.invoke_well(request("GET", "/binary"))
        self.assertTrue(answer["isBase64Encoded"])
        self.assertEqual(base64.b64decode(answer["body"]), bytes(range(256)))

    def test_a_streamed_answer_goes_out_while_it_is_made(self) -> None:
        self.node(24, self.package("streaming"), {"SAMPLE_STREAMS": "1"})
        self.api.events.put(request("GET", "/stream"))
        head, body = self.api.answer()[1].split(b"\0" * 8, 1)
        self.assertEqual((json.loads(head)["statusCode"], body), (200, b"first,second"))
        first = next(moment for moment, piece in self.api.pieces if b"first" in piece)
        second = next(moment for moment, piece in self.api.pieces if b"second" in piece)
        self.assertGreater(second - first, 0.3)

    def test_a_panic_is_an_answer_without_its_text_and_the_next_request_works(self) -> None:
        self.node(24, self.package("panic"))
        answer = self.invoke_well(request("GET", "/panic"))
        self.assertEqual((answer["statusCode"], "secret" in json.dumps(answer)), (500, False))
        self.assertEqual(self.invoke_well(request("GET", "/"))["statusCode"], 200)

    def test_schedules_and_messages_reach_their_handlers(self) -> None:
        self.node(22, self.package("events"))
        rule = "arn:aws:events:x:1:rule/"
        self.invoke_well({"source": "aws.events", "resources": [rule + "nightly"]})
        kind, answer = self.api.invoke({"source": "aws.events", "resources": [rule + "hourly"]})
        self.assertEqual((kind, answer["errorMessage"]), ("error", "another schedule"))
        record = {"eventSource": "aws:sqs", "eventSourceARN": "arn:aws:sqs:q", "attributes": {}}
        records = [{**record, "messageId": "1", "body": "good"}, {**record, "messageId": "2", "body": "bad"}]
        answer = self.invoke_well({"Records": records})
        self.assertEqual(answer, {"batchItemFailures": [{"itemIdentifier": "2"}]})

    def test_a_large_body_arrives_whole(self) -> None:
        self.node(24, self.package("large"))
        body = base64.b64encode(bytes(10 << 20)).decode()
        self.assertEqual(self.invoke_well(request("POST", "/length", body, base64=True))["body"], str(10 << 20))

    def test_where_lambdas_own_client_has_several_threads_each_has_a_child(self) -> None:
        program = self.node(24, self.package("several-threads"), {"AWS_LAMBDA_MAX_CONCURRENCY": "3"})
        for _ in range(6):
            self.api.events.put(request("POST", "/Accounts", SERVED))
        answers = [json.loads(self.api.answer()[1]) for _ in range(6)]
        self.assertEqual([json.loads(answer["body"])["result"] for answer in answers], ["Hello, Ada!"] * 6)
        self.assertNotEqual(program.name(), "function")

    def test_a_failed_start_is_an_initialization_error(self) -> None:
        folder = self.package("failed-start")
        self.node(22, folder, {"SAMPLE_START": "fails"})
        self.assertEqual(self.initialization_error(), "the database is away")
        self.node(22, folder, {"SAMPLE_START": "panics"})
        self.assertIn("nothing is configured", self.initialization_error())

    def test_sigterm_lets_the_request_that_runs_end(self) -> None:
        program = self.node(22, self.package("sigterm"))
        self.invoke_well(request("GET", "/"))
        self.api.events.put(request("GET", "/slow"))
        wait.until(lambda: "slow begins" in program.output, "the request in the program")
        self.assertEqual(program.stop(), 0)
        self.assertEqual(json.loads(self.api.answer()[1])["body"], "done")


class CustomRuntime(Scene):
    def test_the_bootstrap_is_all_there_is(self) -> None:
        archive = project.package("lambda-custom")
        self.assertEqual(project.executables(archive), ["bootstrap"])
        folder = project.unpacked(archive, project.WORK / "custom")
        self.start(folder / "bootstrap", folder=folder)
        self.assertEqual(json.loads(self.invoke_well(request("GET", "/"))["body"]), {"msg": "Hello rust!"})

    def test_several_requests_run_at_once_where_the_platform_asks_for_it(self) -> None:
        folder = project.unpacked(project.package("lambda-custom"), project.WORK / "several")
        self.start(folder / "bootstrap", folder=folder, environment={"AWS_LAMBDA_MAX_CONCURRENCY": "3"})
        for _ in range(3):  # Each is answered when all are there.
            self.api.events.put(request("GET", "/meet"))
        self.assertEqual([json.loads(self.api.answer()[1])["body"] for _ in range(3)], ["met"] * 3)

    def test_an_environment_that_is_not_whole_is_an_initialization_error(self) -> None:
        folder = project.unpacked(project.package("lambda-custom"), project.WORK / "not-whole")
        self.start("env", "-u", "AWS_LAMBDA_FUNCTION_VERSION", folder / "bootstrap", folder=folder)
        self.assertIn("AWS_LAMBDA_FUNCTION_VERSION is not", self.initialization_error())
