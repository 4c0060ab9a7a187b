// How many threads the process has, for tests of those that the library starts.
#ifndef PROCESS_THREADS_H
#define PROCESS_THREADS_H

#include <dirent.h>
#include <time.h>

#include "check.h"

// So many times a millisecond.
enum { TURNS = 10000 };

static inline int threads(void) {
  DIR *tasks = opendir("/proc/self/task");
  int count = 0;
  HOLDS(tasks != NULL);
  for (struct dirent *task = readdir(tasks); task != NULL; task = readdir(tasks)) {
    count += task->d_name[0] != '.';
  }
  closedir(tasks);
  return count;
}

static inline void wait_for_threads(int wanted) {
  for (int turn = 0; turn < TURNS && threads() > wanted; turn++) {
    nanosleep(&(struct timespec){0, 1000000}, NULL);
  }
  HOLDS(threads() == wanted);
}

#endif
