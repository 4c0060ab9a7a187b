"""Spoiled packages and disks: a clear error each, and the next request works where the fault goes away."""

import functools
import os
import shutil
import unittest
from pathlib import Path

import project
from process import attempt
from runtime_api import RuntimeApi, request
from test_hosts import OwnHost
from test_lambda import Scene

# Prints what comes of one request.
ONCE = 'console.log(await handler(new Request("http://x/")).then((response) => response.status, (error) => error.message));'


@functools.cache
def may_mount() -> bool:
    script = "mount -t tmpfs tmpfs /mnt && mount -o remount,rw,size=1m /mnt"
    return attempt("unshare", "--user", "--map-root-user", "--mount", "sh", "-c", script).returncode == 0


def on_disk(options: str, scratch: Path) -> list[str]:
    """A command before another one, which has a disk of its own at `scratch` and may do there what root may."""
    scratch.mkdir(exist_ok=True)
    script = f"mount -t tmpfs -o {options} tmpfs '{scratch}' && exec \"$@\""
    return ["unshare", "--user", "--map-root-user", "--mount", "sh", "-c", script, "sh"]


class InNodesPlace(Scene):
    def test_a_package_without_its_executable_says_so(self) -> None:
        folder = self.package("no-executable")
        (folder / "function").unlink()
        self.node(22, folder)
        self.assertIn("lacks its executable", self.initialization_error())

    def test_an_executable_that_was_cut_off_says_so(self) -> None:
        folder = self.package("cut-off")
        executable = folder / "function"
        executable.write_bytes(executable.read_bytes()[:-1])
        self.node(22, folder)
        self.assertIn("damaged", self.initialization_error())

    def test_another_processor_is_named(self) -> None:
        folder = self.package("processor")
        pretend_arm(folder / "index.mjs")
        self.node(22, folder)
        self.assertIn("the package is for arm64, this machine is x64", self.initialization_error())

    def test_a_lost_execute_bit_is_made_up_for_and_leaves_nothing_behind(self) -> None:
        folder = self.package("no-bit")
        (folder / "function").chmod(0o644)
        scratch = project.WORK / "scratch"
        scratch.mkdir(exist_ok=True)
        for version in (20, 24):
            program = self.node(version, folder, {"TMPDIR": str(scratch)})
            self.assertEqual(self.invoke_well(request("GET", "/"))["statusCode"], 200)
            self.assertEqual(list(scratch.iterdir()), [])
            program.kill()
            self.api.close()
            self.api = RuntimeApi()

    def test_a_copy_is_refused_when_its_bytes_are_not_those_that_were_packed(self) -> None:
        folder = self.package("no-bit-damaged")
        executable = folder / "function"
        data = bytearray(executable.read_bytes())
        data[len(data) // 2] ^= 1
        executable.write_bytes(data)
        executable.chmod(0o644)
        self.node(22, folder)
        self.assertIn("the executable in the package is damaged", self.initialization_error())

    def test_without_the_bit_and_without_disk_the_remedy_is_named(self) -> None:
        folder = self.package("no-disk")
        (folder / "function").chmod(0o644)
        self.node(22, folder, {"TMPDIR": "/proc"})
        self.assertIn("no execute bit", self.initialization_error())

    @unittest.skipUnless(may_mount(), "no user namespaces here")
    def test_a_full_or_read_only_disk_is_named_with_the_remedy(self) -> None:
        folder, scratch = self.package("full-disk"), project.WORK / "full"
        (folder / "function").chmod(0o644)
        client = project.judges() / "aws-lambda-ric" / "index.mjs"
        for options, code in (("size=64k", "ENOSPC"), ("ro", "EROFS")):
            with self.subTest(options=options):
                self.start(*on_disk(options, scratch), project.node(22), client, "index.handler", folder=folder,
                           environment={"TMPDIR": str(scratch)})
                said = self.initialization_error()
                self.assertIn(f"the executable cannot be copied to {scratch} ({code})", said)
                self.assertIn("bytes of disk", said)


class AsAChild(OwnHost):
    def child(self, name: str) -> Path:
        return project.unpacked(project.package("vercel"), project.WORK / name)

    def test_a_request_says_what_is_wrong_with_the_package(self) -> None:
        for name, spoil, said in (
                ("child-none", lambda folder: (folder / "function").unlink(), "lacks its executable"),
                ("child-cut", lambda folder: os.truncate(folder / "function", 1000), "damaged"),
                ("child-processor", lambda folder: pretend_arm(folder / "index.mjs"), "the package is for arm64, this machine is x64")):
            with self.subTest(name=name):
                folder = self.child(name)
                spoil(folder)
                self.assertIn(said, self.call(folder, ONCE))

    def test_a_package_that_was_mended_answers_the_next_request(self) -> None:
        folder = self.child("child-mended")
        code = f'''
            import {{ renameSync }} from "node:fs";
            renameSync("function", "away");
            {ONCE}
            renameSync("away", "function");
            {ONCE}
        '''
        first, second = self.call(folder, code).splitlines()
        self.assertIn("lacks its executable", first)
        self.assertEqual(second, "200")

    def test_a_lost_execute_bit_is_made_up_for_and_leaves_nothing_behind(self) -> None:
        folder, scratch = self.child("child-bit"), project.WORK / "child-scratch"
        (folder / "function").chmod(0o644)
        shutil.rmtree(scratch, ignore_errors=True)
        scratch.mkdir()
        self.assertEqual(self.call(folder, ONCE, {"TMPDIR": str(scratch)}), "200\n")
        self.assertEqual(list(scratch.iterdir()), [])

    @unittest.skipUnless(may_mount(), "no user namespaces here")
    def test_the_next_request_works_once_a_full_or_read_only_disk_has_room(self) -> None:
        folder, scratch = self.child("child-full"), project.WORK / "child-full-disk"
        (folder / "function").chmod(0o644)
        for options, code in (("size=64k", "ENOSPC"), ("ro", "EROFS")):
            with self.subTest(options=options):
                host = f'''
                    import {{ execFileSync }} from "node:child_process";
                    {ONCE}
                    execFileSync("mount", ["-o", "remount,rw,size=64m", "{scratch}"]);
                    {ONCE}
                '''
                first, second = self.call(folder, host, {"TMPDIR": str(scratch)}, before=on_disk(options, scratch)).splitlines()
                self.assertIn(f"the executable cannot be copied to {scratch} ({code})", first)
                self.assertEqual(second, "200")

    def test_a_large_body_arrives_whole_and_a_panic_is_an_answer(self) -> None:
        code = """
            const answer = async (path, body) => (await handler(new Request(`http://x/${path}`, { method: body ? "POST" : "GET", body })));
            console.log(await (await answer("length", new Uint8Array(10 << 20))).text());
            const panic = await answer("panic");
            console.log(panic.status, (await panic.text()).includes("secret"));
            console.log((await answer("")).status);
        """
        self.assertEqual(self.call(self.child("child-large"), code), f"{10 << 20}\n500 false\n200\n")

    def test_an_answer_that_nobody_reads_to_its_end_holds_nothing_up(self) -> None:
        code = """
            for (let count = 0; count < 20; count += 1) {
              const response = await handler(new Request("http://x/stream"));
              await response.body.cancel();
              await handler(new Request("http://x/", { method: "HEAD" }));
            }
            console.log((await handler(new Request("http://x/"))).status);
        """
        self.assertEqual(self.call(self.child("child-unread"), code), "200\n")


class SingleFile(OwnHost):
    def module(self, name: str, change=lambda text: text) -> Path:
        folder = project.WORK / name
        folder.mkdir(exist_ok=True)
        text = project.package("generic-node", "--single-file").read_text()
        (folder / "index.mjs").write_text(change(text))
        return folder

    def test_a_damaged_payload_is_named(self) -> None:
        def damaged(text: str) -> str:
            middle = len(text) // 2
            other = "B" if text[middle] == "A" else "A"
            return text[:middle] + other + text[middle + 1:]
        self.assertIn("the executable in the package is damaged", self.call(self.module("single-damaged", damaged), ONCE))

    def test_a_payload_that_a_tool_took_out_or_cut_is_named(self) -> None:
        for name, end in (("single-none", "/**/}"), ("single-cut", "*/}")):
            def without(text: str, end: str = end) -> str:
                start = text.index("function payload() {") + len("function payload() {")
                return text[:start] + (end if end.startswith("/*") else text[start:start + 5000] + end)
            with self.subTest(name=name):
                self.assertIn("the module lacks its executable", self.call(self.module(name, without), ONCE))

    def test_another_processor_is_named(self) -> None:
        folder = self.module("single-processor")
        pretend_arm(folder / "index.mjs")
        self.assertIn("the package is for arm64, this machine is x64", self.call(folder, ONCE))

    @unittest.skipUnless(may_mount(), "no user namespaces here")
    def test_a_full_or_read_only_disk_is_named(self) -> None:
        folder, scratch = self.module("single-full"), project.WORK / "single-full-disk"
        for options, code in (("size=64k", "ENOSPC"), ("ro", "EROFS")):
            with self.subTest(options=options):
                said = self.call(folder, ONCE, {"TMPDIR": str(scratch)}, before=on_disk(options, scratch))
                self.assertIn(f"the executable cannot be copied to {scratch} ({code})", said)


def pretend_arm(module: Path) -> None:
    module.write_text(module.read_text().replace('"architecture":"x64"', '"architecture":"arm64"'))
