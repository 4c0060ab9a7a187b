// A callback that throws ends the process, and not only the thread that everyone waits for.
#include <ignite.h>

#include <cstdio>
#include <cstdlib>
#include <stdexcept>
#include <unistd.h>

static void throws(const ignite_completion *) { throw std::runtime_error("not caught"); }

int main() {
  ignite_options *options = nullptr;
  ignite_client *client = nullptr;
  ignite_cache *cache = nullptr;
  ignite_error error;
  ignite_value key{};
  key.type = IGNITE_TYPE_INT32;
  const ignite_sink sink{throws, nullptr, nullptr};
  if (ignite_options_new(std::getenv("IGNITE_ADDRESSES"), &options, &error) != IGNITE_RESULT_OK ||
      ignite_client_new(options, &client, &error) != IGNITE_RESULT_OK ||
      ignite_client_get_or_create_cache(client, "c-throws", &cache, &error) != IGNITE_RESULT_OK ||
      ignite_cache_get_async(cache, &key, &sink, &error) != IGNITE_RESULT_OK) {
    std::fprintf(stderr, "%s\n", error.message);
    return 1;
  }
  // Longer than the answer takes; the end of this sleep would be a failure of the test.
  sleep(30);
  return 1;
}
