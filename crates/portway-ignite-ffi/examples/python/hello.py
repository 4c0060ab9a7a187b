#!/usr/bin/env python3
"""IGNITE_LIBRARY=.../libignite.so python3 hello.py HOST:PORT"""

from ctypes import POINTER, byref, c_char_p, c_int64, c_void_p

from ignite import connected, function, opened_cache

put = function("ignite_cache_put_string_int64", c_void_p, c_char_p, c_int64)
get = function("ignite_cache_get_string_int64", c_void_p, c_char_p, POINTER(c_int64))


def main():
    with connected() as client, opened_cache(client, "hello") as cache:
        visits = c_int64()
        # A missing key is an answer of its own, not a failure.
        if not get(cache, b"python", byref(visits)):
            visits.value = 0
        put(cache, b"python", visits.value + 1)
        print(f"Hello from Python, visit {visits.value + 1}")


if __name__ == "__main__":
    main()
