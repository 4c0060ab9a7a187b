"""pyignite against the grid at ADDRESS: prints a line for each fact, ends with 0 if all hold."""

import sys
import uuid
from datetime import timedelta
from decimal import Decimal

from pyignite import Client
from pyignite.datatypes import (
    CollectionObject,
    ExpiryPolicy,
    IntObject,
    LongObject,
    MapObject,
    ObjectArrayObject,
)
from pyignite.datatypes.prop_codes import (
    PROP_BACKUPS_NUMBER,
    PROP_CACHE_ATOMICITY_MODE,
    PROP_EXPIRY_POLICY,
    PROP_NAME,
    PROP_QUERY_ENTITIES,
    PROP_SQL_SCHEMA,
)
from pyignite.exceptions import CacheError

import objects
import shared
import sql
from facts import NotTrue, equal, eventually, fact, refused


def main(address, part="all"):
    host, _, port = address.rpartition(":")
    client = Client(partition_aware=True)
    with client.connect(host.strip("[]"), int(port)):
        parts = {
            "all": check_all,
            "write": lambda client: shared.write(client, "python"),
            "read": lambda client: shared.check(client, "java"),
        }
        parts[part](client)


def check_all(client):
    key_value(client)
    types(client)
    several_keys(client)
    scans(client)
    settings(client)
    expiry(client)
    refusals(client)
    objects.check(client)
    sql.check(client)
    shared.write(client, "python")
    shared.check(client, "python")


def key_value(client):
    cache = client.get_or_create_cache("python-key-value")
    cache.clear()
    equal("a missing key is None", None, cache.get("a"))
    cache.put("a", 1)
    equal("a value comes back", 1, cache.get("a"))
    equal("a key is contained", True, cache.contains_key("a"))
    equal("put if absent leaves what is there", False, cache.put_if_absent("a", 2))
    equal("get and put answers the old value", 1, cache.get_and_put("a", 2))
    equal("get and put if absent answers the value", 2, cache.get_and_put_if_absent("a", 3))
    equal("replace finds the key", True, cache.replace("a", 3))
    equal("replace if equals refuses another value", False, cache.replace_if_equals("a", 2, 4))
    equal("replace if equals takes the value", True, cache.replace_if_equals("a", 3, 4))
    equal("get and replace answers the old value", 4, cache.get_and_replace("a", 5))
    equal("remove if equals refuses another value", False, cache.remove_if_equals("a", 4))
    equal("get and remove answers the value", 5, cache.get_and_remove("a"))
    equal("remove of a missing key is false", False, cache.remove_key("a"))
    equal("an empty cache has no entries", 0, cache.get_size())


def types(client):
    cache = client.get_or_create_cache("python-types")
    values = {
        "text": "naïve ☃ 𝄞",
        "empty text": "",
        "int": 2**62,
        "float": 0.1,
        "bool": False,
        "uuid": uuid.uuid4(),
        "decimal": Decimal("-0.001"),
        "large decimal": Decimal(2**80),
        "bytes": bytes(range(256)),
        "list": (CollectionObject.ARR_LIST, [1, "two", None]),
        "map": (MapObject.LINKED_HASH_MAP, {"a": 1, "b": 2}),
        "array": (ObjectArrayObject.OBJECT, [1, "two", 3.0]),
    }
    hints = {
        "list": CollectionObject,
        "map": MapObject,
        "array": ObjectArrayObject,
        "int": LongObject,
    }
    for name, value in values.items():
        cache.put(name, value, value_hint=hints.get(name))
        equal(f"a value of type {name} comes back", value, cache.get(name))
    cache.put(7, "long", key_hint=LongObject)
    equal("an int is not a long", None, cache.get(7, key_hint=IntObject))


def several_keys(client):
    cache = client.get_or_create_cache("python-several")
    cache.clear()
    values = {f"key {number}": number for number in range(1000)}
    cache.put_all(values)
    equal("put all and get all agree", values, cache.get_all(list(values)))
    equal("contains keys wants all", False, cache.contains_keys(["key 1", "none"]))
    cache.remove_keys(["key 1", "key 2"])
    cache.clear_keys(["key 3"])
    equal("size counts the entries", 997, cache.get_size())
    cache.remove_all()
    equal("remove all removes all", 0, cache.get_size())


