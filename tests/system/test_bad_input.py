"""Bad input is an answer, not an accident: a message with a hint, or a counted drop; nothing lost, no panic."""

import random
import socket
import struct
import tempfile
import unittest
from pathlib import Path

import process
import wait
from network import Host
from portway import BINARY, Gateway, Service, portway, refused
from thin import ThinClient, byte_array

# "Its memory is bounded": far more than a refusal can need, far less than what the frame announces.
MOST_MEMORY_GROWTH_KILOBYTES = 8192
UNREACHABLE_SECONDS = 30


class BadArguments(unittest.TestCase):
    """Commands that cannot do what they are told."""

    def assert_refused(self, *arguments: object, says: str = "") -> None:
        _, message = refused(*arguments, timeout=UNREACHABLE_SECONDS)
        self.assertIn(says, message)
        self.assertTrue("hint" in message or "For more information" in message, f"no hint in: {message}")

    def setUp(self) -> None:
        folder = tempfile.TemporaryDirectory(prefix="pw-bad-", ignore_cleanup_errors=True)
        self.addCleanup(folder.cleanup)
        self.folder = Path(folder.name)

    def test_a_wrong_key_is_named(self) -> None:
        for key in ("nonsense", "A" * 44, "g" * 64):
            self.assert_refused("peer", "add", "x", "--public-key", key, "--data", self.folder, says="--public-key")

    def test_a_bad_prefix_is_named(self) -> None:
        for prefix in ("10.0.0.0/33", "10.0.0/8", "fd00::/129", "everything"):
            self.assert_refused("peer", "add", "x", "--allowed-ip", prefix, "--data", self.folder, says=prefix)

    def test_a_command_without_a_gateway_says_how_to_start_one(self) -> None:
        self.assert_refused("peer", "list", "--data", self.folder)

    def test_a_used_port_is_named(self) -> None:
        with socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as holder:
            holder.bind(("127.0.0.1", 0))
            address = f"127.0.0.1:{holder.getsockname()[1]}"
            self.assert_refused("up", "--listen", address, "--ephemeral", says=address)

    def test_an_unreachable_grid_is_named(self) -> None:
        with socket.socket() as closed:
            closed.bind(("127.0.0.1", 0))
            address = f"127.0.0.1:{closed.getsockname()[1]}"
            key = self.folder / "fleet.key"
            for command in (("up", "--listen", "127.0.0.1:0"), ("peer", "list")):
                self.assert_refused(*command, "--grid", address, "--data", self.folder, says=address)
            self.assertFalse(key.exists() and key.stat().st_size == 0, "a failed start leaves no empty key")

    def test_a_listener_off_loopback_asks_for_more(self) -> None:
        self.assert_refused("grid", "--listen", "0.0.0.0:0", says="--insecure")

    def test_a_corrupt_client_file_is_refused_line_by_line(self) -> None:
        file = self.folder / "client.conf"
        for text in ("", "no section", "[Interface]\nPrivateKey = short\n", "[Interface]\nAddress = 1.2.3.4/99\n",
                     "[Interface]\n[Peer]\nEndpoint = nowhere\n", "\0" * 4096):
            file.write_text(text)
            self.assert_refused("client", file, "--ping", "10.77.0.1")

    def test_a_side_past_the_kernel_is_refused_with_what_it_needs(self) -> None:
        self.assert_refused("up", "--outer", "xdp:eth0", "--ephemeral", says="--listen ADDR:PORT")
        self.assert_refused("up", "--inner", "xdp:eth0:9-1", "--ephemeral", says="numbers and ranges")


