"""Unmodified wireguard-go clients through a gateway whose sides are on AF_XDP, with a network behind it."""

import json
import unittest

import network
import portway
import wait
from network import Namespace
from portway import Gateway
from stock import StockClient

CLIENT, CLIENT_NEXT = {4: "192.0.2.2", 6: "2001:db8::2"}, {4: "192.0.2.3", 6: "2001:db8::3"}
GATEWAY = {4: "192.0.2.1", 6: "2001:db8::1"}
BEHIND = {4: "198.51.100.2", 6: "2001:db8:1::2"}
ROUTER = {4: "198.51.100.1", 6: "2001:db8:1::1"}
TUNNEL = {4: "10.77.0.1", 6: "fd77:1::1"}
NETWORKS = {4: "10.77.0.0/16", 6: "fd77:1::/64"}
BITS = {4: 24, 6: 64}
# Far below what any machine reaches: it tells a working path from a stalled one.
LEAST_MEGABITS = 20
# A window of single datagrams is more than the socket buffer of this wireguard-go holds: much is lost and sent again.
LEAST_MEGABITS_FROM_EXIT = 2
# What fits the tunnel's MTU of 1420 with its headers of IPv4 and ICMP, and not a link of 1300.
LARGE = 1392


def both(addresses: dict[int, str]) -> list[str]:
    return [f"{address}/{BITS[version]}" for version, address in addresses.items()]


class XdpScene(unittest.TestCase):
    """Client, gateway and a host behind the gateway, in a row."""

    outer = 4
    listen = ""
    sides: tuple[str, ...] = ("--outer", "xdp:{outer}", "--inner", "xdp:{inner}")
    queues = 1

    def setUp(self) -> None:
        self.client_space, self.gateway_space, self.behind = Namespace("c"), Namespace("g"), Namespace("b")
        for space in (self.client_space, self.gateway_space, self.behind):
            self.addCleanup(space.delete)
        self.outer_end, self.client_end = self.cable(self.client_space, both(GATEWAY), both(CLIENT))
        self.inner_end, self.behind_end = self.cable(self.behind, both(ROUTER), both(BEHIND))
        # As IPv4 does: otherwise a link that goes down loses its IPv6 addresses.
        self.gateway_space.run("sysctl", "-qw", f"net.ipv6.conf.{self.outer_end}.keep_addr_on_down=1",
                               f"net.ipv6.conf.{self.inner_end}.keep_addr_on_down=1")
        # The kernel at the other end of a veth pair leaves checksums to a card that is not there.
        self.behind.run("ethtool", "-K", self.behind_end, "tx", "off")
        for version, prefix in NETWORKS.items():
            self.behind.run("ip", "route", "add", prefix, "via", ROUTER[version])
        self.data = None
        self.gateway = self.start_gateway()

    def cable(self, other: Namespace, here: list[str], there: list[str]) -> tuple[str, str]:
        """As network.join, with as many queues as the test wants."""
        ends = network.unique_name("v"), network.unique_name("v")
        many = ["numrxqueues", self.queues, "numtxqueues", self.queues]
        self.gateway_space.run("ip", "link", "add", ends[0], *many, "type", "veth", "peer", "name", ends[1], *many,
                               "netns", other.name)
        for space, interface, addresses in ((self.gateway_space, ends[0], here), (other, ends[1], there)):
            for address in addresses:
                space.run("ip", "address", "add", address, "dev", interface)
            space.run("ip", "link", "set", interface, "up")
        return ends

    def start_gateway(self) -> Gateway:
        sides = [word.format(outer=self.outer_end, inner=self.inner_end) for word in self.sides]
        address = GATEWAY[self.outer]
        listen = self.listen or (f"{address}:51820" if self.outer == 4 else f"[{address}]:51820")
        gateway = Gateway(self.gateway_space, "--listen", listen, "--network", ",".join(NETWORKS.values()),
                          *sides, data=self.data)
        self.addCleanup(gateway.program.kill)
        return gateway

    def connected(self) -> StockClient:
        """A stock client with a route to the network behind, and a session."""
        client = StockClient(self.client_space, self.gateway.peer("add", "client"))
        self.addCleanup(client.stop)
        for version, address in BEHIND.items():
            self.client_space.run("ip", "route", "add", f"{address}/{32 if version == 4 else 128}",
                                  "dev", client.interface)
        # Whatever source address is used must be one of the tunnel.
        self.client_space.run("wg", "set", client.interface, "peer", self.gateway.ready["public-key"],
                              "allowed-ips", "0.0.0.0/0,::/0")
        for address in TUNNEL.values():
            client.await_answer(address)
        return client

    def kernel_datagrams(self) -> int:
        """Datagrams that the gateway's kernel gave to its UDP socket."""
        v4 = self.gateway_space.run("cat", "/proc/net/snmp").split("Udp: ")[2].split()[0]
        v6 = self.gateway_space.run("cat", "/proc/net/snmp6").split("Udp6InDatagrams")[1].split()[0]
        return int(v4) + int(v6)

    def attached(self, interface: str) -> bool:
        shown = json.loads(self.gateway_space.run("ip", "-j", "link", "show", interface))
        return "xdp" in shown[0]

    def tunnel_address(self, client: StockClient, version: int) -> str:
        addresses = portway.lines_of(client.configuration, "Address")
        return addresses[0 if version == 4 else 1].split("/")[0]


