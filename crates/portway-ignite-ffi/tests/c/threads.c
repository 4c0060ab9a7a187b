// Many threads on one client: calls, handles freed while others use them, every one ends well.
#include <pthread.h>

#include "check.h"

enum { THREADS = 8, TURNS = 200 };

static ignite_client *client;
static ignite_cache *shared;

static void *work(void *argument) {
  int32_t first = *(int32_t *)argument * TURNS;
  ignite_error own;
  for (int32_t turn = 0; turn < TURNS; turn++) {
    int32_t number = 0;
    must_be(IGNITE_RESULT_OK,
            ignite_cache_put_int32_int32(shared, first + turn, turn, &own), __FILE__, __LINE__);
    must_be(IGNITE_RESULT_OK, ignite_cache_get_int32_int32(shared, first + turn, &number, &own),
            __FILE__, __LINE__);
    HOLDS(number == turn);
  }
  return NULL;
}

// Uses a handle until another thread has freed it.
static void *use_until_freed(void *cache) {
  ignite_result result;
  int32_t number = 0;
  do {
    result = ignite_cache_get_int32_int32(cache, 0, &number, NULL);
  } while (result == IGNITE_RESULT_OK);
  HOLDS(result == IGNITE_RESULT_INVALID_HANDLE);
  return NULL;
}

int main(void) {
  pthread_t threads[THREADS];
  int32_t numbers[THREADS];
  uint64_t size = 0;
  ignite_cache *doomed;
  client = connected();
  OK(ignite_client_get_or_create_cache(client, "c-threads", &shared, &error));
  OK(ignite_cache_remove_all(shared, &error));
  for (int32_t each = 0; each < THREADS; each++) {
    numbers[each] = each;
    HOLDS(pthread_create(&threads[each], NULL, work, &numbers[each]) == 0);
  }
  for (int each = 0; each < THREADS; each++) HOLDS(pthread_join(threads[each], NULL) == 0);
  OK(ignite_cache_size(shared, &size, &error));
  HOLDS(size == THREADS * TURNS);

  OK(ignite_client_cache(client, "c-threads", &doomed, &error));
  for (int each = 0; each < THREADS; each++) {
    HOLDS(pthread_create(&threads[each], NULL, use_until_freed, doomed) == 0);
  }
  OK(ignite_cache_size(shared, &size, &error));
  OK(ignite_cache_free(doomed, &error));
  for (int each = 0; each < THREADS; each++) HOLDS(pthread_join(threads[each], NULL) == 0);

  OK(ignite_cache_free(shared, &error));
  OK(ignite_client_free(client, &error));
  return 0;
}
