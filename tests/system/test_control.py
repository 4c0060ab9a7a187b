"""The control API of a gateway, with stock clients at the other end."""

import json

import process
import scene
import wait
from portway import BINARY
from scene import CLIENT_V4, TUNNEL_V4


class Control(scene.Scene):
    """What is told of peers and sessions, and who is let in by an invitation."""

    def watcher(self) -> process.Program:
        """`peer watch`, from its first line on."""
        program = self.gateway_space.start(BINARY, "peer", "watch", "--json", *self.gateway.place)
        self.addCleanup(program.kill)
        self.event(program, "ready")
        return program

    @staticmethod
    def event(watcher: process.Program, kind: str) -> dict:
        """The first event of this kind that was told."""
        def found() -> dict | None:
            whole_lines = watcher.stdout.rpartition("\n")[0].splitlines()
            return next((event for event in map(json.loads, whole_lines) if event["event"] == kind), None)
        return wait.until(found, f"{kind} from {watcher}", 20)

    def test_a_watcher_hears_of_a_peer_and_of_its_session(self) -> None:
        watcher = self.watcher()
        client = self.added_peer("watched")
        self.assertEqual(self.event(watcher, "peer.added")["peer"]["name"], "watched")
        self.assert_answers(client)
        session = self.event(watcher, "session.handshake")["session"]
        self.assertEqual((session["name"], session["endpoint"].rsplit(":", 1)[0]), ("watched", CLIENT_V4))
        self.gateway.peer("disable", "watched")
        self.assertFalse(self.event(watcher, "peer.changed")["peer"]["enabled"])
        self.assertEqual(watcher.stop(), 0)

    def test_a_watcher_hears_that_a_peer_roams(self) -> None:
        client = self.added_peer("roamer")
        self.assert_answers(client)
        watcher = self.watcher()
        # Another port is another endpoint, as behind a NAT that forgot the old one.
        self.client_space.run("wg", "set", client.interface, "listen-port", 45679)
        client.await_answer(TUNNEL_V4)
        session = self.event(watcher, "session.roamed")["session"]
        self.assertEqual((session["name"], session["endpoint"]), ("roamer", f"{CLIENT_V4}:45679"))

    def test_an_invited_peer_connects_and_its_token_is_used_up(self) -> None:
        token = self.gateway.peer("invite", "guest", "--expires", "10m").strip()
        configuration = self.gateway.peer("redeem", token)
        self.addCleanup(self.gateway.peer, "remove", "guest")
        self.assert_answers(self.client(configuration))
        again = self.gateway_space.attempt(BINARY, "peer", "redeem", token, *self.gateway.place)
        self.assertEqual((again.returncode, again.stdout), (1, ""))
        self.assertIn("not good", again.stderr)
        wait.until(lambda: self.session("guest") is not None, "the session to be listed", 10)

    def session(self, name: str) -> dict | None:
        return next(peer["session"] for peer in self.gateway.peers() if peer["name"] == name)
