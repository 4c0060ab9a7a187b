// c++ -std=c++17 hello.cpp -lignite && ./a.out HOST:PORT
#include <ignite.h>

#include <future>
#include <iostream>
#include <memory>
#include <stdexcept>
#include <string>

namespace {

// Runs a call with room for its error, and throws what went wrong.
template <typename Call>
void check(Call call) {
  ignite_error error{};
  if (call(&error) != IGNITE_RESULT_OK) throw std::runtime_error(error.message);
}

// Handles are freed where their owners end.
template <typename T, auto Free>
struct Freed {
  void operator()(T *handle) const { Free(handle, nullptr); }
};
using Options = std::unique_ptr<ignite_options, Freed<ignite_options, ignite_options_free>>;
using Client = std::unique_ptr<ignite_client, Freed<ignite_client, ignite_client_free>>;
using Cache = std::unique_ptr<ignite_cache, Freed<ignite_cache, ignite_cache_free>>;

template <typename Handle, typename Make>
Handle make(Make call) {
  typename Handle::pointer handle = nullptr;
  check([&](ignite_error *error) { return call(&handle, error); });
  return Handle(handle);
}

ignite_value text(const std::string &characters) {
  ignite_value value{};
  value.type = IGNITE_TYPE_STRING;
  value.data.bytes = {reinterpret_cast<const uint8_t *>(characters.data()), characters.size()};
  return value;
}

// Is called on the client's thread; an exception may not leave it.
void fulfil(const ignite_completion *completion) {
  auto promise = static_cast<std::promise<std::string> *>(completion->user);
  if (completion->result != IGNITE_RESULT_OK) {
    promise->set_exception(std::make_exception_ptr(std::runtime_error(completion->error.message)));
    return;
  }
  const ignite_bytes &bytes = completion->value.data.bytes;
  promise->set_value({reinterpret_cast<const char *>(bytes.data), bytes.length});
}

}  // namespace

int main(int count, char **arguments) try {
  const char *addresses = count > 1 ? arguments[1] : "127.0.0.1:10800";
  auto options = make<Options>([&](auto **handle, ignite_error *error) {
    return ignite_options_new(addresses, handle, error);
  });
  auto client = make<Client>([&](auto **handle, ignite_error *error) {
    return ignite_client_new(options.get(), handle, error);
  });
  auto cache = make<Cache>([&](auto **handle, ignite_error *error) {
    return ignite_client_get_or_create_cache(client.get(), "hello", handle, error);
  });

  const ignite_value key = text("language"), value = text("C++");
  check([&](ignite_error *error) { return ignite_cache_put(cache.get(), &key, &value, error); });

  std::promise<std::string> promise;
  const ignite_sink sink{fulfil, nullptr, &promise};
  check([&](ignite_error *error) {
    return ignite_cache_get_async(cache.get(), &key, &sink, error);
  });
  std::cout << "Hello from " << promise.get_future().get() << "\n";
} catch (const std::exception &error) {
  std::cerr << "hello: " << error.what() << "\n";
  return 1;
}
