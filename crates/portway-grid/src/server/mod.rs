//! Sockets, clock and tasks around the engine.

mod accept;
mod connection;
mod core;
mod durability;
mod first_reads;
mod functions;
mod grid;
mod group;
mod kept_requests;
mod listener;
mod long_queries;
mod outbox;
mod pacing;
mod parking;
mod shared;
mod snapshots;
mod statistics;
#[cfg(feature = "tls")]
mod tls;
mod transport;
mod users;
mod vigil;
mod writing;

pub use grid::Grid;
pub use listener::{ListenAddress, Listener};
pub use statistics::GridStatistics;
#[cfg(feature = "tls")]
pub use tls::{ListenerTls, ListenerTlsError};
pub use users::UserError;

use std::sync::{Mutex, MutexGuard, PoisonError};

use tokio::sync::watch;

/// Locks; what a panicking holder left behind is whole, because a change is applied only after all
/// that can fail.
fn lock<T>(mutex: &Mutex<T>) -> MutexGuard<'_, T> {
    mutex.lock().unwrap_or_else(PoisonError::into_inner)
}

/// Waits until the grid shuts down.
///
/// # Cancel safety
/// Can be cancelled and repeated.
async fn shut_down(signal: &mut watch::Receiver<bool>) {
    // An error means that the sender is gone, and with it the grid.
    let _ = signal.wait_for(|is_down| *is_down).await;
}