def scans(client):
    cache = client.get_or_create_cache("python-scan")
    cache.clear()
    values = {number: number * number for number in range(100)}
    cache.put_all(values)
    with cache.scan(page_size=7) as cursor:
        equal("a scan in pages finds every entry once", values, dict(cursor))
    with cache.scan(page_size=1) as cursor:
        next(cursor)
    fact("a scan is closed before its end", True)


def settings(client):
    name = "python-configured"
    if name in client.get_cache_names():
        client.get_cache(name).destroy()
    fields = [
        {"name": "ID", "type_name": "java.lang.Long", "is_key_field": True},
        {"name": "NAME", "type_name": "java.lang.String", "precision": 50},
    ]
    entity = {
        "table_name": "PYTHON_PERSON",
        "key_field_name": "ID",
        "key_type_name": "java.lang.Long",
        "value_field_name": None,
        "value_type_name": "Person",
        "field_name_aliases": [{"alias": "N", "field_name": "NAME"}],
        "query_fields": fields,
        "query_indexes": [
            {"index_name": "BY_NAME", "index_type": 0, "inline_size": 10, "fields": [{"name": "NAME", "is_descending": True}]}
        ],
    }
    cache = client.create_cache(
        {
            PROP_NAME: name,
            PROP_BACKUPS_NUMBER: 2,
            PROP_CACHE_ATOMICITY_MODE: 0,
            PROP_SQL_SCHEMA: "PEOPLE",
            PROP_QUERY_ENTITIES: [entity],
            PROP_EXPIRY_POLICY: ExpiryPolicy(create=timedelta(hours=1)),
        }
    )
    found = cache.settings
    equal("a configured cache keeps its backups", 2, found[PROP_BACKUPS_NUMBER])
    equal("a configured cache keeps its atomicity", 0, found[PROP_CACHE_ATOMICITY_MODE])
    equal("a configured cache keeps its schema", "PEOPLE", found[PROP_SQL_SCHEMA])
    returned = found[PROP_QUERY_ENTITIES][0]
    equal("a query entity keeps its table", "PYTHON_PERSON", returned["table_name"])
    names = [field["name"] for field in returned["query_fields"]]
    equal("a query entity keeps its fields in order", ["ID", "NAME"], names)
    index = returned["query_indexes"][0]
    equal("an index keeps its direction", True, index["fields"][0]["is_descending"])
    policy = found[PROP_EXPIRY_POLICY]
    equal("a cache keeps its expiry policy", 3_600_000, policy.create)
    fact("a cache is listed", name in client.get_cache_names())
    cache.destroy()
    fact("a destroyed cache is not listed", name not in client.get_cache_names())


def expiry(client):
    cache = client.get_or_create_cache("python-expiry")
    cache.clear()
    cache.put("stays", 1)
    brief = cache.with_expire_policy(create=timedelta(milliseconds=700))
    brief.put("goes", 2)
    equal("an entry with a policy is there at first", 2, cache.get("goes"))
    eventually("an entry with a policy expires", lambda: cache.get("goes") is None)
    equal("an entry without a policy stays", 1, cache.get("stays"))
    equal("an expired entry is not counted", 1, cache.get_size())


def refusals(client):
    refused(
        "a missing cache is an error",
        lambda: client.get_cache("python-none").get(1),
        error=CacheError,
        reason="does not exist",
    )
    client.get_or_create_cache("python-once")
    refused(
        "a cache is created only once",
        lambda: client.create_cache("python-once"),
        error=CacheError,
        reason="already started",
    )
    equal("the connection survives refusals", 0, client.get_cache("python-once").get_size())


if __name__ == "__main__":
    if not 2 <= len(sys.argv) <= 3:
        sys.exit("usage: check.py HOST:PORT [all|write|read]")
    try:
        main(*sys.argv[1:])
    except NotTrue as not_true:
        sys.exit(f"NOT true: {not_true}")
