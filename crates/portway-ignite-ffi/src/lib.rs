//! `libignite.so`: the Apache Ignite client of `portway-ignite` behind a C interface.
//!
//! This crate is for programs in other languages, which use its header `ignite.h`; a program in
//! Rust is better served by `portway-ignite` itself. The rules that hold for every function:
//!
//! - **Results.** Each call answers an [`IgniteResult`]; its last argument is room for the text of
//!   an error, or null. Outputs are written only on [`IgniteResult::Ok`]; the length of a text that
//!   does not fit is told with [`IgniteResult::TooMany`] too.
//! - **Handles** are made by `_new` and its like and freed by `_free`. They are no pointers: one that
//!   was freed, is of another kind or is garbage is answered with
//!   [`IgniteResult::InvalidHandle`]. Handles may be freed in any order; a call that is
//!   under way in another thread comes to its end.
//! - **Signals** of the process are left to the program's threads; a client's thread blocks them.
//! - **Threads.** Any thread may call any function at any time, several at once, with these
//!   exceptions: options that one thread changes are seen by later calls of others, and a call that
//!   waits may not be made in a callback ([`IgniteResult::WrongThread`]).
//! - **Memory.** Inputs are borrowed until the call returns. Outputs of type `ignite_value` are
//!   released by `ignite_value_release`. Nothing else needs to be freed.
//! - **Panics** stop at the border and are answered with [`IgniteResult::Internal`].
//! - **Processes.** A client, and all that was opened with it, belongs to the process that made it:
//!   its thread exists there alone. In a child after `fork` its handles are answered with
//!   [`IgniteResult::InvalidHandle`], and freeing them does nothing. Any thread may fork, whatever
//!   others do meanwhile in this library.

mod article;
mod asynchronous;
mod boundary;
mod builder;
mod cache;
mod client;
mod completion;
mod completions;
mod conditional;
mod configuration;
mod cursor;
mod datum;
mod failure;
mod fork_lock;
mod handle;
mod input;
mod items;
mod lists;
mod many;
mod near;
mod numbers;
mod object;
mod options;
mod output;
mod process;
mod result;
mod runtime;
mod signals;
mod sql;
mod streamer;
mod subscription;
mod texts;
mod transaction;
mod types;
mod value;

pub use article::*;
pub use asynchronous::*;
pub use builder::*;
pub use cache::*;
pub use client::*;
pub use completion::{
    IGNITE_COMPLETION_CALL, IGNITE_COMPLETION_CREATED, IGNITE_COMPLETION_END,
    IGNITE_COMPLETION_EXPIRED, IGNITE_COMPLETION_REMOVED, IGNITE_COMPLETION_UPDATED,
    IgniteCallback, IgniteCompletion, IgniteCompletionKind, IgniteSink,
};
pub use completions::*;
pub use conditional::*;
pub use configuration::*;
pub use cursor::*;
pub use failure::{IGNITE_MESSAGE_SIZE, IgniteError};
pub use items::*;
pub use lists::*;
pub use many::*;
pub use near::*;
pub use numbers::*;
pub use object::*;
pub use options::*;
pub use result::IgniteResult;
pub use sql::*;
pub use streamer::*;
pub use subscription::*;
pub use texts::*;
pub use transaction::*;
pub use types::*;
pub use value::*;
