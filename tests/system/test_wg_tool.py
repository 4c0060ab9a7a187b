"""The unmodified `wg` against the control socket of `portway up`."""

import tempfile
from pathlib import Path

import process
import scene
from portway import BINARY
from scene import TUNNEL_V4


def key_pair() -> tuple[str, str]:
    """A private key and its public key."""
    private = process.run("wg", "genkey").strip()
    return private, process.run("wg", "pubkey", text=private).strip()


class WgTool(scene.Scene):
    """What `wg` shows and changes."""

    def test_show_lists_a_connected_peer(self) -> None:
        client = self.added_peer("shown")
        self.assert_answers(client)
        shown = self.wg("show", self.interface)
        for words in ("public key:", "listening port: 51820", "endpoint: 192.0.2.2:", "latest handshake:", "transfer:"):
            self.assertIn(words, shown)
        self.assertIn(self.gateway.ready["public-key"], shown)

    def test_the_dump_has_the_columns_of_a_peer(self) -> None:
        client = self.added_peer("dumped", "--keepalive", 25)
        self.assert_answers(client)
        key = process.run("wg", "pubkey", text=self.private_key(client.configuration)).strip()
        rows = [line.split("\t") for line in self.wg("show", self.interface, "dump").splitlines()]
        row = next(row for row in rows[1:] if row[0] == key)
        public, _, endpoint, prefixes, handshake, received, sent, keepalive = row
        self.assertEqual((public, endpoint.rsplit(":", 1)[0], keepalive), (key, "192.0.2.2", "25"))
        self.assertEqual(len(prefixes.split(",")), 2)
        self.assertTrue(int(handshake) > 1_700_000_000 and int(received) > 0 and int(sent) > 0)

    def test_set_adds_and_removes_a_local_peer_that_the_grid_never_sees(self) -> None:
        private, public = key_pair()
        self.wg("set", self.interface, "peer", public, "allowed-ips", "10.77.200.1/32")
        client = self.client(self.configuration(private, "10.77.200.1/32"))
        client.await_answer(TUNNEL_V4)
        listed = {peer["public_key"]: peer for peer in self.gateway.peers()}
        self.assertEqual((listed[public]["source"], listed[public]["name"]), ("interface", ""))
        self.assertIsNotNone(listed[public]["session"])
        straight = self.gateway.peer("list", "--grid", f"unix:{self.gateway.data}/grid.sock")
        self.assertNotIn(public, straight)
        refused = self.gateway_space.attempt(BINARY, "peer", "remove", public, *self.gateway.place)
        self.assertEqual(refused.returncode, 1)
        self.assertIn("wg set", refused.stderr)
        self.wg("set", self.interface, "peer", public, "remove")
        self.assertNotIn(public, self.wg("show", self.interface, "peers"))
        self.assertTrue(client.is_silent(TUNNEL_V4))

    def test_addconf_adds_and_syncconf_keeps_what_did_not_change(self) -> None:
        private, public = key_pair()
        _, other = key_pair()
        self.apply("addconf", self.section(public, "10.77.201.1/32") + self.section(other, "10.77.201.2/32"))
        client = self.client(self.configuration(private, "10.77.201.1/32"))
        client.await_answer(TUNNEL_V4)
        handshake = client.latest_handshake()
        shown = self.wg("showconf", self.interface)
        kept = shown.split("[Peer]")[0] + self.section(public, "10.77.201.1/32")
        self.apply("syncconf", kept)
        self.assertNotIn(other, self.wg("show", self.interface, "peers"))
        self.assertTrue(client.pings(TUNNEL_V4, 2))
        self.assertEqual(client.latest_handshake(), handshake)
        self.wg("set", self.interface, "peer", public, "remove")

    def test_a_prefix_moves_to_the_peer_that_named_it_last(self) -> None:
        (_, first), (_, second) = key_pair(), key_pair()
        for key in (first, second):
            self.wg("set", self.interface, "peer", key, "allowed-ips", "10.77.202.0/24")
        shown = dict(line.split("\t") for line in self.wg("show", self.interface, "allowed-ips").splitlines())
        self.assertEqual((shown[first], shown[second]), ("(none)", "10.77.202.0/24"))
        for key in (first, second):
            self.wg("set", self.interface, "peer", key, "remove")

    def test_the_listen_port_moves_and_a_used_one_is_refused(self) -> None:
        holder = self.gateway_space.start("python3", "-uc", OCCUPY_PORT)
        self.addCleanup(holder.kill)
        holder.line("bound")
        refused = self.gateway_space.attempt("wg", "set", self.interface, "listen-port", 51999)
        self.assertNotEqual(refused.returncode, 0)
        self.assertIn("in use", refused.stderr)
        self.assertEqual(self.wg("show", self.interface, "listen-port").strip(), "51820")

    def apply(self, command: str, text: str) -> None:
        with tempfile.TemporaryDirectory() as folder:
            file = Path(folder, "wg.conf")
            file.write_text(text)
            self.wg(command, self.interface, file)

    def configuration(self, private: str, address: str) -> str:
        own = self.gateway.ready["public-key"]
        return (f"[Interface]\nPrivateKey = {private}\nAddress = {address}\n[Peer]\nPublicKey = {own}\n"
                f"Endpoint = {scene.LISTEN[4]}\nAllowedIPs = 10.77.0.0/16\n")

    @staticmethod
    def section(public: str, prefix: str) -> str:
        return f"[Peer]\nPublicKey = {public}\nAllowedIPs = {prefix}\n"

    @staticmethod
    def private_key(configuration: str) -> str:
        return next(line.split("=", 1)[1].strip() for line in configuration.splitlines() if "PrivateKey" in line)


# Both families: a gateway that binds either of them meets it.
OCCUPY_PORT = """
import socket, time
v4 = socket.socket(socket.AF_INET, socket.SOCK_DGRAM)
v4.bind(("0.0.0.0", 51999))
v6 = socket.socket(socket.AF_INET6, socket.SOCK_DGRAM)
v6.setsockopt(socket.IPPROTO_IPV6, socket.IPV6_V6ONLY, 1)
v6.bind(("::", 51999))
print("bound")
time.sleep(60)
"""
