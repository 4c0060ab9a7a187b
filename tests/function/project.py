"""The sample project, its packages, and the platforms' runtimes."""

import functools
import json
import os
import shutil
import zipfile
from pathlib import Path

from process import run

FOLDER = Path(__file__).resolve().parent
ROOT = FOLDER.parent.parent
WORK = ROOT / "target" / "function-tests"
BINARY = Path(os.environ.get("PORTWAY_BINARY", ROOT / "target" / "release" / "portway")).resolve()
JUDGES = WORK / "judges"
HOST = ROOT / "crates" / "portway" / "src" / "function" / "hosting" / "host.mjs"
RUNTIMES = ROOT / "crates" / "portway" / "src" / "function" / "hosting" / "package.json"

BUILD_TIMEOUT_SECONDS = 900


@functools.cache
def project() -> Path:
    """A project as `portway function new` makes it, with the sample's source."""
    WORK.mkdir(parents=True, exist_ok=True)
    folder = WORK / "sample"
    built = folder / "target"
    kept = WORK / "sample-target"
    if built.exists():
        shutil.rmtree(kept, ignore_errors=True)
        built.rename(kept)
    shutil.rmtree(folder, ignore_errors=True)
    run(BINARY, "function", "new", "sample", "--template", "json-rpc", cwd=WORK)
    if kept.exists():
        kept.rename(built)
    manifest = folder / "Cargo.toml"
    dependencies = ('futures-util = { version = "0.3", default-features = false }\n'
                    'chrono = { version = "0.4", default-features = false, features = ["clock", "serde"] }\n'
                    'schemars = { version = "1", features = ["chrono04"] }\nserde = { version = "1", features = ["derive"] }\n'
                    'serde_json = "1"\ntokio = { version = "1", features = ["sync", "time"] }\n')
    text = manifest.read_text()
    text = text.replace('portway-function = "0.1.0"\n', 'portway-function = { version = "0.1.0", features = ["client"] }\n' + dependencies)
    manifest.write_text(text)
    shutil.copy(FOLDER / "sample.rs", folder / "src" / "main.rs")
    return folder


@functools.cache
def package(platform: str, *options: str) -> Path:
    """The package of the sample for a platform."""
    output = run(BINARY, "function", "build", "--platform", platform, "--json", *options, cwd=project(), timeout=BUILD_TIMEOUT_SECONDS)
    return Path(json.loads(output)["package"])


def unpacked(archive: Path, folder: Path) -> Path:
    """Unpacks as the platforms do: with the permissions in the archive."""
    shutil.rmtree(folder, ignore_errors=True)
    with zipfile.ZipFile(archive) as opened:
        for entry in opened.infolist():
            path = Path(opened.extract(entry, folder))
            path.chmod(entry.external_attr >> 16 & 0o777)
    return folder


def executables(archive: Path) -> list[str]:
    """The entries of an archive that have the execute bit."""
    with zipfile.ZipFile(archive) as opened:
        return [entry.filename for entry in opened.infolist() if entry.external_attr >> 16 & 0o111]


@functools.cache
def judges() -> Path:
    """The platforms' runtimes, from their registry."""
    JUDGES.mkdir(parents=True, exist_ok=True)
    manifest = json.loads((FOLDER / "package.json").read_text())
    manifest["dependencies"] |= json.loads(RUNTIMES.read_text())["dependencies"]
    wanted = json.dumps(manifest)
    stamp = JUDGES / "installed"
    if not stamp.exists() or stamp.read_text() != wanted:
        (JUDGES / "package.json").write_text(wanted)
        run("npm", "install", "--no-package-lock", "--no-audit", "--no-fund", cwd=JUDGES, timeout=BUILD_TIMEOUT_SECONDS)
        stamp.write_text(wanted)
    return JUDGES / "node_modules"


def node(version: int) -> Path:
    """A Node of this major version."""
    if version == 20:
        found = shutil.which("node")
        if found and run(found, "--version").startswith("v20."):
            return Path(found)
        raise AssertionError("node on the PATH is not version 20")
    return judges() / f"node{version}" / "bin" / "node"
