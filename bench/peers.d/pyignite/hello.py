"""The smallest program of pyignite: what ignite_hello is for ours."""

import sys

from pyignite import Client

host, port = sys.argv[1].rsplit(":", 1)
client = Client()
with client.connect(host, int(port)):
    cache = client.get_or_create_cache("hello")
    cache.put(1, "Hello, grid!")
    print(cache.get(1))
