"""`portway wireguard` as the user-space implementation of wg-quick."""

import tempfile
import unittest
from pathlib import Path

import network
import process
import scene
import wait
from network import Namespace
from portway import BINARY, await_gone
from stock import SOCKETS, StockClient
from test_wg_tool import key_pair

UDP_PORT = 51820


class WgQuick(unittest.TestCase):
    """Up, traffic both ways, down."""

    def setUp(self) -> None:
        self.server_space, self.client_space = Namespace("q"), Namespace("r")
        self.addCleanup(self.server_space.delete)
        self.addCleanup(self.client_space.delete)
        self.end, _ = network.join(
            self.server_space, self.client_space, [f"{scene.GATEWAY_V4}/24"], [f"{scene.CLIENT_V4}/24"])
        probe = network.unique_name("k")
        if self.server_space.attempt("ip", "link", "add", probe, "type", "wireguard").returncode == 0:
            self.skipTest("this kernel has WireGuard, which wg-quick prefers to any program")
        folder = tempfile.TemporaryDirectory(prefix="pw-quick-")
        self.addCleanup(folder.cleanup)
        self.folder = Path(folder.name)
        self.interface = network.unique_name("q")
        self.program = self.folder / "portway-wireguard"
        self.program.symlink_to(BINARY)

    def test_wg_quick_sets_it_up_a_stock_client_passes_and_down_removes_all(self) -> None:
        (private, public), (client_private, client_public) = key_pair(), key_pair()
        self.quick_up(private, client_public)
        client = StockClient(self.client_space, self.client_configuration(client_private, public))
        self.addCleanup(client.stop)
        client.await_answer("10.88.0.1")
        for way, megabits in client.throughput(self.server_space, "10.88.0.1").items():
            print(f"    {way}: {megabits:.0f} Mbit/s")
            self.assertGreater(megabits, 20)
        self.quick("down")
        await_gone(SOCKETS / f"{self.interface}.sock")
        self.assertNotEqual(self.server_space.attempt("ip", "link", "show", self.interface).returncode, 0)

    def test_it_ends_when_its_socket_is_removed(self) -> None:
        self.quick_up(key_pair()[0], key_pair()[1])
        (SOCKETS / f"{self.interface}.sock").unlink()
        gone = ["sh", "-c", f"! ip link show {self.interface}"]
        wait.until(lambda: self.server_space.attempt(*gone).returncode == 0, "the interface to go")

    def test_it_ends_when_its_interface_is_removed(self) -> None:
        self.quick_up(key_pair()[0], key_pair()[1])
        self.server_space.run("ip", "link", "delete", self.interface)
        await_gone(SOCKETS / f"{self.interface}.sock")

    def test_it_reaches_its_peer_after_its_own_address_has_changed(self) -> None:
        (private, public), (client_private, client_public) = key_pair(), key_pair()
        self.quick_up(private, client_public)
        client = StockClient(self.client_space, self.client_configuration(client_private, public))
        self.addCleanup(client.stop)
        client.await_answer("10.88.0.1")
        self.server_space.run("ip", "address", "add", "192.0.2.9/24", "dev", self.end)
        self.server_space.run("ip", "address", "delete", f"{scene.GATEWAY_V4}/24", "dev", self.end)
        self.server_space.attempt("ip", "address", "add", "192.0.2.9/24", "dev", self.end)
        # A new preshared key voids the session, so that a handshake is the first thing to be sent.
        key = self.folder / "preshared"
        key.write_text(process.run("wg", "genpsk"))
        for space, interface, peer in (
                (self.server_space, self.interface, client_public), (self.client_space, client.interface, public)):
            space.run("wg", "set", interface, "peer", peer, "preshared-key", key)
        wait.until(lambda: self.server_space.answers_ping("10.88.0.2"), "an answer to the new address")

    def test_save_keeps_a_peer_that_was_set(self) -> None:
        self.quick_up(key_pair()[0], key_pair()[1])
        added = key_pair()[1]
        self.server_space.run("wg", "set", self.interface, "peer", added, "allowed-ips", "10.88.0.9/32")
        self.quick("save")
        self.assertIn(added, self.file.read_text())
        self.quick("down")

    def quick_up(self, private: str, peer: str) -> None:
        self.file = self.folder / f"{self.interface}.conf"
        self.file.write_text(
            f"[Interface]\nPrivateKey = {private}\nListenPort = {UDP_PORT}\nAddress = 10.88.0.1/24, fd88::1/64\n"
            f"[Peer]\nPublicKey = {peer}\nAllowedIPs = 10.88.0.2/32, fd88::2/128\n")
        self.file.chmod(0o600)
        self.addCleanup(self.quick_down_if_up)
        self.quick("up")

    def quick(self, action: str) -> None:
        process.run(*self.quick_command(action), environment=self.environment())

    def quick_command(self, action: str) -> list[str]:
        return self.server_space.inside("wg-quick", action, self.file)

    def quick_down_if_up(self) -> None:
        if (SOCKETS / f"{self.interface}.sock").exists():
            process.attempt(*self.quick_command("down"), environment=self.environment())

    def environment(self) -> dict[str, str]:
        return {"WG_QUICK_USERSPACE_IMPLEMENTATION": str(self.program)}

    @staticmethod
    def client_configuration(private: str, server: str) -> str:
        return (f"[Interface]\nPrivateKey = {private}\nAddress = 10.88.0.2/32, fd88::2/128\n[Peer]\n"
                f"PublicKey = {server}\nEndpoint = {scene.GATEWAY_V4}:{UDP_PORT}\nAllowedIPs = 10.88.0.0/24, fd88::/64\n")
