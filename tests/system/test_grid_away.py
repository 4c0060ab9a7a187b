"""A gateway serves its last copy while its grid is away, says so, and catches up when it is back."""

import tempfile
import unittest
from pathlib import Path

import wait
from network import Host
from portway import BINARY, Gateway, Service, portway, refused


class GridAway(unittest.TestCase):
    """The grid is a `portway grid` of its own; the clients are `portway client`."""

    def setUp(self) -> None:
        folder = tempfile.TemporaryDirectory(prefix="pw-away-", ignore_cleanup_errors=True)
        self.addCleanup(folder.cleanup)
        self.folder = Path(folder.name)
        self.grid = self.start_grid("127.0.0.1:0")
        self.address = self.grid.ready["listen"]
        self.gateway = Gateway(Host(), "--listen", "127.0.0.1:0", data=str(self.folder / "gateway"), grid=self.address)
        self.addCleanup(self.gateway.program.kill)

    def start_grid(self, listen: str) -> Service:
        grid = Service(Host(), "grid", "--listen", listen, "--data", self.folder / "grid")
        self.addCleanup(grid.program.kill)
        return grid

    def added(self, name: str) -> Path:
        file = self.folder / f"{name}.conf"
        file.write_text(self.gateway.peer("add", name))
        file.chmod(0o600)
        return file

    def test_peers_keep_working_and_later_changes_arrive(self) -> None:
        kept, leaving = self.added("kept"), self.added("leaving")
        self.assert_pings(kept)
        self.grid.program.kill()
        wait.until(lambda: "grid: away" in self.readiness(), "/readyz to say that the grid is away", 20)
        self.assert_pings(kept)
        refused("peer", "list", "--data", self.gateway.data, "--grid", self.address, timeout=60)
        self.grid = self.start_grid(self.address)
        wait.until(lambda: self.readiness() == "ok\n", "/readyz to say that the grid is back", 60)
        self.gateway.peer("remove", "leaving")
        self.assert_pings(self.added("new"))
        self.assertFalse(self.pings(leaving))
        self.assert_pings(kept)
        self.gateway.stop()

    def test_a_change_made_while_only_the_gateway_was_away_is_followed_at_its_start(self) -> None:
        file = self.added("early")
        self.gateway.stop()
        portway("peer", "disable", "early", *self.gateway.place)
        self.gateway = Gateway(Host(), "--listen", self.gateway.ready["listen"], data=self.gateway.data, grid=self.address)
        self.addCleanup(self.gateway.program.kill)
        self.assertFalse(self.pings(file))
        self.gateway.peer("enable", "early")
        self.assert_pings(file)
        self.gateway.stop()

    def readiness(self) -> str:
        """What /readyz says of a gateway that serves, with its grid or without."""
        return Host().run("curl", "-sf", "--max-time", 2, f"http://{self.gateway.ready['metrics']}/readyz")

    def assert_pings(self, file: Path) -> None:
        """Each try is a new client. A gateway lets a peer shake hands once in 20 ms, so one that comes right after
        another may have no answer."""
        wait.until(lambda: self.pings(file), f"{file.name} to have an answer", 20)

    def pings(self, file: Path) -> bool:
        result = Host().attempt(BINARY, "client", file, "--ping", "10.77.0.1", "--count", 1, "--timeout", 2)
        return result.returncode == 0
