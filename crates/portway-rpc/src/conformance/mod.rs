//! What every transport of calls must do: one set of checks for all of them.
//!
//! A transport under test is a [`Tried`]: it serves a [`Probe`] and makes a channel to it. A check
//! panics when a promise is not kept. What a transport does not carry does not compile here, so a
//! transport is described by the checks that its tests call: [`unary`] for all, [`streaming`] for
//! those with streams, [`served`] for those with a server that stops, [`connected`] for those with
//! a connection that can be lost.
//!
//! ```
//! use portway_rpc::conformance::{self, Probe, Running, Tried};
//! use portway_rpc::InProcess;
//!
//! struct WithinTheProcess;
//!
//! impl Tried for WithinTheProcess {
//!     const NAME: &'static str = "in-process";
//!     type Channel = InProcess<conformance::ProbeServer<Probe>>;
//!
//!     async fn start(&self, probe: Probe) -> Running<Self::Channel> {
//!         Running::within(InProcess::new(conformance::ProbeServer::new(probe)))
//!     }
//! }
//!
//! # #[tokio::main(flavor = "current_thread")]
//! # async fn main() {
//! conformance::unary::requests_are_answered(&WithinTheProcess).await;
//! # }
//! ```

pub mod connected;
mod patience;
mod proxy;
mod results;
pub mod served;
mod service;
pub mod streaming;
mod tried;
pub mod unary;

#[allow(
    missing_docs,
    clippy::derive_partial_eq_without_eq,
    reason = "made by the generator"
)]
mod generated {
    include!("../../generated/conformance/portway.conformance.rs");
}

pub use generated::{Item, Order, Probe as ProbeMethods, ProbeClient, ProbeServer, Report, probe};
pub use patience::PATIENCE;
pub(crate) use patience::soon;
pub use proxy::Proxy;
pub use results::RESULTS_VARIABLE;
pub(crate) use results::passed;
pub use service::Probe;
pub use tried::{Running, Tried, TriedOverTcp};
