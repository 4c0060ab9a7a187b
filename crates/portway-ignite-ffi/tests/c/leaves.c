// A process that ends while calls are under way and callbacks run.
#include "check.h"

enum { CALLS = 2000 };

static void touch(const ignite_completion *completion) {
  *(volatile int *)completion->user += completion->done;
}

int main(void) {
  static int found;
  ignite_client *client = connected();
  ignite_cache *cache;
  ignite_value key = int32(1);
  ignite_sink sink = {touch, NULL, &found};
  OK(ignite_client_get_or_create_cache(client, "c-leaves", &cache, &error));
  for (int call = 0; call < CALLS; call++) {
    OK(ignite_cache_contains_key_async(cache, &key, &sink, &error));
  }
  return 0;
}
