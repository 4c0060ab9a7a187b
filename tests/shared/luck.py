"""Tests that depend on luck: one that fails in the suite is asked once more, and named in the suite's table where it then passes.

Each is a defect, of the test or of what it tests, and to be mended as one. It is no reason to lose what the other tests say. More than
a few in one step are no bad luck.
"""

import os
import unittest
from pathlib import Path

MAXIMUM_ASKED_AGAIN = 2
LOGS = Path(__file__).resolve().parents[2] / "target" / "test"


def notes() -> Path | None:
    """Where the suite's table reads what was asked again; none outside of the suite."""
    step = os.environ.get("PORTWAY_TEST_STEP")
    return LOGS / f"{step}.luck" if step else None


def may_ask_again(count: int) -> bool:
    """Whether so many tests may be asked again, beside those of this step that were."""
    kept = notes()
    if kept is None or count == 0:
        return False
    before = len(kept.read_text().splitlines()) if kept.exists() else 0
    return before + count <= MAXIMUM_ASKED_AGAIN


def note(tests: list[str]) -> None:
    """Names tests that passed when they were asked again."""
    with notes().open("a") as kept:
        kept.writelines(f"{test}\n" for test in tests)


def passes(tests: unittest.TestSuite, runner: unittest.TextTestRunner) -> bool:
    """Runs tests, those that fail once more, alone, and tells whether all have passed."""
    outcome = runner.run(tests)
    if outcome.wasSuccessful():
        return outcome.testsRun > 0
    # A part of a test (`subTest`) knows the test that it is of.
    unlucky = {getattr(test, "test_case", test) for test, _ in outcome.failures + outcome.errors}
    # What failed is no test where a class or a module could not be set up.
    if outcome.unexpectedSuccesses or not all(isinstance(test, unittest.TestCase) for test in unlucky):
        return False
    if not may_ask_again(len(unlucky)):
        return False
    names = sorted(test.id() for test in unlucky)
    again = unittest.TestLoader().loadTestsFromNames(names)
    if not runner.run(again).wasSuccessful():
        return False
    note(names)
    return True
