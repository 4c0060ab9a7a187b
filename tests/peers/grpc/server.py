"""Python's grpcio as a server of `hello.Greeter`, with health and reflection, for our client.

Writes a line `ready ADDRESS`, and ends with its standard input. The name says what a handler does:
`fail` ends with a status, `wait` does not answer, `large` answers with 5 MiB.
"""

import sys
import time
from concurrent import futures

import grpc
from grpc_health.v1 import health, health_pb2, health_pb2_grpc
from grpc_reflection.v1alpha import reflection

from messages import SERVICE, HelloReply, HelloRequest


def reply(name: str):
    return HelloReply(message=f"Hello, {name}!")


def say_hello(request, context):
    metadata = dict(context.invocation_metadata())
    if request.name == "fail":
        context.set_trailing_metadata((("reason", "tired"), ("proof-bin", b"\x00\xff")))
        context.abort(grpc.StatusCode.DATA_LOSS, "50 % of ü are gone")
    if request.name == "wait":
        # The caller is gone before this ends, by its deadline.
        context.add_callback(lambda: print("cancelled", flush=True))
        while context.is_active():
            time.sleep(0.01)
    if request.name == "large":
        return HelloReply(message="x" * (5 << 20))
    context.send_initial_metadata((("tenant", metadata.get("tenant", "")), ("key-bin", metadata.get("key-bin", b""))))
    return reply(f"{request.name} in {context.time_remaining():.0f} s")


def keep_greeting(request, context):
    for _ in range(3):
        yield reply(request.name)


def greet_all(requests, context):
    return reply(", ".join(request.name for request in requests))


def greet_each(requests, context):
    for request in requests:
        yield reply(request.name)


def main() -> None:
    server = grpc.server(futures.ThreadPoolExecutor(max_workers=8))
    formats = {
        "request_deserializer": HelloRequest.FromString,
        "response_serializer": HelloReply.SerializeToString,
    }
    handlers = {
        "SayHello": grpc.unary_unary_rpc_method_handler(say_hello, **formats),
        "KeepGreeting": grpc.unary_stream_rpc_method_handler(keep_greeting, **formats),
        "GreetAll": grpc.stream_unary_rpc_method_handler(greet_all, **formats),
        "GreetEach": grpc.stream_stream_rpc_method_handler(greet_each, **formats),
    }
    server.add_generic_rpc_handlers((grpc.method_handlers_generic_handler(SERVICE, handlers),))
    servicer = health.HealthServicer()
    servicer.set(SERVICE, health_pb2.HealthCheckResponse.SERVING)
    health_pb2_grpc.add_HealthServicer_to_server(servicer, server)
    reflection.enable_server_reflection((SERVICE, health.SERVICE_NAME, reflection.SERVICE_NAME), server)
    port = server.add_insecure_port("127.0.0.1:0")
    server.start()
    print(f"ready 127.0.0.1:{port}", flush=True)
    sys.stdin.read()
    server.stop(grace=None)


if __name__ == "__main__":
    main()
