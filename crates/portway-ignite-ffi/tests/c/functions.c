// What the other programs leave out: the conditional calls, the calls for each pair of types, and
// options. Each is seen to do what its name says.
#include <poll.h>

#include "check.h"

static bool is_int32(const ignite_value *value, int32_t number) {
  return value->type == IGNITE_TYPE_INT32 && value->data.int32 == number;
}

static void conditions_are_kept(ignite_cache *cache) {
  ignite_value key = int32(1), one = int32(10), two = int32(20), old;
  bool done = true;
  OK(ignite_cache_contains_key(cache, &key, &done, &error));
  HOLDS(!done);
  OK(ignite_cache_replace(cache, &key, &one, &done, &error));
  HOLDS(!done);
  OK(ignite_cache_get_and_replace(cache, &key, &one, &old, &error));
  HOLDS(old.type == IGNITE_TYPE_NULL);
  OK(ignite_cache_contains_key(cache, &key, &done, &error));
  HOLDS(!done);
  OK(ignite_cache_get_and_put_if_absent(cache, &key, &one, &old, &error));
  HOLDS(old.type == IGNITE_TYPE_NULL);
  OK(ignite_cache_get_and_put_if_absent(cache, &key, &two, &old, &error));
  HOLDS(is_int32(&old, 10));
  OK(ignite_cache_get_and_replace(cache, &key, &two, &old, &error));
  HOLDS(is_int32(&old, 10));
  OK(ignite_cache_replace(cache, &key, &one, &done, &error));
  HOLDS(done);
  OK(ignite_cache_remove_if_equals(cache, &key, &two, &done, &error));
  HOLDS(!done);
  OK(ignite_cache_contains_key(cache, &key, &done, &error));
  HOLDS(done);
  OK(ignite_cache_remove_if_equals(cache, &key, &one, &done, &error));
  HOLDS(done);
  IS(IGNITE_RESULT_NOT_FOUND, ignite_cache_get(cache, &key, &old, &error));
}

static ignite_completion next(ignite_completions *completions) {
  ignite_completion taken;
  struct pollfd poller = {-1, POLLIN, 0};
  OK(ignite_completions_descriptor(completions, &poller.fd, &error));
  HOLDS(poll(&poller, 1, 30000) == 1);
  OK(ignite_completions_take(completions, &taken, &error));
  HOLDS(taken.result == IGNITE_RESULT_OK);
  return taken;
}

static void conditions_are_kept_by_calls_that_are_told_of_later(ignite_cache *cache) {
  ignite_value key = int32(2), one = int32(10), two = int32(20);
  ignite_completions *completions;
  ignite_completion told;
  OK(ignite_completions_new(&completions, &error));
  ignite_sink sink = {NULL, completions, NULL};
  OK(ignite_cache_replace_async(cache, &key, &one, &sink, &error));
  HOLDS(!next(completions).done);
  OK(ignite_cache_put_if_absent_async(cache, &key, &one, &sink, &error));
  HOLDS(next(completions).done);
  OK(ignite_cache_put_if_absent_async(cache, &key, &two, &sink, &error));
  HOLDS(!next(completions).done);
  OK(ignite_cache_replace_async(cache, &key, &two, &sink, &error));
  HOLDS(next(completions).done);
  OK(ignite_cache_get_and_put_async(cache, &key, &one, &sink, &error));
  told = next(completions);
  HOLDS(told.done && is_int32(&told.value, 20));
  OK(ignite_cache_get_and_remove_async(cache, &key, &sink, &error));
  told = next(completions);
  HOLDS(told.done && is_int32(&told.value, 10));
  OK(ignite_cache_remove_async(cache, &key, &sink, &error));
  HOLDS(!next(completions).done);
  OK(ignite_cache_put_async(cache, &key, &one, &sink, &error));
  next(completions);
  OK(ignite_cache_remove_async(cache, &key, &sink, &error));
  HOLDS(next(completions).done);
  OK(ignite_completions_free(completions, &error));
}

