"""Programs that a test starts, ended by their pid with all that they started."""

import os
import signal
import subprocess
import tempfile
import time
import urllib.request
from pathlib import Path

WAIT_SECONDS = 60


class Program:
    """A program in a process group of its own, its outputs in one file."""

    def __init__(self, *command: object, cwd: Path | None = None, environment: dict[str, str] | None = None) -> None:
        self.log = tempfile.NamedTemporaryFile(prefix="portway-function-")
        self.process = subprocess.Popen([str(word) for word in command], cwd=cwd, stdin=subprocess.DEVNULL, stdout=self.log,
                                        stderr=subprocess.STDOUT, start_new_session=True,
                                        env={**os.environ, **(environment or {})})

    @property
    def output(self) -> str:
        return Path(self.log.name).read_text(errors="replace")

    def name(self) -> str:
        """What runs under the pid now."""
        return os.readlink(f"/proc/{self.process.pid}/exe").rsplit("/", 1)[1]

    def resident_kilobytes(self) -> int:
        status = Path(f"/proc/{self.process.pid}/status").read_text()
        return int(status.split("VmRSS:")[1].split()[0])

    def wait_for(self, text: str, seconds: float = WAIT_SECONDS) -> None:
        limit = time.monotonic() + seconds
        while text not in self.output:
            if self.process.poll() is not None or time.monotonic() > limit:
                raise AssertionError(f"no {text!r} in:\n{self.output}")
            time.sleep(0.02)

    def terminate(self) -> int:
        self.process.send_signal(signal.SIGTERM)
        return self.process.wait(timeout=10)

    def kill(self) -> None:
        try:
            os.killpg(self.process.pid, signal.SIGKILL)
        except ProcessLookupError:
            pass
        self.process.wait()
        self.log.close()


def fetch(url: str, body: bytes | None = None, headers: dict[str, str] | None = None, seconds: float = 20) -> tuple[int, bytes, list]:
    """Status, body and headers of an HTTP answer, whatever the status."""
    request = urllib.request.Request(url, data=body, headers={"content-type": "application/json", **(headers or {})})
    try:
        with urllib.request.urlopen(request, timeout=seconds) as response:
            return response.status, response.read(), response.getheaders()
    except urllib.error.HTTPError as error:
        with error:
            return error.code, error.read(), list(error.headers.items())


def wait_until_served(url: str, program: Program, seconds: float = WAIT_SECONDS) -> None:
    limit = time.monotonic() + seconds
    while True:
        try:
            fetch(url, seconds=2)
            return
        except OSError as error:
            if program.process.poll() is not None or time.monotonic() > limit:
                raise AssertionError(f"{url} is not served ({error}):\n{program.output}") from error
            time.sleep(0.05)


def free_port() -> int:
    import socket
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return probe.getsockname()[1]
