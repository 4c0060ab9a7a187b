"""kill -9: what was acknowledged is there after the restart."""

import tempfile
import threading
import unittest

import process
import wait
from network import Host
from portway import BINARY, Gateway, Service
from thin import ThinClient, byte_array

WRITES_BEFORE_THE_CRASH = 300


class Crash(unittest.TestCase):
    """On this machine's loopback; no privileges needed."""

    def setUp(self) -> None:
        folder = tempfile.TemporaryDirectory(prefix="pw-crash-", ignore_cleanup_errors=True)
        self.addCleanup(folder.cleanup)
        self.data = folder.name

    def test_a_killed_grid_keeps_each_acknowledged_write(self) -> None:
        for attempt in range(3):
            grid = self.start_grid()
            acknowledged = self.write_until_killed(grid, f"round{attempt}")
            grid = self.start_grid()
            self.assert_kept(grid, acknowledged)
            grid.stop()

    def start_grid(self) -> Service:
        grid = Service(Host(), "grid", "--listen", "127.0.0.1:0", "--data", self.data)
        self.addCleanup(grid.program.kill)
        return grid

    def write_until_killed(self, grid: Service, prefix: str) -> list[str]:
        """Writes without pause, kills the grid in the middle, and returns the keys that were acknowledged."""
        acknowledged: list[str] = []

        def write() -> None:
            try:
                with ThinClient(grid.ready["listen"]) as client:
                    client.create_cache("CRASH")
                    for number in range(1_000_000):
                        key = f"{prefix}-{number}"
                        client.put("CRASH", key, byte_array(key.encode() * 20))
                        acknowledged.append(key)
            except OSError:
                pass

        writer = threading.Thread(target=write)
        writer.start()
        wait.until(lambda: len(acknowledged) > WRITES_BEFORE_THE_CRASH, "writes to be acknowledged", 30)
        grid.program.kill()
        writer.join(10)
        return acknowledged

    def assert_kept(self, grid: Service, keys: list[str]) -> None:
        with ThinClient(grid.ready["listen"]) as client:
            for key in keys:
                self.assertEqual(client.get("CRASH", key), byte_array(key.encode() * 20), key)

    def test_a_killed_gateway_keeps_each_peer_whose_addition_returned(self) -> None:
        gateway = Gateway(Host(), "--listen", "127.0.0.1:0", data=self.data)
        self.addCleanup(gateway.program.kill)
        key = gateway.ready["public-key"]
        added: list[str] = []

        def add_peers() -> None:
            for number in range(1000):
                result = process.attempt(BINARY, "peer", "add", f"peer{number}", "--data", self.data)
                if result.returncode != 0:
                    return
                added.append(f"peer{number}")

        adder = threading.Thread(target=add_peers)
        adder.start()
        wait.until(lambda: len(added) > 10, "peers to be added", 30)
        gateway.program.kill()
        adder.join(60)
        gateway = Gateway(Host(), "--listen", "127.0.0.1:0", data=self.data)
        self.addCleanup(gateway.stop)
        self.assertLessEqual(set(added), {peer["name"] for peer in gateway.peers()})
        self.assertEqual(gateway.ready["public-key"], key)
