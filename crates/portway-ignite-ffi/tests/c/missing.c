// Handles that make their cache when an operation misses it.
#include "check.h"

int main(void) {
  ignite_client *client = connected();
  ignite_cache *cache, *plain;
  ignite_value key = int32(7), value = int32(70), back;
  OK(ignite_client_cache(client, "c-missing", &plain, &error));
  IS(IGNITE_RESULT_SERVER_ERROR, ignite_cache_put(plain, &key, &value, &error));
  OK(ignite_client_cache_or_create(client, "c-missing", &cache, &error));
  OK(ignite_cache_put(cache, &key, &value, &error));
  OK(ignite_cache_get(plain, &key, &back, &error));
  HOLDS(back.data.int32 == 70);
  OK(ignite_client_destroy_cache(client, "c-missing", &error));
  IS(IGNITE_RESULT_NOT_FOUND, ignite_cache_get(cache, &key, &back, &error));
  OK(ignite_cache_put(cache, &key, &value, &error));
  OK(ignite_client_destroy_cache(client, "c-missing", &error));
  OK(ignite_cache_free(cache, &error));
  OK(ignite_cache_free(plain, &error));
  OK(ignite_client_free(client, &error));
  return 0;
}
