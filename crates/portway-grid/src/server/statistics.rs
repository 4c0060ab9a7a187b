//! Numbers for an operator.

use std::sync::atomic::{AtomicU64, Ordering};

/// What a grid has done since it was opened, and what it holds now.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
#[non_exhaustive]
pub struct GridStatistics {
    /// Connections now, after their handshake.
    pub connections: u64,
    /// Sockets accepted.
    pub accepted_connections: u64,
    /// Sockets closed at once because of [`Limits::connections`](crate::Limits::connections).
    pub refused_connections: u64,
    /// Handshakes refused or not completed, wrong passwords among them.
    pub refused_handshakes: u64,
    /// Connections closed because a message could not be understood.
    pub malformed_messages: u64,
    /// Requests answered.
    pub requests: u64,
    /// Requests answered with an error.
    pub failed_requests: u64,
    /// Notifications queued for listeners.
    pub notifications: u64,
    /// Connections closed because they did not take their notifications.
    pub slow_listeners: u64,
    /// Times the journal was brought to the disk, or was tried to.
    pub journal_syncs: u64,
    /// Caches now.
    pub caches: u64,
    /// Entries now, in all caches; some may have expired a moment ago.
    pub entries: u64,
    /// Bytes of everything stored, as [`Limits::stored_bytes`](crate::Limits::stored_bytes) counts.
    pub stored_bytes: u64,
}

/// Counts of what happened.
#[derive(Debug, Default)]
pub(super) struct Counters {
    accepted_connections: AtomicU64,
    refused_connections: AtomicU64,
    refused_handshakes: AtomicU64,
    malformed_messages: AtomicU64,
    requests: AtomicU64,
    failed_requests: AtomicU64,
    notifications: AtomicU64,
    slow_listeners: AtomicU64,
}

impl Counters {
    pub(super) fn count_accepted(&self) {
        increment(&self.accepted_connections);
    }

    pub(super) fn count_refused_connection(&self) {
        increment(&self.refused_connections);
    }

    pub(super) fn count_refused_handshake(&self) {
        increment(&self.refused_handshakes);
    }

    pub(super) fn count_malformed(&self) {
        increment(&self.malformed_messages);
    }

    pub(super) fn count_request(&self, failed: bool) {
        increment(&self.requests);
        if failed {
            increment(&self.failed_requests);
        }
    }

    pub(super) fn count_notification(&self) {
        increment(&self.notifications);
    }

    pub(super) fn count_slow_listener(&self) {
        increment(&self.slow_listeners);
    }

    pub(super) fn snapshot(&self) -> GridStatistics {
        let read = |counter: &AtomicU64| counter.load(Ordering::Relaxed);
        GridStatistics {
            accepted_connections: read(&self.accepted_connections),
            refused_connections: read(&self.refused_connections),
            refused_handshakes: read(&self.refused_handshakes),
            malformed_messages: read(&self.malformed_messages),
            requests: read(&self.requests),
            failed_requests: read(&self.failed_requests),
            notifications: read(&self.notifications),
            slow_listeners: read(&self.slow_listeners),
            ..GridStatistics::default()
        }
    }
}

fn increment(counter: &AtomicU64) {
    counter.fetch_add(1, Ordering::Relaxed);
}