static void each_pair_of_types_has_its_calls(ignite_cache *cache) {
  int32_t small = 0;
  int64_t large = 0;
  double real = 0;
  char room[8];
  size_t length = 0;
  OK(ignite_cache_put_int32_int64(cache, 1, INT64_MIN, &error));
  OK(ignite_cache_get_int32_int64(cache, 1, &large, &error));
  HOLDS(large == INT64_MIN);
  OK(ignite_cache_put_int64_int32(cache, INT64_MAX, INT32_MIN, &error));
  OK(ignite_cache_get_int64_int32(cache, INT64_MAX, &small, &error));
  HOLDS(small == INT32_MIN);
  OK(ignite_cache_put_int64_float64(cache, -1, -0.5, &error));
  OK(ignite_cache_get_int64_float64(cache, -1, &real, &error));
  HOLDS(real == -0.5);
  IS(IGNITE_RESULT_WRONG_TYPE, ignite_cache_get_int64_int32(cache, -1, &small, &error));
  OK(ignite_cache_put_string_int32(cache, "int32", 7, &error));
  OK(ignite_cache_get_string_int32(cache, "int32", &small, &error));
  HOLDS(small == 7);
  OK(ignite_cache_put_string_int64(cache, "int64", -7, &error));
  OK(ignite_cache_get_string_int64(cache, "int64", &large, &error));
  HOLDS(large == -7);
  OK(ignite_cache_put_string_float64(cache, "float64", 0.25, &error));
  OK(ignite_cache_get_string_float64(cache, "float64", &real, &error));
  HOLDS(real == 0.25);
  OK(ignite_cache_put_string_string(cache, "", "1234567", &error));
  OK(ignite_cache_get_string_string(cache, "", room, sizeof room, &length, &error));
  HOLDS(length == 7 && strcmp(room, "1234567") == 0);
  length = 0;
  IS(IGNITE_RESULT_TOO_MANY,
     ignite_cache_get_string_string(cache, "", room, sizeof room - 1, &length, &error));
  HOLDS(length == 7 && strcmp(room, "1234567") == 0);
  IS(IGNITE_RESULT_NOT_FOUND,
     ignite_cache_get_string_string(cache, "absent", room, sizeof room, &length, &error));
}

static void arrays_and_keys_of_objects_are_made(ignite_client *client) {
  const int32_t numbers[2] = {1, -1};
  const double reals[1] = {0.5};
  ignite_value array, key, element, object, customer = int32(7);
  ignite_items *items;
  ignite_builder *builder;
  OK(ignite_array_new_int32(numbers, 2, &array, &error));
  OK(ignite_items_new(&array, &items, &error));
  OK(ignite_items_at(items, 1, &key, &element, &error));
  HOLDS(key.type == IGNITE_TYPE_NULL && is_int32(&element, -1));
  OK(ignite_items_free(items, &error));
  OK(ignite_value_release(&array));
  OK(ignite_array_new_float64(reals, 1, &array, &error));
  OK(ignite_items_new(&array, &items, &error));
  OK(ignite_items_at(items, 0, &key, &element, &error));
  HOLDS(element.type == IGNITE_TYPE_FLOAT64 && element.data.float64 == 0.5);
  OK(ignite_items_free(items, &error));
  OK(ignite_value_release(&array));

  OK(ignite_builder_new(client, "com.example.OrderKey", &builder, &error));
  OK(ignite_builder_set(builder, "customer", &customer, &error));
  OK(ignite_builder_set_affinity_key(builder, "customer", &error));
  OK(ignite_builder_build(builder, &object, &error));
  OK(ignite_value_release(&object));
  // A field that could not be told from another is refused, not lost.
  OK(ignite_builder_set(builder, "an", &customer, &error));
  OK(ignite_builder_set(builder, "c0", &customer, &error));
  IS(IGNITE_RESULT_INVALID_ARGUMENT, ignite_builder_build(builder, &object, &error));
  OK(ignite_builder_free(builder, &error));
}

static void limits_are_options(void) {
  ignite_options *options;
  OK(ignite_options_new("127.0.0.1:10800", &options, &error));
  OK(ignite_options_set_request_timeout(options, 5000, &error));
  OK(ignite_options_set_requests_in_flight(options, 16, &error));
  OK(ignite_options_free(options, &error));
  IS(IGNITE_RESULT_INVALID_HANDLE, ignite_options_set_request_timeout(options, 5000, &error));
  IS(IGNITE_RESULT_INVALID_HANDLE, ignite_options_set_requests_in_flight(options, 16, &error));
}

int main(void) {
  ignite_client *client = connected();
  ignite_cache *cache;
  OK(ignite_client_get_or_create_cache(client, "functions", &cache, &error));
  conditions_are_kept(cache);
  conditions_are_kept_by_calls_that_are_told_of_later(cache);
  each_pair_of_types_has_its_calls(cache);
  arrays_and_keys_of_objects_are_made(client);
  limits_are_options();
  OK(ignite_cache_free(cache, &error));
  OK(ignite_client_destroy_cache(client, "functions", &error));
  OK(ignite_client_free(client, &error));
  return 0;
}
