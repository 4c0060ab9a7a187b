//! What the clients under measurement have in common: how they are called, what they report.
//!
//! A client is a program `bench-client-NAME LINE SECONDS ADDRESS...`: it carries out one line of the
//! comparison for about so many seconds after a warm-up, and prints one [`Outcome`] as JSON.

mod grid;
mod pace;
mod turn;

pub use grid::{
    CACHE, ENTRIES, IN_FLIGHT, KEYS, NUMBERS, PAGE, POINT_QUERY, QUERY, ROWS, STREAMED_CACHE,
    TRANSACTIONAL_CACHE, VALUE,
};
pub use pace::{OneAtATime, Passes, Stopwatch, thread_time};
pub use turn::{Outcome, Turn, client, print};