class BothSides(XdpScene):
    """Packets go through the gateway in their frames; the kernel sees none of them."""

    def test_ping_and_iperf_pass_both_ways_past_the_kernel(self) -> None:
        client = self.connected()
        for version, address in BEHIND.items():
            client.await_answer(address)
            self.assertTrue(self.behind.answers_ping(self.tunnel_address(client, version), 2))
            for way, megabits in client.throughput(self.behind, address).items():
                print(f"    {address} {way}: {megabits:.0f} Mbit/s")
                self.assertGreater(megabits, LEAST_MEGABITS)
        self.assertEqual(self.kernel_datagrams(), 0)
        self.assertTrue(self.client_space.answers_ping(GATEWAY[4]), "the kernel answers beside the program")

    def test_a_client_that_changes_its_address_keeps_its_session(self) -> None:
        client = self.connected()
        handshake = client.latest_handshake()
        for version in (4, 6):
            for verb, address in (("delete", CLIENT[version]), ("add", CLIENT_NEXT[version])):
                self.client_space.run("ip", "address", verb, f"{address}/{BITS[version]}", "dev", self.client_end)
        # This wireguard-go clings to an address that is gone until it binds anew.
        self.client_space.run("wg", "set", client.interface, "listen-port", 45678)
        client.await_answer(BEHIND[4])
        self.assertIn(CLIENT_NEXT[self.outer], self.gateway.peer("show", "client", "--json"))
        self.assertEqual(client.latest_handshake(), handshake)

    def test_fragments_go_by_the_kernels_socket_both_ways(self) -> None:
        client = self.connected()
        client.await_answer(BEHIND[4])
        for space, interface in ((self.client_space, self.client_end), (self.gateway_space, self.outer_end)):
            space.run("ip", "link", "set", interface, "mtu", 1300)
        self.client_space.run("ping", "-n", "-c", 3, "-W", 2, "-M", "do", "-s", LARGE, BEHIND[4])
        self.assertGreater(self.kernel_datagrams(), 0)

    def test_a_packet_too_big_for_the_tunnel_is_answered(self) -> None:
        client = self.connected()
        for version, size in ((4, 1450), (6, 1450)):
            address = self.tunnel_address(client, version)
            said = self.behind.attempt("ping", "-n", "-c", 2, "-W", 1, "-M", "do", "-s", size, address)
            self.assertRegex(said.stdout + said.stderr, "(?i)(mtu ?= ?1420|too (long|big))")
            self.assertIn("mtu 1420", self.behind.run("ip", "route", "get", address))

    def test_a_packet_that_has_come_too_far_is_answered_on_both_sides(self) -> None:
        client = self.connected()
        for version, address in BEHIND.items():
            said = self.client_space.attempt("ping", "-n", "-c", 1, "-W", 2, "-t", 1, address).stdout
            self.assertIn(f"From {TUNNEL[version]}", said)
            target = self.tunnel_address(client, version)
            said = self.behind.attempt("ping", "-n", "-c", 1, "-W", 2, "-t", 1, target).stdout
            self.assertIn(f"From {TUNNEL[version]}", said)

    def test_hosts_that_take_the_tunnel_for_their_link_find_its_addresses(self) -> None:
        client = self.connected()
        for version, prefix in NETWORKS.items():
            self.behind.run("ip", "route", "replace", prefix, "dev", self.behind_end)
            for address in (TUNNEL[version], self.tunnel_address(client, version)):
                wait.until(lambda there=address: self.behind.answers_ping(there), f"{address} to answer")
        self.assertFalse(self.behind.answers_ping("10.77.99.99", 1), "nobody's")

    def test_a_crash_leaves_nothing_attached_and_a_new_gateway_serves(self) -> None:
        client = self.connected()
        self.assertTrue(self.attached(self.outer_end) and self.attached(self.inner_end))
        self.gateway.program.kill()
        for interface in (self.outer_end, self.inner_end):
            wait.until(lambda name=interface: not self.attached(name), f"{interface} to be free")
        self.data = self.gateway.data
        self.gateway = self.start_gateway()
        client.await_answer(BEHIND[4], 30)

    def test_links_that_go_down_and_come_up_again_carry_on(self) -> None:
        client = self.connected()
        client.await_answer(BEHIND[4])
        for interface in (self.outer_end, self.inner_end):
            self.gateway_space.run("ip", "link", "set", interface, "down")
            self.assertTrue(client.is_silent(BEHIND[4]))
            self.gateway_space.run("ip", "link", "set", interface, "up")
            client.await_answer(BEHIND[4])

    def test_an_interface_that_is_removed_ends_the_gateway_with_its_name(self) -> None:
        self.gateway_space.run("ip", "link", "delete", self.inner_end)
        wait.until(lambda: not self.gateway.program.runs(), "the gateway to end")
        self.assertIn(self.inner_end, self.gateway.program.stderr)


