// cc events.c -lignite && ./a.out HOST:PORT
//
// A continuous query in an event loop: the descriptor of a queue is readable while an event waits.
#include <ignite.h>
#include <poll.h>
#include <stdio.h>
#include <stdlib.h>

enum { PATIENCE_MILLISECONDS = 10000 };

static ignite_error error;

// Ends the program with the text of the error unless a call went well.
static void check(ignite_result result) {
  if (result == IGNITE_RESULT_OK) return;
  fprintf(stderr, "events: %s\n", error.message);
  exit(1);
}

static void tell(const ignite_completion *event) {
  static const char *const kinds[] = {
      [IGNITE_COMPLETION_CREATED] = "created",
      [IGNITE_COMPLETION_UPDATED] = "updated",
      [IGNITE_COMPLETION_REMOVED] = "removed",
      [IGNITE_COMPLETION_EXPIRED] = "expired",
  };
  // A lost connection is the last thing that a subscription tells.
  if (event->kind == IGNITE_COMPLETION_END) {
    fprintf(stderr, "events: %s\n", event->error.message);
    exit(1);
  }
  const ignite_bytes *key = &event->key.data.bytes;
  printf("C hears of %s %.*s", kinds[event->kind], (int)key->length, (const char *)key->data);
  if (event->value.type == IGNITE_TYPE_INT32) printf(" = %d", event->value.data.int32);
  printf("\n");
}

// Tells all that waits; answers whether the last of it was a removal.
static bool tell_waiting(const ignite_completions *queue) {
  ignite_completion event;
  ignite_result result;
  bool is_removed = false;
  while ((result = ignite_completions_take(queue, &event, &error)) == IGNITE_RESULT_OK) {
    tell(&event);
    is_removed = event.kind == IGNITE_COMPLETION_REMOVED;
    ignite_value_release(&event.key);
    ignite_value_release(&event.value);
    ignite_value_release(&event.old);
  }
  if (result != IGNITE_RESULT_NOT_FOUND) check(result);
  return is_removed;
}

int main(int count, char **arguments) {
  ignite_options *options;
  ignite_client *client;
  ignite_cache *cache;
  ignite_completions *queue;
  ignite_subscription *subscription;
  ignite_value apples = {.type = IGNITE_TYPE_STRING};
  bool done;
  apples.data.bytes = (ignite_bytes){(const uint8_t *)"apples", 6};

  check(ignite_options_new(count > 1 ? arguments[1] : "127.0.0.1:10800", &options, &error));
  check(ignite_client_new(options, &client, &error));
  check(ignite_client_get_or_create_cache(client, "events-c", &cache, &error));
  check(ignite_cache_remove_all(cache, &error));

  check(ignite_completions_new(&queue, &error));
  ignite_sink sink = {.completions = queue};
  check(ignite_cache_subscribe(cache, NULL, &sink, &subscription, &error));

  // These could as well be another program's.
  check(ignite_cache_put_string_int32(cache, "apples", 3, &error));
  check(ignite_cache_put_string_int32(cache, "apples", 4, &error));
  check(ignite_cache_remove(cache, &apples, &done, &error));

  struct pollfd readable = {.events = POLLIN};
  check(ignite_completions_descriptor(queue, &readable.fd, &error));
  do {
    if (poll(&readable, 1, PATIENCE_MILLISECONDS) != 1) return 1;
  } while (!tell_waiting(queue));

  check(ignite_subscription_free(subscription, &error));
  check(ignite_completions_free(queue, &error));
  check(ignite_cache_free(cache, &error));
  check(ignite_client_free(client, &error));
  check(ignite_options_free(options, &error));
  return 0;
}
