//! One node among the members: its addresses, its connections, its pauses. Without I/O.

use tokio::time::Instant;
use uuid::Uuid;

use crate::address::Address;
use crate::reconnect::{Backoff, ReconnectPolicy};

use super::members::Opened;

/// A node, or an address behind which there may be one.
#[derive(Debug)]
pub(super) struct Member {
    /// Known once there was a connection, or from the grid's own list.
    pub(super) node: Option<Uuid>,
    /// Each is as good as the others.
    pub(super) addresses: Vec<Address>,
    next_address: usize,
    /// The address of the last connection.
    pub(super) reached: Option<Address>,
    pub(super) live: Vec<Live>,
    pub(super) dialing: usize,
    backoff: Backoff,
    not_before: Instant,
    pub(super) standing: Standing,
}

#[derive(Debug)]
pub(super) struct Live {
    serial: u64,
    since: Instant,
}

/// Why a member is one.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Standing {
    /// Its address is in the configuration, or an address finder found it.
    Named,
    /// The grid told of it.
    Discovered,
    /// Nothing tells of it any more: its connections are used until they end.
    Leaving,
}

impl Member {
    /// A member without addresses, to which no connection is opened before `not_before`.
    pub(super) fn new(standing: Standing, policy: ReconnectPolicy, not_before: Instant) -> Self {
        Self {
            node: None,
            addresses: Vec::new(),
            next_address: 0,
            reached: None,
            live: Vec::new(),
            dialing: 0,
            backoff: Backoff::new(policy),
            not_before,
            standing,
        }
    }

    /// Whether nothing tells of it any more and nothing is left of it.
    pub(super) fn is_gone(&self) -> bool {
        self.standing == Standing::Leaving && self.dialing == 0 && self.live.is_empty()
    }

    /// Adds addresses to those that are known.
    pub(super) fn know(&mut self, addresses: &[Address]) {
        for address in addresses {
            if !self.addresses.contains(address) {
                self.addresses.push(address.clone());
            }
        }
    }

    /// When a connection is to be opened; `None` while there are enough.
    pub(super) fn due(&self, per_node: usize) -> Option<Instant> {
        let wanted = self.standing != Standing::Leaving && !self.addresses.is_empty();
        (wanted && self.live.len() + self.dialing < per_node).then_some(self.not_before)
    }

    /// The address to try now.
    pub(super) fn dial(&mut self) -> Option<Address> {
        let address = self
            .addresses
            .get(self.next_address % self.addresses.len().max(1))?;
        self.dialing += 1;
        Some(address.clone())
    }

    /// Notes that an attempt ended, well or not.
    pub(super) fn dial_ended(&mut self) {
        self.dialing = self.dialing.saturating_sub(1);
    }

    /// Notes a connection.
    pub(super) fn opened(&mut self, opened: &Opened, now: Instant) {
        self.node = opened.node.or(self.node);
        self.know(std::slice::from_ref(&opened.address));
        // What worked is tried first the next time.
        self.next_address = self
            .addresses
            .iter()
            .position(|address| *address == opened.address)
            .unwrap_or(0);
        self.reached = Some(opened.address.clone());
        let serial = opened.serial;
        self.live.push(Live { serial, since: now });
    }

    /// The next address is tried at once, and the first one again after a pause.
    pub(super) fn failed(&mut self, now: Instant) {
        self.next_address += 1;
        if self.next_address >= self.addresses.len() {
            self.next_address = 0;
            self.not_before = now + self.backoff.pause();
        }
    }

    /// Notes that a connection ended, if it is one of its own.
    pub(super) fn lost(&mut self, serial: u64, now: Instant) {
        let Some(place) = self.live.iter().position(|live| live.serial == serial) else {
            return;
        };
        let live = self.live.swap_remove(place);
        self.backoff.lived(now - live.since);
        self.not_before = now + self.backoff.pause();
    }
}
