"""A small Ignite thin client, enough to write what no honest gateway would. Keys are text, values raw objects."""

import socket
import struct

ANSWER_TIMEOUT_SECONDS = 5
GET, PUT, GET_OR_CREATE_CACHE = 1000, 1001, 1052
TEXT, BYTE_ARRAY, WRAPPED_OBJECT = 9, 12, 27


class ThinClient:
    """One connection, one request at a time."""

    def __init__(self, address: str) -> None:
        """`address` is `HOST:PORT` or `unix:PATH`."""
        if address.startswith("unix:"):
            self.socket = socket.socket(socket.AF_UNIX)
            target: object = address.removeprefix("unix:")
        else:
            host, port = address.rsplit(":", 1)
            self.socket, target = socket.socket(), (host, int(port))
        self.socket.settimeout(ANSWER_TIMEOUT_SECONDS)
        self.socket.connect(target)
        self._send(struct.pack("<bhhhb", 1, 1, 6, 0, 2))
        if self._receive()[0] != 1:
            raise ConnectionError("the grid refused the handshake")

    def __enter__(self) -> "ThinClient":
        return self

    def __exit__(self, *_: object) -> None:
        self.socket.close()

    def create_cache(self, name: str) -> None:
        self.request(GET_OR_CREATE_CACHE, text(name))

    def get(self, cache: str, key: str) -> bytes:
        """The value as one raw object, taken out of the array that Ignite wraps binary objects in."""
        raw = self.request(GET, cache_header(cache) + text(key))
        if raw[0] != WRAPPED_OBJECT:
            return raw
        (length,) = struct.unpack_from("<i", raw, 1)
        (offset,) = struct.unpack_from("<i", raw, 5 + length)
        return raw[5 + offset:5 + length]

    def put(self, cache: str, key: str, value: bytes) -> None:
        self.request(PUT, cache_header(cache) + text(key) + value)

    def request(self, operation: int, body: bytes) -> bytes:
        """Returns the body of the answer, once it has come."""
        self._send(struct.pack("<hq", operation, 1) + body)
        answer = self._receive()
        _, flags = struct.unpack_from("<qh", answer)
        if flags & 1:
            raise ConnectionError(f"operation {operation} failed: {answer[14:].decode(errors='replace')}")
        return answer[10 + (12 if flags & 2 else 0):]

    def _send(self, payload: bytes) -> None:
        self.socket.sendall(struct.pack("<i", len(payload)) + payload)

    def _receive(self) -> bytes:
        (length,) = struct.unpack("<i", self._exactly(4))
        return self._exactly(length)

    def _exactly(self, length: int) -> bytes:
        received = b""
        while len(received) < length:
            chunk = self.socket.recv(length - len(received))
            if not chunk:
                raise ConnectionError("the grid closed the connection")
            received += chunk
        return received


def text(value: str) -> bytes:
    encoded = value.encode()
    return struct.pack("<bi", TEXT, len(encoded)) + encoded


def byte_array(value: bytes) -> bytes:
    return struct.pack("<bi", BYTE_ARRAY, len(value)) + value


def cache_header(name: str) -> bytes:
    """The cache's id is Java's hash of its name."""
    identifier = 0
    for letter in name:
        identifier = (31 * identifier + ord(letter)) & 0xFFFF_FFFF
    return struct.pack("<Ib", identifier, 1)
