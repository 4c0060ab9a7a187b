"""What the tests leave on the machine is undone whatever happens: at the end, on an error, on SIGTERM and SIGINT."""

import atexit
import os
import signal
from collections.abc import Callable

_undo: list[Callable[[], None]] = []


def on_exit(undo: Callable[[], None]) -> None:
    """Has `undo` called at the end, last registered first. It may have been done already."""
    _undo.append(undo)


def _run_all() -> None:
    while _undo:
        undo = _undo.pop()
        try:
            undo()
        except OSError as error:
            print(f"clean-up failed: {error}")


def _leave(number: int, _frame: object) -> None:
    _run_all()
    os._exit(128 + number)


def install() -> None:
    """Call once, before the first test."""
    atexit.register(_run_all)
    signal.signal(signal.SIGTERM, _leave)
    signal.signal(signal.SIGINT, _leave)
