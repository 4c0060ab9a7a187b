"""The scene of most tests: a gateway in one namespace, a stock client in another, a cable between them."""

import unittest

import network
from network import Namespace
from portway import Gateway
from stock import StockClient

# Documentation prefixes: whatever leaks from a test finds no host.
GATEWAY_V4, CLIENT_V4, CLIENT_NEXT_V4 = "192.0.2.1", "192.0.2.2", "192.0.2.3"
GATEWAY_V6, CLIENT_V6, CLIENT_NEXT_V6 = "2001:db8::1", "2001:db8::2", "2001:db8::3"
TUNNEL_V4 = "10.77.0.1"
TUNNEL_NETWORK_V6 = "fd77:1::/64"
TUNNEL_V6 = "fd77:1::1"
LISTEN = {4: f"{GATEWAY_V4}:51820", 6: f"[{GATEWAY_V6}]:51820"}


class Scene(unittest.TestCase):
    """Namespaces and a gateway for all tests of a class; each test makes its own peers."""

    outer = 4
    grid: str | None = None

    @classmethod
    def setUpClass(cls) -> None:
        cls.gateway_space = Namespace("g")
        cls.addClassCleanup(cls.gateway_space.delete)
        cls.client_space = Namespace("c")
        cls.addClassCleanup(cls.client_space.delete)
        cls.gateway_end, cls.client_end = network.join(
            cls.gateway_space, cls.client_space,
            [f"{GATEWAY_V4}/24", f"{GATEWAY_V6}/64"], [f"{CLIENT_V4}/24", f"{CLIENT_V6}/64"])
        cls.start_gateway()

    @classmethod
    def start_gateway(cls) -> None:
        cls.interface = network.unique_name("w")
        cls.gateway = Gateway(
            cls.gateway_space, "--inner", f"tun:{cls.interface}", "--listen", LISTEN[cls.outer],
            "--network", f"{TUNNEL_V4.rsplit('.', 1)[0]}.0/16,{TUNNEL_NETWORK_V6}", grid=cls.grid)
        cls.addClassCleanup(cls.gateway.stop)

    def client(self, configuration: str) -> StockClient:
        """A stock client for this test."""
        client = StockClient(self.client_space, configuration)
        self.addCleanup(client.stop)
        return client

    def added_peer(self, name: str, *arguments: object) -> StockClient:
        """Adds a peer from another process and connects a stock client as that peer."""
        configuration = self.gateway.peer("add", name, *arguments)
        self.addCleanup(self.gateway.peer, "remove", name)
        return self.client(configuration)

    def assert_answers(self, client: StockClient, seconds: float = 10) -> None:
        for address in (TUNNEL_V4, TUNNEL_V6):
            client.await_answer(address, seconds)

    def assert_silent(self, client: StockClient) -> None:
        for address in (TUNNEL_V4, TUNNEL_V6):
            self.assertTrue(client.is_silent(address), f"{address} still answers")

    def wg(self, *arguments: object) -> str:
        """`wg` in the gateway's namespace."""
        return self.gateway_space.run("wg", *arguments)
