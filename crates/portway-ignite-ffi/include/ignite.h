// The Apache Ignite client for C and for every language that can call C. See README.md for the
// rules that hold for all functions: results, handles, threads, memory.
//
// SPDX-License-Identifier: MIT OR Apache-2.0
//
// Made from the sources by cbindgen; do not edit.

#ifndef IGNITE_H
#define IGNITE_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

// The room for the text of an error, its final zero included.
#define IGNITE_MESSAGE_SIZE 1008

// Lets an entry's time be as it is.
#define IGNITE_EXPIRY_UNCHANGED -2

// Lets an entry live for ever.
#define IGNITE_EXPIRY_ETERNAL -1

// The outcome of a call. Everything but `IGNITE_RESULT_OK` leaves the outputs of the call as they
// were.
typedef enum ignite_result {
  // The call did what it says.
  IGNITE_RESULT_OK = 0,
  // The key has no value, or the cursor or stream has ended. Not a failure, but there is nothing
  // to write.
  IGNITE_RESULT_NOT_FOUND = 1,
  // An argument is null, out of its range or no UTF-8.
  IGNITE_RESULT_INVALID_ARGUMENT = 2,
  // A handle was freed before, is of another kind, is none, or belongs to the process from which
  // this one was forked.
  IGNITE_RESULT_INVALID_HANDLE = 3,
  // A call that waits was made in a callback, on the thread that everything waits for.
  IGNITE_RESULT_WRONG_THREAD = 4,
  // The configuration of a client cannot be used.
  IGNITE_RESULT_INVALID_CONFIGURATION = 5,
  // No node of the grid can be reached, or a connection was lost.
  IGNITE_RESULT_UNREACHABLE = 6,
  // The node does not accept the user, the password or the certificate.
  IGNITE_RESULT_AUTHENTICATION_REFUSED = 7,
  // The call took longer than the request time-out. A write may still be carried out.
  IGNITE_RESULT_TIMED_OUT = 8,
  // The node answered with an error: see its status in `ignite_error`.
  IGNITE_RESULT_SERVER_ERROR = 9,
  // The value in the grid is of another type than was asked for.
  IGNITE_RESULT_WRONG_TYPE = 10,
  // A limit was reached: the length of a message, or the number of open things.
  IGNITE_RESULT_TOO_MANY = 11,
  // The node is too old for what was asked for.
  IGNITE_RESULT_UNSUPPORTED = 12,
  // What was asked for is over: a transaction, a stream, a closed client.
  IGNITE_RESULT_ENDED = 13,
  // Something failed that should not. Please report it with the text of the error.
  IGNITE_RESULT_INTERNAL = 14,
} ignite_result;

// A binary object that is being put together. Any thread may use it.
typedef struct ignite_builder ignite_builder;

// A cache of a client. Any thread may use it, several at once.
//
// Calls that are made at the same time may be carried out in any order; a call that has returned
// comes before one that is made then.
typedef struct ignite_cache ignite_cache;

// A client of a grid: it keeps itself connected. Any thread may use it, several at once.
//
// It has one thread of its own, from `ignite_client_new` until it and all that was opened with it
// are freed and the calls that were begun have ended. While the name of a host is looked up, a
// further thread waits for that. The library has no others. Signals of the process are blocked
// there, which callbacks should know.
typedef struct ignite_client ignite_client;

// A queue of completions, for programs with an event loop of their own. Any thread may use it.
typedef struct ignite_completions ignite_completions;

// The entries of a cache, a page at a time. Threads that ask at once get different entries.
typedef struct ignite_cursor ignite_cursor;

// The elements of a list, an array or a map. Any thread may use it.
typedef struct ignite_items ignite_items;

// A cache of which the entries that were read are kept in this process, and dropped as soon as the
// grid tells that they have changed. Any thread may use it, several at once.
//
// After a write of this client through the near cache has returned, it reads that write or a later
// one. Writes of others are seen within the time in which the grid tells of them; while it cannot
// tell, nothing is kept and each read asks the grid.
typedef struct ignite_near ignite_near;

// A binary object whose fields can be read. Any thread may use it.
typedef struct ignite_object ignite_object;

// Options of a client. Any thread may use it; a client that has connected keeps its own copy.
typedef struct ignite_options ignite_options;

// The rows of a query, a page at a time. Threads that ask at once get different rows.
typedef struct ignite_rows ignite_rows;

// Loads entries into a cache in batches, each to the node that holds it. Any thread may use it,
// several at once.
//
// Entries are certainly stored when `ignite_streamer_flush` has answered `IGNITE_RESULT_OK`.
typedef struct ignite_streamer ignite_streamer;

// A continuous query: the changes of a cache are delivered to a sink until it is freed.
typedef struct ignite_subscription ignite_subscription;

// A transaction. Freeing it without a commit rolls it back.
//
// What `ignite_transaction_cache` gives takes part in it, everything else does not. It belongs to
// one connection, and is rolled back if that is lost. Use it from one thread at a time: the grid
// carries out its operations one after the other.
typedef struct ignite_transaction ignite_transaction;

// What went wrong. The caller provides the room, so there is nothing to free; a call writes it
// only if it fails and the pointer is not null.
typedef struct ignite_error {
  // The result that the call answered.
  enum ignite_result result;
  // The status of the node's answer with `IGNITE_RESULT_SERVER_ERROR` (such as 1000: there is no
  // such cache), else 0.
  int32_t status;
  // The SQLSTATE of a failed statement with its final zero, else an empty string.
  char sql_state[8];
  // What went wrong and what to do, in UTF-8 with a final zero. A longer text is cut.
  char message[IGNITE_MESSAGE_SIZE];
} ignite_error;

// What an `ignite_value` holds: one of the `IGNITE_TYPE_` numbers, which are Ignite's own.
typedef int32_t ignite_type;

// A time with nanoseconds.
typedef struct ignite_timestamp {
  // Milliseconds since 1970.
  int64_t milliseconds;
  // Nanoseconds within the millisecond, 0 to 999,999.
  int32_t nanoseconds;
} ignite_timestamp;

// Bytes that somebody else owns.
typedef struct ignite_bytes {
  // The first byte; may be null if there are none.
  const uint8_t *data;
  // The number of bytes.
  size_t length;
} ignite_bytes;

// The content of an `ignite_value`; its type says which member counts.
typedef union ignite_data {
  uint8_t boolean;
  int8_t int8;
  int16_t int16;
  int32_t int32;
  int64_t int64;
  float float32;
  double float64;
  uint16_t character;
  uint8_t uuid[16];
  struct ignite_timestamp timestamp;
  struct ignite_bytes bytes;
} ignite_data;

// A key or a value.
//
// As an input it borrows: bytes must stay until the call returns, and `owner` is not looked at. As
// an output it may own memory: pass it to `ignite_value_release` when it is no longer needed.
typedef struct ignite_value {
  // Which member of `data` counts.
  ignite_type type;
  // What keeps the bytes alive, or null. For `ignite_value_release` alone.
  void *owner;
  // The content.
  union ignite_data data;
} ignite_value;

// What an `ignite_completion` tells: one of the `IGNITE_COMPLETION_` numbers.
typedef int32_t ignite_completion_kind;

