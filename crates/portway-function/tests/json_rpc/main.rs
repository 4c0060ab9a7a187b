//! JSON-RPC as callers of any kind send it: the specification's cases, and those of Genezio's clients in their mode.

#![expect(
    clippy::unwrap_used,
    reason = "a test may unwrap: its panic is the report"
)]
#![expect(
    clippy::needless_pass_by_value,
    reason = "methods own what callers send"
)]

mod desk;
mod genezio;
mod strict;
