"""The program under test: its commands and its gateway."""

import json
import os
import shlex
import tempfile
from pathlib import Path

import process
import wait
from network import Host

ROOT = Path(__file__).resolve().parents[2]
BINARY = Path(os.environ.get("PORTWAY_BINARY", ROOT / "target" / "release" / "portway"))


def portway(*arguments: object) -> str:
    """Runs a command of portway that must succeed; returns its stdout."""
    return process.run(BINARY, *arguments)


def refused(*arguments: object, timeout: float = 30) -> tuple[int, str]:
    """Runs a command of portway that must not succeed; returns exit code and stderr."""
    result = process.attempt(BINARY, *arguments, timeout=timeout)
    if result.returncode not in (1, 2):
        raise AssertionError(f"{result.args} ended with {result.returncode}:\n{result.stdout}{result.stderr}")
    if "panicked" in result.stderr or result.stdout:
        raise AssertionError(f"{result.args} said:\n{result.stdout}{result.stderr}")
    return result.returncode, result.stderr


def ready_values(line: str) -> dict[str, str]:
    """The `key=value` words of a ready line."""
    return dict(word.split("=", 1) for word in shlex.split(line)[1:])


class Service:
    """A long-running portway command in a namespace, ready when the constructor returns."""

    def __init__(self, namespace: Host, *arguments: object, prefix: tuple[str, ...] = (),
                 binary: Path = BINARY, seconds: float = 20) -> None:
        self.namespace = namespace
        self.program = namespace.start(*prefix, binary, *arguments)
        self.ready = ready_values(self.program.line("ready ", seconds))

    def metrics(self) -> str:
        """The text of /metrics, fetched from where it listens: the service's own loopback."""
        return self.namespace.run("curl", "-sS", "--max-time", 5, f"http://{self.ready['metrics']}/metrics")

    def metric_sum(self, *parts: str) -> float:
        """Adds up all samples whose name and labels contain each of `parts`."""
        lines = (line for line in self.metrics().splitlines() if not line.startswith("#"))
        return sum(float(line.rsplit(" ", 1)[1]) for line in lines if all(part in line for part in parts))

    def stop(self) -> None:
        """Ends it as its user would; anything but a clean end is a failure."""
        code = self.program.stop()
        if code != 0 or "panicked" in self.program.stderr:
            raise AssertionError(f"ended with {code}: {self.program}")


class Gateway(Service):
    """`portway up`, with what is done to its peers from other processes."""

    def __init__(self, namespace: Host, *arguments: object, data: str | None = None, grid: str | None = None) -> None:
        self.folder = None if data else tempfile.TemporaryDirectory(prefix="pw-data-", ignore_cleanup_errors=True)
        self.data = data or self.folder.name
        self.place = ["--data", self.data, *(["--grid", grid] if grid else [])]
        super().__init__(namespace, "up", *self.place, *arguments)

    def peer(self, *arguments: object) -> str:
        return self.namespace.run(BINARY, "peer", *arguments, *self.place)

    def peers(self) -> list[dict]:
        listed = json.loads(self.peer("list", "--json"))
        return listed["peers"] if isinstance(listed, dict) else listed


def lines_of(text: str, key: str) -> list[str]:
    """All values of `Key = value` lines of a wg-quick configuration, comma lists taken apart."""
    found = (line.split("=", 1)[1] for line in text.splitlines() if line.replace(" ", "").startswith(f"{key}="))
    return [value.strip() for values in found for value in values.split(",")]


def await_gone(path: Path, seconds: float = 5) -> None:
    wait.until(lambda: not path.exists(), f"{path} to be removed", seconds)