// The outcome of an asynchronous call, or an event of a continuous query.
typedef struct ignite_completion {
  // What the caller gave in the sink.
  void *user;
  // What is told.
  ignite_completion_kind kind;
  // How it went; all members but `user`, `kind` and `error` count only if it is
  // `IGNITE_RESULT_OK`.
  enum ignite_result result;
  // What a call answers that says whether it did something.
  bool done;
  // The key of an event.
  struct ignite_value key;
  // The value that a call answers, or that an event has set; null if there is none.
  struct ignite_value value;
  // The value before an event; null if there was none.
  struct ignite_value old;
  // What went wrong.
  struct ignite_error error;
} ignite_completion;

// Is told of completions. It is called on the client's thread, one call after the other, and holds
// up all other traffic of the client: it should be short, and may not wait for the grid. The
// values
// are there until it returns. If it throws, the process is aborted.
typedef void (*ignite_callback)(const struct ignite_completion *completion);

// Where completions go: to a callback, or to a queue. One of both must be null.
typedef struct ignite_sink {
  // Is called with each completion.
  ignite_callback callback;
  // Keeps each completion until it is taken.
  const struct ignite_completions *completions;
  // Handed back with each completion, and not looked at.
  void *user;
} ignite_sink;

// When a write is answered: one of the `IGNITE_WRITE_` numbers.
typedef int32_t ignite_write_sync;

// How a cache is made. What is zero or null is the grid's default.
typedef struct ignite_cache_configuration {
  // The cache's name.
  const char *name;
  // Whether each node holds all entries, instead of a part of them.
  bool is_replicated;
  // Whether the cache takes part in transactions.
  bool is_transactional;
  // How many further nodes hold a copy of each entry.
  uint32_t backups;
  // When a write is answered.
  ignite_write_sync write_sync;
  // The region of the servers' memory, or null.
  const char *data_region;
  // The group of caches that share partitions, or null.
  const char *group;
} ignite_cache_configuration;

// What a near cache has done.
typedef struct ignite_near_statistics {
  // Reads that were answered here.
  uint64_t hits;
  // Reads that asked the grid.
  uint64_t misses;
  // Entries that were dropped to stay within the limit.
  uint64_t evictions;
  // Entries that were dropped because they changed.
  uint64_t invalidations;
  // How often the grid could not tell of changes for a while.
  uint64_t gaps;
  // The entries that are kept now.
  size_t entries;
  // About the bytes that they take.
  size_t bytes;
} ignite_near_statistics;

// A statement and how it is carried out. What is zero or null is the default.
typedef struct ignite_statement {
  // The text, with a `?` for each argument.
  const char *sql;
  // The values of the arguments, `argument_count` of them.
  const struct ignite_value *arguments;
  // How many arguments there are.
  size_t argument_count;
  // The schema of names that have none (`PUBLIC` if null).
  const char *schema;
  // How many rows a round trip brings.
  uint32_t page_size;
  // After how many milliseconds the grid gives up.
  uint32_t timeout;
  // Whether the grid makes the rows while they are read, instead of all at once.
  bool is_lazy;
} ignite_statement;

// How a streamer works. Zero stands for the default everywhere.
typedef struct ignite_streamer_options {
  // Whether values that are there are replaced; without it they are kept, which is faster.
  bool allow_overwrite;
  // Whether a store behind the cache is left alone.
  bool skip_store;
  // How many entries go into a batch.
  size_t batch_size;
  // How many batches may be on their way to a node; then adding waits.
  size_t batches_in_flight_per_node;
  // After how many milliseconds what has been added is sent by itself.
  uint32_t flush_interval;
} ignite_streamer_options;

// How changes are told. Zero stands for the default everywhere.
typedef struct ignite_subscription_options {
  // How many changes the grid gathers before it sends them (1 unless set).
  uint32_t page_size;
  // After how many milliseconds it sends fewer; needed if the page size is more than 1.
  uint32_t interval;
  // Whether entries that expire are not told.
  bool ignore_expired;
} ignite_subscription_options;

// When a transaction locks and checks: one of the `IGNITE_CONCURRENCY_` numbers.
typedef int32_t ignite_concurrency;

// What a transaction sees of others: one of the `IGNITE_ISOLATION_` numbers.
typedef int32_t ignite_isolation;

// How a transaction is begun.
typedef struct ignite_transaction_options {
  // When it locks and checks.
  ignite_concurrency concurrency;
  // What it sees of others.
  ignite_isolation isolation;
  // After how many milliseconds the grid rolls it back; 0 for the grid's default.
  uint32_t timeout;
  // A name that the grid's own tools show, or null.
  const char *label;
} ignite_transaction_options;

// A call has ended: `result` says how, `value` and `done` are its answer.
#define IGNITE_COMPLETION_CALL 0

// An entry was created: `key`, `value`.
#define IGNITE_COMPLETION_CREATED 1

// An entry was changed: `key`, `old`, `value`.
#define IGNITE_COMPLETION_UPDATED 2

// An entry was removed: `key`, `old`.
#define IGNITE_COMPLETION_REMOVED 3

// An entry has expired: `key`, `old`.
#define IGNITE_COMPLETION_EXPIRED 4

// A continuous query has ended: `result` says why. Nothing more comes from it.
#define IGNITE_COMPLETION_END 5

// When the primary copy is written.
#define IGNITE_WRITE_PRIMARY_SYNC 0

// When the backups are written too.
#define IGNITE_WRITE_FULL_SYNC 1

// At once.
#define IGNITE_WRITE_FULL_ASYNC 2

// Locks each key when it is first used, or with read committed when it is first written.
#define IGNITE_CONCURRENCY_PESSIMISTIC 0

// Locks nothing before the commit.
#define IGNITE_CONCURRENCY_OPTIMISTIC 1

// Each read gives what was committed last.
#define IGNITE_ISOLATION_READ_COMMITTED 0

// A second read of a key gives what the first gave.
#define IGNITE_ISOLATION_REPEATABLE_READ 1

// As if one transaction ran after the other; an optimistic one fails at its commit if it did not.
#define IGNITE_ISOLATION_SERIALIZABLE 2

// One encoded value of any type, tag included: `data.bytes`. Objects, collections, maps, arrays,
// decimals and enumerations are of this kind; see `ignite_object`, `ignite_items` and
// `ignite_builder`.
#define IGNITE_TYPE_RAW 0

// Signed 8-bit number (`byte`): `data.int8`.
#define IGNITE_TYPE_INT8 1

// Signed 16-bit number (`short`): `data.int16`.
#define IGNITE_TYPE_INT16 2

// Signed 32-bit number (`int`): `data.int32`.
#define IGNITE_TYPE_INT32 3

// Signed 64-bit number (`long`): `data.int64`.
#define IGNITE_TYPE_INT64 4

// IEEE single (`float`): `data.float32`.
#define IGNITE_TYPE_FLOAT32 5

// IEEE double (`double`): `data.float64`.
#define IGNITE_TYPE_FLOAT64 6

// One UTF-16 unit (`char`): `data.character`.
#define IGNITE_TYPE_CHARACTER 7

// `boolean`: `data.boolean`, 0 or 1.
#define IGNITE_TYPE_BOOLEAN 8

