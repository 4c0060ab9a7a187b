"""Checks facts and prints those that are true."""

import time


class NotTrue(Exception):
    """A fact that does not hold."""


def fact(words, is_true):
    if not is_true:
        raise NotTrue(words)
    print(f"python: {words}", flush=True)


def equal(words, expected, found):
    if expected != found:
        raise NotTrue(f"{words}: expected {expected!r}, found {found!r}")
    fact(words, True)


def eventually(words, is_true):
    """Waits up to ten seconds until something becomes true."""
    deadline = time.monotonic() + 10
    while not is_true():
        if time.monotonic() > deadline:
            raise NotTrue(f"{words} (waited 10 s)")
        time.sleep(0.005)
    fact(words, True)


def refused(words, operation, *, error, reason=""):
    """The operation fails with that error, whose text holds the reason."""
    try:
        operation()
    except error as failure:
        fact(words, reason in str(failure))
        return
    raise NotTrue(f"{words}: it was accepted")
