#define _GNU_SOURCE  // for RTLD_NEXT

// Addresses by name: they are looked up on a thread that lasts no longer than that, gets no signals
// of the process, and holds nobody up when it hangs.
#include <dlfcn.h>
#include <netdb.h>
#include <semaphore.h>
#include <signal.h>
#include <unistd.h>

#include "check.h"
#include "process_threads.h"

enum { PATIENCE_SECONDS = 120, CONNECT_MILLISECONDS = 200 };

static const char *const hanging = "hanging.example";
static sem_t answered;
static sigset_t there;

// Takes the place of the system's own: every name is that of this machine, but one has no answer.
int getaddrinfo(const char *name, const char *service, const struct addrinfo *hints,
                struct addrinfo **found) {
  int (*real)(const char *, const char *, const struct addrinfo *, struct addrinfo **);
  *(void **)&real = dlsym(RTLD_NEXT, "getaddrinfo");
  pthread_sigmask(SIG_BLOCK, NULL, &there);
  if (strcmp(name, hanging) == 0) {
    sem_wait(&answered);
    return EAI_FAIL;
  }
  return real("127.0.0.1", service, hints, found);
}

// The address that the test was told of, with a name in place of its number.
static ignite_options *named(const char *name) {
  const char *port = strrchr(getenv("IGNITE_ADDRESSES"), ':');
  char address[64];
  ignite_options *options;
  snprintf(address, sizeof address, "%s%s", name, port);
  OK(ignite_options_new(address, &options, &error));
  return options;
}

static void a_name_is_looked_up_on_a_thread_of_its_own(void) {
  ignite_options *options = named("a-name.example");
  ignite_client *client;
  OK(ignite_client_new(options, &client, &error));
  HOLDS(sigismember(&there, SIGTERM));
  wait_for_threads(2);
  OK(ignite_client_free(client, &error));
  OK(ignite_options_free(options, &error));
  HOLDS(threads() == 1);
}

static void a_look_up_that_hangs_holds_nobody_up(void) {
  ignite_options *options = named(hanging);
  ignite_client *client;
  OK(ignite_options_set_connect_timeout(options, CONNECT_MILLISECONDS, &error));
  // With the look-up waited for, this would have no end.
  IS(IGNITE_RESULT_UNREACHABLE, ignite_client_new(options, &client, &error));
  OK(ignite_options_free(options, &error));
  HOLDS(sem_post(&answered) == 0);
  wait_for_threads(1);
}

int main(void) {
  alarm(PATIENCE_SECONDS);
  HOLDS(sem_init(&answered, 0, 0) == 0);
  HOLDS(threads() == 1);
  a_name_is_looked_up_on_a_thread_of_its_own();
  a_look_up_that_hangs_holds_nobody_up();
  return 0;
}
