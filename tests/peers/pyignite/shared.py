"""Values that every language writes into a cache of its own and reads from that of the others."""

import datetime
import decimal
import uuid

from pyignite.datatypes import (
    BoolObject,
    ByteArrayObject,
    ByteObject,
    DateObject,
    DecimalObject,
    DoubleObject,
    FloatObject,
    IntArrayObject,
    IntObject,
    LongObject,
    ShortObject,
    String,
    StringArrayObject,
    TimestampObject,
    UUIDObject,
)

from facts import equal

INSTANT = datetime.datetime(2020, 9, 13, 12, 26, 40, tzinfo=datetime.timezone.utc)

# Must be the same as in tests/peers/java-thin-client, SharedValues. A timestamp is a time with
# nanoseconds inside the millisecond; a time of pyignite is without a zone, that of this machine.
LOCAL = INSTANT.astimezone().replace(tzinfo=None)
SHARED = [
    ("byte", -7, ByteObject),
    ("short", -700, ShortObject),
    ("int", 70_000, IntObject),
    ("long", 7_000_000_000, LongObject),
    ("float", 0.5, FloatObject),
    ("double", 0.1, DoubleObject),
    ("boolean", True, BoolObject),
    ("string", "naïve ☃ 𝄞", String),
    ("uuid", uuid.UUID("01234567-89ab-cdef-0123-456789abcdef"), UUIDObject),
    ("decimal", decimal.Decimal("-12345678901234567890.125"), DecimalObject),
    ("date", LOCAL, DateObject),
    ("timestamp", (LOCAL, 0), TimestampObject),
    ("bytes", bytes([1, 2, 253]), ByteArrayObject),
    ("ints", [1, 2, -3], IntArrayObject),
    ("strings", ["a", "b", None], StringArrayObject),
]


def write(client, language):
    cache = client.get_or_create_cache(f"shared-{language}")
    for name, value, hint in SHARED:
        cache.put(name, value, value_hint=hint)
    equal("the shared values are written", len(SHARED), cache.get_size())


def check(client, language):
    cache = client.get_cache(f"shared-{language}")
    for name, value, _ in SHARED:
        equal(f"reads the {name} that {language} wrote", value, cache.get(name))
    equal("there is nothing else", len(SHARED), cache.get_size())
