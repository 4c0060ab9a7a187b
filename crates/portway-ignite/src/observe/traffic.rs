//! What goes over one connection.

use std::sync::Arc;
use std::sync::atomic::Ordering;

use uuid::Uuid;

use super::counters::NodeCounters;
use super::{ClientEvent, Observer};
use crate::address::Address;
use crate::error::{Error, LossReason};

/// Counts for one connection, and adds to the node's counters once for each system call. The
/// connection counts as open until this is dropped.
pub(crate) struct Traffic {
    observer: Observer,
    counters: Arc<NodeCounters>,
    address: Address,
    node: Option<Uuid>,
    /// Requests that were queued and not added yet.
    requests: u64,
    /// Answers that came and were not added yet.
    settled: u64,
    errors: u64,
    /// Requests that were added and not settled.
    waiting: u64,
}

impl Traffic {
    pub(super) fn new(
        observer: Observer,
        counters: Arc<NodeCounters>,
        address: Address,
        node: Option<Uuid>,
    ) -> Self {
        counters.connected(node);
        Self {
            observer,
            counters,
            address,
            node,
            requests: 0,
            settled: 0,
            errors: 0,
            waiting: 0,
        }
    }

    /// So many requests were queued.
    pub(crate) fn queued(&mut self, requests: u64) {
        self.requests += requests;
    }

    /// Bytes were written.
    pub(crate) fn sent(&mut self, bytes: usize) {
        self.waiting += self.requests;
        let requests = std::mem::take(&mut self.requests);
        self.counters
            .requests
            .fetch_add(requests, Ordering::Relaxed);
        let bytes = bytes as u64;
        self.counters.bytes_sent.fetch_add(bytes, Ordering::Relaxed);
    }

    /// Bytes were read.
    pub(crate) fn received(&mut self, bytes: usize) {
        let bytes = bytes as u64;
        self.counters
            .bytes_received
            .fetch_add(bytes, Ordering::Relaxed);
    }

    /// A request was answered.
    pub(crate) fn answered(&mut self, with_error: bool) {
        self.settled += 1;
        self.errors += u64::from(with_error);
    }

    /// All that was read has been handled.
    pub(crate) fn handled(&mut self) {
        if self.settled == 0 {
            return;
        }
        let settled = std::mem::take(&mut self.settled);
        self.waiting = self.waiting.saturating_sub(settled);
        self.counters.settled.fetch_add(settled, Ordering::Relaxed);
        let errors = std::mem::take(&mut self.errors);
        if errors > 0 {
            self.counters.errors.fetch_add(errors, Ordering::Relaxed);
        }
    }

    /// The requests that were written and not answered yet.
    pub(crate) fn waiting(&self) -> u64 {
        self.waiting
    }

    /// The connection ended.
    pub(crate) fn ended(&self, error: &Error) {
        let was_lost = !matches!(
            error,
            Error::ConnectionLost {
                reason: LossReason::ClosedHere,
                ..
            }
        );
        if was_lost {
            self.counters.lost();
        }
        self.observer.tell_safely(&ClientEvent::Disconnected {
            address: &self.address,
            node: self.node,
            error,
        });
    }
}

impl Drop for Traffic {
    fn drop(&mut self) {
        self.handled();
        // Nobody answers them any more.
        let waiting = self.waiting;
        self.counters.settled.fetch_add(waiting, Ordering::Relaxed);
        self.counters.disconnected();
    }
}
