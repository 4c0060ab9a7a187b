//! One Rust service for one's own machine, for Lambda and for platforms that only take JavaScript.
#![doc = include_str!("../README.md")]

mod answer;
mod app;
mod client_address;
mod event;
#[cfg(unix)]
mod handover;
mod initialization;
pub mod json_rpc;
mod lambda;
mod panic;
mod place;
mod run;
mod server;
mod shutdown;

pub use app::{App, BoxError, IntoApp};
pub use client_address::ClientAddress;
pub use event::{Cron, Event, Message};
pub use place::{Place, PlaceError};
pub use portway_function_macros::{json_rpc, main};
pub use run::run;

/// The crates that the macros' code names, and whose types are part of this crate's interface.
pub mod reexport {
    pub use axum;
    pub use inventory;
    pub use schemars;
    pub use serde;
    pub use serde_json;

    #[cfg(feature = "client")]
    pub use reqwest;
}
