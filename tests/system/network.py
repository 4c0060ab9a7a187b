"""Network namespaces, named after this process, joined by veth pairs."""

import itertools
import os

import cleanup
import process

_numbers = itertools.count(1)


def unique_name(purpose: str) -> str:
    """A name for a namespace or interface that no other run uses; at most 15 letters."""
    return f"pw{os.getpid() % 1_000_000:x}{purpose}{next(_numbers)}"


class Host:
    """This machine's own network: where programs run that need no namespace."""

    def inside(self, *command: object) -> list[str]:
        """The command line that runs `command` in here."""
        return [str(word) for word in command]

    def run(self, *command: object, timeout: float = process.COMMAND_TIMEOUT_SECONDS) -> str:
        return process.run(*self.inside(*command), timeout=timeout)

    def attempt(self, *command: object, timeout: float = process.COMMAND_TIMEOUT_SECONDS):
        return process.attempt(*self.inside(*command), timeout=timeout)

    def start(self, *command: object, environment: dict[str, str] | None = None) -> process.Program:
        return process.Program(*self.inside(*command), environment=environment)


class Namespace(Host):
    """A network namespace with its loopback up, gone at the end."""

    def __init__(self, purpose: str) -> None:
        self.name = unique_name(purpose)
        process.run("ip", "netns", "add", self.name)
        cleanup.on_exit(self.delete)
        self.run("ip", "link", "set", "lo", "up")
        # Duplicate address detection would keep a fresh IPv6 address unusable for a second.
        self.run("sysctl", "-qw", "net.ipv6.conf.default.accept_dad=0", "net.ipv6.conf.all.accept_dad=0")

    def delete(self) -> None:
        process.attempt("ip", "netns", "delete", self.name)

    def inside(self, *command: object) -> list[str]:
        return ["ip", "netns", "exec", self.name, *map(str, command)]

    def answers_ping(self, address: str, seconds: int = 1) -> bool:
        """One echo request, and whether its reply came in time."""
        return self.attempt("ping", "-n", "-c", 1, "-W", seconds, address).returncode == 0


def join(left: Namespace, right: Namespace, left_addresses: list[str], right_addresses: list[str]) -> tuple[str, str]:
    """Connects two namespaces by a veth pair; returns the names of its ends."""
    ends = unique_name("v"), unique_name("v")
    left.run("ip", "link", "add", ends[0], "type", "veth", "peer", "name", ends[1], "netns", right.name)
    for namespace, interface, addresses in ((left, ends[0], left_addresses), (right, ends[1], right_addresses)):
        for address in addresses:
            namespace.run("ip", "address", "add", address, "dev", interface)
        namespace.run("ip", "link", "set", interface, "up")
    return ends
