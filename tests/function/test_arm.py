"""Packages for Arm: built here, run under an emulator."""

import json
import shutil
import unittest
from pathlib import Path

import project
from runtime_api import request
from test_lambda import Scene


def has_target() -> bool:
    """Whether the toolchain compiles for Arm."""
    folder = project.run("rustc", "--print", "target-libdir", "--target", "aarch64-unknown-linux-gnu").strip()
    return Path(folder).is_dir()


@unittest.skipUnless(has_target(), "the toolchain has no library for aarch64-unknown-linux-gnu")
class Arm(Scene):
    def test_a_static_executable_for_arm_answers_the_runtime_api(self) -> None:
        folder = project.unpacked(project.package("lambda-custom", "--arch", "arm64"), project.WORK / "arm")
        emulator = shutil.which("qemu-aarch64-static")
        self.assertIsNotNone(emulator, "qemu-aarch64-static is missing")
        self.start(emulator, folder / "bootstrap", folder=folder)
        self.assertEqual(json.loads(self.invoke_well(request("GET", "/"))["body"]), {"msg": "Hello rust!"})

    def test_its_package_is_refused_by_a_node_of_another_processor(self) -> None:
        folder = project.unpacked(project.package("lambda-node", "--arch", "arm64"), project.WORK / "arm-node")
        self.node(22, folder)
        self.assertIn("the package is for arm64, this machine is x64", self.initialization_error())
