"""Binary objects: classes of pyignite's generic object model."""

from collections import OrderedDict

from pyignite import GenericObjectMeta
from pyignite.datatypes import (
    CollectionObject,
    DoubleObject,
    IntObject,
    LongObject,
    MapObject,
    String,
)

from facts import equal, fact


class Point(
    metaclass=GenericObjectMeta,
    type_name="portway.Point",
    schema=OrderedDict([("x", IntObject), ("y", IntObject)]),
):
    pass


class Person(
    metaclass=GenericObjectMeta,
    type_name="portway.Person",
    schema=OrderedDict(
        [
            ("name", String),
            ("height", DoubleObject),
            ("scores", MapObject),
            ("languages", CollectionObject),
        ]
    ),
):
    pass


class WiderPoint(
    metaclass=GenericObjectMeta,
    type_name="portway.Point",
    schema=OrderedDict([("x", IntObject), ("y", IntObject), ("z", LongObject)]),
):
    pass


def check(client):
    cache = client.get_or_create_cache("python-objects")
    cache.clear()
    cache.put(1, Point(x=3, y=4))
    found = cache.get(1)
    equal("an object comes back", (3, 4), (found.x, found.y))

    ada = Person(
        name="Ada",
        height=1.65,
        scores=(MapObject.HASH_MAP, {"mathematics": 100}),
        languages=(CollectionObject.ARR_LIST, ["English", "French"]),
    )
    cache.put("ada", ada)
    found = cache.get("ada")
    equal("an object's text and number come back", ("Ada", 1.65), (found.name, found.height))
    equal("an object's map comes back", {"mathematics": 100}, found.scores[1])
    equal("an object's list comes back", ["English", "French"], found.languages[1])

    cache.put(Point(x=1, y=2), "by an object")
    equal("an equal object is the same key", "by an object", cache.get(Point(x=1, y=2)))
    equal("another object is another key", None, cache.get(Point(x=2, y=1)))

    cache.put(2, WiderPoint(x=1, y=2, z=3))
    equal("a type grows by a field", 3, cache.get(2).z)

    points = (CollectionObject.ARR_LIST, [Point(x=5, y=6), Point(x=7, y=8)])
    cache.put("list", points, value_hint=CollectionObject)
    found = [(point.x, point.y) for point in cache.get("list")[1]]
    equal("objects in a list come back", [(5, 6), (7, 8)], found)
    by_name = (MapObject.HASH_MAP, {"a": Point(x=9, y=0)})
    cache.put("map", by_name, value_hint=MapObject)
    equal("objects in a map come back", 9, cache.get("map")[1]["a"].x)

    schemas = client.get_binary_type("portway.Point")["schemas"]
    fact("a type keeps all its schemas", len(schemas) >= 2)
