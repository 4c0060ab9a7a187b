//! The nodes of the grid: connections to them, and which of them holds a key.
//!
//! ```text
//!  operation ──reads──► Snapshot ◄──replaces as a whole── Worker ◄──events── connections, answers
//!      └────hints (a cache, a type or a service that is not known yet)──────►┘
//! ```
//!
//! An operation never waits for knowledge: until it is there, any node serves. What to ask and
//! where to connect is decided without I/O by [`questions`], [`discovery`], [`services`] and
//! [`members`]; the worker carries it out.

mod board;
mod closing;
mod discovery;
mod events;
mod mapper;
mod mapping;
mod member;
mod members;
mod options;
mod publishing;
mod questions;
mod route;
mod seek;
mod services;
mod snapshot;
mod state;
mod tasks;
mod types;
mod worker;

pub(crate) use board::Topology;
pub use mapper::PartitionMapper;
pub(crate) use mapping::{Access, KeyTypes};
pub(crate) use options::TopologyOptions;
pub(crate) use route::Route;
pub use state::ConnectionState;
