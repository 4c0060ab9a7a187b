#!/usr/bin/env python3
"""IGNITE_LIBRARY=.../libignite.so python3 hello.py HOST:PORT"""

import os
import sys
from ctypes import CDLL, POINTER, Structure, byref, c_char, c_char_p, c_int, c_int32, c_int64, c_void_p

OK, NOT_FOUND = 0, 1


class Error(Structure):
    _fields_ = [("result", c_int), ("status", c_int32), ("sql_state", c_char * 8), ("message", c_char * 1008)]


class IgniteError(Exception):
    pass


library = CDLL(os.environ.get("IGNITE_LIBRARY", "libignite.so"))


def function(name, *arguments):
    """A function of the library that raises its errors; the last argument of each is room for one."""
    called = getattr(library, name)
    called.argtypes = [*arguments, POINTER(Error)]
    called.restype = c_int

    def call(*values):
        error = Error()
        result = called(*values, byref(error))
        if result not in (OK, NOT_FOUND):
            raise IgniteError(error.message.decode())
        return result == OK

    return call


options_new = function("ignite_options_new", c_char_p, POINTER(c_void_p))
options_free = function("ignite_options_free", c_void_p)
client_new = function("ignite_client_new", c_void_p, POINTER(c_void_p))
client_free = function("ignite_client_free", c_void_p)
get_or_create_cache = function("ignite_client_get_or_create_cache", c_void_p, c_char_p, POINTER(c_void_p))
cache_free = function("ignite_cache_free", c_void_p)
put = function("ignite_cache_put_string_int64", c_void_p, c_char_p, c_int64)
get = function("ignite_cache_get_string_int64", c_void_p, c_char_p, POINTER(c_int64))


def main():
    options, client, cache = c_void_p(), c_void_p(), c_void_p()
    options_new((sys.argv[1] if len(sys.argv) > 1 else "127.0.0.1:10800").encode(), byref(options))
    client_new(options, byref(client))
    get_or_create_cache(client, b"hello", byref(cache))

    visits = c_int64()
    if not get(cache, b"python", byref(visits)):
        visits.value = 0
    put(cache, b"python", visits.value + 1)
    print(f"Hello from Python, visit {visits.value + 1}")

    cache_free(cache)
    client_free(client)
    options_free(options)


if __name__ == "__main__":
    main()
