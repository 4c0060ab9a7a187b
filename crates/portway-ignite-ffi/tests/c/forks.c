// What was connected before fork is of no use in the child, and harms nobody there.
#include <sys/wait.h>
#include <unistd.h>

#include "check.h"

enum { PATIENCE_SECONDS = 60 };

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

int main(void) {
  ignite_client *client = connected();
  ignite_cache *cache;
  ignite_completions *completions;
  int32_t value;
  int status;
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
  HOLDS(waitpid(child, &status, 0) == child && WIFEXITED(status) && WEXITSTATUS(status) == 0);

  OK(ignite_cache_get_int32_int32(cache, 1, &value, &error));
  HOLDS(value == 2 && CacheGet(1) == 3);
  OK(ignite_completions_free(completions, &error));
  OK(ignite_cache_free(cache, &error));
  OK(ignite_client_free(client, &error));
  return 0;
}