class BothSidesOverIpv6(BothSides):
    """The outer packets are IPv6; what is asked is the same."""

    outer = 6


class AllAddresses(XdpScene):
    """One gateway takes what is for any address of its interface, IPv4 and IPv6."""

    listen = "[::]:51820"
    sides = (*XdpScene.sides, "--endpoint", f"{GATEWAY[4]}:51820")

    def test_a_client_moves_from_one_version_to_the_other_and_is_answered_from_where_it_asked(self) -> None:
        client = self.connected()
        client.await_answer(BEHIND[4])
        for endpoint in (f"[{GATEWAY[6]}]:51820", f"{GATEWAY[4]}:51820"):
            self.client_space.run("wg", "set", client.interface, "peer", self.gateway.ready["public-key"],
                                  "endpoint", endpoint)
            client.await_answer(BEHIND[4])
            # A client takes the address that answers for the peer's.
            self.assertIn(endpoint, self.client_space.run("wg", "show", client.interface, "endpoints"))
        self.assertEqual(self.kernel_datagrams(), 0)


class SeveralQueues(XdpScene):
    """Two queues and two threads for each side."""

    sides = ("--outer", "xdp:{outer}:0-1", "--inner", "xdp:{inner}")
    queues = 2

    def test_streams_on_several_queues_pass(self) -> None:
        client = self.connected()
        for way, megabits in client.throughput(self.behind, BEHIND[4]).items():
            print(f"    {way}: {megabits:.0f} Mbit/s")
            self.assertGreater(megabits, LEAST_MEGABITS)
        self.assertEqual(self.kernel_datagrams(), 0)


class OuterSideAlone(XdpScene):
    """AF_XDP outside, the user-space exit inside."""

    sides = ("--outer", "xdp:{outer}", "--inner", "exit", "--exit", "all")

    def test_streams_pass(self) -> None:
        client = self.connected()
        for way, megabits in client.throughput(self.behind, BEHIND[4]).items():
            print(f"    {way}: {megabits:.0f} Mbit/s")
            self.assertGreater(megabits, LEAST_MEGABITS_FROM_EXIT)
        self.assertEqual(self.kernel_datagrams(), 0)


class InnerSideAlone(XdpScene):
    """A UDP socket outside, AF_XDP inside."""

    sides = ("--inner", "xdp:{inner}")

    def test_ping_and_streams_pass(self) -> None:
        client = self.connected()
        client.await_answer(BEHIND[4])
        for way, megabits in client.throughput(self.behind, BEHIND[4]).items():
            print(f"    {way}: {megabits:.0f} Mbit/s")
            self.assertGreater(megabits, LEAST_MEGABITS)


class BesideAnInterface(XdpScene):
    """AF_XDP outside, a TUN interface inside."""

    sides = ("--outer", "xdp:{outer}", "--inner", "tun:xt0")

    def test_streams_to_the_gateway_pass(self) -> None:
        client = self.connected()
        for way, megabits in client.throughput(self.gateway_space, TUNNEL[4]).items():
            print(f"    {way}: {megabits:.0f} Mbit/s")
            self.assertGreater(megabits, LEAST_MEGABITS)
        self.assertEqual(self.kernel_datagrams(), 0)


class WrongUse(unittest.TestCase):
    """What cannot be is refused with its reason."""

    def refused(self, *arguments: str) -> str:
        return portway.refused("up", "--ephemeral", *arguments)[1]

    def test_the_address_is_asked_for(self) -> None:
        for listen in ([], ["--listen", "127.0.0.1:51820"]):
            self.assertIn("--listen ADDR:PORT", self.refused("--outer", "xdp:eth0", *listen))
        both_named = self.refused("--outer", "udp:127.0.0.1:0", "--listen", "127.0.0.1:0")
        self.assertIn("leave one of them out", both_named)

    def test_an_interface_that_is_not_there_and_one_for_both_sides_are_named(self) -> None:
        space = Namespace("g")
        self.addCleanup(space.delete)
        end, _ = network.join(space, space, ["192.0.2.1/24"], [])
        listen = ("--listen", "192.0.2.1:0")
        for sides, word in ((("--outer", "xdp:absent0"), "absent0"),
                            (("--outer", f"xdp:{end}:7"), "no queue 7"),
                            (("--outer", f"xdp:{end}", "--inner", f"xdp:{end}"), "one XDP program")):
            said = space.attempt(portway.BINARY, "up", "--ephemeral", *listen, *sides)
            self.assertEqual(said.returncode, 1, said.stderr)
            self.assertIn(word, said.stderr)


