//! What all clients find on the grid, and how much they ask of it. The clients in other languages
//! repeat these values.

use std::num::NonZeroU32;

/// The cache of most lines.
pub const CACHE: &str = "portway-bench";
/// The cache of the line `transaction`.
pub const TRANSACTIONAL_CACHE: &str = "portway-bench-transactional";
/// The cache of the line `streamer`, new for each pass.
pub const STREAMED_CACHE: &str = "portway-bench-streamed";
/// The cache of the line `c-interface`, whose values are 64-bit numbers.
pub const NUMBERS: &str = "portway-bench-numbers";
/// Keys are 64-bit numbers below this.
pub const KEYS: i64 = 10_000;
/// Every value is this text.
pub const VALUE: &str = "thirty-two bytes, as a token has";
/// Requests in flight in the lines `put`, `get` and `nodes`.
pub const IN_FLIGHT: usize = 1024;

/// What the line `sql` asks: three columns (`BIGINT`, `VARCHAR`, `DOUBLE`) of all rows.
pub const QUERY: &str = "SELECT id, name, amount FROM portway_bench";
/// The same of one row.
pub const POINT_QUERY: &str = "SELECT id, name, amount FROM portway_bench WHERE id = ?";
/// The rows of that table.
pub const ROWS: usize = 1_000;
/// Rows a page, for all clients: the whole answer in one.
pub const PAGE: NonZeroU32 = NonZeroU32::new(1_024).unwrap();

/// Entries in a pass of the line `streamer`.
pub const ENTRIES: i64 = 200_000;
