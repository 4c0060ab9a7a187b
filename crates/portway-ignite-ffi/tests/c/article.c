// The published interface: two functions on one cache of whole numbers.
#include "check.h"

int main(void) {
  CachePut(42, 43);
  HOLDS(CacheLastError()->result == IGNITE_RESULT_OK);
  HOLDS(CacheGet(42) == 43);
  HOLDS(CacheLastError()->result == IGNITE_RESULT_OK);
  HOLDS(CacheGet(-1) == 0);
  HOLDS(CacheLastError()->result == IGNITE_RESULT_NOT_FOUND);
  CachePut(42, -7);
  HOLDS(CacheGet(42) == -7);
  return 0;
}
