// TLS with a client certificate, and a password: what is right is let in, what is wrong is told.
// IGNITE_TLS names the folder with the certificates.
#include "check.h"

static char room[3][512];

static const char *file(int place, const char *name) {
  snprintf(room[place], sizeof room[place], "%s/%s", getenv("IGNITE_TLS"), name);
  return room[place];
}

static ignite_result connects(const char *certificate, const char *key, const char *password,
                              ignite_client **client) {
  ignite_options *options;
  OK(ignite_options_new(getenv("IGNITE_ADDRESSES"), &options, &error));
  OK(ignite_options_set_tls(options, file(0, "ca.pem"), file(1, certificate), file(2, key), NULL,
                            &error));
  OK(ignite_options_set_credentials(options, "ignite", password, &error));
  ignite_result result = ignite_client_new(options, client, &error);
  OK(ignite_options_free(options, NULL));
  return result;
}

int main(void) {
  ignite_client *client;
  ignite_cache *cache;
  int64_t number = 0;
  OK(connects("client.pem", "client.key", "ignite", &client));
  OK(ignite_client_get_or_create_cache(client, "c-secured", &cache, &error));
  OK(ignite_cache_put_int64_int64(cache, 1, 2, &error));
  OK(ignite_cache_get_int64_int64(cache, 1, &number, &error));
  HOLDS(number == 2);
  OK(ignite_client_destroy_cache(client, "c-secured", &error));
  OK(ignite_cache_free(cache, &error));
  OK(ignite_client_free(client, &error));

  IS(IGNITE_RESULT_AUTHENTICATION_REFUSED,
     connects("client.pem", "client.key", "wrong", &client));
  HOLDS(connects("stranger.pem", "stranger.key", "ignite", &client) != IGNITE_RESULT_OK);
  HOLDS(strstr(error.message, "certificate") != NULL);
  IS(IGNITE_RESULT_INVALID_CONFIGURATION,
     connects("no-such-file.pem", "client.key", "ignite", &client));
  return 0;
}
