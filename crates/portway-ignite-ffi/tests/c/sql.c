// SQL: tables, arguments, rows by the page, errors with their SQLSTATE.
#include "check.h"

enum { ROWS = 300 };

static ignite_statement statement(const char *sql, const ignite_value *arguments, size_t count) {
  ignite_statement made;
  memset(&made, 0, sizeof made);
  made.sql = sql;
  made.arguments = arguments;
  made.argument_count = count;
  return made;
}

static int64_t execute(ignite_client *client, const char *sql, const ignite_value *arguments,
                       size_t count) {
  ignite_statement made = statement(sql, arguments, count);
  int64_t updated = -1;
  OK(ignite_client_execute(client, &made, &updated, &error));
  return updated;
}

static void rows_come_back_by_the_page(ignite_client *client) {
  ignite_rows *rows;
  ignite_value row[2], least = int32(ROWS / 2);
  char name[16];
  size_t columns = 0;
  int count = 0;
  execute(client, "DROP TABLE IF EXISTS C_TEST", NULL, 0);
  execute(client, "CREATE TABLE C_TEST (ID INT PRIMARY KEY, NAME VARCHAR)", NULL, 0);
  for (int number = 0; number < ROWS; number++) {
    ignite_value arguments[2] = {int32(number), text("a name")};
    HOLDS(execute(client, "INSERT INTO C_TEST (ID, NAME) VALUES (?, ?)", arguments, 2) == 1);
  }
  ignite_statement query =
      statement("SELECT ID, NAME FROM C_TEST WHERE ID >= ? ORDER BY ID", &least, 1);
  query.page_size = 7;
  OK(ignite_client_query(client, &query, &rows, &error));
  OK(ignite_rows_column_count(rows, &columns, &error));
  HOLDS(columns == 2);
  OK(ignite_rows_column_name(rows, 1, name, sizeof name, NULL, &error));
  HOLDS(strcmp(name, "NAME") == 0);
  IS(IGNITE_RESULT_INVALID_ARGUMENT, ignite_rows_next(rows, row, 1, &error));
  ignite_result result;
  while ((result = ignite_rows_next(rows, row, 2, &error)) == IGNITE_RESULT_OK) {
    HOLDS(row[0].data.int32 == ROWS / 2 + count);
    HOLDS(row[1].data.bytes.length == 6);
    OK(ignite_value_release(&row[1]));
    count += 1;
  }
  IS(IGNITE_RESULT_NOT_FOUND, result);
  HOLDS(count == ROWS - ROWS / 2);
  OK(ignite_rows_free(rows, &error));
  execute(client, "DROP TABLE C_TEST", NULL, 0);
}

static void a_wrong_statement_tells_its_state(ignite_client *client) {
  ignite_rows *rows;
  ignite_statement query = statement("SELEKT 1", NULL, 0);
  IS(IGNITE_RESULT_SERVER_ERROR, ignite_client_query(client, &query, &rows, &error));
  HOLDS(strcmp(error.sql_state, "42000") == 0);
}

int main(void) {
  ignite_client *client = connected();
  rows_come_back_by_the_page(client);
  a_wrong_statement_tells_its_state(client);
  OK(ignite_client_free(client, &error));
  return 0;
}
