//! A bound on what handshakes cost while many arrive: each source gets its share.

use std::{
    collections::BTreeMap,
    net::{IpAddr, Ipv6Addr},
    time::{Duration, Instant},
};

/// Handshake messages of one second that are all let through.
const CALM: u32 = 100;
/// While more arrive, a source may send this many at once ...
const BURST: u32 = 5;
/// ... and one more in this time, twenty a second.
const REFILL: Duration = Duration::from_millis(50);
/// Sources remembered. When they are all taken, an unknown source waits for the next second:
/// cookies have proven that sources are real.
const SOURCES: usize = 4096;

/// Counts handshake messages by source.
pub(crate) struct FloodGate {
    second_began: Instant,
    count: u32,
    /// Until when each source has used up its share.
    used_until: BTreeMap<IpAddr, Instant>,
}

impl FloodGate {
    pub(crate) fn new(now: Instant) -> Self {
        Self {
            second_began: now,
            count: 0,
            used_until: BTreeMap::new(),
        }
    }

    /// Whether a handshake message of this source is worth a Diffie-Hellman now.
    pub(crate) fn admit(&mut self, source: IpAddr, now: Instant) -> bool {
        if now.saturating_duration_since(self.second_began) >= Duration::from_secs(1) {
            self.second_began = now;
            self.count = 0;
            self.used_until.retain(|_, until| *until > now);
        }
        self.count = self.count.saturating_add(1);
        self.count <= CALM || self.take_share(network_of(source), now)
    }

    fn take_share(&mut self, source: IpAddr, now: Instant) -> bool {
        if self.used_until.len() >= SOURCES && !self.used_until.contains_key(&source) {
            return false;
        }
        let until = self.used_until.entry(source).or_insert(now);
        let next = (*until).max(now) + REFILL;
        let admitted = next <= now + REFILL * BURST;
        if admitted {
            *until = next;
        }
        admitted
    }
}

/// A host has all addresses of an IPv6 /64.
fn network_of(source: IpAddr) -> IpAddr {
    match source {
        IpAddr::V4(_) => source,
        IpAddr::V6(address) => {
            let network = u128::from(address) & !u128::from(u64::MAX);
            Ipv6Addr::from(network).into()
        }
    }
}

#[cfg(test)]
#[expect(clippy::disallowed_methods, reason = "a test needs some first moment")]
mod tests {
    use super::*;

    #[test]
    fn in_a_flood_each_source_gets_its_share() {
        let now = Instant::now();
        let mut gate = FloodGate::new(now);
        let loud = "192.0.2.1".parse().unwrap();
        let admitted = (0..1000).filter(|_| gate.admit(loud, now)).count();
        assert_eq!(admitted as u32, CALM + BURST);
        assert!(gate.admit("192.0.2.2".parse().unwrap(), now));
        assert!(gate.admit(loud, now + REFILL));
        assert!(!gate.admit(loud, now + REFILL));
    }

    #[test]
    fn addresses_of_one_ipv6_network_share() {
        let now = Instant::now();
        let mut gate = FloodGate::new(now);
        let addresses = (0_u16..1000).map(|host| Ipv6Addr::new(0x2001, 0xdb8, 0, 0, 0, 0, 0, host));
        let admitted = addresses
            .filter(|address| gate.admit((*address).into(), now))
            .count();
        assert_eq!(admitted as u32, CALM + BURST);
    }

    #[test]
    fn memory_is_bounded_and_a_calm_second_admits_all() {
        let now = Instant::now();
        let mut gate = FloodGate::new(now);
        for host in 0..2 * SOURCES as u32 {
            gate.admit(IpAddr::from(host.to_be_bytes()), now);
        }
        assert_eq!(gate.used_until.len(), SOURCES);
        assert!(gate.admit("192.0.2.1".parse().unwrap(), now + Duration::from_secs(1)));
        assert!(gate.used_until.is_empty());
    }
}
