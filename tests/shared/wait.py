"""Waiting for an event, bounded: no test sleeps and hopes."""

import time
from collections.abc import Callable
from typing import TypeVar

Found = TypeVar("Found")

# Between two looks; short against what is measured, long against what a look costs.
INTERVAL_SECONDS = 0.01


def until(look: Callable[[], Found], what: str, seconds: float = 10.0) -> Found:
    """Returns the first true answer of `look`, or fails with `what` was awaited."""
    deadline = time.monotonic() + seconds
    while True:
        found = look()
        if found:
            return found
        if time.monotonic() > deadline:
            raise AssertionError(f"waited {seconds:g} s in vain: {what}")
        time.sleep(INTERVAL_SECONDS)
