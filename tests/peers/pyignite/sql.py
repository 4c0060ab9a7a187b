"""SQL as pyignite asks with it."""

import datetime
from decimal import Decimal

from pyignite.datatypes import IntObject
from pyignite.exceptions import SQLError

from facts import equal, refused

TABLE = "PYTHON_CITY"


def check(client):
    client.sql(f"DROP TABLE IF EXISTS {TABLE}")
    client.sql(
        f"CREATE TABLE {TABLE} (id INT PRIMARY KEY, name VARCHAR(20), people BIGINT, "
        "price DECIMAL(8, 2), seen TIMESTAMP)"
    )
    rows(client)
    pages(client)
    errors(client)
    client.sql(f"DROP TABLE {TABLE}")


def rows(client):
    seen = datetime.datetime(2020, 9, 13, 12, 26, 40)
    insert = f"INSERT INTO {TABLE} (id, name, people, price, seen) VALUES (?, ?, ?, ?, ?)"
    updated = client.sql(insert, query_args=[1, "Rome", 3_000_000_000, Decimal("1.50"), seen])
    equal("an INSERT answers how many rows it stored", [1], next(updated))
    client.sql(insert, query_args=[2, "Oslo", None, None, None])
    select = f"SELECT name, people, price FROM {TABLE} ORDER BY id"
    found = list(client.sql(select, include_field_names=True))
    equal("the first row names the columns", ["NAME", "PEOPLE", "PRICE"], found[0])
    equal("a row has its values", ["Rome", 3_000_000_000, Decimal("1.50")], found[1])
    equal("a null is None", ["Oslo", None, None], found[2])
    cache = client.get_cache(f"SQL_PUBLIC_{TABLE}")
    equal("a row is an object under its key", "Rome", cache.get(1, key_hint=IntObject).NAME)


def pages(client):
    merge = f"MERGE INTO {TABLE} (id, name) VALUES (?, ?)"
    for number in range(100, 120):
        client.sql(merge, query_args=[number, str(number)])
    select = f"SELECT id FROM {TABLE} WHERE id >= 100 ORDER BY id"
    found = [row[0] for row in client.sql(select, page_size=7)]
    equal("rows come page by page", list(range(100, 120)), found)


def errors(client):
    refused(
        "an unknown table is refused as by a real node",
        lambda: client.sql("SELECT * FROM no_such_table"),
        error=SQLError,
        reason='Table "NO_SUCH_TABLE" not found',
    )
