"""A stock WireGuard client: wireguard-go and wg in a namespace, as a user would run them."""

import itertools
import json
import tempfile
import time
from pathlib import Path

import process
import wait
from network import Namespace, unique_name
from portway import lines_of

SOCKETS = Path("/var/run/wireguard")

_metrics = itertools.count(100)


class StockClient:
    """One interface of wireguard-go, set up from a wg-quick configuration."""

    def __init__(self, namespace: Namespace, configuration: str) -> None:
        self.namespace = namespace
        self.configuration = configuration
        self.interface = unique_name("c")
        self.folder = tempfile.TemporaryDirectory(prefix="pw-stock-")
        self.program = namespace.start("wireguard-go", "-f", self.interface)
        wait.until((SOCKETS / f"{self.interface}.sock").exists, f"the socket of {self.program}")
        self._apply()

    def _apply(self) -> None:
        file = Path(self.folder.name, f"{self.interface}.conf")
        file.write_text(self.configuration)
        file.chmod(0o600)
        stripped = Path(self.folder.name, "stripped")
        stripped.write_text(process.run("wg-quick", "strip", file))
        self.namespace.run("wg", "setconf", self.interface, stripped)
        for address in lines_of(self.configuration, "Address"):
            self.namespace.run("ip", "address", "add", address, "dev", self.interface, *_no_detection(address))
        self.namespace.run("ip", "link", "set", self.interface, "mtu", 1420, "up")
        # Clients of one namespace have the same routes: a metric of its own keeps each from replacing another's.
        metric = next(_metrics)
        for prefix in lines_of(self.configuration, "AllowedIPs"):
            self.namespace.run("ip", "route", "add", prefix, "dev", self.interface, "metric", metric)

    def pings(self, address: str, seconds: int = 1) -> bool:
        """One echo request through this client, and whether its reply came in time."""
        return " 1 received" in self._ping(address, "-c", 1, "-W", seconds)

    def _ping(self, address: str, *options: object) -> str:
        return self.namespace.attempt("ping", "-n", "-I", self.interface, *options, address).stdout

    def await_answer(self, address: str, seconds: float = 10) -> None:
        wait.until(lambda: self.pings(address), f"{address} to answer {self.interface}", seconds)

    def is_silent(self, address: str, probes: int = 3) -> bool:
        """Whether none of some echo requests, over half a second, is answered."""
        return " 0 received" in self._ping(address, "-c", probes, "-i", 0.2, "-W", 1)

    def throughput(self, server: Namespace, address: str, seconds: int = 1) -> dict[str, float]:
        """Runs iperf3 both ways; returns megabits a second by direction."""
        listener = server.start("iperf3", "-s", "-B", address, "--forceflush")
        try:
            listener.line("Server listening")
            return {way: self._iperf(address, seconds, flags) for way, flags in (("up", []), ("down", ["-R"]))}
        finally:
            listener.kill()

    def _iperf(self, address: str, seconds: int, flags: list[str]) -> float:
        text = self.namespace.run("iperf3", "-J", "-c", address, "-t", seconds, "--connect-timeout", 3000, *flags,
                                  timeout=seconds + 20)
        report = json.loads(text)
        if "sum_received" not in report["end"]:
            raise AssertionError(f"iperf3 {' '.join(flags)}: {report.get('error', text)}")
        return report["end"]["sum_received"]["bits_per_second"] / 1e6

    def latest_handshake(self) -> int:
        return int(self.namespace.run("wg", "show", self.interface, "latest-handshakes").split()[1])

    def stop(self) -> None:
        self.program.kill()
        (SOCKETS / f"{self.interface}.sock").unlink(missing_ok=True)


def _no_detection(address: str) -> list[str]:
    return ["nodad"] if ":" in address else []


def milliseconds_until(look, what: str, seconds: float = 10) -> float:
    """How long it took until `look` was true."""
    started = time.monotonic()
    wait.until(look, what, seconds)
    return (time.monotonic() - started) * 1000
