// cc hello.c -lignite && ./a.out HOST:PORT
#include <ignite.h>
#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>

static ignite_error error;

// Ends the program with the text of the error unless a call went well.
static void check(ignite_result result) {
  if (result == IGNITE_RESULT_OK) return;
  fprintf(stderr, "hello: %s\n", error.message);
  exit(1);
}

int main(int count, char **arguments) {
  ignite_options *options;
  ignite_client *client;
  ignite_cache *cache;
  char greeting[64];
  int64_t visits = 0;

  check(ignite_options_new(count > 1 ? arguments[1] : "127.0.0.1:10800", &options, &error));
  check(ignite_client_new(options, &client, &error));
  check(ignite_client_get_or_create_cache(client, "hello", &cache, &error));

  // Typed calls for the common types.
  check(ignite_cache_put_string_string(cache, "greeting", "Hello from C", &error));
  check(ignite_cache_get_string_string(cache, "greeting", greeting, sizeof greeting, NULL, &error));

  // A missing key is an answer of its own, not a failure.
  ignite_result result = ignite_cache_get_string_int64(cache, "visits", &visits, &error);
  if (result != IGNITE_RESULT_NOT_FOUND) check(result);
  check(ignite_cache_put_string_int64(cache, "visits", visits + 1, &error));

  printf("%s, visit %" PRId64 "\n", greeting, visits + 1);

  check(ignite_cache_free(cache, &error));
  check(ignite_client_free(client, &error));
  check(ignite_options_free(options, &error));
  return 0;
}
