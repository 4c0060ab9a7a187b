// Every kind of value through the general calls; every misuse answered with an error.
#include <assert.h>
#include <ignite.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

static ignite_error error;

static void must(ignite_result result, int line) {
  if (result == IGNITE_RESULT_OK) return;
  fprintf(stderr, "line %d: %d %s\n", line, (int)result, error.message);
  exit(1);
}
#define OK(call) must((call), __LINE__)
#define IS(wanted, call)                                                                        \
  do {                                                                                          \
    ignite_result got_ = (call);                                                                \
    if (got_ != (wanted)) {                                                                     \
      fprintf(stderr, "line %d: %d instead of %d: %s\n", __LINE__, (int)got_, (int)(wanted),    \
              error.message);                                                                   \
      exit(1);                                                                                  \
    }                                                                                           \
  } while (0)

static ignite_value text(const char *characters) {
  ignite_value value;
  memset(&value, 0, sizeof value);
  value.type = IGNITE_TYPE_STRING;
  value.data.bytes.data = (const uint8_t *)characters;
  value.data.bytes.length = strlen(characters);
  return value;
}

static ignite_value int32(int32_t number) {
  ignite_value value;
  memset(&value, 0, sizeof value);
  value.type = IGNITE_TYPE_INT32;
  value.data.int32 = number;
  return value;
}

static void scalars_come_back(ignite_cache *cache) {
  ignite_value key = int32(1), value, back;
  memset(&value, 0, sizeof value);
  value.type = IGNITE_TYPE_FLOAT64;
  value.data.float64 = 2.5;
  OK(ignite_cache_put(cache, &key, &value, &error));
  OK(ignite_cache_get(cache, &key, &back, &error));
  assert(back.type == IGNITE_TYPE_FLOAT64 && back.data.float64 == 2.5 && back.owner == NULL);
  OK(ignite_value_release(&back));

  value.type = IGNITE_TYPE_UUID;
  memcpy(value.data.uuid, "0123456789abcdef", 16);
  OK(ignite_cache_put(cache, &key, &value, &error));
  OK(ignite_cache_get(cache, &key, &back, &error));
  assert(back.type == IGNITE_TYPE_UUID && memcmp(back.data.uuid, "0123456789abcdef", 16) == 0);
}

static void texts_are_owned_until_released(ignite_cache *cache) {
  ignite_value key = text("greeting"), value = text("gr\xc3\xbc\xc3\x9f dich"), back, copy;
  OK(ignite_cache_put(cache, &key, &value, &error));
  OK(ignite_cache_get(cache, &key, &back, &error));
  assert(back.type == IGNITE_TYPE_STRING && back.data.bytes.length == 11);
  assert(memcmp(back.data.bytes.data, "gr\xc3\xbc\xc3\x9f dich", 11) == 0);
  copy = back;
  OK(ignite_value_release(&back));
  OK(ignite_value_release(&back));  // it is null now
  IS(IGNITE_RESULT_INVALID_HANDLE, ignite_value_release(&copy));
}

static void typed_calls_agree_with_general_ones(ignite_cache *cache) {
  char room[6];
  size_t length = 0;
  int64_t number = 7;
  OK(ignite_cache_put_int64_string(cache, 5, "five!", &error));
  OK(ignite_cache_get_int64_string(cache, 5, room, sizeof room, &length, &error));
  assert(length == 5 && strcmp(room, "five!") == 0);
  IS(IGNITE_RESULT_TOO_MANY, ignite_cache_get_int64_string(cache, 5, room, 5, &length, &error));
  assert(length == 5);
  IS(IGNITE_RESULT_WRONG_TYPE, ignite_cache_get_int64_int64(cache, 5, &number, &error));
  IS(IGNITE_RESULT_NOT_FOUND, ignite_cache_get_int64_int64(cache, 6, &number, &error));
  assert(number == 7);  // outputs are written on success only
}

static void conditional_calls_say_what_they_did(ignite_cache *cache) {
  ignite_value key = int32(77), one = int32(1), two = int32(2), old;
  bool done = false;
  OK(ignite_cache_put_if_absent(cache, &key, &one, &done, &error));
  assert(done);
  OK(ignite_cache_put_if_absent(cache, &key, &two, &done, &error));
  assert(!done);
  OK(ignite_cache_replace_if_equals(cache, &key, &one, &two, &done, &error));
  assert(done);
  OK(ignite_cache_get_and_put(cache, &key, &one, &old, &error));
  assert(old.type == IGNITE_TYPE_INT32 && old.data.int32 == 2);
  OK(ignite_cache_remove(cache, &key, &done, &error));
  assert(done);
  IS(IGNITE_RESULT_NOT_FOUND, ignite_cache_get_and_remove(cache, &key, &old, &error));
}

static void misuse_is_an_error(ignite_client *client, ignite_cache *cache) {
  ignite_value key = int32(1), back, odd = int32(1);
  uint64_t size = 0;
  int local = 0;
  IS(IGNITE_RESULT_INVALID_ARGUMENT, ignite_cache_get(cache, NULL, &back, &error));
  IS(IGNITE_RESULT_INVALID_ARGUMENT, ignite_cache_get(cache, &key, NULL, NULL));
  IS(IGNITE_RESULT_INVALID_HANDLE, ignite_cache_size(NULL, &size, &error));
  IS(IGNITE_RESULT_INVALID_HANDLE, ignite_cache_size((ignite_cache *)client, &size, &error));
  IS(IGNITE_RESULT_INVALID_HANDLE, ignite_cache_size((ignite_cache *)&local, &size, &error));
  odd.type = 4711;
  IS(IGNITE_RESULT_INVALID_ARGUMENT, ignite_cache_put(cache, &key, &odd, &error));
  odd = text("\xff\xfe");
  IS(IGNITE_RESULT_INVALID_ARGUMENT, ignite_cache_put(cache, &key, &odd, &error));
  odd.type = IGNITE_TYPE_RAW;
  IS(IGNITE_RESULT_INVALID_ARGUMENT, ignite_cache_put(cache, &key, &odd, &error));
  assert(error.message[0] != 0);
}

int main(void) {
  ignite_options *options;
  ignite_client *client;
  ignite_cache *cache;
  uint64_t size = 0;
  const char *addresses = getenv("IGNITE_ADDRESSES");
  OK(ignite_options_new(addresses ? addresses : "127.0.0.1:10800", &options, &error));
  OK(ignite_client_new(options, &client, &error));
  OK(ignite_options_free(options, &error));
  IS(IGNITE_RESULT_INVALID_HANDLE, ignite_options_free(options, &error));
  OK(ignite_client_get_or_create_cache(client, "c-values", &cache, &error));
  OK(ignite_cache_remove_all(cache, &error));

  scalars_come_back(cache);
  texts_are_owned_until_released(cache);
  typed_calls_agree_with_general_ones(cache);
  conditional_calls_say_what_they_did(cache);
  misuse_is_an_error(client, cache);

  OK(ignite_client_free(client, &error));
  OK(ignite_cache_size(cache, &size, &error));  // the cache outlives its client's handle
  OK(ignite_cache_free(cache, &error));
  IS(IGNITE_RESULT_INVALID_HANDLE, ignite_cache_size(cache, &size, &error));
  IS(IGNITE_RESULT_INVALID_HANDLE, ignite_client_free(client, &error));
  puts("values: ok");
  return 0;
}
