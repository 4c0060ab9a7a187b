#!/usr/bin/env python3
"""Runs the tests of packages: `python3 tests/function [NAME ...]`.

The program is target/release/portway, or what PORTWAY_BINARY names. Needs cargo, Node 20 and npm; the platforms' runtimes come from
npm. NAME selects tests by a part of their name.
"""

import sys
import unittest
from pathlib import Path

FOLDER = Path(__file__).resolve().parent
sys.path[:0] = [str(FOLDER), str(FOLDER.parent / "shared")]

import cleanup  # noqa: E402 - the folder is on the path only now
import luck  # noqa: E402


def main() -> int:
    cleanup.install()
    loader = unittest.TestLoader()
    if sys.argv[1:]:
        loader.testNamePatterns = [f"*{name}*" for name in sys.argv[1:]]
    tests = loader.loadTestsFromNames(sorted(path.stem for path in FOLDER.glob("test_*.py")))
    return 0 if luck.passes(tests, unittest.TextTestRunner(verbosity=2)) else 1


if __name__ == "__main__":
    sys.exit(main())