// UTF-8 text (`String`), without a final zero: `data.bytes`.
#define IGNITE_TYPE_STRING 9

// UUID: `data.uuid`, its 16 bytes in the order in which they are written down.
#define IGNITE_TYPE_UUID 10

// `java.util.Date`: `data.int64`, milliseconds since 1970.
#define IGNITE_TYPE_DATE 11

// `byte[]`: `data.bytes`.
#define IGNITE_TYPE_BYTES 12

// `java.sql.Timestamp`: `data.timestamp`.
#define IGNITE_TYPE_TIMESTAMP 33

// `java.sql.Time`: `data.int64`, milliseconds of a day.
#define IGNITE_TYPE_TIME 36

// Nothing.
#define IGNITE_TYPE_NULL 101

#ifdef __cplusplus
extern "C" {
#endif // __cplusplus

// Writes a value to the cache `c` of the grid at `127.0.0.1:10800`, or at the addresses in the
// environment variable `IGNITE_ADDRESSES`. The first call connects. Any thread.
//
// If it fails, nothing is written and `CacheLastError` tells why.
void CachePut(int32_t key, int32_t value);

// Reads the value of a key from the cache `c`; see `CachePut`.
//
// Answers 0 if the key has no value or the call fails: `CacheLastError` tells them apart.
int32_t CacheGet(int32_t key);

// How the last `CachePut` or `CacheGet` of the calling thread went. Its result is
// `IGNITE_RESULT_OK`,
// `IGNITE_RESULT_NOT_FOUND` after a `CacheGet` of a key without a value, or a failure with its
// text.
//
// The memory belongs to the thread, and changes with its next call.
const struct ignite_error *CacheLastError(void);

// Begins to read the value of a key; `done` says whether it has one.
//
// # Safety
// `key` may be read, `sink` may be read and its callback called on any thread, `error` is null or
// room for an error.
enum ignite_result ignite_cache_get_async(const struct ignite_cache *cache,
                                          const struct ignite_value *key,
                                          const struct ignite_sink *sink,
                                          struct ignite_error *error);

// Begins to write a value.
//
// # Safety
// `key` and `value` may be read, `sink` may be read and its callback called on any thread, `error`
// is null or room for an error.
enum ignite_result ignite_cache_put_async(const struct ignite_cache *cache,
                                          const struct ignite_value *key,
                                          const struct ignite_value *value,
                                          const struct ignite_sink *sink,
                                          struct ignite_error *error);

// Begins to ask whether a key has a value; `done` says it.
//
// # Safety
// `key` may be read, `sink` may be read and its callback called on any thread, `error` is null or
// room for an error.
enum ignite_result ignite_cache_contains_key_async(const struct ignite_cache *cache,
                                                   const struct ignite_value *key,
                                                   const struct ignite_sink *sink,
                                                   struct ignite_error *error);

// Begins to write a value unless the key has one; `done` says whether it was written.
//
// # Safety
// `key` and `value` may be read, `sink` may be read and its callback called on any thread, `error`
// is null or room for an error.
enum ignite_result ignite_cache_put_if_absent_async(const struct ignite_cache *cache,
                                                    const struct ignite_value *key,
                                                    const struct ignite_value *value,
                                                    const struct ignite_sink *sink,
                                                    struct ignite_error *error);

// Begins to replace the value of a key that has one; `done` says whether it had.
//
// # Safety
// `key` and `value` may be read, `sink` may be read and its callback called on any thread, `error`
// is null or room for an error.
enum ignite_result ignite_cache_replace_async(const struct ignite_cache *cache,
                                              const struct ignite_value *key,
                                              const struct ignite_value *value,
                                              const struct ignite_sink *sink,
                                              struct ignite_error *error);

// Begins to remove a key; `done` says whether it had a value.
//
// # Safety
// `key` may be read, `sink` may be read and its callback called on any thread, `error` is null or
// room for an error.
enum ignite_result ignite_cache_remove_async(const struct ignite_cache *cache,
                                             const struct ignite_value *key,
                                             const struct ignite_sink *sink,
                                             struct ignite_error *error);

// Begins to write a value; `value` is the one before, `done` says whether there was one.
//
// # Safety
// `key` and `value` may be read, `sink` may be read and its callback called on any thread, `error`
// is null or room for an error.
enum ignite_result ignite_cache_get_and_put_async(const struct ignite_cache *cache,
                                                  const struct ignite_value *key,
                                                  const struct ignite_value *value,
                                                  const struct ignite_sink *sink,
                                                  struct ignite_error *error);

// Begins to remove a key; `value` was its value, `done` says whether it had one.
//
// # Safety
// `key` may be read, `sink` may be read and its callback called on any thread, `error` is null or
// room for an error.
enum ignite_result ignite_cache_get_and_remove_async(const struct ignite_cache *cache,
                                                     const struct ignite_value *key,
                                                     const struct ignite_sink *sink,
                                                     struct ignite_error *error);

// Begins an object of a type with this full name, such as `com.example.Person`.
//
// # Safety
// `type_name` is a text with a final zero, `builder` is room for a pointer, `error` is null or
// room
// for an error.
enum ignite_result ignite_builder_new(const struct ignite_client *client,
                                      const char *type_name,
                                      struct ignite_builder **builder,
                                      struct ignite_error *error);

// Sets a field. Fields keep the order in which they were set first, and their names do not tell
// upper from lower case. The value is copied; another object or a list is set as it was built.
//
// # Safety
// `name` is a text with a final zero, `value` may be read, `error` is null or room for an error.
enum ignite_result ignite_builder_set(const struct ignite_builder *builder,
                                      const char *name,
                                      const struct ignite_value *value,
                                      struct ignite_error *error);

// Names the field that decides the partition where the object is a key.
//
// # Safety
// `field` is a text with a final zero, `error` is null or room for an error.
enum ignite_result ignite_builder_set_affinity_key(const struct ignite_builder *builder,
                                                   const char *field,
                                                   struct ignite_error *error);

// Builds the object, registers its type in the grid unless that knows it, and gives the object as
// a
// key or value for any call. The builder can be changed and used again. Release `value`
// afterwards.
//
// # Safety
// `value` is room for a value, `error` is null or room for an error.
enum ignite_result ignite_builder_build(const struct ignite_builder *builder,
                                        struct ignite_value *value,
                                        struct ignite_error *error);

// Frees a builder; what it has built stays. Null is allowed.
//
// # Safety
// `error` is null or room for an error.
enum ignite_result ignite_builder_free(struct ignite_builder *builder, struct ignite_error *error);

// Frees a cache handle; the cache in the grid stays. Null is allowed.
//
// # Safety
// `error` is null or room for an error.
enum ignite_result ignite_cache_free(struct ignite_cache *cache, struct ignite_error *error);

// Writes a value.
//
// # Safety
// `key` and `value` may be read, `error` is null or room for an error.
enum ignite_result ignite_cache_put(const struct ignite_cache *cache,
                                    const struct ignite_value *key,
                                    const struct ignite_value *value,
                                    struct ignite_error *error);

// Reads the value of a key; `IGNITE_RESULT_NOT_FOUND` if it has none. Release `value` afterwards.
//
// # Safety
// `key` may be read, `value` is room for a value, `error` is null or room for an error.
enum ignite_result ignite_cache_get(const struct ignite_cache *cache,
                                    const struct ignite_value *key,
                                    struct ignite_value *value,
                                    struct ignite_error *error);

// Whether a key has a value.
//
// # Safety
// `key` may be read, `found` is room for a bool, `error` is null or room for an error.
enum ignite_result ignite_cache_contains_key(const struct ignite_cache *cache,
                                             const struct ignite_value *key,
                                             bool *found,
                                             struct ignite_error *error);

// Removes a key; `done` says whether it had a value.
//
// # Safety
// `key` may be read, `done` is room for a bool, `error` is null or room for an error.
enum ignite_result ignite_cache_remove(const struct ignite_cache *cache,
                                       const struct ignite_value *key,
                                       bool *done,
                                       struct ignite_error *error);

// The number of entries on all nodes, backups not counted.
//
// # Safety
// `size` is room for a number, `error` is null or room for an error.
enum ignite_result ignite_cache_size(const struct ignite_cache *cache,
                                     uint64_t *size,
                                     struct ignite_error *error);

// Removes all entries, without telling listeners.
//
// # Safety
// `error` is null or room for an error.
enum ignite_result ignite_cache_clear(const struct ignite_cache *cache, struct ignite_error *error);

// Removes all entries.
//
// # Safety
// `error` is null or room for an error.
enum ignite_result ignite_cache_remove_all(const struct ignite_cache *cache,
                                           struct ignite_error *error);

// Connects to the first of the addresses that answers, and starts the client's thread.
//
// # Safety
// `client` is room for a pointer, `error` is null or room for an error.
enum ignite_result ignite_client_new(const struct ignite_options *options,
                                     struct ignite_client **client,
                                     struct ignite_error *error);

// Frees a client. What was opened with it stays usable until it is freed itself. Null is allowed.
//
// Freeing the last of a client and of what was opened with it waits for the end of the client's
// thread, and so for a callback that is under way: hold no lock that a callback takes. In a
// callback itself it does not wait.
//
// # Safety
// `error` is null or room for an error.
enum ignite_result ignite_client_free(struct ignite_client *client, struct ignite_error *error);

// Opens the cache called `name`, which need not exist yet: operations on it fail until it does.
//
// # Safety
// `name` is a text with a final zero, `cache` is room for a pointer, `error` is null or room for
// an error.
enum ignite_result ignite_client_cache(const struct ignite_client *client,
                                       const char *name,
                                       struct ignite_cache **cache,
                                       struct ignite_error *error);

// Opens the cache called `name`, which the first operation that misses it makes with the grid's
// defaults. Nothing is asked before, and what outlives the cache, which a grid in memory loses with
// its last node, goes on with a new one. Operations inside of a transaction make none.
//
// # Safety
// As `ignite_client_cache`.
enum ignite_result ignite_client_cache_or_create(const struct ignite_client *client,
                                                 const char *name,
                                                 struct ignite_cache **cache,
                                                 struct ignite_error *error);

// Opens the cache called `name`, and makes it with the grid's defaults if it is not there.
//
// # Safety
// As `ignite_client_cache`.
enum ignite_result ignite_client_get_or_create_cache(const struct ignite_client *client,
                                                     const char *name,
                                                     struct ignite_cache **cache,
                                                     struct ignite_error *error);

// Removes a cache with all its entries.
//
// # Safety
// `name` is a text with a final zero, `error` is null or room for an error.
enum ignite_result ignite_client_destroy_cache(const struct ignite_client *client,
                                               const char *name,
                                               struct ignite_error *error);

// Makes a queue.
//
// # Safety
// `completions` is room for a pointer, `error` is null or room for an error.
enum ignite_result ignite_completions_new(struct ignite_completions **completions,
                                          struct ignite_error *error);

// Frees a queue and what waits in it. Calls under way come to their end, and their outcome is
// dropped; subscriptions that deliver to it end. Its descriptor is closed after that: take it out
// of
// the event loop first. Null is allowed.
//
// # Safety
// `error` is null or room for an error.
enum ignite_result ignite_completions_free(struct ignite_completions *completions,
                                           struct ignite_error *error);

// Tells the descriptor that is readable exactly while completions wait, for `poll`, `epoll`,
// `kqueue` or an event loop. It belongs to the queue: do not read from it and do not close it.
//
// # Safety
// `descriptor` is room for a number, `error` is null or room for an error.
enum ignite_result ignite_completions_descriptor(const struct ignite_completions *completions,
                                                 int32_t *descriptor,
                                                 struct ignite_error *error);

// Takes the next completion without waiting; `IGNITE_RESULT_NOT_FOUND` if there is none. Release
// its values afterwards.
//
// # Safety
// `completion` is room for one, `error` is null or room for an error.
enum ignite_result ignite_completions_take(const struct ignite_completions *completions,
                                           struct ignite_completion *completion,
                                           struct ignite_error *error);

// Writes a value unless the key has one; `done` says whether it was written.
//
// # Safety
// `key` and `value` may be read, `done` is room for a bool, `error` is null or room for an error.
enum ignite_result ignite_cache_put_if_absent(const struct ignite_cache *cache,
                                              const struct ignite_value *key,
                                              const struct ignite_value *value,
                                              bool *done,
                                              struct ignite_error *error);

// Replaces the value of a key that has one; `done` says whether it had.
//
// # Safety
// `key` and `value` may be read, `done` is room for a bool, `error` is null or room for an error.
enum ignite_result ignite_cache_replace(const struct ignite_cache *cache,
                                        const struct ignite_value *key,
                                        const struct ignite_value *value,
                                        bool *done,
                                        struct ignite_error *error);

// Removes a key if its value equals `expected`, byte for byte; `done` says whether it did.
//
// # Safety
// `key` and `expected` may be read, `done` is room for a bool, `error` is null or room for an
// error.
enum ignite_result ignite_cache_remove_if_equals(const struct ignite_cache *cache,
                                                 const struct ignite_value *key,
                                                 const struct ignite_value *expected,
                                                 bool *done,
                                                 struct ignite_error *error);

// Replaces the value of a key if it equals `expected`, byte for byte; `done` says whether it did.
//
// # Safety
// The inputs may be read, `done` is room for a bool, `error` is null or room for an error.
enum ignite_result ignite_cache_replace_if_equals(const struct ignite_cache *cache,
                                                  const struct ignite_value *key,
                                                  const struct ignite_value *expected,
                                                  const struct ignite_value *value,
                                                  bool *done,
                                                  struct ignite_error *error);

// Writes a value and answers the one before in `old`; the type of `old` is null if there was none.
// Release `old` afterwards.
//
// # Safety
// `key` and `value` may be read, `old` is room for a value, `error` is null or room for an error.
enum ignite_result ignite_cache_get_and_put(const struct ignite_cache *cache,
                                            const struct ignite_value *key,
                                            const struct ignite_value *value,
                                            struct ignite_value *old,
                                            struct ignite_error *error);

// Replaces the value of a key that has one, and answers that in `old`, whose type is null if there
// was none. Release `old` afterwards.
//
// # Safety
// `key` and `value` may be read, `old` is room for a value, `error` is null or room for an error.
enum ignite_result ignite_cache_get_and_replace(const struct ignite_cache *cache,
                                                const struct ignite_value *key,
                                                const struct ignite_value *value,
                                                struct ignite_value *old,
                                                struct ignite_error *error);

// Writes a value unless the key has one, and answers that in `old`, whose type is null if there
// was none. Release `old` afterwards.
//
// # Safety
// `key` and `value` may be read, `old` is room for a value, `error` is null or room for an error.
enum ignite_result ignite_cache_get_and_put_if_absent(const struct ignite_cache *cache,
                                                      const struct ignite_value *key,
                                                      const struct ignite_value *value,
                                                      struct ignite_value *old,
                                                      struct ignite_error *error);

// Removes a key and answers its value; `IGNITE_RESULT_NOT_FOUND` if it has none. Of several that
// ask at once, one gets the value. Release `value` afterwards.
//
// # Safety
// `key` may be read, `value` is room for a value, `error` is null or room for an error.
enum ignite_result ignite_cache_get_and_remove(const struct ignite_cache *cache,
                                               const struct ignite_value *key,
                                               struct ignite_value *value,
                                               struct ignite_error *error);

// Opens the cache that the configuration names, and makes it that way if it is not there.
//
// # Safety
// `configuration` and its texts may be read, `cache` is room for a pointer, `error` is null or
// room
// for an error.
enum ignite_result ignite_client_get_or_create_cache_with(const struct ignite_client *client,
                                                          const struct ignite_cache_configuration *configuration,
                                                          struct ignite_cache **cache,
                                                          struct ignite_error *error);

// Begins to walk over the entries of a cache, `page_size` of them a round trip (0: the default,
// 1,024). What changes meanwhile may be seen or not.
//
// # Safety
// `cursor` is room for a pointer, `error` is null or room for an error.
enum ignite_result ignite_cache_scan(const struct ignite_cache *cache,
                                     uint32_t page_size,
                                     struct ignite_cursor **cursor,
                                     struct ignite_error *error);

// Reads the next entry; `IGNITE_RESULT_NOT_FOUND` after the last one. Release `key` and `value`
// afterwards.
//
// # Safety
// `key` and `value` are room for values, `error` is null or room for an error.
enum ignite_result ignite_cursor_next(const struct ignite_cursor *cursor,
                                      struct ignite_value *key,
                                      struct ignite_value *value,
                                      struct ignite_error *error);

// Frees a cursor, in the grid too. Null is allowed.
//
// # Safety
// `error` is null or room for an error.
enum ignite_result ignite_cursor_free(struct ignite_cursor *cursor, struct ignite_error *error);

// Opens a list, an array or a map, such as a field of an object. The value may be released then.
//
// # Safety
// `value` may be read, `items` is room for a pointer, `error` is null or room for an error.
enum ignite_result ignite_items_new(const struct ignite_value *value,
                                    struct ignite_items **items,
                                    struct ignite_error *error);

// Tells how many elements there are.
//
// # Safety
// `count` is room for a number, `error` is null or room for an error.
enum ignite_result ignite_items_count(const struct ignite_items *items,
                                      size_t *count,
                                      struct ignite_error *error);

// Gives the element at `index` without copying it; `key` is null but in maps. Release `key` and
// `value` afterwards; they may outlive the items.
//
// # Safety
// `key` and `value` are room for values, `error` is null or room for an error.
enum ignite_result ignite_items_at(const struct ignite_items *items,
                                   size_t index,
                                   struct ignite_value *key,
                                   struct ignite_value *value,
                                   struct ignite_error *error);

// Frees items; the elements that were given stay. Null is allowed.
//
// # Safety
// `error` is null or room for an error.
enum ignite_result ignite_items_free(struct ignite_items *items, struct ignite_error *error);

// Makes a list (a Java `ArrayList`) of `count` elements. Release `list` afterwards.
//
// # Safety
// `elements` points to `count` values that may be read, `list` is room for a value, `error` is
// null
// or room for an error.
enum ignite_result ignite_list_new(const struct ignite_value *elements,
                                   size_t count,
                                   struct ignite_value *list,
                                   struct ignite_error *error);

// Makes a map (a Java `LinkedHashMap`) of `count` entries, in this order. Release `map`
// afterwards.
//
// # Safety
// `keys` and `values` each point to `count` values that may be read, `map` is room for a value,
// `error` is null or room for an error.
enum ignite_result ignite_map_new(const struct ignite_value *keys,
                                  const struct ignite_value *values,
                                  size_t count,
                                  struct ignite_value *map,
                                  struct ignite_error *error);

// Makes an array (`int[]`) of `count` numbers. Release `array` afterwards.
//
// # Safety
// `numbers` points to `count` numbers, `array` is room for a value, `error` is null or room for an
// error.
enum ignite_result ignite_array_new_int32(const int32_t *numbers,
                                          size_t count,
                                          struct ignite_value *array,
                                          struct ignite_error *error);

// Makes an array (`long[]`) of `count` numbers. Release `array` afterwards.
//
// # Safety
// `numbers` points to `count` numbers, `array` is room for a value, `error` is null or room for an
// error.
enum ignite_result ignite_array_new_int64(const int64_t *numbers,
                                          size_t count,
                                          struct ignite_value *array,
                                          struct ignite_error *error);

// Makes an array (`double[]`) of `count` numbers. Release `array` afterwards.
//
// # Safety
// `numbers` points to `count` numbers, `array` is room for a value, `error` is null or room for an
// error.
enum ignite_result ignite_array_new_float64(const double *numbers,
                                            size_t count,
                                            struct ignite_value *array,
                                            struct ignite_error *error);

// Writes several entries in one request.
//
// # Safety
// `keys` and `values` each point to `count` values that may be read, `error` is null or room for
// an
// error.
enum ignite_result ignite_cache_put_all(const struct ignite_cache *cache,
                                        const struct ignite_value *keys,
                                        const struct ignite_value *values,
                                        size_t count,
                                        struct ignite_error *error);

// Reads the entries of several keys in one request; keys without a value are left out. Free
// `entries` afterwards.
//
// # Safety
// `keys` points to `count` values that may be read, `entries` is room for a pointer, `error` is
// null
// or room for an error.
enum ignite_result ignite_cache_get_all(const struct ignite_cache *cache,
                                        const struct ignite_value *keys,
                                        size_t count,
                                        struct ignite_items **entries,
                                        struct ignite_error *error);

// Removes several keys in one request.
//
// # Safety
// `keys` points to `count` values that may be read, `error` is null or room for an error.
enum ignite_result ignite_cache_remove_keys(const struct ignite_cache *cache,
                                            const struct ignite_value *keys,
                                            size_t count,
                                            struct ignite_error *error);

// Opens the same cache with calls that give entries this much time, in milliseconds or one of the
// `IGNITE_EXPIRY_` numbers, when they are created, when they are changed and when they are read.
// Free it as any cache.
//
// # Safety
// `expiring` is room for a pointer, `error` is null or room for an error.
enum ignite_result ignite_cache_with_expiry(const struct ignite_cache *cache,
                                            int64_t created,
                                            int64_t updated,
                                            int64_t accessed,
                                            struct ignite_cache **expiring,
                                            struct ignite_error *error);

// Begins to keep the used part of a cache, up to `max_entries` entries and `max_bytes` bytes; 0 is
// the default, or no limit of that kind if the other is set. An entry that was read more than
// `max_age` milliseconds ago is read anew; 0 is no limit.
//
// A cache that reads from backups, or that notices expired entries only when they are touched,
// weakens what is promised here: it is refused unless `accept_weak` is set.
//
// # Safety
// `near_cache` is room for a pointer, `error` is null or room for an error.
enum ignite_result ignite_cache_near(const struct ignite_cache *cache,
                                     size_t max_entries,
                                     size_t max_bytes,
                                     uint64_t max_age,
                                     bool accept_weak,
                                     struct ignite_near **near_cache,
                                     struct ignite_error *error);

// Reads the value of a key, here if it is kept; `IGNITE_RESULT_NOT_FOUND` if it has none. Release
// `value` afterwards.
//
// # Safety
// `key` may be read, `value` is room for a value, `error` is null or room for an error.
enum ignite_result ignite_near_get(const struct ignite_near *near_cache,
                                   const struct ignite_value *key,
                                   struct ignite_value *value,
                                   struct ignite_error *error);

// Writes a value to the grid.
//
// # Safety
// `key` and `value` may be read, `error` is null or room for an error.
enum ignite_result ignite_near_put(const struct ignite_near *near_cache,
                                   const struct ignite_value *key,
                                   const struct ignite_value *value,
                                   struct ignite_error *error);

// Removes a key from the grid; `done` says whether it had a value.
//
// # Safety
// `key` may be read, `done` is room for a bool, `error` is null or room for an error.
enum ignite_result ignite_near_remove(const struct ignite_near *near_cache,
                                      const struct ignite_value *key,
                                      bool *done,
                                      struct ignite_error *error);

// Tells what a near cache has done so far.
//
// # Safety
// `statistics` is room for them, `error` is null or room for an error.
enum ignite_result ignite_near_read_statistics(const struct ignite_near *near_cache,
                                               struct ignite_near_statistics *statistics,
                                               struct ignite_error *error);

// Frees a near cache and what it keeps. Null is allowed.
//
// # Safety
// `error` is null or room for an error.
enum ignite_result ignite_near_free(struct ignite_near *near_cache, struct ignite_error *error);

// Writes a value of type `int` under a key of type `int`.
//
// # Safety
// `error` is null or room for an error.
enum ignite_result ignite_cache_put_int32_int32(const struct ignite_cache *cache,
                                                int32_t key,
                                                int32_t value,
                                                struct ignite_error *error);

// Reads a value of type `int` under a key of type `int`; `IGNITE_RESULT_NOT_FOUND` if there is
// none.
//
// # Safety
// `value` is room for a number, `error` is null or room for an error.
enum ignite_result ignite_cache_get_int32_int32(const struct ignite_cache *cache,
                                                int32_t key,
                                                int32_t *value,
                                                struct ignite_error *error);

// Writes a value of type `long` under a key of type `int`.
//
// # Safety
// `error` is null or room for an error.
enum ignite_result ignite_cache_put_int32_int64(const struct ignite_cache *cache,
                                                int32_t key,
                                                int64_t value,
                                                struct ignite_error *error);

// Reads a value of type `long` under a key of type `int`; `IGNITE_RESULT_NOT_FOUND` if there is
// none.
//
// # Safety
// `value` is room for a number, `error` is null or room for an error.
enum ignite_result ignite_cache_get_int32_int64(const struct ignite_cache *cache,
                                                int32_t key,
                                                int64_t *value,
                                                struct ignite_error *error);

// Writes a value of type `int` under a key of type `long`.
//
// # Safety
// `error` is null or room for an error.
enum ignite_result ignite_cache_put_int64_int32(const struct ignite_cache *cache,
                                                int64_t key,
                                                int32_t value,
                                                struct ignite_error *error);

// Reads a value of type `int` under a key of type `long`; `IGNITE_RESULT_NOT_FOUND` if there is
// none.
//
// # Safety
// `value` is room for a number, `error` is null or room for an error.
enum ignite_result ignite_cache_get_int64_int32(const struct ignite_cache *cache,
                                                int64_t key,
                                                int32_t *value,
                                                struct ignite_error *error);

// Writes a value of type `long` under a key of type `long`.
//
// # Safety
// `error` is null or room for an error.
enum ignite_result ignite_cache_put_int64_int64(const struct ignite_cache *cache,
                                                int64_t key,
                                                int64_t value,
                                                struct ignite_error *error);

// Reads a value of type `long` under a key of type `long`; `IGNITE_RESULT_NOT_FOUND` if there is
// none.
//
// # Safety
// `value` is room for a number, `error` is null or room for an error.
enum ignite_result ignite_cache_get_int64_int64(const struct ignite_cache *cache,
                                                int64_t key,
                                                int64_t *value,
                                                struct ignite_error *error);

// Writes a value of type `double` under a key of type `long`.
//
// # Safety
// `error` is null or room for an error.
enum ignite_result ignite_cache_put_int64_float64(const struct ignite_cache *cache,
                                                  int64_t key,
                                                  double value,
                                                  struct ignite_error *error);

// Reads a value of type `double` under a key of type `long`; `IGNITE_RESULT_NOT_FOUND` if there is
// none.
//
// # Safety
// `value` is room for a number, `error` is null or room for an error.
enum ignite_result ignite_cache_get_int64_float64(const struct ignite_cache *cache,
                                                  int64_t key,
                                                  double *value,
                                                  struct ignite_error *error);

// Opens an object, such as a value of type `IGNITE_TYPE_RAW` that came from a cache; fetches its
// type if that is not known yet. The value may be released then.
//
// # Safety
// `value` may be read, `object` is room for a pointer, `error` is null or room for an error.
enum ignite_result ignite_object_new(const struct ignite_client *client,
                                     const struct ignite_value *value,
                                     struct ignite_object **object,
                                     struct ignite_error *error);

// Copies the full name of the object's type into `room`, as `ignite_cache_get_string_string` does;
// `IGNITE_RESULT_NOT_FOUND` if it is not known.
//
// # Safety
// `room` is room for `size` bytes, `length` and `error` are null or room for their types.
enum ignite_result ignite_object_type_name(const struct ignite_object *object,
                                           char *room,
                                           size_t size,
                                           size_t *length,
                                           struct ignite_error *error);

// Reads a field without copying it; its type is null if it is absent or null. Release `value`
// afterwards; it may outlive the object.
//
// # Safety
// `name` is a text with a final zero, `value` is room for a value, `error` is null or room for an
// error.
enum ignite_result ignite_object_field(const struct ignite_object *object,
                                       const char *name,
                                       struct ignite_value *value,
                                       struct ignite_error *error);

// Tells the number of fields that were written, nulls included.
//
// # Safety
// `count` is room for a number, `error` is null or room for an error.
enum ignite_result ignite_object_field_count(const struct ignite_object *object,
                                             size_t *count,
                                             struct ignite_error *error);

// Copies the name of the field at `index` into `room`, as `ignite_cache_get_string_string` does.
//
// # Safety
// `room` is room for `size` bytes, `length` and `error` are null or room for their types.
enum ignite_result ignite_object_field_name(const struct ignite_object *object,
                                            size_t index,
                                            char *room,
                                            size_t size,
                                            size_t *length,
                                            struct ignite_error *error);

// Frees an object; the fields that were read stay. Null is allowed.
//
// # Safety
// `error` is null or room for an error.
enum ignite_result ignite_object_free(struct ignite_object *object, struct ignite_error *error);

// Makes options for the grid at `addresses`: `HOST:PORT`, `[V6]:PORT` or `unix:PATH`, with commas
// between several.
//
// # Safety
// `addresses` is a text with a final zero, `options` and `error` are room for their types.
enum ignite_result ignite_options_new(const char *addresses,
                                      struct ignite_options **options,
                                      struct ignite_error *error);

// Frees options. Null is allowed.
//
// # Safety
// `error` is null or room for an error.
enum ignite_result ignite_options_free(struct ignite_options *options, struct ignite_error *error);

// Sets user and password. They are sent in the handshake and shown nowhere.
//
// # Safety
// `user` and `password` are texts with a final zero, `error` is null or room for an error.
enum ignite_result ignite_options_set_credentials(struct ignite_options *options,
                                                  const char *user,
                                                  const char *password,
                                                  struct ignite_error *error);

// Sets how long a connection may take, in milliseconds (5,000 unless set).
//
// # Safety
// `error` is null or room for an error.
enum ignite_result ignite_options_set_connect_timeout(struct ignite_options *options,
                                                      uint32_t milliseconds,
                                                      struct ignite_error *error);

// Sets how long an operation may take, repetitions and the wait for a connection included, in
// milliseconds (10,000 unless set).
//
// # Safety
// `error` is null or room for an error.
enum ignite_result ignite_options_set_request_timeout(struct ignite_options *options,
                                                      uint32_t milliseconds,
                                                      struct ignite_error *error);

// Sets how many requests of one connection may wait for their answers at once; a further call
// waits for room.
//
// # Safety
// `error` is null or room for an error.
enum ignite_result ignite_options_set_requests_in_flight(struct ignite_options *options,
                                                         size_t limit,
                                                         struct ignite_error *error);

// Speaks TLS with the nodes. All texts are paths of PEM files and may be null, but `server_name`,
// which is the name that all nodes' certificates must have (null: the host of each address).
// Without `authorities` the authorities of the system are trusted. `certificate` and `key` are
// this client's own, for nodes that ask for one. The files are read when the client connects.
//
// # Safety
// The texts are null or have a final zero, `error` is null or room for an error.
enum ignite_result ignite_options_set_tls(struct ignite_options *options,
                                          const char *authorities,
                                          const char *certificate,
                                          const char *key,
                                          const char *server_name,
                                          struct ignite_error *error);

// Runs a query.
//
// # Safety
// `statement` and what it points to may be read, `rows` is room for a pointer, `error` is null or
// room for an error.
enum ignite_result ignite_client_query(const struct ignite_client *client,
                                       const struct ignite_statement *statement,
                                       struct ignite_rows **rows,
                                       struct ignite_error *error);

// Runs a statement that changes rows or tables. `updated` tells how many rows were changed, and is
// 0 for statements that change none; it may be null.
//
// # Safety
// `statement` and what it points to may be read, `updated` and `error` are null or room for their
// types.
enum ignite_result ignite_client_execute(const struct ignite_client *client,
                                         const struct ignite_statement *statement,
                                         int64_t *updated,
                                         struct ignite_error *error);

// Tells the number of columns.
//
// # Safety
// `count` is room for a number, `error` is null or room for an error.
enum ignite_result ignite_rows_column_count(const struct ignite_rows *rows,
                                            size_t *count,
                                            struct ignite_error *error);

// Copies the name of a column into `room`, as `ignite_cache_get_string_string` does.
//
// # Safety
// `room` is room for `size` bytes, `length` and `error` are null or room for their types.
enum ignite_result ignite_rows_column_name(const struct ignite_rows *rows,
                                           size_t index,
                                           char *room,
                                           size_t size,
                                           size_t *length,
                                           struct ignite_error *error);

// Reads the next row: a value for each column is written to `values`, which has room for `size` of
// them; `IGNITE_RESULT_NOT_FOUND` after the last row. Release each value afterwards.
//
// # Safety
// `values` is room for `size` values, `error` is null or room for an error.
enum ignite_result ignite_rows_next(const struct ignite_rows *rows,
                                    struct ignite_value *values,
                                    size_t size,
                                    struct ignite_error *error);

// Frees rows, in the grid too. Null is allowed.
//
// # Safety
// `error` is null or room for an error.
enum ignite_result ignite_rows_free(struct ignite_rows *rows, struct ignite_error *error);

// Makes a streamer. Without options (null) it has the defaults.
//
// # Safety
// `options` is null or may be read, `streamer` is room for a pointer, `error` is null or room for
// an error.
enum ignite_result ignite_cache_streamer(const struct ignite_cache *cache,
                                         const struct ignite_streamer_options *options,
                                         struct ignite_streamer **streamer,
                                         struct ignite_error *error);

// Adds an entry. Waits only while too many batches are on their way.
//
// It may tell that entries which were added before are lost, and has not added this one then; see
// `ignite_streamer_take_lost`. While
// 65,536 of them were not taken back it is refused with `IGNITE_RESULT_TOO_MANY`.
//
// # Safety
// `key` and `value` may be read, `error` is null or room for an error.
enum ignite_result ignite_streamer_add(const struct ignite_streamer *streamer,
                                       const struct ignite_value *key,
                                       const struct ignite_value *value,
                                       struct ignite_error *error);

// Adds the removal of a key.
//
// # Safety
// `key` may be read, `error` is null or room for an error.
enum ignite_result ignite_streamer_remove(const struct ignite_streamer *streamer,
                                          const struct ignite_value *key,
                                          struct ignite_error *error);

// Sends what has been added, and waits until all of it is stored.
//
// # Safety
// `error` is null or room for an error.
enum ignite_result ignite_streamer_flush(const struct ignite_streamer *streamer,
                                         struct ignite_error *error);

// Takes one entry back that could not be stored, the one that was lost first, to add it again or
// to tell someone;
// `IGNITE_RESULT_NOT_FOUND` when there is none. A null value says that it was a removal. Release
// `key` and `value` afterwards.
//
// After a lost connection or a time-out such an entry may be stored nevertheless.
//
// # Safety
// `key` and `value` are room for values, `error` is null or room for an error.
enum ignite_result ignite_streamer_take_lost(const struct ignite_streamer *streamer,
                                             struct ignite_value *key,
                                             struct ignite_value *value,
                                             struct ignite_error *error);

// Frees a streamer. What was added since the last flush may be lost: flush first. Null is allowed.
//
// # Safety
// `error` is null or room for an error.
enum ignite_result ignite_streamer_free(struct ignite_streamer *streamer,
                                        struct ignite_error *error);

// Asks to be told of the changes of a cache. Without options (null) each change is told at once,
// those by expiry too.
//
// The first events may be delivered before this returns. The events of one key come in order. If
// the connection is lost, or the sink is too slow, the
// last thing that is delivered is an `IGNITE_COMPLETION_END` with the reason: subscribe again, and
// read what may have been missed.
//
// # Safety
// `options` is null or may be read, `sink` may be read and its callback called on any thread,
// `subscription` is room for a pointer, `error` is null or room for an error.
enum ignite_result ignite_cache_subscribe(const struct ignite_cache *cache,
                                          const struct ignite_subscription_options *options,
                                          const struct ignite_sink *sink,
                                          struct ignite_subscription **subscription,
                                          struct ignite_error *error);

// Ends a subscription: no callback of it begins after this. When it returns none is under way
// either, unless it is called in a callback, which must not wait: the callback itself is under way
// then, or one of another client may be. Null is allowed.
//
// # Safety
// `error` is null or room for an error.
enum ignite_result ignite_subscription_free(struct ignite_subscription *subscription,
                                            struct ignite_error *error);

// Writes a value of type `String` under a key of type `long`.
//
// # Safety
// `value` is a text with a final zero, `error` is null or room for an error.
enum ignite_result ignite_cache_put_int64_string(const struct ignite_cache *cache,
                                                 int64_t key,
                                                 const char *value,
                                                 struct ignite_error *error);

// Copies a value of type `String` under a key of type `long` into `text`, with a final zero;
// `IGNITE_RESULT_NOT_FOUND` if there is none.
//
// `length` is set to its length in bytes without the zero, also when the answer is
// `IGNITE_RESULT_TOO_MANY`, which says that `size` is not enough room for it.
//
// # Safety
// `text` is room for `size` bytes, `length` and `error` are null or room for their types.
enum ignite_result ignite_cache_get_int64_string(const struct ignite_cache *cache,
                                                 int64_t key,
                                                 char *text,
                                                 size_t size,
                                                 size_t *length,
                                                 struct ignite_error *error);

// Writes a value of type `int` under a key of type `String`.
//
// # Safety
// `key` is a text with a final zero, `error` is null or room for an error.
enum ignite_result ignite_cache_put_string_int32(const struct ignite_cache *cache,
                                                 const char *key,
                                                 int32_t value,
                                                 struct ignite_error *error);

// Reads a value of type `int` under a key of type `String`; `IGNITE_RESULT_NOT_FOUND` if there is
// none.
//
// # Safety
// `key` is a text with a final zero, `value` is room for a number, `error` is null or room for an
// error.
enum ignite_result ignite_cache_get_string_int32(const struct ignite_cache *cache,
                                                 const char *key,
                                                 int32_t *value,
                                                 struct ignite_error *error);

// Writes a value of type `long` under a key of type `String`.
//
// # Safety
// `key` is a text with a final zero, `error` is null or room for an error.
enum ignite_result ignite_cache_put_string_int64(const struct ignite_cache *cache,
                                                 const char *key,
                                                 int64_t value,
                                                 struct ignite_error *error);

// Reads a value of type `long` under a key of type `String`; `IGNITE_RESULT_NOT_FOUND` if there is
// none.
//
// # Safety
// `key` is a text with a final zero, `value` is room for a number, `error` is null or room for an
// error.
enum ignite_result ignite_cache_get_string_int64(const struct ignite_cache *cache,
                                                 const char *key,
                                                 int64_t *value,
                                                 struct ignite_error *error);

// Writes a value of type `double` under a key of type `String`.
//
// # Safety
// `key` is a text with a final zero, `error` is null or room for an error.
enum ignite_result ignite_cache_put_string_float64(const struct ignite_cache *cache,
                                                   const char *key,
                                                   double value,
                                                   struct ignite_error *error);

// Reads a value of type `double` under a key of type `String`; `IGNITE_RESULT_NOT_FOUND` if there
// is none.
//
// # Safety
// `key` is a text with a final zero, `value` is room for a number, `error` is null or room for an
// error.
enum ignite_result ignite_cache_get_string_float64(const struct ignite_cache *cache,
                                                   const char *key,
                                                   double *value,
                                                   struct ignite_error *error);

// Writes a value of type `String` under a key of type `String`.
//
// # Safety
// `key` and `value` are texts with a final zero, `error` is null or room for an error.
enum ignite_result ignite_cache_put_string_string(const struct ignite_cache *cache,
                                                  const char *key,
                                                  const char *value,
                                                  struct ignite_error *error);

// Copies a value of type `String` under a key of type `String` into `text`, with a final zero;
// `IGNITE_RESULT_NOT_FOUND` if there is none.
//
// `length` is set to its length in bytes without the zero, also when the answer is
// `IGNITE_RESULT_TOO_MANY`, which says that `size` is not enough room for it.
//
// # Safety
// `key` is a text with a final zero, `text` is room for `size` bytes, `length` and `error` are
// null or room for their types.
enum ignite_result ignite_cache_get_string_string(const struct ignite_cache *cache,
                                                  const char *key,
                                                  char *text,
                                                  size_t size,
                                                  size_t *length,
                                                  struct ignite_error *error);

// Begins a transaction. Without options (null) it is pessimistic with repeatable reads.
//
// # Safety
// `options` is null or may be read, `transaction` is room for a pointer, `error` is null or room
// for an error.
enum ignite_result ignite_client_begin(const struct ignite_client *client,
                                       const struct ignite_transaction_options *options,
                                       struct ignite_transaction **transaction,
                                       struct ignite_error *error);

// Opens a cache within a transaction: its calls take part in it. It must be transactional. Free it
// as any cache; after the end of the transaction its calls fail.
//
// # Safety
// `inside` is room for a pointer, `error` is null or room for an error.
enum ignite_result ignite_transaction_cache(const struct ignite_transaction *transaction,
                                            const struct ignite_cache *cache,
                                            struct ignite_cache **inside,
                                            struct ignite_error *error);

// Keeps what the transaction wrote, and ends it. After `IGNITE_RESULT_UNREACHABLE` or
// `IGNITE_RESULT_TIMED_OUT` it may have been committed or not, but not in part.
//
// # Safety
// `error` is null or room for an error.
enum ignite_result ignite_transaction_commit(const struct ignite_transaction *transaction,
                                             struct ignite_error *error);

// Forgets what the transaction wrote, and ends it.
//
// # Safety
// `error` is null or room for an error.
enum ignite_result ignite_transaction_rollback(const struct ignite_transaction *transaction,
                                               struct ignite_error *error);

// Frees a transaction, and rolls it back if it has not ended. Null is allowed.
//
// # Safety
// `error` is null or room for an error.
enum ignite_result ignite_transaction_free(struct ignite_transaction *transaction,
                                           struct ignite_error *error);

// Frees what an output owns and makes it null. A second release of the same structure does
// nothing; the release of a copy is answered with `IGNITE_RESULT_INVALID_HANDLE`. Any thread.
//
// # Safety
// `value` is null or points to a value that a call of this library has written.
enum ignite_result ignite_value_release(struct ignite_value *value);

#ifdef __cplusplus
}  // extern "C"
#endif  // __cplusplus

#endif  /* IGNITE_H */
