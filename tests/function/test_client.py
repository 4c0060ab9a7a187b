"""The TypeScript client: checked by the compiler, run in Node and in a browser."""

import functools
import shutil
import subprocess
import tempfile
import threading
import unittest
from functools import partial
from http.server import SimpleHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path

import project
from process import Program
from web import fetch

STRICT = ("--strict", "--target", "es2022", "--module", "nodenext", "--moduleResolution", "nodenext", "--lib", "es2022,dom",
          "--exactOptionalPropertyTypes", "--noUncheckedIndexedAccess", "--types", "node")


@functools.cache
def compiled() -> Path:
    """A folder with the client and the checked and compiled test of it."""
    sample = project.project()
    project.package("lambda-node")
    folder = project.WORK / "client"
    shutil.rmtree(folder, ignore_errors=True)
    folder.mkdir()
    shutil.copytree(sample / "client", folder / "client")
    shutil.copy(project.FOLDER / "client.ts", folder)
    (folder / "package.json").write_text('{"type": "module"}')
    (folder / "node_modules").symlink_to(project.judges())
    project.run(project.judges() / ".bin" / "tsc", *STRICT, "client.ts", cwd=folder)
    return folder


class Client(unittest.TestCase):
    @classmethod
    def setUpClass(cls) -> None:
        cls.folder = compiled()
        archive = project.unpacked(project.package("lambda-custom"), project.WORK / "served")
        cls.server = Program(archive / "bootstrap", "--listen", "127.0.0.1:0")
        cls.addClassCleanup(cls.server.kill)
        cls.url = cls.server.line("ready listen=").removeprefix("ready listen=")

    def test_it_does_what_its_types_say_on_each_node(self) -> None:
        (self.folder / "run.mjs").write_text(
            'import { check } from "./client.js"; console.log(JSON.stringify(await check(process.argv[2])));')
        for version in (20, 22, 24):
            with self.subTest(node=version):
                self.assertEqual(project.run(project.node(version), "run.mjs", self.url, cwd=self.folder), "[]\n")
        with self.subTest("before a service in Genezio's mode"):
            self.assertEqual(project.run(project.node(22), "run.mjs", f"{self.url}/genezio", cwd=self.folder), "[]\n")

    def test_it_does_what_its_types_say_in_a_browser(self) -> None:
        (self.folder / "index.html").write_text(
            '<script type="module">import { check } from "./client.js";'
            f'document.title = JSON.stringify(await check("{self.url}").catch((error) => [error.stack]));</script>')
        pages = ThreadingHTTPServer(("127.0.0.1", 0), partial(Quiet, directory=str(self.folder)))
        threading.Thread(target=pages.serve_forever, daemon=True).start()
        self.addCleanup(pages.server_close)
        self.addCleanup(pages.shutdown)
        with tempfile.TemporaryDirectory() as profile:
            page = subprocess.run(
                ["chromium", "--headless", "--no-sandbox", "--disable-gpu", "--disable-quic", "--no-first-run", "--disable-sync",
                 "--disable-background-networking", "--disable-component-update", f"--user-data-dir={profile}",
                 "--virtual-time-budget=10000", "--dump-dom", f"http://127.0.0.1:{pages.server_port}/index.html"],
                capture_output=True, text=True, timeout=60, check=False)
        self.assertIn("<title>[]</title>", page.stdout, page.stderr)

    def test_the_client_in_rust_does_what_its_types_say(self) -> None:
        for path in ("", "/", "/genezio"):
            self.assertEqual(fetch(f"{self.url}/called?{self.url}{path}")[1], b"9007199254740994 9007199254740993")

    def test_a_wrong_type_does_not_compile(self) -> None:
        wrong = self.folder / "wrong.ts"
        wrong.write_text('import { Accounts } from "./client/index.js"; void new Accounts("http://x").add(1, 2);')
        with self.assertRaisesRegex(AssertionError, "bigint"):
            project.run(project.judges() / ".bin" / "tsc", "--noEmit", *STRICT, "wrong.ts", cwd=self.folder)

    def test_plain_callers_get_plain_json(self) -> None:
        body = b'[{"jsonrpc":"2.0","method":"add","params":{"right":1,"left":9007199254740993},"id":1},{"jsonrpc":"2.0","method":"greet"}]'
        status, answer, headers = fetch(f"{self.url}/Accounts", body, {"origin": "http://elsewhere"})
        self.assertEqual((status, answer), (200, b'[{"jsonrpc":"2.0","result":9007199254740994,"id":1}]'))
        self.assertIn("*", dict((name.lower(), value) for name, value in headers)["access-control-allow-origin"])


class Quiet(SimpleHTTPRequestHandler):
    def log_message(self, *_: object) -> None:
        pass
