#!/usr/bin/env python3
"""Runs the system tests: `python3 tests/system [--ignite] [NAME ...]`.

The program is target/release/portway, or what PORTWAY_BINARY names. Needs root on Linux, with iproute2, ping, curl,
wireguard-tools, wireguard-go, iperf3 and ethtool. --ignite adds the tests with real Apache Ignite nodes (JDK and Maven).
NAME selects tests by a part of their name.
"""

import argparse
import os
import sys
import unittest
from pathlib import Path

FOLDER = Path(__file__).resolve().parent
sys.path[:0] = [str(FOLDER), str(FOLDER.parent / "shared")]

import cleanup  # noqa: E402 - the folder is on the path only now
import luck  # noqa: E402
import portway  # noqa: E402


def selected_tests(names: list[str], with_ignite: bool) -> unittest.TestSuite:
    loader = unittest.TestLoader()
    if names:
        loader.testNamePatterns = [f"*{name}*" for name in names]
    modules = sorted(path.stem for path in FOLDER.glob("test_*.py"))
    if not with_ignite:
        modules = [module for module in modules if "ignite" not in module]
    return loader.loadTestsFromNames(modules)


def main() -> int:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--ignite", action="store_true", help="with the tests on real Apache Ignite nodes")
    parser.add_argument("--failfast", action="store_true", help="stop at the first failure")
    parser.add_argument("names", nargs="*", metavar="NAME")
    arguments = parser.parse_args()
    if os.geteuid() != 0:
        sys.exit("the system tests make network namespaces, which needs root")
    if not portway.BINARY.exists():
        sys.exit(f"{portway.BINARY} is missing: cargo build --release, or set PORTWAY_BINARY")
    tests = selected_tests(arguments.names, arguments.ignite)
    if tests.countTestCases() == 0:
        sys.exit("no test has such a name")
    cleanup.install()
    return 0 if luck.passes(tests, unittest.TextTestRunner(verbosity=2, failfast=arguments.failfast)) else 1


if __name__ == "__main__":
    sys.exit(main())
