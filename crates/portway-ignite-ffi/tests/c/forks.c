// What was connected before fork is of no use in the child, and harms nobody there.
#include <pthread.h>
#include <stdatomic.h>
#include <sys/wait.h>
#include <unistd.h>

#include "check.h"

enum { PATIENCE_SECONDS = 60, FORKS = 100 };

static void what_came_before_is_refused(ignite_client *client, ignite_cache *cache,
                                        ignite_completions *completions) {
  ignite_value key = int32(1);
  ignite_completion taken;
  ignite_cache *another;
  ignite_sink sink = {NULL, completions, NULL};
  IS(IGNITE_RESULT_INVALID_HANDLE, ignite_cache_put(cache, &key, &key, &error));
  HOLDS(strstr(error.message, "fork") != NULL);
  IS(IGNITE_RESULT_INVALID_HANDLE, ignite_cache_get_async(cache, &key, &sink, &error));
  IS(IGNITE_RESULT_INVALID_HANDLE, ignite_client_cache(client, "c-forks", &another, &error));
  // Its pipe is the parent's too: a byte that is read here is missed there.
  IS(IGNITE_RESULT_INVALID_HANDLE, ignite_completions_take(completions, &taken, &error));
  OK(ignite_cache_free(cache, &error));
  OK(ignite_completions_free(completions, &error));
  OK(ignite_client_free(client, &error));
}

static void a_child_connects_anew(void) {
  ignite_client *client = connected();
  ignite_cache *cache;
  int32_t value;
  OK(ignite_client_get_or_create_cache(client, "c-forks", &cache, &error));
  OK(ignite_cache_get_int32_int32(cache, 1, &value, &error));
  HOLDS(value == 2);
  OK(ignite_cache_free(cache, &error));
  OK(ignite_client_free(client, &error));
}

static void the_functions_without_handles_connect_anew(void) {
  CachePut(1, 3);
  HOLDS(CacheLastError()->result == IGNITE_RESULT_OK);
  HOLDS(CacheGet(1) == 3);
}

static void ends_well(pid_t child) {
  int status;
  HOLDS(waitpid(child, &status, 0) == child && WIFEXITED(status) && WEXITSTATUS(status) == 0);
}

static atomic_bool has_forked;

static void *uses_handles(void *options) {
  while (!atomic_load(&has_forked)) OK(ignite_options_set_request_timeout(options, 1000, NULL));
  return NULL;
}

static void *uses_the_functions_without_handles(void *unused) {
  while (!atomic_load(&has_forked)) CacheGet(1);
  return unused;
}

// A lock that another thread holds at the time of a fork has nobody in the child who frees it.
static void a_child_waits_for_no_thread_of_its_parent(ignite_completions *completions) {
  ignite_options *options;
  pthread_t one, another;
  OK(ignite_options_new("127.0.0.1", &options, &error));
  HOLDS(pthread_create(&one, NULL, uses_handles, options) == 0);
  HOLDS(pthread_create(&another, NULL, uses_the_functions_without_handles, NULL) == 0);
  for (int i = 0; i < FORKS; i++) {
    pid_t child = fork();
    HOLDS(child >= 0);
    if (child == 0) {
      ignite_completion taken;
      alarm(PATIENCE_SECONDS);
      IS(IGNITE_RESULT_INVALID_HANDLE, ignite_completions_take(completions, &taken, &error));
      OK(ignite_options_free(options, &error));
      if (i % 10 == 0) the_functions_without_handles_connect_anew();
      _exit(0);
    }
    ends_well(child);
  }
  atomic_store(&has_forked, true);
  HOLDS(pthread_join(one, NULL) == 0 && pthread_join(another, NULL) == 0);
  OK(ignite_options_free(options, &error));
}

int main(void) {
  ignite_client *client = connected();
  ignite_cache *cache;
  ignite_completions *completions;
  int32_t value;
  OK(ignite_client_get_or_create_cache(client, "c-forks", &cache, &error));
  OK(ignite_cache_put_int32_int32(cache, 1, 2, &error));
  OK(ignite_completions_new(&completions, &error));
  CachePut(1, 2);
  HOLDS(CacheLastError()->result == IGNITE_RESULT_OK);

  pid_t child = fork();
  HOLDS(child >= 0);
  if (child == 0) {
    alarm(PATIENCE_SECONDS);
    what_came_before_is_refused(client, cache, completions);
    a_child_connects_anew();
    the_functions_without_handles_connect_anew();
    _exit(0);
  }
  ends_well(child);
  a_child_waits_for_no_thread_of_its_parent(completions);

  OK(ignite_cache_get_int32_int32(cache, 1, &value, &error));
  HOLDS(value == 2 && CacheGet(1) == 3);
  OK(ignite_completions_free(completions, &error));
  OK(ignite_cache_free(cache, &error));
  OK(ignite_client_free(client, &error));
  return 0;
}
