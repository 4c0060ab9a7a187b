"""Pika as the other side of a pattern.

Writes a line `ready` when it takes part, then each message as a line of JSON.
"""

import json
import sys

import pika

PATIENCE = 60
HEADERS = {"traceparent": "00-0af7651916cd43dd8448eb211c80319c-b7ad6b7169203331-01", "Tenant": "north"}


def body(number: int) -> bytes:
    return json.dumps({"number": number}).encode()


def properties() -> pika.BasicProperties:
    return pika.BasicProperties(content_type="application/json", delivery_mode=2, headers=HEADERS)


def consume(channel, queue: str, count: int) -> None:
    print("ready", flush=True)
    for method, found, data in channel.consume(queue, inactivity_timeout=PATIENCE):
        if method is None:
            sys.exit("nothing came in time")
        headers = {**(found.headers or {}), "content-type": found.content_type}
        print(json.dumps({"headers": headers, "body": json.loads(data)}), flush=True)
        channel.basic_ack(method.delivery_tag)
        count -= 1
        if not count:
            return


def pull(channel, queue: str, count: int) -> None:
    consume(channel, queue, count)


def subscribe(channel, topic: str, count: int) -> None:
    queue = channel.queue_declare("", exclusive=True).method.queue
    channel.queue_bind(queue, "amq.topic", topic)
    consume(channel, queue, count)


def push(channel, queue: str, count: int) -> None:
    send(channel, "", queue, count)


def publish(channel, topic: str, count: int) -> None:
    send(channel, "amq.topic", topic, count)


def send(channel, exchange: str, key: str, count: int) -> None:
    channel.confirm_delivery()
    for number in range(count):
        channel.basic_publish(exchange, key, body(number), properties())


def main(address: str, command: str, name: str, count: str) -> None:
    connection = pika.BlockingConnection(pika.URLParameters(address))
    commands = {"subscribe": subscribe, "publish": publish, "pull": pull, "push": push}
    commands[command](connection.channel(), name, int(count))
    connection.close()


if __name__ == "__main__":
    main(*sys.argv[1:])
