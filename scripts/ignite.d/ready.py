#!/usr/bin/env python3
"""Asks one Ignite node over the thin client protocol whether the fleet is whole.

usage: ready.py PORT NODES [--tls FOLDER] [--user NAME --password PASSWORD]

Exit 0 when the node at 127.0.0.1:PORT completes a handshake, says that the cluster is active, knows NODES server
nodes and answers a read of a cache; 1 with the reason on stderr otherwise. One try: the caller repeats it. FOLDER holds ca.pem, client.pem
and client.key.
"""

import argparse
import socket
import ssl
import struct
import sys

ANSWER_TIMEOUT_SECONDS = 2
CACHE_GET = 1000
CLUSTER_STATE = 5000
SERVER_NODE_IDS = 5100
# Feature bits 2 (cluster states) and 4 (cluster groups).
FEATURES = bytes([1 << 2 | 1 << 4])
# A cache that every node has from its start.
CACHE = "portway.seven-partitions"


def receive(connection: socket.socket) -> bytes:
    (length,) = struct.unpack("<i", receive_exactly(connection, 4))
    return receive_exactly(connection, length)


def receive_exactly(connection: socket.socket, length: int) -> bytes:
    received = b""
    while len(received) < length:
        chunk = connection.recv(length - len(received))
        if not chunk:
            raise ConnectionError("the node closed the connection")
        received += chunk
    return received


def send(connection: socket.socket, payload: bytes) -> None:
    connection.sendall(struct.pack("<i", len(payload)) + payload)


def secured(connection: socket.socket, folder: str) -> socket.socket:
    context = ssl.create_default_context(cafile=f"{folder}/ca.pem")
    context.load_cert_chain(f"{folder}/client.pem", f"{folder}/client.key")
    return context.wrap_socket(connection, server_hostname="localhost")


def text(content: str) -> bytes:
    return struct.pack("<bi", 9, len(content.encode())) + content.encode()


def handshake(connection: socket.socket, credentials: list[str]) -> None:
    version = struct.pack("<bhhhb", 1, 1, 7, 0, 2)
    features = struct.pack("<bi", 12, len(FEATURES)) + FEATURES
    send(connection, version + features + b"".join(map(text, credentials)))
    if receive(connection)[0] != 1:
        raise ConnectionError("the node refused the handshake")


def ask(connection: socket.socket, operation: int, body: bytes) -> bytes:
    send(connection, struct.pack("<hq", operation, 1) + body)
    return receive(connection)


def request(connection: socket.socket, operation: int, body: bytes) -> bytes:
    """Sends one request and returns the body of its answer."""
    answer = ask(connection, operation, body)
    _, flags = struct.unpack_from("<qh", answer)
    body_at = 10 + (12 if flags & 2 else 0)
    if flags & 1:
        raise ConnectionError(f"operation {operation} failed")
    return answer[body_at:]


def server_nodes(connection: socket.socket) -> int:
    only_servers = struct.pack("<ih?", 1, 2, True)
    answer = request(connection, SERVER_NODE_IDS, struct.pack("<q", -1) + only_servers)
    _, _, count = struct.unpack_from("<?qi", answer)
    return count


def hash_code(name: str) -> int:
    """What Java makes of a name: the id of a cache."""
    code = 0
    for character in name:
        code = (31 * code + ord(character)) & 0xFFFF_FFFF
    return code - (1 << 32) if code >> 31 else code


def read(connection: socket.socket) -> None:
    """Reads an entry: it waits until all know who keeps which partition. That those of the dead are lost is an answer."""
    key = struct.pack("<bi", 3, 0)
    ask(connection, CACHE_GET, struct.pack("<ib", hash_code(CACHE), 0) + key)


def check(connection: socket.socket, nodes: int, credentials: list[str]) -> None:
    connection.settimeout(ANSWER_TIMEOUT_SECONDS)
    handshake(connection, credentials)
    if request(connection, CLUSTER_STATE, b"")[0] != 1:
        raise ConnectionError("the cluster is not active")
    known = server_nodes(connection)
    if known != nodes:
        raise ConnectionError(f"the node knows {known} of {nodes} server nodes")
    read(connection)


def arguments() -> argparse.Namespace:
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("port", type=int)
    parser.add_argument("nodes", type=int)
    parser.add_argument("--tls", metavar="FOLDER")
    parser.add_argument("--user")
    parser.add_argument("--password")
    return parser.parse_args()


def main() -> int:
    given = arguments()
    credentials = [given.user, given.password] if given.user else []
    try:
        with socket.create_connection(("127.0.0.1", given.port), ANSWER_TIMEOUT_SECONDS) as plain:
            if given.tls:
                with secured(plain, given.tls) as connection:
                    check(connection, given.nodes, credentials)
            else:
                check(plain, given.nodes, credentials)
    except (OSError, struct.error, IndexError) as error:
        print(f"127.0.0.1:{given.port}: {error}", file=sys.stderr)
        return 1
    return 0


if __name__ == "__main__":
    sys.exit(main())
