#!/usr/bin/env python3
"""IGNITE_LIBRARY=.../libignite.so python3 sql.py HOST:PORT

SQL: a table, rows with arguments, a query whose rows come by the page.
"""

from contextlib import contextmanager
from ctypes import POINTER, byref, c_int64, c_size_t, c_void_p

from ignite import Statement, Value, connected, function, library, opened

CITIES = [("Berlin", 3_700_000), ("Hamburg", 1_900_000), ("Potsdam", 190_000)]

client_execute = function("ignite_client_execute", c_void_p, POINTER(Statement), POINTER(c_int64))
client_query = function("ignite_client_query", c_void_p, POINTER(Statement), POINTER(c_void_p))
rows_next = function("ignite_rows_next", c_void_p, POINTER(Value), c_size_t)
rows_free = function("ignite_rows_free", c_void_p)
library.ignite_value_release.argtypes = [POINTER(Value)]


@contextmanager
def statement(sql, *arguments):
    """A statement; its arguments live until the block that uses it ends."""
    values = [Value.of(argument) for argument in arguments]
    row = (Value * len(values))(*values)
    yield Statement(sql=sql.encode(), arguments=row, argument_count=len(values), page_size=100)


def execute(client, sql, *arguments):
    with statement(sql, *arguments) as made:
        client_execute(client, byref(made), None)


def query(client, columns, sql, *arguments):
    with statement(sql, *arguments) as made:
        rows = opened(client_query, client, byref(made))
    row = (Value * columns)()
    try:
        while rows_next(rows, row, columns):
            yield [value.read() for value in row]
            for value in row:
                library.ignite_value_release(byref(value))
    finally:
        rows_free(rows)


def main():
    with connected() as client:
        execute(client, "CREATE TABLE IF NOT EXISTS CITY_PYTHON (ID LONG PRIMARY KEY, NAME VARCHAR, PEOPLE LONG)")
        for number, (name, people) in enumerate(CITIES):
            execute(client, "MERGE INTO CITY_PYTHON (ID, NAME, PEOPLE) VALUES (?, ?, ?)", number, name, people)
        large = "SELECT NAME, PEOPLE FROM CITY_PYTHON WHERE PEOPLE >= ? ORDER BY PEOPLE DESC"
        for name, people in query(client, 2, large, 1_000_000):
            print(f"Python reads {name}: {people}")


if __name__ == "__main__":
    main()
