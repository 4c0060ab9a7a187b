// Cursors, subscriptions and streamers.
#include <poll.h>

#include "check.h"

enum { ENTRIES = 5000 };

static void a_streamer_loads_and_a_cursor_reads_all(ignite_cache *cache) {
  ignite_streamer *streamer;
  ignite_cursor *cursor;
  ignite_value key, value;
  ignite_streamer_options options = {true, false, 100, 2, 0};
  int64_t sum = 0;
  int count = 0;
  OK(ignite_cache_streamer(cache, &options, &streamer, &error));
  for (int number = 0; number < ENTRIES; number++) {
    key = int32(number);
    value = int32(2 * number);
    OK(ignite_streamer_add(streamer, &key, &value, &error));
  }
  // Batches are stored in any order, the more so where one is sent again.
  OK(ignite_streamer_flush(streamer, &error));
  key = int32(0);
  OK(ignite_streamer_remove(streamer, &key, &error));
  OK(ignite_streamer_flush(streamer, &error));
  IS(IGNITE_RESULT_NOT_FOUND, ignite_streamer_take_lost(streamer, &key, &value, &error));
  OK(ignite_streamer_free(streamer, &error));

  OK(ignite_cache_scan(cache, 64, &cursor, &error));
  ignite_result result;
  while ((result = ignite_cursor_next(cursor, &key, &value, &error)) == IGNITE_RESULT_OK) {
    HOLDS(value.data.int32 == 2 * key.data.int32);
    sum += key.data.int32;
    count += 1;
  }
  IS(IGNITE_RESULT_NOT_FOUND, result);
  HOLDS(count == ENTRIES - 1);
  HOLDS(sum == (int64_t)ENTRIES * (ENTRIES - 1) / 2);
  OK(ignite_cursor_free(cursor, &error));
  IS(IGNITE_RESULT_INVALID_HANDLE, ignite_cursor_next(cursor, &key, &value, &error));
}

static void a_lost_entry_is_handed_back(ignite_client *client) {
  ignite_cache *unknown;
  ignite_streamer *streamer;
  ignite_value key = int32(7), value = int32(8);
  OK(ignite_client_cache(client, "c-no-such-cache", &unknown, &error));
  OK(ignite_cache_streamer(unknown, NULL, &streamer, &error));
  OK(ignite_streamer_add(streamer, &key, &value, &error));
  IS(IGNITE_RESULT_SERVER_ERROR, ignite_streamer_flush(streamer, &error));
  OK(ignite_streamer_take_lost(streamer, &key, &value, &error));
  HOLDS(key.data.int32 == 7 && value.data.int32 == 8);
  IS(IGNITE_RESULT_NOT_FOUND, ignite_streamer_take_lost(streamer, &key, &value, &error));
  OK(ignite_streamer_free(streamer, &error));
  OK(ignite_cache_free(unknown, &error));
}

static ignite_completion next(ignite_completions *completions) {
  struct pollfd poller = {-1, POLLIN, 0};
  ignite_completion taken;
  OK(ignite_completions_descriptor(completions, &poller.fd, &error));
  HOLDS(poll(&poller, 1, 10000) == 1);
  OK(ignite_completions_take(completions, &taken, &error));
  OK(taken.result);
  return taken;
}

static void a_subscription_tells_every_kind_of_change(ignite_cache *cache) {
  ignite_completions *completions;
  ignite_subscription *subscription;
  ignite_value key = int32(-1), one = int32(1), two = int32(2);
  ignite_completion event;
  bool done = false;
  OK(ignite_completions_new(&completions, &error));
  ignite_sink sink = {NULL, completions, cache};
  OK(ignite_cache_subscribe(cache, NULL, &sink, &subscription, &error));

  OK(ignite_cache_put(cache, &key, &one, &error));
  event = next(completions);
  HOLDS(event.kind == IGNITE_COMPLETION_CREATED && event.user == cache);
  HOLDS(event.key.data.int32 == -1 && event.value.data.int32 == 1);

  OK(ignite_cache_put(cache, &key, &two, &error));
  event = next(completions);
  HOLDS(event.kind == IGNITE_COMPLETION_UPDATED);
  HOLDS(event.old.data.int32 == 1 && event.value.data.int32 == 2);

  OK(ignite_cache_remove(cache, &key, &done, &error));
  event = next(completions);
  HOLDS(event.kind == IGNITE_COMPLETION_REMOVED && event.value.type == IGNITE_TYPE_NULL);

  OK(ignite_subscription_free(subscription, &error));
  IS(IGNITE_RESULT_INVALID_HANDLE, ignite_subscription_free(subscription, &error));
  OK(ignite_cache_put(cache, &key, &one, &error));
  IS(IGNITE_RESULT_NOT_FOUND, ignite_completions_take(completions, &event, &error));
  OK(ignite_completions_free(completions, &error));
}

int main(void) {
  ignite_client *client = connected();
  ignite_cache *cache;
  OK(ignite_client_get_or_create_cache(client, "c-streams", &cache, &error));
  OK(ignite_cache_remove_all(cache, &error));
  a_streamer_loads_and_a_cursor_reads_all(cache);
  a_lost_entry_is_handed_back(client);
  a_subscription_tells_every_kind_of_change(cache);
  OK(ignite_cache_free(cache, &error));
  OK(ignite_client_free(client, &error));
  return 0;
}
