// A near cache: hits without the grid, and never a value that a finished write of this program has
// replaced.
#include <time.h>

#include "check.h"

enum { PATIENCE = 10000 };

static void a_second_read_is_a_hit(ignite_near *near_cache) {
  ignite_near_statistics before, after;
  ignite_value key = text("key"), value = text("a long enough value"), back;
  OK(ignite_near_put(near_cache, &key, &value, &error));
  // What a write has just dropped may be dropped once more by its own event: read until it stays.
  for (int turn = 0; turn < PATIENCE; turn++) {
    OK(ignite_near_read_statistics(near_cache, &before, &error));
    OK(ignite_near_get(near_cache, &key, &back, &error));
    HOLDS(back.data.bytes.length == 19);
    OK(ignite_value_release(&back));
    OK(ignite_near_read_statistics(near_cache, &after, &error));
    if (after.hits > before.hits) return;
    nanosleep(&(struct timespec){0, 1000000}, NULL);
  }
  HOLDS(!"a read was a hit");
}

static void own_writes_are_read_at_once(ignite_near *near_cache) {
  ignite_value key = int32(7), back;
  bool done = false;
  for (int number = 0; number < 200; number++) {
    ignite_value value = int32(number);
    OK(ignite_near_put(near_cache, &key, &value, &error));
    OK(ignite_near_get(near_cache, &key, &back, &error));
    HOLDS(back.data.int32 == number);
  }
  OK(ignite_near_remove(near_cache, &key, &done, &error));
  HOLDS(done);
  IS(IGNITE_RESULT_NOT_FOUND, ignite_near_get(near_cache, &key, &back, &error));
}

// Nobody is told that a cache was cleared: only the age bounds how long the entry is believed.
static void what_is_too_old_is_read_again(ignite_cache *cache) {
  ignite_near *near_cache;
  OK(ignite_cache_near(cache, 0, 0, 20, false, &near_cache, &error));
  ignite_value key = int32(7), value = int32(70), back;
  OK(ignite_near_put(near_cache, &key, &value, &error));
  OK(ignite_near_get(near_cache, &key, &back, &error));
  OK(ignite_cache_clear(cache, &error));
  for (int turn = 0; ignite_near_get(near_cache, &key, &back, NULL) == IGNITE_RESULT_OK; turn++) {
    HOLDS(turn < PATIENCE);
    nanosleep(&(struct timespec){0, 1000000}, NULL);
  }
  IS(IGNITE_RESULT_NOT_FOUND, ignite_near_get(near_cache, &key, &back, &error));
  OK(ignite_near_free(near_cache, &error));
}

int main(void) {
  ignite_client *client = connected();
  ignite_cache *cache;
  ignite_near *near_cache;
  OK(ignite_client_get_or_create_cache(client, "c-near", &cache, &error));
  OK(ignite_cache_near(cache, 1000, 0, 0, false, &near_cache, &error));
  a_second_read_is_a_hit(near_cache);
  own_writes_are_read_at_once(near_cache);
  OK(ignite_near_free(near_cache, &error));
  what_is_too_old_is_read_again(cache);
  OK(ignite_cache_free(cache, &error));
  OK(ignite_client_free(client, &error));
  return 0;
}
