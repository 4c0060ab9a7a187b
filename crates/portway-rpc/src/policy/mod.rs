//! What calls need on every transport: repetition within a budget, limits, balancing, observation.
//!
//! On the side of a client each is a channel around a channel, in any order that makes sense:
//!
//! ```
//! use portway_rpc::policy::{
//!     Balance, BalanceOptions, Limit, LimitOptions, Limiter, Observe, Observer, Retry, RetryOptions,
//! };
//! use portway_rpc::{FramedChannel, FramedOptions, Status, Target};
//!
//! # fn channel() -> Result<(), Status> {
//! let servers = ["10.0.0.1:7000", "10.0.0.2:7000"];
//! let channels: Result<Vec<_>, Status> = servers
//!     .map(|server| {
//!         let target = Target::Tcp(server.to_owned());
//!         Ok((server, FramedChannel::lazy(target, FramedOptions::new())?))
//!     })
//!     .into_iter()
//!     .collect();
//! let channel = Balance::of(channels?, BalanceOptions::new());
//! let channel = Retry::new(channel, RetryOptions::new());
//! let channel = Limit::new(channel, Limiter::new(LimitOptions::new(100).queue(1000)));
//! let channel = Observe::new(channel, Observer::new());
//! # Ok(())
//! # }
//! ```
//!
//! On the side of a server a [`Limiter`] and an [`Observer`] are [`Intercept`](crate::Intercept)ors:
//! `Intercepted::new(service, Limiter::new(LimitOptions::new(100).queue(200)))`.

mod backoff;
mod balance;
mod budget;
#[cfg(any(feature = "metrics", feature = "opentelemetry"))]
mod classes;
mod endpoint;
mod kept;
mod limit;
mod limiter;
#[cfg(feature = "metrics")]
mod metrics;
mod observe;
mod random;
mod retry;
#[cfg_attr(not(feature = "opentelemetry"), path = "no_telemetry.rs")]
mod telemetry;

pub use backoff::Backoff;
pub use balance::{Balance, BalanceOptions, Change};
pub use budget::RetryBudget;
pub use limit::Limit;
pub use limiter::{LimitOptions, Limiter};
#[cfg(feature = "metrics")]
pub use metrics::CallMetrics;
pub use observe::{Observe, Observer};
pub use retry::{Retry, RetryOptions};
#[cfg(feature = "opentelemetry")]
pub use telemetry::OpenTelemetry;