class CorruptDataDirectory(unittest.TestCase):
    """A gateway does not start on files that it cannot trust, and changes none of them."""

    def setUp(self) -> None:
        folder = tempfile.TemporaryDirectory(prefix="pw-corrupt-", ignore_cleanup_errors=True)
        self.addCleanup(folder.cleanup)
        self.data = Path(folder.name)
        gateway = Gateway(Host(), "--listen", "127.0.0.1:0", data=folder.name)
        gateway.peer("add", "kept")
        gateway.stop()

    def test_a_corrupt_key_file_is_named(self) -> None:
        keys = [path for path in self.data.iterdir() if path.is_file() and path.suffix == ".key"]
        self.assertTrue(any(path.name == "fleet.key" for path in keys))
        for path in keys:
            good = path.read_bytes()
            for bad in (b"", good[:7], b"\xff" * 44):
                path.write_bytes(bad)
                _, message = refused("up", "--listen", "127.0.0.1:0", "--data", self.data)
                self.assertIn(path.name, message)
                self.assertIn("hint", message)
                self.assertEqual(path.read_bytes(), bad, "what a human may still repair is left as it is")
            path.write_bytes(good)

    def test_a_key_file_open_to_others_is_refused(self) -> None:
        path = self.data / "fleet.key"
        path.chmod(0o644)
        _, message = refused("up", "--listen", "127.0.0.1:0", "--data", self.data)
        self.assertIn("fleet.key", message)

    def test_corrupt_grid_files_end_in_a_message_or_in_whole_peers(self) -> None:
        seed = 20_26
        chooser = random.Random(seed)
        files = [path for path in self.data.rglob("*") if path.is_file() and path.suffix != ".key" and path.stat().st_size]
        self.assertTrue(files, "the durable grid has files")
        for path in files:
            good = path.read_bytes()
            bad = bytearray(good)
            for _ in range(8):
                bad[chooser.randrange(len(bad))] ^= 0x5A
            path.write_bytes(bad)
            self.assert_message_or_whole(path)
            path.write_bytes(good)

    def assert_message_or_whole(self, path: Path) -> None:
        program = Host().start(BINARY, "up", "--listen", "127.0.0.1:0", "--data", self.data)
        try:
            wait.until(lambda: not program.runs() or "ready " in program.stdout, f"an end or a start with a bad {path}", 20)
            self.assertNotIn("panicked", program.stderr, path)
            if program.runs():
                portway("peer", "list", "--json", "--data", self.data)
            else:
                self.assertEqual(program.process.returncode, 1, f"{path}: {program}")
                self.assertIn("hint", program.stderr, path)
        finally:
            program.kill()


class ForgedRows(unittest.TestCase):
    """Whoever writes the grid is not let in by that alone."""

    def setUp(self) -> None:
        self.gateway = Gateway(Host(), "--listen", "127.0.0.1:0")
        self.addCleanup(self.gateway.program.kill)
        self.gateway.peer("add", "honest")
        self.honest = self.gateway.peers()[0]["public_key"]
        self.socket = f"unix:{self.gateway.data}/grid.sock"

    def refusals(self) -> float:
        return self.gateway.metric_sum("refused") + self.gateway.metric_sum("rejected")

    def test_a_row_under_another_key_is_refused_and_counted(self) -> None:
        forger = process.run("wg", "pubkey", text=process.run("wg", "genkey")).strip()
        before = self.refusals()
        with ThinClient(self.socket) as client:
            client.put("PEER", forger, client.get("PEER", self.honest))
        wait.until(lambda: self.refusals() > before, "the refusal to be counted")
        self.assertEqual(self.gateway.metric_sum("portway_peers"), 1)

    def test_a_changed_row_is_refused_and_the_honest_peer_stays(self) -> None:
        before = self.refusals()
        with ThinClient(self.socket) as client:
            row = client.get("PEER", self.honest)
            self.assertIn(b"honest", row)
            client.put("PEER", self.honest, row.replace(b"honest", b"forged"))
        wait.until(lambda: self.refusals() > before, "the refusal to be counted")
        self.assertEqual(self.gateway.metric_sum("portway_peers"), 1)


