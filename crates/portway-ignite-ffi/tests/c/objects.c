// Binary objects, lists, maps and arrays: made, stored, read field by field.
#include "check.h"

static ignite_value person(ignite_client *client, const char *name, int32_t age) {
  ignite_builder *builder;
  ignite_value fields[2] = {text(name), int32(age)}, object, list, map, array;
  ignite_value hobbies[2] = {text("chess"), text("mathematics")};
  const int64_t years[3] = {1815, 1833, 1852};
  OK(ignite_list_new(hobbies, 2, &list, &error));
  OK(ignite_map_new(hobbies, fields, 2, &map, &error));
  OK(ignite_array_new_int64(years, 3, &array, &error));
  OK(ignite_builder_new(client, "com.example.Person", &builder, &error));
  OK(ignite_builder_set(builder, "name", &fields[0], &error));
  OK(ignite_builder_set(builder, "age", &fields[1], &error));
  OK(ignite_builder_set(builder, "hobbies", &list, &error));
  OK(ignite_builder_set(builder, "notes", &map, &error));
  OK(ignite_builder_set(builder, "years", &array, &error));
  OK(ignite_builder_build(builder, &object, &error));
  OK(ignite_builder_free(builder, &error));
  OK(ignite_value_release(&list));
  OK(ignite_value_release(&map));
  OK(ignite_value_release(&array));
  return object;
}

static void an_object_comes_back_field_by_field(ignite_client *client, ignite_cache *cache) {
  ignite_value key = int32(1), ada = person(client, "Ada", 36), back, field;
  ignite_object *object;
  char room[64];
  size_t count = 0;
  OK(ignite_cache_put(cache, &key, &ada, &error));
  OK(ignite_value_release(&ada));
  OK(ignite_cache_get(cache, &key, &back, &error));
  HOLDS(back.type == IGNITE_TYPE_RAW);
  OK(ignite_object_new(client, &back, &object, &error));
  OK(ignite_value_release(&back));

  OK(ignite_object_type_name(object, room, sizeof room, NULL, &error));
  HOLDS(strcmp(room, "com.example.Person") == 0);
  OK(ignite_object_field_count(object, &count, &error));
  HOLDS(count == 5);
  OK(ignite_object_field_name(object, 1, room, sizeof room, NULL, &error));
  HOLDS(strcmp(room, "age") == 0);
  IS(IGNITE_RESULT_INVALID_ARGUMENT,
     ignite_object_field_name(object, 5, room, sizeof room, NULL, &error));
  OK(ignite_object_field(object, "age", &field, &error));
  HOLDS(field.type == IGNITE_TYPE_INT32 && field.data.int32 == 36);
  OK(ignite_object_field(object, "absent", &field, &error));
  HOLDS(field.type == IGNITE_TYPE_NULL);
  OK(ignite_object_field(object, "name", &field, &error));
  OK(ignite_object_free(object, &error));
  // A field outlives its object.
  HOLDS(field.data.bytes.length == 3 && memcmp(field.data.bytes.data, "Ada", 3) == 0);
  OK(ignite_value_release(&field));
}

static ignite_items *opened(ignite_client *client, ignite_cache *cache, const char *name,
                            size_t expected) {
  ignite_value key = int32(1), back, field;
  ignite_object *object;
  ignite_items *items;
  size_t count = 0;
  OK(ignite_cache_get(cache, &key, &back, &error));
  OK(ignite_object_new(client, &back, &object, &error));
  OK(ignite_object_field(object, name, &field, &error));
  OK(ignite_items_new(&field, &items, &error));
  OK(ignite_items_count(items, &count, &error));
  HOLDS(count == expected);
  OK(ignite_value_release(&back));
  OK(ignite_value_release(&field));
  OK(ignite_object_free(object, &error));
  return items;
}

static void lists_maps_and_arrays_are_read_by_element(ignite_client *client, ignite_cache *cache) {
  ignite_value key, value;
  ignite_items *items = opened(client, cache, "hobbies", 2);
  OK(ignite_items_at(items, 1, &key, &value, &error));
  HOLDS(key.type == IGNITE_TYPE_NULL && value.data.bytes.length == strlen("mathematics"));
  OK(ignite_value_release(&value));
  IS(IGNITE_RESULT_INVALID_ARGUMENT, ignite_items_at(items, 2, &key, &value, &error));
  OK(ignite_items_free(items, &error));

  items = opened(client, cache, "notes", 2);
  OK(ignite_items_at(items, 1, &key, &value, &error));
  HOLDS(key.type == IGNITE_TYPE_STRING && value.data.int32 == 36);
  OK(ignite_value_release(&key));
  OK(ignite_items_free(items, &error));

  items = opened(client, cache, "years", 3);
  OK(ignite_items_at(items, 0, &key, &value, &error));
  HOLDS(value.type == IGNITE_TYPE_INT64 && value.data.int64 == 1815);
  OK(ignite_items_free(items, &error));
}

static void an_object_is_a_key_too(ignite_client *client, ignite_cache *cache) {
  ignite_value first = person(client, "Ada", 36), same = person(client, "Ada", 36), value = int32(5);
  OK(ignite_cache_put(cache, &first, &value, &error));
  OK(ignite_cache_get(cache, &same, &value, &error));
  HOLDS(value.data.int32 == 5);
  OK(ignite_value_release(&first));
  OK(ignite_value_release(&same));
}

static void what_is_no_object_is_refused(ignite_client *client) {
  ignite_value number = int32(1);
  ignite_object *object;
  ignite_items *items;
  IS(IGNITE_RESULT_WRONG_TYPE, ignite_object_new(client, &number, &object, &error));
  IS(IGNITE_RESULT_WRONG_TYPE, ignite_items_new(&number, &items, &error));
}

int main(void) {
  ignite_client *client = connected();
  ignite_cache *cache;
  OK(ignite_client_get_or_create_cache(client, "c-objects", &cache, &error));
  an_object_comes_back_field_by_field(client, cache);
  lists_maps_and_arrays_are_read_by_element(client, cache);
  an_object_is_a_key_too(client, cache);
  what_is_no_object_is_refused(client);
  OK(ignite_cache_free(cache, &error));
  OK(ignite_client_free(client, &error));
  return 0;
}
