"""The wheel as a Python user meets it."""

import os
import signal
import socket
import subprocess
import sys

import pyignite
import pytest
from portway_grid import Grid, GridError


def value_of(grid: Grid, key: int) -> str | None:
    client = pyignite.Client()
    with client.connect(grid.host, grid.port):
        return client.get_or_create_cache("greetings").get(key)


def put(grid: Grid, key: int, value: str) -> None:
    client = pyignite.Client()
    with client.connect(grid.host, grid.port):
        client.get_or_create_cache("greetings").put(key, value)


def test_the_fixture_is_a_grid_that_pyignite_uses(portway_grid: Grid) -> None:
    put(portway_grid, 1, "hello")
    assert value_of(portway_grid, 1) == "hello"


def test_two_grids_are_strangers(portway_grid: Grid) -> None:
    put(portway_grid, 2, "here")
    with Grid() as other:
        assert other.port != portway_grid.port
        assert value_of(other, 2) is None


def test_a_folder_keeps_what_was_written(tmp_path) -> None:
    with Grid(data=tmp_path / "data") as grid:
        put(grid, 1, "kept")
    with Grid(data=tmp_path / "data") as grid:
        assert value_of(grid, 1) == "kept"


def test_a_stopped_grid_is_gone() -> None:
    grid = Grid().start()
    grid.stop()
    grid.stop()
    with pytest.raises(ConnectionRefusedError):
        socket.create_connection((grid.host, grid.port))


def test_an_error_says_what_the_grid_said(tmp_path) -> None:
    file = tmp_path / "file"
    file.write_text("no folder")
    with pytest.raises(GridError, match="ended at once(?s:.)*file"):
        Grid(data=file).start()


def test_a_program_that_ends_takes_its_grid_along() -> None:
    program = "from portway_grid import Grid; grid = Grid().start(); print(grid._process.pid)"
    done = subprocess.run([sys.executable, "-c", program], capture_output=True, text=True, check=True, timeout=60)
    with pytest.raises(ProcessLookupError):
        os.kill(int(done.stdout), signal.SIG_DFL)
