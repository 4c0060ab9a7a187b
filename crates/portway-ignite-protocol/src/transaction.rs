//! Transactions (operations 4000 and 4001).
//!
//! ```text
//! start  concurrency u8 | isolation u8 | time-out i64 | label str or null
//! end    transaction i32 | commit bool
//! ```

use crate::codec::{code_enum, sequence};

code_enum! {
    /// When a transaction locks the entries that it touches.
    pub enum Concurrency: u8, "transaction concurrency" {
        /// When it commits, after it found that nobody changed them.
        Optimistic = 0,
        /// When it touches them.
        Pessimistic = 1,
    }
}

code_enum! {
    /// What a transaction sees of others.
    pub enum Isolation: u8, "transaction isolation" {
        /// What was committed last, each time it reads.
        ReadCommitted = 0,
        /// What was committed when it read an entry first; after that, the same again.
        RepeatableRead = 1,
        /// As if it were alone. Together with [`Concurrency::Optimistic`] a commit fails if another
        /// transaction changed what this one read.
        Serializable = 2,
    }
}

/// Starts a transaction of this connection. Answers its number, an `i32`, which operations inside
/// of it carry in their [`CacheHeader`](crate::CacheHeader).
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct StartTransaction {
    /// When entries are locked.
    pub concurrency: Concurrency,
    /// What it sees of others.
    pub isolation: Isolation,
    /// After how many milliseconds the server rolls it back; 0 for never.
    pub timeout: i64,
    /// What names it in the server's logs and views.
    pub label: Option<String>,
}

sequence!(StartTransaction {
    concurrency: Concurrency,
    isolation: Isolation,
    timeout: i64,
    label: Option<String>,
});

/// Ends a transaction. Answers `()`.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct EndTransaction {
    /// Its number.
    pub transaction: i32,
    /// Whether its changes are kept.
    pub commit: bool,
}

sequence!(EndTransaction {
    transaction: i32,
    commit: bool
});
