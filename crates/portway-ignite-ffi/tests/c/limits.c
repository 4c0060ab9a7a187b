// How many calls of a client may be unfinished, or finished and not taken.
#include <semaphore.h>
#include <time.h>

#include "check.h"

enum { PATIENCE = 10000, LIMIT = 65536 };

static void tell(const ignite_completion *completion) {
  sem_post(completion->user);
}

static void a_freed_queue_gives_its_places_back(ignite_client *client) {
  ignite_cache *cache;
  ignite_subscription *subscription;
  sem_t done;
  ignite_completions *completions;
  ignite_value key = int32(1);
  ignite_result result = IGNITE_RESULT_OK;
  HOLDS(sem_init(&done, 0, 0) == 0);
  OK(ignite_client_get_or_create_cache(client, "c-limits", &cache, &error));
  OK(ignite_completions_new(&completions, &error));
  ignite_sink full = {NULL, completions, NULL}, other = {tell, NULL, &done};
  // The subscription holds on to the queue.
  OK(ignite_cache_subscribe(cache, NULL, &full, &subscription, &error));
  for (int call = 0; call <= LIMIT && result == IGNITE_RESULT_OK; call++) {
    result = ignite_cache_contains_key_async(cache, &key, &full, &error);
  }
  IS(IGNITE_RESULT_TOO_MANY, result);
  OK(ignite_completions_free(completions, &error));
  // Calls that are under way give their places back when they end.
  for (int turn = 0; turn < PATIENCE && result != IGNITE_RESULT_OK; turn++) {
    result = ignite_cache_contains_key_async(cache, &key, &other, &error);
    if (result != IGNITE_RESULT_OK) nanosleep(&(struct timespec){0, 1000000}, NULL);
  }
  OK(result);
  sem_wait(&done);
  OK(ignite_subscription_free(subscription, &error));
  OK(ignite_cache_free(cache, &error));
}

int main(void) {
  ignite_client *client = connected();
  a_freed_queue_gives_its_places_back(client);
  OK(ignite_client_free(client, &error));
  return 0;
}
