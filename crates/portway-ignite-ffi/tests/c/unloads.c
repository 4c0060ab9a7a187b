// The library is loaded, used by a thread that ends, and closed while its client lives on: its code
// must stay.
#include <dlfcn.h>
#include <pthread.h>
#include <time.h>

#include "check.h"

static void *library;

static void *put(void *unused) {
  void (*cache_put)(int32_t, int32_t);
  const ignite_error *(*last_error)(void);
  *(void **)&cache_put = dlsym(library, "CachePut");
  *(void **)&last_error = dlsym(library, "CacheLastError");
  HOLDS(cache_put != NULL && last_error != NULL);
  cache_put(1, 2);
  HOLDS(last_error()->result == IGNITE_RESULT_OK);
  return unused;
}

int main(void) {
  pthread_t thread;
  library = dlopen("libignite.so", RTLD_NOW);
  HOLDS(library != NULL);
  HOLDS(pthread_create(&thread, NULL, put, NULL) == 0);
  HOLDS(pthread_join(thread, NULL) == 0);
  HOLDS(dlclose(library) == 0);
  HOLDS(dlopen("libignite.so", RTLD_NOW | RTLD_NOLOAD) != NULL);
  // The client's thread looks after its connection meanwhile.
  nanosleep(&(struct timespec){0, 100000000}, NULL);
  return 0;
}
