"""Lambda's Runtime API, as far as a runtime needs it: events go out one by one, answers come in."""

import json
import queue
import threading
import time
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer

WAIT_SECONDS = 20


class RuntimeApi:
    """Serves on a free port of 127.0.0.1 until closed."""

    def __init__(self) -> None:
        self.events: queue.Queue[object] = queue.Queue()
        self.answers: queue.Queue[tuple[str, bytes]] = queue.Queue()
        self.pieces: list[tuple[float, bytes]] = []  # Of the last answer that came in chunks, each with its moment.
        self.polled = threading.Event()
        self.count = 0
        api = self

        class Handler(BaseHTTPRequestHandler):
            protocol_version = "HTTP/1.1"

            def log_message(self, *_: object) -> None:
                pass

            def do_GET(self) -> None:
                api.polled.set()
                event = api.events.get()
                if event is None:
                    self.close_connection = True
                    return
                api.count += 1
                body = json.dumps(event).encode()
                self.send_response(200)
                self.send_header("Content-Type", "application/json")
                self.send_header("Lambda-Runtime-Aws-Request-Id", f"request-{api.count}")
                self.send_header("Lambda-Runtime-Deadline-Ms", str(int(time.time() * 1000) + 30_000))
                self.send_header("Lambda-Runtime-Invoked-Function-Arn", "arn:aws:lambda:x:1:function:sample")
                self.send_header("Content-Length", str(len(body)))
                self.end_headers()
                self.wfile.write(body)

            def do_POST(self) -> None:
                api.answers.put((self.path, self._body()))
                self.send_response(202)
                self.send_header("Content-Length", "0")
                self.end_headers()

            def _body(self) -> bytes:
                length = self.headers.get("Content-Length")
                if length is not None:
                    return self.rfile.read(int(length))
                body = b""
                api.pieces = []
                while size := int(self.rfile.readline().strip() or b"0", 16):
                    piece = self.rfile.read(size)
                    api.pieces.append((time.monotonic(), piece))
                    body += piece
                    self.rfile.readline()
                self.rfile.readline()
                return body

        class Server(ThreadingHTTPServer):
            daemon_threads = True

            def handle_error(self, *_: object) -> None:
                pass  # Runtimes that are ended close their connections in the middle.

        self.server = Server(("127.0.0.1", 0), Handler)
        threading.Thread(target=self.server.serve_forever, daemon=True).start()

    @property
    def environment(self) -> dict[str, str]:
        return {"AWS_LAMBDA_RUNTIME_API": f"127.0.0.1:{self.server.server_port}", "AWS_LAMBDA_FUNCTION_NAME": "sample",
                "AWS_LAMBDA_FUNCTION_MEMORY_SIZE": "128", "AWS_LAMBDA_FUNCTION_VERSION": "1", "_HANDLER": "index.handler",
                "AWS_LAMBDA_LOG_GROUP_NAME": "sample", "AWS_LAMBDA_LOG_STREAM_NAME": "sample"}

    def invoke(self, event: object) -> tuple[str, dict]:
        """Sends an event; returns the last part of the path of the answer (`response` or `error`) and its JSON."""
        self.events.put(event)
        path, body = self.answer()
        return path.rsplit("/", 1)[1], json.loads(body) if body else {}

    def answer(self) -> tuple[str, bytes]:
        return self.answers.get(timeout=WAIT_SECONDS)

    def close(self) -> None:
        for _ in range(4):
            self.events.put(None)
        self.server.shutdown()
        self.server.server_close()


def request(method: str, path: str, body: str | None = None, base64: bool = False) -> dict:
    """An HTTP request in the form of payload version 2.0."""
    http = {"method": method, "path": path, "protocol": "HTTP/1.1", "sourceIp": "192.0.2.1", "userAgent": "test"}
    context = {"http": http, "accountId": "1", "apiId": "a", "domainName": "d", "domainPrefix": "d", "requestId": "r",
               "routeKey": "$default", "stage": "$default", "time": "01/Jan/2026:00:00:00 +0000", "timeEpoch": 1}
    return {"version": "2.0", "routeKey": "$default", "rawPath": path, "rawQueryString": "", "requestContext": context,
            "headers": {"content-type": "application/json", "host": "d"}, "body": body, "isBase64Encoded": base64}
