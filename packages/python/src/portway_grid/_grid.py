"""`portway grid` as a process that lives as long as it is needed."""

from __future__ import annotations

import atexit
import json
import os
import select
import shutil
import subprocess
import sys
import sysconfig
import tempfile
from pathlib import Path
from types import TracebackType
from typing import IO, Sequence

# A grid is ready in milliseconds; one with much data reads it first.
START_SECONDS = 60.0
# It ends within two seconds of being asked.
STOP_SECONDS = 10.0
# What of its messages an error quotes.
QUOTED_BYTES = 4096


class GridError(RuntimeError):
    """The grid did not start, or ended badly; says what it said."""


class Grid:
    """A grid at a port of its own on the loopback interface, ready when `start` returns.

    `data` is a folder that keeps what was written; without it everything is in memory and gone at the end. `arguments`
    are further options of `portway grid`. Used as a context manager it starts and stops by itself.
    """

    def __init__(
        self,
        data: str | os.PathLike[str] | None = None,
        arguments: Sequence[str] = (),
        binary: str | os.PathLike[str] | None = None,
    ) -> None:
        self._command = [str(binary or _binary()), "grid", "--json", "--listen", "127.0.0.1:0", *arguments]
        if data is not None:
            self._command += ["--data", os.fspath(data)]
        self._process: subprocess.Popen[bytes] | None = None
        self._messages: IO[bytes] | None = None
        self.host = "127.0.0.1"
        self.port = 0

    @property
    def address(self) -> str:
        """HOST:PORT."""
        return f"{self.host}:{self.port}"

    def start(self) -> Grid:
        """Starts it and waits until it accepts connections."""
        if self._process is not None:
            raise GridError("the grid runs already")
        self._messages = tempfile.TemporaryFile()
        self._process = subprocess.Popen(self._command, stdout=subprocess.PIPE, stderr=self._messages)
        atexit.register(self.stop)
        try:
            ready = self._ready_line()
        except BaseException:
            self._end(kill=True)
            raise
        # The first of its addresses is ours, those of `arguments` follow.
        self.host, port = ready["listen"].split(",")[0].rsplit(":", 1)
        self.port = int(port)
        return self

    def stop(self) -> None:
        """Ends it and waits until it is gone; does nothing where none runs."""
        self._end(kill=False)

    def __enter__(self) -> Grid:
        return self.start()

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        self.stop()

    def _ready_line(self) -> dict:
        assert self._process is not None and self._process.stdout is not None
        readable, _, _ = select.select([self._process.stdout], [], [], START_SECONDS)
        line = self._process.stdout.readline() if readable else b""
        if line:
            return json.loads(line)
        what = "ended at once" if readable else f"was not ready after {START_SECONDS:.0f} s"
        raise GridError(f"{' '.join(self._command)} {what}:\n{self._said()}")

    def _said(self) -> str:
        """The last of what it wrote for people."""
        assert self._messages is not None
        self._messages.seek(0, os.SEEK_END)
        self._messages.seek(max(0, self._messages.tell() - QUOTED_BYTES))
        return self._messages.read().decode(errors="replace")

    def _end(self, kill: bool) -> None:
        process, self._process = self._process, None
        if process is None:
            return
        atexit.unregister(self.stop)
        if kill:
            process.kill()
        else:
            process.terminate()
        try:
            process.wait(STOP_SECONDS)
        except subprocess.TimeoutExpired:
            process.kill()
            process.wait()
        finally:
            if process.stdout is not None:
                process.stdout.close()
            if self._messages is not None:
                self._messages.close()


def _binary() -> str:
    """Where pip put the command: beside the interpreter, or where scripts of this scheme go, or on the path."""
    folders = [Path(sys.executable).parent, Path(sysconfig.get_path("scripts"))]
    for folder in folders:
        if os.access(folder / "portway", os.X_OK):
            return str(folder / "portway")
    found = shutil.which("portway")
    if found is None:
        raise GridError("the command portway is not installed; `pip install --force-reinstall portway-grid` brings it")
    return found
