"""HTTP as the tests speak it."""

import socket
import urllib.error
import urllib.request

import wait
from process import Program

START_SECONDS = 60


def fetch(url: str, body: bytes | None = None, headers: dict[str, str] | None = None, seconds: float = 20) -> tuple[int, bytes, list]:
    """Status, body and headers of an HTTP answer, whatever the status."""
    request = urllib.request.Request(url, data=body, headers={"content-type": "application/json", **(headers or {})})
    try:
        with urllib.request.urlopen(request, timeout=seconds) as response:
            return response.status, response.read(), response.getheaders()
    except urllib.error.HTTPError as error:
        with error:
            return error.code, error.read(), list(error.headers.items())


def wait_until_served(url: str, program: Program, seconds: float = START_SECONDS) -> None:
    """Waits for an answer, whatever it says; a program that ends before is a failure."""
    def answers() -> bool:
        if not program.runs():
            raise AssertionError(f"{program} ended before it served {url}")
        try:
            fetch(url, seconds=2)
        except OSError:
            return False
        return True
    wait.until(answers, f"an answer of {url} by {program}", seconds)


def free_port() -> int:
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return probe.getsockname()[1]
