// cc sql.c -lignite && ./a.out HOST:PORT
//
// SQL: a table, rows with arguments, a query whose rows come by the page.
#include <ignite.h>
#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

static ignite_error error;

// Ends the program with the text of the error unless a call went well.
static void check(ignite_result result) {
  if (result == IGNITE_RESULT_OK) return;
  fprintf(stderr, "sql: %s (SQLSTATE %s)\n", error.message, error.sql_state);
  exit(1);
}

static ignite_value number(int64_t value) {
  return (ignite_value){.type = IGNITE_TYPE_INT64, .data = {.int64 = value}};
}

static ignite_value text(const char *value) {
  ignite_bytes bytes = {(const uint8_t *)value, strlen(value)};
  return (ignite_value){.type = IGNITE_TYPE_STRING, .data = {.bytes = bytes}};
}

static void create(ignite_client *client) {
  ignite_statement table = {
      .sql = "CREATE TABLE IF NOT EXISTS CITY_C (ID LONG PRIMARY KEY, NAME VARCHAR, PEOPLE LONG)"};
  check(ignite_client_execute(client, &table, NULL, &error));
}

static void fill(ignite_client *client) {
  static const struct {
    const char *name;
    int64_t people;
  } cities[] = {{"Berlin", 3700000}, {"Hamburg", 1900000}, {"Potsdam", 190000}};
  for (int64_t id = 0; id < 3; id++) {
    // An argument for each `?` keeps the text of the statement the same, and safe.
    ignite_value row[] = {number(id), text(cities[id].name), number(cities[id].people)};
    ignite_statement merge = {.sql = "MERGE INTO CITY_C (ID, NAME, PEOPLE) VALUES (?, ?, ?)",
                              .arguments = row,
                              .argument_count = 3};
    check(ignite_client_execute(client, &merge, NULL, &error));
  }
}

static void tell(ignite_client *client) {
  ignite_rows *rows;
  ignite_value row[2], least = number(1000000);
  ignite_result result;
  ignite_statement query = {
      .sql = "SELECT NAME, PEOPLE FROM CITY_C WHERE PEOPLE >= ? ORDER BY PEOPLE DESC",
      .arguments = &least,
      .argument_count = 1,
      .page_size = 100};
  check(ignite_client_query(client, &query, &rows, &error));
  while ((result = ignite_rows_next(rows, row, 2, &error)) == IGNITE_RESULT_OK) {
    const ignite_bytes *name = &row[0].data.bytes;
    printf("C reads %.*s: %" PRId64 "\n", (int)name->length, (const char *)name->data,
           row[1].data.int64);
    // Texts own memory; numbers do not, and releasing them does nothing.
    for (int column = 0; column < 2; column++) ignite_value_release(&row[column]);
  }
  if (result != IGNITE_RESULT_NOT_FOUND) check(result);
  check(ignite_rows_free(rows, &error));
}

int main(int count, char **arguments) {
  ignite_options *options;
  ignite_client *client;
  check(ignite_options_new(count > 1 ? arguments[1] : "127.0.0.1:10800", &options, &error));
  check(ignite_client_new(options, &client, &error));
  create(client);
  fill(client);
  tell(client);
  check(ignite_client_free(client, &error));
  check(ignite_options_free(options, &error));
  return 0;
}
