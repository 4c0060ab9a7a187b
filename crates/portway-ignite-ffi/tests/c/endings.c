// What is freed while it is in use: handles in callbacks, all that keeps a client's thread.
#include <pthread.h>
#include <semaphore.h>
#include <signal.h>

#include "check.h"
#include "process_threads.h"

struct held {
  ignite_client *client;
  ignite_cache *cache;
  ignite_subscription *subscription;
  sem_t done;
  int events;
};

static void hold(struct held *held, const char *name) {
  held->client = connected();
  held->events = 0;
  HOLDS(sem_init(&held->done, 0, 0) == 0);
  OK(ignite_client_get_or_create_cache(held->client, name, &held->cache, &error));
  OK(ignite_cache_remove_all(held->cache, &error));
}

static void free_all(const ignite_completion *completion) {
  struct held *held = completion->user;
  ignite_value value = completion->value;
  HOLDS(ignite_cache_free(held->cache, NULL) == IGNITE_RESULT_OK);
  HOLDS(ignite_client_free(held->client, NULL) == IGNITE_RESULT_OK);
  // What is shown stays until the callback returns, and its release does nothing.
  HOLDS(value.data.bytes.length == 5 && memcmp(value.data.bytes.data, "value", 5) == 0);
  HOLDS(ignite_value_release(&value) == IGNITE_RESULT_OK);
  sem_post(&held->done);
}

static void a_callback_may_free_the_last_handles_of_its_client(void) {
  struct held held;
  ignite_value key = text("key"), value = text("value");
  hold(&held, "c-endings");
  OK(ignite_cache_put(held.cache, &key, &value, &error));
  ignite_sink sink = {free_all, NULL, &held};
  OK(ignite_cache_get_async(held.cache, &key, &sink, &error));
  sem_wait(&held.done);
  wait_for_threads(1);
}

struct crossing {
  ignite_client *other;
  pthread_barrier_t *both;
  sem_t done;
};

static void free_the_other(const ignite_completion *completion) {
  struct crossing *crossing = completion->user;
  // Both clients are in a callback now, and neither may wait for the end of the other.
  pthread_barrier_wait(crossing->both);
  HOLDS(ignite_client_free(crossing->other, NULL) == IGNITE_RESULT_OK);
  sem_post(&crossing->done);
}

static void callbacks_of_two_clients_may_free_each_others_last_handle(void) {
  struct held held[2];
  struct crossing crossings[2];
  pthread_barrier_t both;
  ignite_value key = int32(1);
  HOLDS(pthread_barrier_init(&both, NULL, 2) == 0);
  for (int number = 0; number < 2; number++) hold(&held[number], "c-endings");
  for (int number = 0; number < 2; number++) {
    struct crossing *crossing = &crossings[number];
    crossing->other = held[1 - number].client;
    crossing->both = &both;
    HOLDS(sem_init(&crossing->done, 0, 0) == 0);
    ignite_sink sink = {free_the_other, NULL, crossing};
    OK(ignite_cache_contains_key_async(held[number].cache, &key, &sink, &error));
    OK(ignite_cache_free(held[number].cache, &error));
  }
  for (int number = 0; number < 2; number++) sem_wait(&crossings[number].done);
  wait_for_threads(1);
  HOLDS(pthread_barrier_destroy(&both) == 0);
}

static void count_until_freed(const ignite_completion *completion) {
  struct held *held = completion->user;
  held->events += 1;
  HOLDS(ignite_subscription_free(held->subscription, NULL) == IGNITE_RESULT_OK);
  sem_post(&held->done);
}

static void a_subscription_may_end_in_its_own_callback(void) {
  struct held held;
  ignite_value keys[3] = {int32(1), int32(2), int32(3)};
  ignite_subscription_options options = {3, 100, false};
  hold(&held, "c-endings");
  ignite_sink sink = {count_until_freed, NULL, &held};
  OK(ignite_cache_subscribe(held.cache, &options, &sink, &held.subscription, &error));
  OK(ignite_cache_put_all(held.cache, keys, keys, 3, &error));
  sem_wait(&held.done);
  OK(ignite_cache_remove_keys(held.cache, keys, 3, &error));
  OK(ignite_cache_free(held.cache, &error));
  OK(ignite_client_free(held.client, &error));
  wait_for_threads(1);
  HOLDS(held.events == 1);
}

static void the_thread_ends_with_the_last_handle(void) {
  struct held held;
  HOLDS(threads() == 1);
  hold(&held, "c-endings");
  HOLDS(threads() == 2);
  OK(ignite_client_free(held.client, &error));
  HOLDS(threads() == 2);
  OK(ignite_cache_free(held.cache, &error));
  HOLDS(threads() == 1);
}

struct masks {
  sigset_t there;
  sem_t done;
};

static void note_mask(const ignite_completion *completion) {
  struct masks *masks = completion->user;
  pthread_sigmask(SIG_BLOCK, NULL, &masks->there);
  sem_post(&masks->done);
}

static void signals_are_left_to_the_program(void) {
  struct held held;
  struct masks masks;
  sigset_t before, after;
  ignite_value key = int32(1);
  pthread_sigmask(SIG_BLOCK, NULL, &before);
  hold(&held, "c-endings");
  pthread_sigmask(SIG_BLOCK, NULL, &after);
  HOLDS(!sigismember(&before, SIGTERM) && !sigismember(&after, SIGTERM));
  HOLDS(sem_init(&masks.done, 0, 0) == 0);
  ignite_sink sink = {note_mask, NULL, &masks};
  OK(ignite_cache_get_async(held.cache, &key, &sink, &error));
  sem_wait(&masks.done);
  HOLDS(sigismember(&masks.there, SIGTERM) && sigismember(&masks.there, SIGPIPE));
  HOLDS(!sigismember(&masks.there, SIGSEGV));
  OK(ignite_cache_free(held.cache, &error));
  OK(ignite_client_free(held.client, &error));
}

int main(void) {
  the_thread_ends_with_the_last_handle();
  signals_are_left_to_the_program();
  a_callback_may_free_the_last_handles_of_its_client();
  callbacks_of_two_clients_may_free_each_others_last_handle();
  a_subscription_may_end_in_its_own_callback();
  return 0;
}
