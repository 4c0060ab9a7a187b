//! Keeps account of what each peer uses and says no at the limits. Sans-IO.

#![deny(clippy::disallowed_methods, clippy::disallowed_types)]

use std::{
    collections::{BTreeMap, BTreeSet},
    time::{Duration, Instant},
};

use super::configuration::ExitLimits;
use crate::{
    PeerId,
    stack::{connection::BufferSizes, deadlines::FlowId},
};

/// How many refusals of one peer are answered at once; more than a browser that runs into a
/// closed network makes in a moment.
const REFUSAL_BURST: u32 = 50;

/// How long it takes until one more refusal is answered: 20 a second.
const REFUSAL_INTERVAL: Duration = Duration::from_millis(50);

/// A limit is reached.
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
pub(super) struct OverLimit;

#[derive(Clone, Copy, Debug)]
enum Use {
    HalfOpen(BufferSizes),
    Open(BufferSizes),
    Udp,
}

/// What is in use, of one peer or of all.
#[derive(Clone, Copy, Debug, Default)]
struct Totals {
    connections: usize,
    half_open: usize,
    udp_flows: usize,
    memory: usize,
}

impl Totals {
    fn add(&mut self, what: Use) {
        match what {
            Use::HalfOpen(sizes) => {
                self.connections += 1;
                self.half_open += 1;
                self.memory += sizes.total();
            }
            Use::Open(sizes) => {
                self.connections += 1;
                self.memory += sizes.total();
            }
            Use::Udp => self.udp_flows += 1,
        }
    }

    fn subtract(&mut self, what: Use) {
        match what {
            Use::HalfOpen(sizes) => {
                self.connections -= 1;
                self.half_open -= 1;
                self.memory -= sizes.total();
            }
            Use::Open(sizes) => {
                self.connections -= 1;
                self.memory -= sizes.total();
            }
            Use::Udp => self.udp_flows -= 1,
        }
    }
}

#[derive(Debug, Default)]
struct Account {
    totals: Totals,
    flows: BTreeSet<FlowId>,
    refusals: Refusals,
}

/// The account of all peers.
#[derive(Debug)]
pub(super) struct Ledger {
    limits: ExitLimits,
    totals: Totals,
    accounts: BTreeMap<PeerId, Account>,
    flows: BTreeMap<FlowId, (PeerId, Use)>,
}

impl Ledger {
    pub(super) const fn new(limits: ExitLimits) -> Self {
        Self {
            limits,
            totals: Totals {
                connections: 0,
                half_open: 0,
                udp_flows: 0,
                memory: 0,
            },
            accounts: BTreeMap::new(),
            flows: BTreeMap::new(),
        }
    }

    /// Books a connection whose handshake begins, and the buffers that it gets.
    pub(super) fn begin_connection(&mut self, flow: FlowId, peer: PeerId) -> Result<(), OverLimit> {
        let limits = self.limits;
        let (all, own) = (self.totals, self.totals_of(peer));
        if all.connections >= limits.connections
            || own.connections >= limits.connections_per_peer
            || all.half_open >= limits.half_open
            || own.half_open >= limits.half_open_per_peer
        {
            return Err(OverLimit);
        }
        let sizes = self.affordable_buffers(all, own).ok_or(OverLimit)?;
        self.book(flow, peer, Use::HalfOpen(sizes));
        Ok(())
    }

    /// The buffers that were booked for a connection.
    pub(super) fn buffers(&self, flow: FlowId) -> Option<BufferSizes> {
        match self.flows.get(&flow)?.1 {
            Use::HalfOpen(sizes) | Use::Open(sizes) => Some(sizes),
            Use::Udp => None,
        }
    }

    /// Notes that the handshake of a connection is complete.
    pub(super) fn complete_connection(&mut self, flow: FlowId) {
        if let Some(&(peer, Use::HalfOpen(sizes))) = self.flows.get(&flow) {
            self.release(flow);
            self.book(flow, peer, Use::Open(sizes));
        }
    }

