// Calls that are told of later: by a callback on the client's thread, and by a queue that an event
// loop waits on.
#include <poll.h>
#include <pthread.h>

#include "check.h"

enum { CALLS = 1000 };

static pthread_mutex_t lock = PTHREAD_MUTEX_INITIALIZER;
static pthread_cond_t changed = PTHREAD_COND_INITIALIZER;

struct tally {
  int calls;
  int64_t sum;
  ignite_cache *cache;
  ignite_result waiting_call;
};

static void count(const ignite_completion *completion) {
  struct tally *tally = completion->user;
  ignite_value key = int32(0), value;
  HOLDS(completion->result == IGNITE_RESULT_OK);
  HOLDS(completion->kind == IGNITE_COMPLETION_CALL);
  pthread_mutex_lock(&lock);
  tally->calls += 1;
  if (completion->value.type == IGNITE_TYPE_INT32) tally->sum += completion->value.data.int32;
  // A call that waits would wait for this very thread.
  tally->waiting_call = ignite_cache_get(tally->cache, &key, &value, NULL);
  pthread_cond_signal(&changed);
  pthread_mutex_unlock(&lock);
}

static void wait_for(struct tally *tally, int calls) {
  pthread_mutex_lock(&lock);
  while (tally->calls < calls) pthread_cond_wait(&changed, &lock);
  pthread_mutex_unlock(&lock);
}

static void callbacks_tell_each_outcome_once(ignite_cache *cache) {
  struct tally tally = {0, 0, cache, IGNITE_RESULT_OK};
  ignite_sink sink = {count, NULL, &tally};
  for (int number = 0; number < CALLS; number++) {
    ignite_value key = int32(number);
    OK(ignite_cache_put_async(cache, &key, &key, &sink, &error));
  }
  wait_for(&tally, CALLS);
  for (int number = 0; number < CALLS; number++) {
    ignite_value key = int32(number);
    OK(ignite_cache_get_async(cache, &key, &sink, &error));
  }
  wait_for(&tally, 2 * CALLS);
  HOLDS(tally.sum == (int64_t)CALLS * (CALLS - 1) / 2);
  HOLDS(tally.waiting_call == IGNITE_RESULT_WRONG_THREAD);
}

static void a_queue_is_readable_while_completions_wait(ignite_cache *cache) {
  ignite_completions *completions;
  ignite_completion taken;
  struct pollfd poller = {-1, POLLIN, 0};
  char user;
  int left = CALLS;
  OK(ignite_completions_new(&completions, &error));
  OK(ignite_completions_descriptor(completions, &poller.fd, &error));
  HOLDS(poll(&poller, 1, 0) == 0);
  IS(IGNITE_RESULT_NOT_FOUND, ignite_completions_take(completions, &taken, &error));

  ignite_sink sink = {NULL, completions, &user};
  for (int number = 0; number < CALLS; number++) {
    ignite_value key = text("a text"), value = text("its value");
    OK(ignite_cache_put_async(cache, &key, &value, &sink, &error));
  }
  while (left > 0) {
    HOLDS(poll(&poller, 1, 10000) == 1);
    while (ignite_completions_take(completions, &taken, &error) == IGNITE_RESULT_OK) {
      HOLDS(taken.result == IGNITE_RESULT_OK && taken.user == &user);
      left -= 1;
    }
  }
  HOLDS(poll(&poller, 1, 0) == 0);

  ignite_value key = text("a text");
  OK(ignite_cache_get_async(cache, &key, &sink, &error));
  HOLDS(poll(&poller, 1, 10000) == 1);
  OK(ignite_completions_take(completions, &taken, &error));
  HOLDS(taken.done && taken.value.type == IGNITE_TYPE_STRING);
  HOLDS(memcmp(taken.value.data.bytes.data, "its value", 9) == 0);
  OK(ignite_value_release(&taken.value));
  OK(ignite_completions_free(completions, &error));
}

static void a_failure_is_told_with_its_text(ignite_client *client) {
  ignite_completions *completions;
  ignite_completion taken;
  ignite_cache *unknown;
  struct pollfd poller = {-1, POLLIN, 0};
  ignite_value key = int32(1);
  OK(ignite_completions_new(&completions, &error));
  OK(ignite_completions_descriptor(completions, &poller.fd, &error));
  OK(ignite_client_cache(client, "there is no such cache", &unknown, &error));
  ignite_sink sink = {NULL, completions, NULL};
  OK(ignite_cache_get_async(unknown, &key, &sink, &error));
  HOLDS(poll(&poller, 1, 10000) == 1);
  OK(ignite_completions_take(completions, &taken, &error));
  HOLDS(taken.result == IGNITE_RESULT_SERVER_ERROR && taken.error.status == 1000);
  HOLDS(taken.error.message[0] != 0);
  OK(ignite_cache_free(unknown, &error));
  OK(ignite_completions_free(completions, &error));
}

static void a_sink_must_name_one_target(ignite_cache *cache) {
  ignite_value key = int32(1);
  ignite_sink none = {NULL, NULL, NULL};
  IS(IGNITE_RESULT_INVALID_ARGUMENT, ignite_cache_get_async(cache, &key, &none, &error));
  IS(IGNITE_RESULT_INVALID_ARGUMENT, ignite_cache_get_async(cache, &key, NULL, &error));
}

int main(void) {
  ignite_client *client = connected();
  ignite_cache *cache;
  OK(ignite_client_get_or_create_cache(client, "c-asynchronous", &cache, &error));
  callbacks_tell_each_outcome_once(cache);
  a_queue_is_readable_while_completions_wait(cache);
  a_failure_is_told_with_its_text(client);
  a_sink_must_name_one_target(cache);
  OK(ignite_cache_free(cache, &error));
  OK(ignite_client_free(client, &error));
  puts("asynchronous: ok");
  return 0;
}
