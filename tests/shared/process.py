"""Programs that the tests start; each is ended by its pid, with all that it started."""

import os
import signal
import subprocess
import tempfile
from pathlib import Path

import cleanup
import wait

COMMAND_TIMEOUT_SECONDS = 30
STOP_TIMEOUT_SECONDS = 5


class CommandError(AssertionError):
    """A command that should have worked did not."""


def run(*command: object, timeout: float = COMMAND_TIMEOUT_SECONDS, text: str | None = None,
        cwd: Path | None = None, environment: dict[str, str] | None = None) -> str:
    """Runs a command that must succeed, and returns its stdout."""
    result = attempt(*command, timeout=timeout, text=text, cwd=cwd, environment=environment)
    if result.returncode != 0:
        raise CommandError(f"{result.args} ended with {result.returncode}:\n{result.stdout}{result.stderr}")
    return result.stdout


def attempt(*command: object, timeout: float = COMMAND_TIMEOUT_SECONDS, text: str | None = None,
            cwd: Path | None = None, environment: dict[str, str] | None = None) -> subprocess.CompletedProcess[str]:
    """Runs a command that may fail."""
    words = [str(word) for word in command]
    source = {"input": text} if text is not None else {"stdin": subprocess.DEVNULL}
    return subprocess.run(words, timeout=timeout, check=False, capture_output=True, text=True, cwd=cwd,
                          env={**os.environ, **(environment or {})}, **source)


class Program:
    """A long-running program in a process group of its own, its output in files."""

    def __init__(self, *command: object, cwd: Path | None = None, environment: dict[str, str] | None = None) -> None:
        self.command = [str(word) for word in command]
        self.folder = tempfile.TemporaryDirectory(prefix="pw-log-")
        self.stdout_file = Path(self.folder.name, "stdout")
        self.stderr_file = Path(self.folder.name, "stderr")
        with self.stdout_file.open("wb") as stdout, self.stderr_file.open("wb") as stderr:
            self.process = subprocess.Popen(
                self.command, stdin=subprocess.DEVNULL, stdout=stdout, stderr=stderr, cwd=cwd,
                start_new_session=True, env={**os.environ, **(environment or {})})
        cleanup.on_exit(self.kill)

    @property
    def stdout(self) -> str:
        return self.stdout_file.read_text(errors="replace")

    @property
    def stderr(self) -> str:
        return self.stderr_file.read_text(errors="replace")

    @property
    def output(self) -> str:
        return self.stdout + self.stderr

    @property
    def pid(self) -> int:
        return self.process.pid

    def runs(self) -> bool:
        return self.process.poll() is None

    def name(self) -> str:
        """What runs under the pid now."""
        return os.readlink(f"/proc/{self.pid}/exe").rsplit("/", 1)[1]

    def resident_kilobytes(self) -> int:
        status = Path(f"/proc/{self.pid}/status").read_text()
        return int(status.split("VmRSS:")[1].split()[0])

    def line(self, start: str, seconds: float = 20.0) -> str:
        """Waits for the line of stdout that begins with `start`."""
        def found() -> str | None:
            if not self.runs():
                raise AssertionError(f"{self} ended before it wrote '{start}'")
            return next((line for line in self.stdout.splitlines() if line.startswith(start)), None)
        return wait.until(found, f"'{start}' from {self}", seconds)

    def kill(self) -> None:
        """Ends it as a crash would: SIGKILL to the whole group."""
        try:
            os.killpg(self.process.pid, signal.SIGKILL)
        except ProcessLookupError:
            pass
        self.process.wait()

    def stop(self) -> int:
        """Asks it to end and returns its exit code; one that does not listen in time is a failure."""
        if self.runs():
            self.process.terminate()
        try:
            return self.process.wait(STOP_TIMEOUT_SECONDS)
        except subprocess.TimeoutExpired:
            self.kill()
            raise AssertionError(f"{self} did not end within {STOP_TIMEOUT_SECONDS} s of SIGTERM") from None

    def __str__(self) -> str:
        return f"{' '.join(self.command)}\n--- its stderr:\n{self.stderr[-4000:]}---"
