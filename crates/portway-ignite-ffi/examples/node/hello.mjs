// npm install && IGNITE_LIBRARY=.../libignite.so node hello.mjs HOST:PORT
import { promisify } from "node:util";

import koffi from "koffi";

const OK = 0;
const NOT_FOUND = 1;

const library = koffi.load(process.env.IGNITE_LIBRARY ?? "libignite.so");
const IgniteError = koffi.struct("ignite_error", {
  result: "int",
  status: "int32_t",
  sql_state: koffi.array("char", 8, "String"),
  message: koffi.array("char", 1008, "String"),
});
for (const handle of ["ignite_options", "ignite_client", "ignite_cache"]) koffi.opaque(handle);

// A function whose calls are made on a thread of Node's pool, and whose errors are thrown.
function declare(prototype) {
  const called = library.func(prototype.replace(/\)$/, ", _Out_ ignite_error *error)"));
  const call = promisify(called.async);
  return async (...values) => {
    const error = {};
    const result = await call(...values, error);
    if (result !== OK && result !== NOT_FOUND) throw new Error(error.message);
    return result === OK;
  };
}

const optionsNew = declare("int ignite_options_new(const char *addresses, _Out_ ignite_options **options)");
const optionsFree = declare("int ignite_options_free(ignite_options *options)");
const clientNew = declare("int ignite_client_new(ignite_options *options, _Out_ ignite_client **client)");
const clientFree = declare("int ignite_client_free(ignite_client *client)");
const openCache = declare(
  "int ignite_client_get_or_create_cache(ignite_client *client, const char *name, _Out_ ignite_cache **cache)",
);
const cacheFree = declare("int ignite_cache_free(ignite_cache *cache)");
const put = declare("int ignite_cache_put_string_int64(ignite_cache *cache, const char *key, int64_t value)");
const get = declare("int ignite_cache_get_string_int64(ignite_cache *cache, const char *key, _Out_ int64_t *value)");

const [options, client, cache, visits] = [[null], [null], [null], [0]];
await optionsNew(process.argv[2] ?? "127.0.0.1:10800", options);
await clientNew(options[0], client);
await openCache(client[0], "hello", cache);

const before = (await get(cache[0], "node", visits)) ? Number(visits[0]) : 0;
await put(cache[0], "node", before + 1);
console.log(`Hello from Node, visit ${before + 1}`);

await cacheFree(cache[0]);
await clientFree(client[0]);
await optionsFree(options[0]);
