// Transactions: all or nothing, and over when they are over.
#include <semaphore.h>

#include "check.h"

static void a_commit_keeps_and_a_rollback_forgets(ignite_client *client, ignite_cache *cache) {
  ignite_transaction *transaction;
  ignite_cache *inside;
  ignite_value key = int32(1), one = int32(1), two = int32(2), value;
  OK(ignite_client_begin(client, NULL, &transaction, &error));
  OK(ignite_transaction_cache(transaction, cache, &inside, &error));
  OK(ignite_cache_put(inside, &key, &one, &error));
  OK(ignite_transaction_commit(transaction, &error));
  IS(IGNITE_RESULT_ENDED, ignite_transaction_commit(transaction, &error));
  HOLDS(ignite_cache_put(inside, &key, &two, &error) != IGNITE_RESULT_OK);
  OK(ignite_cache_free(inside, &error));
  OK(ignite_transaction_free(transaction, &error));
  OK(ignite_cache_get(cache, &key, &value, &error));
  HOLDS(value.data.int32 == 1);

  const ignite_transaction_options options = {
      IGNITE_CONCURRENCY_OPTIMISTIC, IGNITE_ISOLATION_SERIALIZABLE, 5000, "from C"};
  OK(ignite_client_begin(client, &options, &transaction, &error));
  OK(ignite_transaction_cache(transaction, cache, &inside, &error));
  OK(ignite_cache_put(inside, &key, &two, &error));
  OK(ignite_transaction_rollback(transaction, &error));
  OK(ignite_cache_free(inside, &error));
  OK(ignite_transaction_free(transaction, &error));
  OK(ignite_cache_get(cache, &key, &value, &error));
  HOLDS(value.data.int32 == 1);
}

struct attempt {
  ignite_transaction *transaction;
  ignite_result result;
  sem_t done;
};

static void commit(const ignite_completion *completion) {
  struct attempt *attempt = completion->user;
  attempt->result = ignite_transaction_commit(attempt->transaction, NULL);
  sem_post(&attempt->done);
}

static void a_commit_that_may_not_wait_leaves_the_transaction_open(ignite_client *client,
                                                                   ignite_cache *cache) {
  struct attempt attempt;
  ignite_value key = int32(1);
  OK(ignite_client_begin(client, NULL, &attempt.transaction, &error));
  HOLDS(sem_init(&attempt.done, 0, 0) == 0);
  ignite_sink sink = {commit, NULL, &attempt};
  OK(ignite_cache_contains_key_async(cache, &key, &sink, &error));
  sem_wait(&attempt.done);
  HOLDS(attempt.result == IGNITE_RESULT_WRONG_THREAD);
  OK(ignite_transaction_commit(attempt.transaction, &error));
  OK(ignite_transaction_free(attempt.transaction, &error));
}

static void wrong_options_are_refused(ignite_client *client) {
  ignite_transaction *transaction;
  const ignite_transaction_options options = {7, IGNITE_ISOLATION_SERIALIZABLE, 0, NULL};
  IS(IGNITE_RESULT_INVALID_ARGUMENT,
     ignite_client_begin(client, &options, &transaction, &error));
}

int main(void) {
  ignite_client *client = connected();
  ignite_cache *cache;
  ignite_cache_configuration configuration;
  memset(&configuration, 0, sizeof configuration);
  configuration.name = "c-transactions";
  configuration.is_transactional = true;
  OK(ignite_client_get_or_create_cache_with(client, &configuration, &cache, &error));
  wrong_options_are_refused(client);
  a_commit_keeps_and_a_rollback_forgets(client, cache);
  a_commit_that_may_not_wait_leaves_the_transaction_open(client, cache);
  OK(ignite_cache_free(cache, &error));
  OK(ignite_client_free(client, &error));
  return 0;
}
