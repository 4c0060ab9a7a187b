"""A client under measurement: pyignite. Called as LINE SECONDS ADDRESS...; the values are those of bench/client."""

import asyncio
import json
import statistics
import sys
import time

from pyignite import AioClient, Client
from pyignite.datatypes import TransactionConcurrency, TransactionIsolation
from pyignite.datatypes.primitive_objects import LongObject

CACHE = "portway-bench"
TRANSACTIONAL_CACHE = "portway-bench-transactional"
VALUE = "thirty-two bytes, as a token has"
KEYS = 10_000
IN_FLIGHT = 1024
QUERY = "SELECT id, name, amount FROM portway_bench"
ROWS = 1_000
PAGE = 1_024


class Stopwatch:
    """Wall and processor time since its start."""

    def __init__(self):
        self.started = time.perf_counter()
        self.processor_time = time.process_time()

    def seconds(self):
        return time.perf_counter() - self.started

    def stop(self, operations):
        return {
            "operations": operations,
            "seconds": self.seconds(),
            "cpu_seconds": time.process_time() - self.processor_time,
            "p50_microseconds": None,
        }


def one_at_a_time(seconds, operation):
    """Carries out one operation after the other, each timed; the first fifth of the time warms up."""
    key = 0
    warm_up = Stopwatch()
    while warm_up.seconds() < seconds / 5:
        operation(key := (key + 1) % KEYS)
    times = []
    watch = Stopwatch()
    while watch.seconds() < seconds:
        start = time.perf_counter()
        operation(key := (key + 1) % KEYS)
        times.append(time.perf_counter() - start)
    return watch.stop(len(times)) | {"p50_microseconds": statistics.median(times) * 1e6}


async def in_flight(seconds, operation):
    """Many tasks, each with one request at a time."""
    done = 0

    async def repeat(key):
        nonlocal done
        while True:
            await operation(key)
            key = (key + 1) % KEYS
            done += 1

    tasks = [asyncio.create_task(repeat(first)) for first in range(IN_FLIGHT)]
    await asyncio.sleep(seconds / 5)
    watch, before = Stopwatch(), done
    ended, _ = await asyncio.wait(tasks, timeout=seconds, return_when=asyncio.FIRST_EXCEPTION)
    outcome = watch.stop(done - before)
    for task in ended:
        task.result()
    for task in tasks:
        task.cancel()
    return outcome


def transaction(client, cache):
    def carry_out(key):
        with client.tx_start(
            concurrency=TransactionConcurrency.PESSIMISTIC, isolation=TransactionIsolation.REPEATABLE_READ
        ) as tx:
            cache.put(key, VALUE, key_hint=LongObject)
            tx.commit()

    return carry_out


def query(client):
    def carry_out(_key):
        with client.sql(QUERY, page_size=PAGE) as cursor:
            assert len(list(cursor)) == ROWS

    return carry_out


def blocking(line, seconds, addresses):
    client = Client(partition_aware=True)
    with client.connect(addresses):
        cache = client.get_cache(CACHE)
        operations = {
            "latency": lambda key: cache.put(key, VALUE, key_hint=LongObject),
            "transaction": transaction(client, client.get_cache(TRANSACTIONAL_CACHE)),
            "sql": query(client),
        }
        return one_at_a_time(seconds, operations[line])


async def asynchronous(line, seconds, addresses):
    client = AioClient(partition_aware=True)
    async with client.connect(addresses):
        cache = await client.get_cache(CACHE)
        if line == "put":
            return await in_flight(seconds, lambda key: cache.put(key, VALUE, key_hint=LongObject))
        return await in_flight(seconds, lambda key: cache.get(key, key_hint=LongObject))


def main():
    line, seconds, *words = sys.argv[1:]
    addresses = [(host, int(port)) for host, port in (word.rsplit(":", 1) for word in words)]
    if line in ("put", "get", "nodes"):
        outcome = asyncio.run(asynchronous(line, float(seconds), addresses))
    else:
        outcome = blocking(line, float(seconds), addresses)
    print(json.dumps(outcome))


main()
