// Every kind of value through the general calls; every misuse answered with an error.
#include <time.h>

#include "check.h"

static void scalars_come_back(ignite_cache *cache) {
  ignite_value key = int32(1), value, back;
  memset(&value, 0, sizeof value);
  value.type = IGNITE_TYPE_FLOAT64;
  value.data.float64 = 2.5;
  OK(ignite_cache_put(cache, &key, &value, &error));
  OK(ignite_cache_get(cache, &key, &back, &error));
  HOLDS(back.type == IGNITE_TYPE_FLOAT64 && back.data.float64 == 2.5 && back.owner == NULL);
  OK(ignite_value_release(&back));

  value.type = IGNITE_TYPE_UUID;
  memcpy(value.data.uuid, "0123456789abcdef", 16);
  OK(ignite_cache_put(cache, &key, &value, &error));
  OK(ignite_cache_get(cache, &key, &back, &error));
  HOLDS(back.type == IGNITE_TYPE_UUID && memcmp(back.data.uuid, "0123456789abcdef", 16) == 0);
}

static void texts_are_owned_until_released(ignite_cache *cache) {
  ignite_value key = text("greeting"), value = text("gr\xc3\xbc\xc3\x9f dich"), back, copy;
  OK(ignite_cache_put(cache, &key, &value, &error));
  OK(ignite_cache_get(cache, &key, &back, &error));
  HOLDS(back.type == IGNITE_TYPE_STRING && back.data.bytes.length == 11);
  HOLDS(memcmp(back.data.bytes.data, "gr\xc3\xbc\xc3\x9f dich", 11) == 0);
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
  HOLDS(length == 5 && strcmp(room, "five!") == 0);
  IS(IGNITE_RESULT_TOO_MANY, ignite_cache_get_int64_string(cache, 5, room, 5, &length, &error));
  HOLDS(length == 5);
  IS(IGNITE_RESULT_WRONG_TYPE, ignite_cache_get_int64_int64(cache, 5, &number, &error));
  IS(IGNITE_RESULT_NOT_FOUND, ignite_cache_get_int64_int64(cache, 6, &number, &error));
  HOLDS(number == 7);  // outputs are written on success only
}

static void conditional_calls_say_what_they_did(ignite_cache *cache) {
  ignite_value key = int32(77), one = int32(1), two = int32(2), old;
  bool done = false;
  OK(ignite_cache_put_if_absent(cache, &key, &one, &done, &error));
  HOLDS(done);
  OK(ignite_cache_put_if_absent(cache, &key, &two, &done, &error));
  HOLDS(!done);
  OK(ignite_cache_replace_if_equals(cache, &key, &one, &two, &done, &error));
  HOLDS(done);
  OK(ignite_cache_get_and_put(cache, &key, &one, &old, &error));
  HOLDS(old.type == IGNITE_TYPE_INT32 && old.data.int32 == 2);
  OK(ignite_cache_remove(cache, &key, &done, &error));
  HOLDS(done);
  IS(IGNITE_RESULT_NOT_FOUND, ignite_cache_get_and_remove(cache, &key, &old, &error));
}

static void many_keys_travel_in_one_call(ignite_cache *cache) {
  ignite_value keys[3] = {int32(501), int32(502), int32(503)}, found, value;
  ignite_items *entries;
  size_t count = 0;
  OK(ignite_cache_put_all(cache, keys, keys, 2, &error));
  OK(ignite_cache_get_all(cache, keys, 3, &entries, &error));
  OK(ignite_items_count(entries, &count, &error));
  HOLDS(count == 2);
  OK(ignite_items_at(entries, 0, &found, &value, &error));
  HOLDS(found.data.int32 == value.data.int32);
  OK(ignite_items_free(entries, &error));
  OK(ignite_cache_remove_keys(cache, keys, 3, &error));
  IS(IGNITE_RESULT_NOT_FOUND, ignite_cache_get(cache, &keys[0], &value, &error));
}

static void entries_expire_as_their_handle_says(ignite_cache *cache) {
  ignite_cache *expiring;
  ignite_value key = int32(601), value;
  ignite_result result;
  OK(ignite_cache_with_expiry(cache, 50, IGNITE_EXPIRY_UNCHANGED, IGNITE_EXPIRY_UNCHANGED,
                              &expiring, &error));
  OK(ignite_cache_put(expiring, &key, &key, &error));
  for (int turn = 0; turn < 1000; turn++) {
    result = ignite_cache_get(cache, &key, &value, &error);
    if (result == IGNITE_RESULT_NOT_FOUND) break;
    nanosleep(&(struct timespec){0, 10000000}, NULL);
  }
  IS(IGNITE_RESULT_NOT_FOUND, result);
  OK(ignite_cache_free(expiring, &error));
  IS(IGNITE_RESULT_INVALID_ARGUMENT, ignite_cache_with_expiry(cache, -3, 0, 0, &expiring, &error));
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
  // Other languages put structures where they like.
  char *inside = (char *)&odd + 1;
  IS(IGNITE_RESULT_INVALID_ARGUMENT,
     ignite_cache_get(cache, (const ignite_value *)(void *)inside, &back, &error));
  IS(IGNITE_RESULT_INVALID_ARGUMENT,
     ignite_cache_get(cache, &key, (ignite_value *)(void *)inside, &error));
  odd.type = 4711;
  IS(IGNITE_RESULT_INVALID_ARGUMENT, ignite_cache_put(cache, &key, &odd, &error));
  odd = text("\xff\xfe");
  IS(IGNITE_RESULT_INVALID_ARGUMENT, ignite_cache_put(cache, &key, &odd, &error));
  odd.type = IGNITE_TYPE_RAW;
  IS(IGNITE_RESULT_INVALID_ARGUMENT, ignite_cache_put(cache, &key, &odd, &error));
  HOLDS(error.message[0] != 0);
}

int main(void) {
  ignite_client *client = connected();
  ignite_cache *cache;
  uint64_t size = 0;
  OK(ignite_client_get_or_create_cache(client, "c-values", &cache, &error));
  OK(ignite_cache_remove_all(cache, &error));

  scalars_come_back(cache);
  texts_are_owned_until_released(cache);
  typed_calls_agree_with_general_ones(cache);
  conditional_calls_say_what_they_did(cache);
  many_keys_travel_in_one_call(cache);
  entries_expire_as_their_handle_says(cache);
  misuse_is_an_error(client, cache);

  OK(ignite_client_free(client, &error));
  OK(ignite_cache_size(cache, &size, &error));  // the cache outlives its client's handle
  OK(ignite_cache_free(cache, &error));
  IS(IGNITE_RESULT_INVALID_HANDLE, ignite_cache_size(cache, &size, &error));
  IS(IGNITE_RESULT_INVALID_HANDLE, ignite_client_free(client, &error));
  puts("values: ok");
  return 0;
}
