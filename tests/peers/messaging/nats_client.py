"""The NATS client of Python as the other side of a pattern.

Writes a line `ready` when it takes part, then each message as a line of JSON.
"""

import asyncio
import json
import sys

import nats

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


async def main(address: str, command: str, subject: str, count: str) -> None:
    client = await nats.connect(address)
    commands = {"subscribe": subscribe, "publish": publish, "pull": pull, "push": push}
    await commands[command](client, subject, int(count))
    await client.close()


if __name__ == "__main__":
    asyncio.run(main(*sys.argv[1:]))
