"""The part of ignite.h that these examples use, in ctypes."""

import os
import sys
from contextlib import contextmanager
from ctypes import (
    CDLL,
    CFUNCTYPE,
    POINTER,
    Structure,
    Union,
    byref,
    c_bool,
    c_char,
    c_char_p,
    c_double,
    c_int,
    c_int32,
    c_int64,
    c_size_t,
    c_uint32,
    c_ubyte,
    c_void_p,
    cast,
    string_at,
)

OK, NOT_FOUND = 0, 1
INT32, INT64, FLOAT64, STRING, NULL = 3, 4, 6, 9, 101
CREATED, UPDATED, REMOVED, EXPIRED, END = 1, 2, 3, 4, 5


class Error(Structure):
    _fields_ = [("result", c_int), ("status", c_int32), ("sql_state", c_char * 8), ("message", c_char * 1008)]


class Bytes(Structure):
    _fields_ = [("data", c_void_p), ("length", c_size_t)]


class Data(Union):
    _fields_ = [("int32", c_int32), ("int64", c_int64), ("float64", c_double), ("uuid", c_ubyte * 16), ("bytes", Bytes)]


class Value(Structure):
    _fields_ = [("type", c_int32), ("owner", c_void_p), ("data", Data)]

    @classmethod
    def of(cls, given):
        """An int becomes a `long`, a str a `String`. Keep what is given until the call has returned."""
        value = cls(type=INT64 if isinstance(given, int) else STRING)
        if isinstance(given, int):
            value.data.int64 = given
        else:
            value.encoded = given.encode()
            value.data.bytes = Bytes(cast(c_char_p(value.encoded), c_void_p), len(value.encoded))
        return value

    def read(self):
        read = READERS.get(self.type)
        if read is None:
            raise TypeError(f"these examples do not read values of type {self.type}")
        return read(self.data)


READERS = {
    INT32: lambda data: data.int32,
    INT64: lambda data: data.int64,
    FLOAT64: lambda data: data.float64,
    STRING: lambda data: string_at(data.bytes.data, data.bytes.length).decode(),
    NULL: lambda data: None,
}


class Completion(Structure):
    _fields_ = [
        ("user", c_void_p),
        ("kind", c_int32),
        ("result", c_int),
        ("done", c_bool),
        ("key", Value),
        ("value", Value),
        ("old", Value),
        ("error", Error),
    ]


Callback = CFUNCTYPE(None, POINTER(Completion))


class Sink(Structure):
    _fields_ = [("callback", Callback), ("completions", c_void_p), ("user", c_void_p)]


class Statement(Structure):
    _fields_ = [
        ("sql", c_char_p),
        ("arguments", POINTER(Value)),
        ("argument_count", c_size_t),
        ("schema", c_char_p),
        ("page_size", c_uint32),
        ("timeout", c_uint32),
        ("is_lazy", c_bool),
    ]


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


def opened(open_it, *arguments):
    handle = c_void_p()
    open_it(*arguments, byref(handle))
    return handle


@contextmanager
def connected():
    """A client of the node that the command names."""
    options = opened(options_new, (sys.argv[1] if len(sys.argv) > 1 else "127.0.0.1:10800").encode())
    client = opened(client_new, options)
    options_free(options)
    try:
        yield client
    finally:
        client_free(client)


@contextmanager
def opened_cache(client, name):
    cache = opened(get_or_create_cache, client, name.encode())
    try:
        yield cache
    finally:
        cache_free(cache)