    /// Books a UDP flow.
    pub(super) fn begin_udp_flow(&mut self, flow: FlowId, peer: PeerId) -> Result<(), OverLimit> {
        let own = self.totals_of(peer);
        if self.totals.udp_flows >= self.limits.udp_flows
            || own.udp_flows >= self.limits.udp_flows_per_peer
        {
            return Err(OverLimit);
        }
        self.book(flow, peer, Use::Udp);
        Ok(())
    }

    /// Whose flow it is.
    pub(super) fn owner(&self, flow: FlowId) -> Option<PeerId> {
        self.flows.get(&flow).map(|&(peer, _)| peer)
    }

    /// Gives back what a flow used.
    pub(super) fn release(&mut self, flow: FlowId) {
        let Some((peer, what)) = self.flows.remove(&flow) else {
            return;
        };
        self.totals.subtract(what);
        if let Some(account) = self.accounts.get_mut(&peer) {
            account.totals.subtract(what);
            account.flows.remove(&flow);
        }
    }

    /// Closes the account of a peer and names the flows that are still booked on it; each is to
    /// be [released](Self::release).
    pub(super) fn close_account(&mut self, peer: PeerId) -> BTreeSet<FlowId> {
        let account = self.accounts.remove(&peer);
        account.map(|account| account.flows).unwrap_or_default()
    }

    /// Whether the peer is told that something of it was refused.
    pub(super) fn may_answer_refusal(&mut self, peer: PeerId, now: Instant) -> bool {
        let account = self.accounts.entry(peer).or_default();
        account.refusals.take(now)
    }

    fn book(&mut self, flow: FlowId, peer: PeerId, what: Use) {
        self.totals.add(what);
        let account = self.accounts.entry(peer).or_default();
        account.totals.add(what);
        account.flows.insert(flow);
        self.flows.insert(flow, (peer, what));
    }

    fn totals_of(&self, peer: PeerId) -> Totals {
        let account = self.accounts.get(&peer);
        account.map(|account| account.totals).unwrap_or_default()
    }

    /// Full buffers while less than half of the memory is taken, small ones after that.
    fn affordable_buffers(&self, all: Totals, own: Totals) -> Option<BufferSizes> {
        let limits = &self.limits;
        let fits = |buffer: usize, share: usize| {
            own.memory + 2 * buffer <= limits.memory_per_peer / share
                && all.memory + 2 * buffer <= limits.memory / share
        };
        let sizes = |buffer| BufferSizes {
            receive: buffer,
            send: buffer,
        };
        if fits(limits.buffer, 2) {
            Some(sizes(limits.buffer))
        } else if fits(limits.small_buffer, 1) {
            Some(sizes(limits.small_buffer))
        } else {
            None
        }
    }
}

/// A token bucket: so many at once, then one in each interval.
#[derive(Debug, Default)]
struct Refusals {
    used: u32,
    since: Option<Instant>,
}

impl Refusals {
    fn take(&mut self, now: Instant) -> bool {
        let since = *self.since.get_or_insert(now);
        let elapsed =
            now.saturating_duration_since(since).as_millis() / REFUSAL_INTERVAL.as_millis();
        let regained = u32::try_from(elapsed).unwrap_or(u32::MAX);
        if regained > 0 {
            self.used = self.used.saturating_sub(regained);
            self.since = Some(since + REFUSAL_INTERVAL * regained);
        }
        let free = self.used < REFUSAL_BURST;
        self.used += u32::from(free);
        free
    }
}

#[cfg(test)]
#[expect(
    clippy::disallowed_methods,
    reason = "any moment will do for a test to begin with"
)]
mod tests {
    use super::*;

    const PEER: PeerId = PeerId(1);
    const OTHER: PeerId = PeerId(2);

    fn ledger(change: impl FnOnce(&mut ExitLimits)) -> Ledger {
        let mut limits = ExitLimits::default();
        change(&mut limits);
        Ledger::new(limits)
    }

