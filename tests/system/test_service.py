"""How a long-running command tells that it is ready, how it does, and how it ends."""

import json
import tempfile
import time
import unittest
import urllib.request
from pathlib import Path

from network import Host
from portway import BINARY, Service, ready_values

ARGUMENTS = ("up", "--listen", "127.0.0.1:0", "--ephemeral")
KEYS = {"listen", "data", "grid", "metrics", "public-key"}
# The issue grants 2 s; the rest is for a busy machine.
END_SECONDS = 3


class ServiceManners(unittest.TestCase):
    """On this machine's loopback; no privileges needed."""

    def start(self, *arguments: object) -> Service:
        service = Service(Host(), *(arguments or ARGUMENTS))
        self.addCleanup(service.program.kill)
        return service

    def test_stdout_is_one_ready_line_with_all_keys(self) -> None:
        gateway = self.start()
        self.assertLessEqual(KEYS, set(gateway.ready))
        gateway.stop()
        self.assertEqual(len(gateway.program.stdout.splitlines()), 1)

    def test_the_ready_line_can_be_json(self) -> None:
        program = Host().start(BINARY, *ARGUMENTS, "--json")
        self.addCleanup(program.kill)
        ready = json.loads(program.line("{"))
        self.assertEqual(ready["event"], "ready")
        self.assertLessEqual(KEYS, set(ready))
        self.assertEqual(program.stop(), 0)

    def test_the_ready_file_holds_the_line(self) -> None:
        with tempfile.TemporaryDirectory() as folder:
            file = Path(folder, "ready")
            gateway = self.start(*ARGUMENTS, "--ready-file", file)
            self.assertEqual(ready_values(file.read_text()), gateway.ready)
            gateway.stop()

    def test_it_ends_in_time_and_an_ephemeral_folder_goes_with_it(self) -> None:
        gateway = self.start()
        started = time.monotonic()
        gateway.stop()
        self.assertLess(time.monotonic() - started, END_SECONDS)
        self.assertFalse(Path(gateway.ready["data"]).exists())

    def test_metrics_and_health_are_served(self) -> None:
        for arguments in (ARGUMENTS, ("grid", "--listen", "127.0.0.1:0")):
            service = self.start(*arguments)
            for path in ("metrics", "healthz", "readyz"):
                with urllib.request.urlopen(f"http://{service.ready['metrics']}/{path}", timeout=5) as answer:
                    self.assertEqual(answer.status, 200, path)
            self.assertIn("# TYPE", service.metrics())
            service.stop()

    def test_the_second_gateway_of_one_folder_is_refused(self) -> None:
        gateway = self.start()
        second = Host().attempt(BINARY, "up", "--listen", "127.0.0.1:0", "--data", gateway.ready["data"])
        self.assertEqual(second.returncode, 1, second.stderr)
        self.assertIn("hint", second.stderr)
        gateway.stop()
