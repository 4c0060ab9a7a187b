"""The fixture `portway_grid`."""

from collections.abc import Iterator

import pytest

from portway_grid import Grid


@pytest.fixture(scope="session")
def portway_grid() -> Iterator[Grid]:
    """A grid in memory for the whole session; tests name their caches differently."""
    with Grid() as grid:
        yield grid
