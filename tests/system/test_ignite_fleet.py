"""The gateway on three real Apache Ignite nodes, one of which is killed meanwhile."""

import json
import tempfile

import process
import scene
import wait
from portway import BINARY, ROOT
from scene import TUNNEL_V4

FLEET_START_SECONDS = 240


class IgniteFleet(scene.Scene):
    """The fleet runs in the gateway's namespace, so its ports disturb nobody."""

    @classmethod
    def start_gateway(cls) -> None:
        cls.run_folder = tempfile.TemporaryDirectory(prefix="pw-ignite-", ignore_cleanup_errors=True)
        cls.addClassCleanup(cls.run_folder.cleanup)
        # Registered before the start: half a fleet is stopped as well.
        cls.addClassCleanup(cls.ignite, "stop")
        cls.grid = cls.ignite("start", 3).strip().removeprefix("addresses=")
        super().start_gateway()

    @classmethod
    def ignite(cls, *arguments: object) -> str:
        environment = {"PORTWAY_IGNITE_RUN": cls.run_folder.name, "PORTWAY_IGNITE_PORT": "10800"}
        command = cls.gateway_space.inside(ROOT / "scripts" / "ignite", *arguments)
        return process.run(*command, timeout=FLEET_START_SECONDS, environment=environment)

    def test_a_killed_node_interrupts_neither_traffic_nor_changes(self) -> None:
        client = self.added_peer("before")
        self.assert_answers(client)
        flow = self.client_space.start("ping", "-n", "-I", client.interface, "-i", 0.2, "-c", 50, TUNNEL_V4)
        self.addCleanup(flow.kill)
        self.ignite("kill", 2)
        self.assert_answers(self.added_peer("after"), 30)
        self.assertEqual({peer["name"] for peer in self.gateway.peers()}, {"before", "after"})
        wait.until(lambda: not flow.runs(), "the pings to end", 30)
        self.assertIn(" 0% packet loss", flow.stdout)
        self.gateway.peer("disable", "before")
        wait.until(lambda: client.is_silent(TUNNEL_V4), "the disabled peer to be silent", 20)
        self.ignite("revive", 2)

    def test_traffic_passes_both_ways(self) -> None:
        client = self.added_peer("traffic")
        self.assert_answers(client)
        for way, megabits in client.throughput(self.gateway_space, TUNNEL_V4).items():
            print(f"    {way}: {megabits:.0f} Mbit/s")
            self.assertGreater(megabits, 20)

    def test_each_node_tells_of_the_same_peers(self) -> None:
        self.gateway.peer("add", "spread")
        self.addCleanup(self.gateway.peer, "remove", "spread")
        for address in self.grid.split(","):
            listed = self.gateway_space.run(
                BINARY, "peer", "list", "--json", "--data", self.gateway.data, "--grid", address)
            self.assertIn("spread", listed)

    def test_conversations_are_found_by_any_node(self) -> None:
        client = self.added_peer("talker")
        self.assert_answers(client)
        before = self.flows("talker")
        client.throughput(self.gateway_space, TUNNEL_V4)
        for address in self.grid.split(","):
            wait.until(lambda: self.tcp_bytes("talker", address) > 1_000_000, "the conversation to be written", 40)
        self.assertTrue(all(flow["peer"] == "talker" for flow in self.flows("talker")))
        self.assertTrue(all(flow["protocol"] in (1, 58) for flow in before), before)
        self.assertEqual(self.gateway.metric_sum("portway_flows_total", "not_"), 0)

    def flows(self, peer: str, *arguments: object, address: str | None = None) -> list[dict]:
        text = self.gateway_space.run(
            BINARY, "flows", "--json", "--peer", peer, *arguments, "--data", self.gateway.data,
            "--grid", address or self.grid)
        return next(iter(json.loads(text).values()))

    def tcp_bytes(self, peer: str, address: str) -> int:
        sums = self.flows(peer, "--top", address=address)
        return sum(found["received_bytes"] + found["sent_bytes"] for found in sums if found["protocol"] == 6)
