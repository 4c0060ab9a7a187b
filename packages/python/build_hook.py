"""Puts the binary that PORTWAY_BINARY names into the wheel, as a script, and says which systems it runs on."""

import os
import platform
import re
import subprocess

from hatchling.builders.hooks.plugin.interface import BuildHookInterface


class BinaryHook(BuildHookInterface):
    """Called by hatchling before it builds."""

    def initialize(self, version: str, build_data: dict) -> None:
        binary = os.environ["PORTWAY_BINARY"]
        build_data["shared_scripts"] = {binary: "portway"}
        build_data["pure_python"] = False
        build_data["tag"] = f"py3-none-{platform_tag(binary)}"


def platform_tag(binary: str) -> str:
    """The tag of PEP 600: the newest C library that a symbol of the binary asks for. A static one asks for none."""
    arguments = ["readelf", "--version-info", "--wide", binary]
    symbols = subprocess.run(arguments, check=True, capture_output=True, text=True).stdout
    versions = [tuple(map(int, found)) for found in re.findall(r"GLIBC_(\d+)\.(\d+)", symbols)]
    major, minor = max(versions, default=(2, 17))
    return f"manylinux_{major}_{minor}_{platform.machine()}"
