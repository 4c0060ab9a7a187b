"""The NATS client of Python as the other side of a pattern, or of calls.

Writes a line `ready` when it takes part, then each message as a line of JSON.
"""

import asyncio
import json
import sys

import nats
from nats import micro
from nats.micro.service import ServiceInfo, ServicePing, ServiceStats

PATIENCE = 60
HEADERS = {
    "content-type": "application/json",
    "traceparent": "00-0af7651916cd43dd8448eb211c80319c-b7ad6b7169203331-01",
    "Tenant": "north",
}


def body(number: int) -> bytes:
    return json.dumps({"number": number}).encode()


def show(message) -> None:
    headers = {name.lower(): value for name, value in (message.headers or {}).items()}
    print(json.dumps({"headers": headers, "body": json.loads(message.data)}), flush=True)


async def subscribe(client, subject: str, count: int) -> None:
    subscription = await client.subscribe(subject)
    await client.flush()
    print("ready", flush=True)
    for _ in range(count):
        show(await subscription.next_msg(timeout=PATIENCE))


async def publish(client, subject: str, count: int) -> None:
    for number in range(count):
        await client.publish(subject, body(number), headers=HEADERS)
    await client.flush()


async def pull(client, subject: str, count: int) -> None:
    stream = client.jetstream()
    consumer = await stream.pull_subscribe_bind("workers", await stream.find_stream_name_by_subject(subject))
    print("ready", flush=True)
    left = count
    while left:
        for message in await consumer.fetch(left, timeout=PATIENCE):
            show(message)
            await message.ack_sync()
            left -= 1


async def push(client, subject: str, count: int) -> None:
    stream = client.jetstream()
    for number in range(count):
        await stream.publish(subject, body(number), headers=HEADERS)


def item(number: int) -> bytes:
    """A message `Item { number }` of conformance.proto, for numbers of one byte."""
    return bytes([8, number])


async def call(client, prefix: str, count: int) -> None:
    for number in range(1, count + 1):
        reply = await client.request(f"{prefix}.Echo", item(number), timeout=PATIENCE)
        print(json.dumps({"data": list(reply.data), "headers": reply.headers}), flush=True)
    # An order to fail with NOT_FOUND and the text "gone"; and one whose deadline is over soon.
    for order, headers in [(b"\x30\x05\x3a\x04gone", {}), (b"\x10\x01", {"grpc-timeout": "200m"})]:
        reply = await client.request(f"{prefix}.Act", order, timeout=PATIENCE, headers=headers)
        print(json.dumps({"data": list(reply.data), "headers": reply.headers}), flush=True)


async def cancel(client, prefix: str, count: int) -> None:
    """Begins calls that are never answered; told to, cancels them by their replies' subjects."""
    told = await client.subscribe("go")
    inboxes = [client.new_inbox() for _ in range(count)]
    for inbox in inboxes:
        await client.publish(f"{prefix}.Act", b"\x10\x01", reply=inbox)
    await client.flush()
    await told.next_msg(timeout=PATIENCE)
    for inbox in inboxes:
        await client.publish(f"{prefix}.Act.cancel", inbox.encode())
    await client.flush()


async def discover(client, name: str, count: int) -> None:
    """Reads what a service tells of itself, as the client's own types for that."""
    kinds = {"PING": ServicePing, "INFO": ServiceInfo, "STATS": ServiceStats}
    for verb, kind in kinds.items():
        for subject in [f"$SRV.{verb}", f"$SRV.{verb}.{name}"]:
            reply = await client.request(subject, b"", timeout=PATIENCE)
            print(json.dumps(kind.from_dict(json.loads(reply.data)).to_dict(), default=str), flush=True)


async def serve(client, prefix: str, count: int) -> None:
    """Serves `Echo`, and an `Act` that fails, until so many calls are answered."""
    service = await micro.add_service(client, name="python", version="0.0.1")
    done, left = asyncio.Event(), count

    def answered() -> None:
        nonlocal left
        left -= 1
        if not left:
            done.set()

    async def echo(request) -> None:
        await request.respond(request.data, headers={"content-type": "application/x-protobuf"})
        answered()

    async def act(request) -> None:
        await request.respond_error(code="404", description="no such picture")
        answered()

    await service.add_endpoint(name="Echo", subject=f"{prefix}.Echo", handler=echo)
    await service.add_endpoint(name="Act", subject=f"{prefix}.Act", handler=act)
    await client.flush()
    print("ready", flush=True)
    await asyncio.wait_for(done.wait(), PATIENCE)
    await client.flush()


async def main(address: str, command: str, subject: str, count: str) -> None:
    client = await nats.connect(address)
    commands = {
        "subscribe": subscribe, "publish": publish, "pull": pull, "push": push,
        "call": call, "cancel": cancel, "discover": discover, "serve": serve,
    }
    await commands[command](client, subject, int(count))
    await client.close()


if __name__ == "__main__":
    asyncio.run(main(*sys.argv[1:]))
