"""Python's grpcio as a client of the example `greeter`: calls, reflection by both names, health.

Prints a line for each fact that holds; the first one that does not ends it.
"""

import sys
import threading

import grpc
from google.protobuf import descriptor_pool, message_factory
from grpc_health.v1 import health_pb2, health_pb2_grpc
from grpc_reflection.v1alpha import reflection_pb2
from grpc_reflection.v1alpha.proto_reflection_descriptor_database import ProtoReflectionDescriptorDatabase

PATIENCE = 20


def fact(text: str, holds: bool) -> None:
    if not holds:
        sys.exit(f"does not hold: {text}")
    print(text, flush=True)


class Greeter:
    """A client made of what reflection tells."""

    def __init__(self, channel: grpc.Channel) -> None:
        pool = descriptor_pool.DescriptorPool(ProtoReflectionDescriptorDatabase(channel))
        service = pool.FindServiceByName("hello.Greeter")
        fact("reflection finds the service with its four methods", len(service.methods) == 4)
        method = service.methods_by_name["SayHello"]
        self.request = message_factory.GetMessageClass(method.input_type)
        self.reply = message_factory.GetMessageClass(method.output_type)
        self.channel = channel

    def method(self, shape: str, name: str):
        make = getattr(self.channel, shape)
        return make(f"/hello.Greeter/{name}", self.request.SerializeToString, self.reply.FromString)

    def named(self, *names: str):
        return iter([self.request(name=name) for name in names])


def check_calls(greeter: Greeter) -> None:
    hello = greeter.method("unary_unary", "SayHello")
    fact("a unary call", hello(greeter.request(name="Ada"), timeout=PATIENCE).message == "Hello, Ada!")
    keep = greeter.method("unary_stream", "KeepGreeting")
    fact("a stream of answers", len(list(keep(greeter.request(name="Ada"), timeout=PATIENCE))) == 3)
    together = greeter.method("stream_unary", "GreetAll")
    fact("a stream of requests", together(greeter.named("A", "B"), timeout=PATIENCE).message == "Hello, A, B!")
    each = greeter.method("stream_stream", "GreetEach")
    answers = [reply.message for reply in each(greeter.named("A", "B"), timeout=PATIENCE)]
    fact("streams in both directions", answers == ["Hello, A!", "Hello, B!"])


def check_errors(greeter: Greeter) -> None:
    nowhere = greeter.method("unary_unary", "Nothing")
    try:
        nowhere(greeter.request(), timeout=PATIENCE)
        code = grpc.StatusCode.OK
    except grpc.RpcError as error:
        code = error.code()
    fact("an unknown method is UNIMPLEMENTED", code is grpc.StatusCode.UNIMPLEMENTED)
    endless = threading.Event()

    def waiting():
        endless.wait(PATIENCE)
        yield from ()

    try:
        greeter.method("stream_unary", "GreetAll")(waiting(), timeout=0.2)
        code = grpc.StatusCode.OK
    except grpc.RpcError as error:
        code = error.code()
    endless.set()
    fact("a deadline passes", code is grpc.StatusCode.DEADLINE_EXCEEDED)
    large = greeter.request(name="x" * (5 << 20))
    try:
        greeter.method("unary_unary", "SayHello")(large, timeout=PATIENCE)
        code = grpc.StatusCode.OK
    except grpc.RpcError as error:
        code = error.code()
    fact("a message above the limit is RESOURCE_EXHAUSTED", code is grpc.StatusCode.RESOURCE_EXHAUSTED)
    hello = greeter.method("unary_unary", "SayHello")
    fact("the connection goes on after that", hello(greeter.request(name="A"), timeout=PATIENCE).message == "Hello, A!")


def check_reflection(channel: grpc.Channel) -> None:
    question = reflection_pb2.ServerReflectionRequest(list_services="")
    serialize = reflection_pb2.ServerReflectionRequest.SerializeToString
    parse = reflection_pb2.ServerReflectionResponse.FromString
    for version in ("v1", "v1alpha"):
        path = f"/grpc.reflection.{version}.ServerReflection/ServerReflectionInfo"
        answers = channel.stream_stream(path, serialize, parse)(iter([question]), timeout=PATIENCE)
        names = [service.name for service in next(answers).list_services_response.service]
        fact(f"reflection {version} lists the services", "hello.Greeter" in names and len(names) == 4)


def check_health(channel: grpc.Channel) -> None:
    stub = health_pb2_grpc.HealthStub(channel)
    serving = health_pb2.HealthCheckResponse.SERVING
    for service in ("", "hello.Greeter"):
        request = health_pb2.HealthCheckRequest(service=service)
        fact(f"{service or 'the server'} is serving", stub.Check(request, timeout=PATIENCE).status == serving)
    watch = stub.Watch(health_pb2.HealthCheckRequest(service="hello.Greeter"), timeout=PATIENCE)
    fact("a watch begins with the status", next(watch).status == serving)
    watch.cancel()


def main() -> None:
    with grpc.insecure_channel(sys.argv[1]) as channel:
        greeter = Greeter(channel)
        check_calls(greeter)
        check_errors(greeter)
        check_reflection(channel)
        check_health(channel)


if __name__ == "__main__":
    main()
