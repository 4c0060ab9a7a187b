"""As a normal user without root: `portway up`, `portway client`, a published service, what the exit refuses."""

import os
import shutil
import tempfile
import unittest
from pathlib import Path

import network
import process
import wait
from network import Namespace
from portway import BINARY, Service, ready_values

NOBODY = ("setpriv", "--reuid=65534", "--regid=65534", "--clear-groups", "--no-new-privs", "--bounding-set=-all")
HOST, NEIGHBOUR = "198.51.100.1", "198.51.100.2"
METADATA = "169.254.169.254"
GRID_PORT, WEB_PORT = 10800, 8080


class NormalUser(unittest.TestCase):
    """A host with a neighbour, both in namespaces; all of portway runs as nobody."""

    @classmethod
    def setUpClass(cls) -> None:
        cls.host, cls.neighbour = Namespace("h"), Namespace("n")
        cls.addClassCleanup(cls.host.delete)
        cls.addClassCleanup(cls.neighbour.delete)
        # The neighbour also plays the cloud's metadata service, so that reaching it would be seen.
        network.join(cls.host, cls.neighbour, [f"{HOST}/24", "169.254.1.1/16"], [f"{NEIGHBOUR}/24", f"{METADATA}/16"])
        cls.make_home()
        cls.web = [cls.serve(cls.host), cls.serve(cls.neighbour)]
        cls.gateway = cls.start_gateway()
        cls.configuration = cls.home / "laptop.conf"
        cls.configuration.write_text(cls.as_user("peer", "add", "laptop", "--data", cls.home / "data"))
        # As a client that sends everything through the tunnel, also what it should not ask for.
        cls.greedy = cls.home / "greedy.conf"
        cls.greedy.write_text("".join(
            "AllowedIPs = 0.0.0.0/0, ::/0\n" if line.startswith("AllowedIPs") else line
            for line in cls.configuration.read_text().splitlines(keepends=True)))
        for file in (cls.configuration, cls.greedy):
            os.chown(file, 65534, 65534)
            file.chmod(0o600)

    @classmethod
    def make_home(cls) -> None:
        """A folder of the user's own, with a copy of the program: a checkout may be closed to others."""
        folder = tempfile.TemporaryDirectory(prefix="pw-user-")
        cls.addClassCleanup(folder.cleanup)
        cls.home = Path(folder.name)
        cls.binary = cls.home / "portway"
        shutil.copy2(BINARY, cls.binary)
        cls.home.joinpath("password").write_text("a-long-password\n")
        for path in (cls.home, cls.binary, cls.home / "password"):
            os.chown(path, 65534, 65534)

    @classmethod
    def serve(cls, namespace: Namespace) -> process.Program:
        """A web server on all addresses that says its name, so that an answer tells who gave it."""
        server = namespace.start("python3", "-uc", WEB_SERVER, WEB_PORT)
        cls.addClassCleanup(server.kill)
        server.line("serving")
        return server

    @classmethod
    def start_gateway(cls, *arguments: object, data: str = "data", listen: str = "127.0.0.1:0") -> Service:
        gateway = Service(
            cls.host, "up", "--data", cls.home / data, "--listen", listen,
            "--publish", f"80=127.0.0.1:{WEB_PORT}", "--grid-listen", f"{HOST}:{GRID_PORT}", "--insecure",
            "--grid-user", "tester", "--grid-password-file", cls.home / "password", *arguments,
            prefix=NOBODY, binary=cls.binary)
        cls.addClassCleanup(gateway.stop)
        return gateway

    @classmethod
    def as_user(cls, *arguments: object) -> str:
        return cls.host.run(*NOBODY, cls.binary, *arguments)

    def through_tunnel(self, target: str, *command: object):
        """Forwards a local port to `target` (ADDR:PORT) and runs a command with that port's address at its end.

        The published service is asked first: without a tunnel, everything would look refused.
        """
        client = self.host.start(*NOBODY, self.binary, "client", self.greedy,
                                 "-L", "127.0.0.1:0:10.77.0.1:80", "-L", f"127.0.0.1:0:{target}")
        try:
            published, forward = ready_values(client.line("ready "))["forward"].split(",")
            wait.until(lambda: self.curl(published), "the published service to answer", 20)
            return self.host.attempt(*command, forward)
        finally:
            client.stop()

    def curl(self, address: str) -> str:
        return self.host.attempt("curl", "-sS", "--max-time", 4, f"http://{address}/").stdout

    def fetched(self, target: str) -> str:
        """What a web request through the tunnel brings; empty when it is refused."""
        return self.through_tunnel(target, "curl", "-sS", "--max-time", 4).stdout

    def test_a_client_without_root_pings_the_gateway(self) -> None:
        # Longer than until a client tries its handshake again, which it must when another one was there just before.
        said = self.as_user("client", self.configuration, "--ping", "10.77.0.1", "--timeout", 10)
        self.assertIn("10.77.0.1", said)

    def test_a_ping_that_nobody_answers_fails(self) -> None:
        result = self.host.attempt(*NOBODY, self.binary, "client", self.configuration, "--ping", "10.77.99.99",
                                   "--count", 1, "--timeout", 1)
        self.assertEqual(result.returncode, 1)

    def test_a_published_service_is_reached_through_the_tunnel(self) -> None:
        self.assertIn("web-of-the-host", self.fetched("10.77.0.1:80"))

    def test_the_network_beyond_the_host_is_reached(self) -> None:
        self.assertIn("web-of-the-neighbour", self.fetched(f"{NEIGHBOUR}:{WEB_PORT}"))

    def test_the_metadata_address_is_refused(self) -> None:
        direct = self.host.run("curl", "-sS", "--max-time", 4, f"http://{METADATA}:{WEB_PORT}/")
        self.assertIn("web-of-the-neighbour", direct, "without the exit it is there")
        self.assertEqual(self.fetched(f"{METADATA}:{WEB_PORT}"), "")

    def test_loopback_is_refused_in_each_form(self) -> None:
        for target in ("127.0.0.1", "127.1.2.3", "0.0.0.0", "[::1]", "[::ffff:127.0.0.1]"):
            self.assertEqual(self.fetched(f"{target}:{WEB_PORT}"), "", target)

    def test_the_addresses_of_the_host_are_refused_mapped_ones_too(self) -> None:
        for target in (HOST, f"[::ffff:{HOST}]"):
            self.assertEqual(self.fetched(f"{target}:{WEB_PORT}"), "", target)

    def test_the_grid_is_refused(self) -> None:
        direct = self.host.attempt("python3", "-c", GRID_HANDSHAKE, f"{HOST}:{GRID_PORT}")
        self.assertEqual(direct.returncode, 0, "without the exit it answers")
        self.assertFalse(self.reaches_grid())

    def test_the_grid_is_refused_even_where_the_host_is_allowed(self) -> None:
        self.gateway.stop()
        gateway = self.start_gateway("--exit", "all", listen=self.gateway.ready["listen"])
        self.assertIn("web-of-the-host", self.fetched(f"{HOST}:{WEB_PORT}"), "the host itself is allowed now")
        self.assertFalse(self.reaches_grid())
        gateway.stop()
        type(self).gateway = self.start_gateway(listen=self.gateway.ready["listen"])

    def reaches_grid(self) -> bool:
        """Whether a handshake through the tunnel gets any answer."""
        return self.through_tunnel(f"{HOST}:{GRID_PORT}", "python3", "-c", GRID_HANDSHAKE).returncode == 0

    def test_its_files_are_for_their_owner_alone(self) -> None:
        data = self.home / "data"
        for path in (data, data / "fleet.key", data / "grid.sock"):
            self.assertEqual(path.stat().st_mode & 0o077, 0, path)
            self.assertEqual(path.stat().st_uid, 65534, path)


WEB_SERVER = """
import http.server, os, socket, sys
name = "neighbour" if "169.254.169.254" in os.popen("ip -o address").read() else "host"
class Handler(http.server.BaseHTTPRequestHandler):
    def do_GET(self):
        body = f"web-of-the-{name}".encode()
        self.send_response(200)
        self.send_header("Content-Length", str(len(body)))
        self.end_headers()
        self.wfile.write(body)
    def log_message(self, *_): pass
class Server(http.server.ThreadingHTTPServer):
    address_family = socket.AF_INET6
    def server_bind(self):
        self.socket.setsockopt(socket.IPPROTO_IPV6, socket.IPV6_V6ONLY, 0)
        super().server_bind()
server = Server(("::", int(sys.argv[1])), Handler)
print("serving")
server.serve_forever()
"""

GRID_HANDSHAKE = """
import socket, struct, sys
host, port = sys.argv[1].rsplit(":", 1)
connection = socket.create_connection((host, int(port)), 4)
payload = struct.pack("<bhhhb", 1, 1, 6, 0, 2)
connection.sendall(struct.pack("<i", len(payload)) + payload)
sys.exit(0 if connection.recv(1) else 1)
"""
