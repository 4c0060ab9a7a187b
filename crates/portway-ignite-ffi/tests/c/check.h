// What the C tests share: calls that must succeed, and calls that must fail in one way.
#ifndef CHECK_H
#define CHECK_H

#include <ignite.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

static ignite_error error;

static inline void must_be(ignite_result wanted, ignite_result got, const char *file, int line) {
  if (got == wanted) return;
  fprintf(stderr, "%s:%d: result %d instead of %d: %s\n", file, line, (int)got, (int)wanted,
          error.message);
  exit(1);
}

static inline void must_hold(bool fact, const char *text, const char *file, int line) {
  if (fact) return;
  fprintf(stderr, "%s:%d: %s does not hold\n", file, line, text);
  exit(1);
}

#define IS(wanted, call) must_be((wanted), (call), __FILE__, __LINE__)
#define OK(call) IS(IGNITE_RESULT_OK, call)
#define HOLDS(fact) must_hold((fact), #fact, __FILE__, __LINE__)

static inline ignite_value text(const char *characters) {
  ignite_value value;
  memset(&value, 0, sizeof value);
  value.type = IGNITE_TYPE_STRING;
  value.data.bytes.data = (const uint8_t *)characters;
  value.data.bytes.length = strlen(characters);
  return value;
}

static inline ignite_value int32(int32_t number) {
  ignite_value value;
  memset(&value, 0, sizeof value);
  value.type = IGNITE_TYPE_INT32;
  value.data.int32 = number;
  return value;
}

// Connects to the grid that the test was told of.
static inline ignite_client *connected(void) {
  const char *addresses = getenv("IGNITE_ADDRESSES");
  ignite_options *options;
  ignite_client *client;
  OK(ignite_options_new(addresses ? addresses : "127.0.0.1:10800", &options, &error));
  OK(ignite_client_new(options, &client, &error));
  OK(ignite_options_free(options, &error));
  IS(IGNITE_RESULT_INVALID_HANDLE, ignite_options_free(options, &error));
  return client;
}

#endif