class BadDatagrams(unittest.TestCase):
    """Truncated and forged WireGuard packets are dropped, counted, and disturb nobody."""

    def test_noise_is_counted_and_an_honest_client_still_passes(self) -> None:
        gateway = Gateway(Host(), "--listen", "127.0.0.1:0")
        self.addCleanup(gateway.program.kill)
        before = gateway.metric_sum("dropped")
        self.send(gateway.ready["listen"], list(bad_datagrams()))
        wait.until(lambda: gateway.metric_sum("dropped") > before, "the drops to be counted")
        with tempfile.TemporaryDirectory() as folder:
            file = Path(folder, "honest.conf")
            file.write_text(gateway.peer("add", "honest"))
            file.chmod(0o600)
            portway("client", file, "--ping", "10.77.0.1")
        gateway.stop()

    @staticmethod
    def send(address: str, datagrams: list[bytes]) -> None:
        host, port = address.rsplit(":", 1)
        with socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as sender:
            for datagram in datagrams:
                sender.sendto(datagram, (host, int(port)))


def bad_datagrams():
    """Each message type too short, of its right length with random contents, too long, and no type at all."""
    chooser = random.Random(7)
    lengths = {1: 148, 2: 92, 3: 64, 4: 32}
    for kind, length in lengths.items():
        for size in (1, 4, length - 1, length, length + 1, 1500):
            yield (struct.pack("<I", kind) + chooser.randbytes(size))[:size]
    yield b""
    for kind in (0, 5, 255):
        yield struct.pack("<I", kind) + chooser.randbytes(144)


class BadFrames(unittest.TestCase):
    """What a peer of the grid announces costs nothing until it has come."""

    def setUp(self) -> None:
        self.grid = Service(Host(), "grid", "--listen", "127.0.0.1:0")
        self.addCleanup(self.grid.program.kill)

    def test_a_frame_of_two_gibibytes_closes_that_connection_alone(self) -> None:
        with ThinClient(self.grid.ready["listen"]) as honest, ThinClient(self.grid.ready["listen"]) as hostile:
            honest.create_cache("FRAMES")
            before = self.memory()
            hostile.socket.sendall(struct.pack("<i", 2**31 - 1) + bytes(100_000))
            self.assert_closed(hostile.socket)
            self.assertLess(self.memory() - before, MOST_MEMORY_GROWTH_KILOBYTES)
            honest.put("FRAMES", "key", byte_array(b"value"))
            self.assertEqual(honest.get("FRAMES", "key"), byte_array(b"value"))
        self.grid.stop()

    def test_it_is_refused_before_the_handshake_too(self) -> None:
        host, port = self.grid.ready["listen"].rsplit(":", 1)
        for length in (2**31 - 1, -1, 0, -(2**31)):
            with socket.create_connection((host, int(port)), 5) as hostile:
                hostile.sendall(struct.pack("<i", length) + bytes(64))
                self.assert_closed(hostile)
        self.grid.stop()

    def test_random_frames_end_no_grid(self) -> None:
        chooser = random.Random(11)
        for _ in range(200):
            with ThinClient(self.grid.ready["listen"]) as hostile:
                body = struct.pack("<hq", chooser.choice(OPERATIONS), 1) + chooser.randbytes(chooser.randrange(80))
                hostile.socket.sendall(struct.pack("<i", len(body)) + body)
                hostile.socket.settimeout(0.05)
                try:
                    hostile.socket.recv(1)
                except OSError:
                    pass
        with ThinClient(self.grid.ready["listen"]) as honest:
            honest.create_cache("STILL_THERE")
        self.grid.stop()

    def assert_closed(self, connection: socket.socket) -> None:
        """A refusal may be said first; then the end must come, within the socket's time-out."""
        try:
            while connection.recv(4096):
                pass
        except ConnectionResetError:
            pass

    def memory(self) -> int:
        """Proportional set size in kB."""
        rollup = Path(f"/proc/{self.grid.program.pid}/smaps_rollup").read_text()
        return next(int(line.split()[1]) for line in rollup.splitlines() if line.startswith("Pss:"))


OPERATIONS = [0, 1, 2, *range(1000, 1026), *range(1050, 1057), 1101, *range(2000, 2008), *range(3000, 3005),
              4000, 4001, *range(5000, 5004), *range(5100, 5103), 6000, 7000, 9999]
