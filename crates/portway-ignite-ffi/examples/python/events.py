#!/usr/bin/env python3
"""IGNITE_LIBRARY=.../libignite.so python3 events.py HOST:PORT

A continuous query: changes of a cache come to a callback, which hands them to the program's own thread.
"""

import queue
import sys
from ctypes import POINTER, byref, c_bool, c_char_p, c_int32, c_void_p

from ignite import CREATED, END, EXPIRED, REMOVED, UPDATED, Callback, Sink, Value, connected, function, opened, opened_cache

KINDS = {CREATED: "created", UPDATED: "updated", REMOVED: "removed", EXPIRED: "expired"}
PATIENCE_SECONDS = 10

put = function("ignite_cache_put_string_int32", c_void_p, c_char_p, c_int32)
remove = function("ignite_cache_remove", c_void_p, POINTER(Value), POINTER(c_bool))
remove_all = function("ignite_cache_remove_all", c_void_p)
subscribe = function("ignite_cache_subscribe", c_void_p, c_void_p, POINTER(Sink), POINTER(c_void_p))
subscription_free = function("ignite_subscription_free", c_void_p)

events = queue.SimpleQueue()


@Callback
def told(completion):
    """Runs on the client's thread: it reads what is there until it returns, and waits for nothing."""
    event = completion.contents
    if event.kind == END:
        events.put((END, event.error.message.decode(), None))
    else:
        events.put((event.kind, event.key.read(), event.value.read()))


def main():
    with connected() as client, opened_cache(client, "events-python") as cache:
        remove_all(cache)
        subscription = opened(subscribe, cache, None, byref(Sink(callback=told)))

        # These could as well be another program's.
        put(cache, b"apples", 3)
        put(cache, b"apples", 4)
        remove(cache, byref(Value.of("apples")), byref(c_bool()))

        kind = None
        while kind != REMOVED:
            kind, key, value = events.get(timeout=PATIENCE_SECONDS)
            if kind == END:
                sys.exit(f"events: {key}")
            print(f"Python hears of {KINDS[kind]} {key}", *([] if value is None else ["=", value]))

        # No callback begins after this.
        subscription_free(subscription)


if __name__ == "__main__":
    main()
