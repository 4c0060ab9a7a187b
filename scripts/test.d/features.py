#!/usr/bin/env python3
"""Checks each crate of the workspace without features and with each of its features alone."""

import json
import subprocess
import sys


def workspace_features() -> dict[str, list[str]]:
    """Returns the name of each member with its features, in the order of the manifest."""
    answer = subprocess.run(
        ["cargo", "metadata", "--format-version=1", "--no-deps", "--locked"],
        check=True, stdout=subprocess.PIPE, text=True,
    )
    packages = json.loads(answer.stdout)["packages"]
    return {package["name"]: [name for name in package["features"] if name != "default"] for package in packages}


def check(package: str, features: list[str]) -> None:
    command = ["cargo", "check", "--quiet", "--locked", "--package", package, "--no-default-features"]
    if features:
        command += ["--features", ",".join(features)]
    print(" ".join(command), flush=True)
    subprocess.run(command, check=True)


def main() -> int:
    for package, features in workspace_features().items():
        for combination in [[], *([feature] for feature in features)]:
            try:
                check(package, combination)
            except subprocess.CalledProcessError:
                print(f"{package} does not build with features {combination}", file=sys.stderr)
                return 1
    return 0


if __name__ == "__main__":
    sys.exit(main())
