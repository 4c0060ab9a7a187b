"""Unmodified wireguard-go clients through `portway up --inner tun:NAME`."""

import time

import scene
import wait
from scene import CLIENT_NEXT_V4, CLIENT_NEXT_V6, CLIENT_V4, CLIENT_V6, TUNNEL_V4, TUNNEL_V6
from stock import milliseconds_until

# Far below what any machine reaches: it tells a working path from a stalled one.
LEAST_MEGABITS = 20
# "At once" with room for a machine that compiles beside it.
LIVE_MILLISECONDS = 1000


class StockClientOverIpv4(scene.Scene):
    """The outer packets are IPv4."""

    def test_ping_and_iperf_pass_both_ways_inside_ipv4_and_ipv6(self) -> None:
        client = self.added_peer("traffic")
        self.assert_answers(client)
        for address in (TUNNEL_V4, TUNNEL_V6):
            for way, megabits in client.throughput(self.gateway_space, address).items():
                print(f"    {address} {way}: {megabits:.0f} Mbit/s")
                self.assertGreater(megabits, LEAST_MEGABITS)

    def test_a_large_packet_passes_whole(self) -> None:
        client = self.added_peer("large")
        self.assert_answers(client)
        self.client_space.run("ping", "-n", "-c", 1, "-W", 2, "-M", "do", "-s", 1392, TUNNEL_V4)

    def test_a_peer_added_by_another_process_answers_at_once(self) -> None:
        configuration = self.gateway.peer("add", "sudden")
        self.addCleanup(self.gateway.peer, "remove", "sudden")
        key = self.public_key("sudden")
        waited = milliseconds_until(lambda: key in self.wg("show", self.interface, "peers"), "the peer to be live")
        print(f"    live {waited:.1f} ms after `peer add` returned")
        self.assertLess(waited, LIVE_MILLISECONDS)
        self.assertTrue(self.client(configuration).pings(TUNNEL_V4, 3), "the first ping is answered")

    def test_a_removed_peer_is_silent_at_once(self) -> None:
        configuration = self.gateway.peer("add", "leaving")
        client = self.client(configuration)
        self.assert_answers(client)
        self.gateway.peer("remove", "leaving")
        self.assert_silent(client)

    def test_a_disabled_peer_is_silent_until_it_is_enabled(self) -> None:
        client = self.added_peer("toggled")
        self.assert_answers(client)
        self.gateway.peer("disable", "toggled")
        self.assert_silent(client)
        self.gateway.peer("enable", "toggled")
        # The client sends a new initiation only some seconds after its last one.
        self.assert_answers(client, 30)

    def test_an_expired_peer_is_silent(self) -> None:
        client = self.added_peer("short", "--expires", "4s")
        expires_at = time.monotonic() + 4
        self.assert_answers(client, 3)
        wait.until(lambda: time.monotonic() > expires_at, "the time of expiry")
        self.assert_silent(client)

    def test_a_client_that_changes_its_address_keeps_its_session(self) -> None:
        client = self.added_peer("roaming")
        self.assert_answers(client)
        handshake = client.latest_handshake()
        self.change_address(CLIENT_V4, CLIENT_NEXT_V4, 24, CLIENT_V6, CLIENT_NEXT_V6)
        self.addCleanup(self.change_address, CLIENT_NEXT_V4, CLIENT_V4, 24, CLIENT_NEXT_V6, CLIENT_V6)
        # This wireguard-go clings to an IPv4 address that is gone until it binds anew.
        self.client_space.run("wg", "set", client.interface, "listen-port", 45678)
        self.assertTrue(client.pings(TUNNEL_V4, 2), "the reply finds the new address")
        endpoint = CLIENT_NEXT_V4 if self.outer == 4 else f"[{CLIENT_NEXT_V6}]"
        self.assertIn(endpoint, self.wg("show", self.interface, "endpoints"))
        self.assertEqual(client.latest_handshake(), handshake)

    def test_a_preshared_key_is_used_on_both_sides(self) -> None:
        client = self.added_peer("shared", "--preshared-key")
        self.assertIn("PresharedKey", client.configuration)
        self.assert_answers(client)

    def test_a_prefix_behind_a_peer_is_routed_to_it(self) -> None:
        client = self.added_peer("office", "--allowed-ip", "10.123.0.0/24")
        self.client_space.run("ip", "address", "add", "10.123.0.1/32", "dev", client.interface)
        self.assert_answers(client)
        self.assertTrue(self.gateway_space.answers_ping("10.123.0.1", 2))

    def test_session_figures_come_back_to_the_grid(self) -> None:
        client = self.added_peer("counted")
        self.assert_answers(client)

        def handshake_is_listed() -> bool:
            shown = self.gateway.peer("show", "counted", "--json")
            return (CLIENT_V4 if self.outer == 4 else CLIENT_V6) in shown

        wait.until(handshake_is_listed, "the endpoint in `peer show`")

    def public_key(self, name: str) -> str:
        return next(peer["public_key"] for peer in self.gateway.peers() if peer["name"] == name)

    def change_address(self, old_v4: str, new_v4: str, length: int, old_v6: str, new_v6: str) -> None:
        for old, new, bits in ((old_v4, new_v4, length), (old_v6, new_v6, 64)):
            self.client_space.run("ip", "address", "delete", f"{old}/{bits}", "dev", self.client_end)
            self.client_space.run("ip", "address", "add", f"{new}/{bits}", "dev", self.client_end)


class StockClientOverIpv6(StockClientOverIpv4):
    """The outer packets are IPv6; what is asked is the same."""

    outer = 6
