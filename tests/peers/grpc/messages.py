"""`hello.Greeter` of crates/portway-rpc/proto/hello.proto, made of descriptors without a compiler."""

from google.protobuf import descriptor_pb2, descriptor_pool, message_factory

SERVICE = "hello.Greeter"


def _file() -> descriptor_pb2.FileDescriptorProto:
    file = descriptor_pb2.FileDescriptorProto(name="hello.proto", package="hello", syntax="proto3")
    for message, field in (("HelloRequest", "name"), ("HelloReply", "message")):
        text = descriptor_pb2.FieldDescriptorProto(
            name=field, number=1, type=descriptor_pb2.FieldDescriptorProto.TYPE_STRING,
            label=descriptor_pb2.FieldDescriptorProto.LABEL_OPTIONAL,
        )
        file.message_type.add(name=message).field.append(text)
    service = file.service.add(name="Greeter")
    for name, client, server in (
        ("SayHello", False, False), ("KeepGreeting", False, True), ("GreetAll", True, False), ("GreetEach", True, True),
    ):
        service.method.add(
            name=name, input_type=".hello.HelloRequest", output_type=".hello.HelloReply",
            client_streaming=client, server_streaming=server,
        )
    return file


descriptor_pool.Default().Add(_file())


def message(name: str):
    return message_factory.GetMessageClass(descriptor_pool.Default().FindMessageTypeByName(name))


HelloRequest = message("hello.HelloRequest")
HelloReply = message("hello.HelloReply")