    #[test]
    fn a_peer_at_its_limit_does_not_stop_another() {
        let mut ledger = ledger(|limits| limits.connections_per_peer = 2);
        assert!(ledger.begin_connection(FlowId(1), PEER).is_ok());
        assert!(ledger.begin_connection(FlowId(2), PEER).is_ok());
        assert_eq!(ledger.begin_connection(FlowId(3), PEER), Err(OverLimit));
        assert!(ledger.begin_connection(FlowId(4), OTHER).is_ok());
    }

    #[test]
    fn all_peers_together_have_a_limit() {
        let mut ledger = ledger(|limits| {
            limits.connections = 1;
            limits.udp_flows = 1;
        });
        assert!(ledger.begin_connection(FlowId(1), PEER).is_ok());
        assert_eq!(ledger.begin_connection(FlowId(2), OTHER), Err(OverLimit));
        assert!(ledger.begin_udp_flow(FlowId(3), PEER).is_ok());
        assert_eq!(ledger.begin_udp_flow(FlowId(4), OTHER), Err(OverLimit));
    }

    #[test]
    fn a_complete_handshake_makes_room_for_another() {
        let mut ledger = ledger(|limits| limits.half_open_per_peer = 1);
        assert!(ledger.begin_connection(FlowId(1), PEER).is_ok());
        assert_eq!(ledger.begin_connection(FlowId(2), PEER), Err(OverLimit));
        ledger.complete_connection(FlowId(1));
        assert!(ledger.begin_connection(FlowId(2), PEER).is_ok());
    }

    #[test]
    fn what_is_released_can_be_used_again() {
        let mut ledger = ledger(|limits| limits.udp_flows_per_peer = 1);
        assert!(ledger.begin_udp_flow(FlowId(1), PEER).is_ok());
        assert_eq!(ledger.begin_udp_flow(FlowId(2), PEER), Err(OverLimit));
        ledger.release(FlowId(1));
        assert!(ledger.begin_udp_flow(FlowId(2), PEER).is_ok());
        ledger.release(FlowId(1));
        assert_eq!(ledger.begin_udp_flow(FlowId(3), PEER), Err(OverLimit));
    }

    #[test]
    fn buffers_shrink_when_memory_runs_short_and_never_exceed_it() {
        let mut ledger = ledger(|limits| {
            limits.buffer = 100;
            limits.small_buffer = 10;
            limits.memory_per_peer = 800;
            limits.half_open_per_peer = 1000;
        });
        let mut sizes = Vec::new();
        for number in 0.. {
            let flow = FlowId(number);
            if ledger.begin_connection(flow, PEER).is_err() {
                break;
            }
            sizes.push(ledger.buffers(flow).unwrap().total());
        }
        assert_eq!(sizes[..3], [200, 200, 20]);
        assert_eq!(sizes.iter().sum::<usize>(), 800);
    }

    #[test]
    fn a_closed_account_names_its_flows() {
        let mut ledger = ledger(|_| {});
        ledger.begin_connection(FlowId(1), PEER).unwrap();
        ledger.begin_udp_flow(FlowId(2), PEER).unwrap();
        ledger.begin_udp_flow(FlowId(3), OTHER).unwrap();

        let flows = ledger.close_account(PEER);
        assert_eq!(flows, BTreeSet::from([FlowId(1), FlowId(2)]));
        for flow in flows {
            ledger.release(flow);
        }
        assert_eq!(ledger.owner(FlowId(1)), None);
        assert_eq!(ledger.owner(FlowId(3)), Some(OTHER));
        assert_eq!(ledger.totals.connections, 0);
        assert_eq!(ledger.totals.udp_flows, 1);
    }

    #[test]
    fn refusals_are_answered_in_bursts_and_then_at_a_steady_rate() {
        let start = Instant::now();
        let mut ledger = ledger(|_| {});
        let answered = (0..200)
            .filter(|_| ledger.may_answer_refusal(PEER, start))
            .count();
        assert_eq!(answered, 50);
        assert!(ledger.may_answer_refusal(OTHER, start));

        let later = start + Duration::from_secs(1);
        let answered = (0..200)
            .filter(|_| ledger.may_answer_refusal(PEER, later))
            .count();
        assert_eq!(answered, 20);
    }
}
