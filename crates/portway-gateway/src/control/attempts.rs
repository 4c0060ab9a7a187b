//! How often one address may try to redeem a token.

use std::{
    collections::BTreeMap,
    net::{IpAddr, Ipv6Addr},
    time::{Duration, Instant},
};

/// Attempts that an address may make at once.
const BURST: u32 = 10;
/// How soon an address that has none left gets another one.
const REFILL: Duration = Duration::from_secs(6);
/// Addresses that are told apart at once, some 64 bytes each; all others share one account.
const MAX_ADDRESSES: usize = 8192;

/// The accounts of the addresses that tried of late.
#[derive(Debug, Default)]
pub(super) struct Attempts {
    accounts: BTreeMap<IpAddr, Account>,
    /// That of all addresses for which there is no room.
    shared: Account,
}

/// What an address has used up; it comes back with time.
#[derive(Clone, Copy, Debug, Default)]
struct Account {
    /// When nothing will be used up any more, if nothing is added.
    clear_at: Option<Instant>,
}

impl Attempts {
    /// Takes one attempt off the account of an address.
    ///
    /// Tells how long to wait where none is left; that costs nothing.
    pub(super) fn take(&mut self, address: IpAddr, now: Instant) -> Result<(), Duration> {
        let holder = holder(address);
        if !self.accounts.contains_key(&holder) && self.accounts.len() >= MAX_ADDRESSES {
            self.accounts.retain(|_, account| !account.is_clear(now));
            if self.accounts.len() >= MAX_ADDRESSES {
                return self.shared.take(now);
            }
        }
        self.accounts.entry(holder).or_default().take(now)
    }
}

impl Account {
    fn is_clear(&self, now: Instant) -> bool {
        self.clear_at.is_none_or(|clear_at| clear_at <= now)
    }

    fn take(&mut self, now: Instant) -> Result<(), Duration> {
        let base = self.clear_at.map_or(now, |clear_at| clear_at.max(now));
        let used = base + REFILL;
        let limit = now + REFILL * BURST;
        if used > limit {
            return Err(used - limit);
        }
        self.clear_at = Some(used);
        Ok(())
    }
}

/// Who holds an account: an IPv4 address, or a network of 64 bits, which one customer has to himself.
fn holder(address: IpAddr) -> IpAddr {
    match address.to_canonical() {
        IpAddr::V6(address) => {
            let network = address.to_bits() & !u128::from(u64::MAX);
            IpAddr::V6(Ipv6Addr::from_bits(network))
        }
        address => address,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn address(index: usize) -> IpAddr {
        IpAddr::from(u32::try_from(index).unwrap().to_be_bytes())
    }

    fn taken(attempts: &mut Attempts, address: IpAddr, now: Instant) -> usize {
        (0..1_000)
            .take_while(|_| attempts.take(address, now).is_ok())
            .count()
    }

    #[test]
    fn an_address_has_its_burst_and_then_one_at_a_time() {
        let (mut attempts, start) = (Attempts::default(), Instant::now());
        assert_eq!(taken(&mut attempts, address(1), start), BURST as usize);
        assert_eq!(attempts.take(address(1), start), Err(REFILL));
        assert_eq!(taken(&mut attempts, address(1), start + REFILL), 1);
        assert_eq!(taken(&mut attempts, address(2), start), BURST as usize);
    }

    #[test]
    fn an_ipv6_network_is_one_and_a_mapped_address_is_ipv4() {
        let (mut attempts, start) = (Attempts::default(), Instant::now());
        let [one, other]: [IpAddr; 2] =
            ["2001:db8::1", "2001:db8::ffff:1"].map(|text| text.parse().unwrap());
        taken(&mut attempts, one, start);
        assert!(attempts.take(other, start).is_err());
        taken(&mut attempts, "::ffff:10.0.0.1".parse().unwrap(), start);
        assert!(attempts.take("10.0.0.1".parse().unwrap(), start).is_err());
    }

    #[test]
    fn the_table_is_bounded_and_forgets_who_is_clear() {
        let (mut attempts, start) = (Attempts::default(), Instant::now());
        for index in 0..MAX_ADDRESSES {
            attempts.take(address(index), start).unwrap();
        }
        let strangers = MAX_ADDRESSES..MAX_ADDRESSES + 2 * BURST as usize;
        let let_in = strangers.filter(|index| attempts.take(address(*index), start).is_ok());
        assert_eq!(
            let_in.count(),
            BURST as usize,
            "strangers share one account"
        );
        assert_eq!(attempts.accounts.len(), MAX_ADDRESSES);
        let later = start + REFILL;
        attempts.take(address(MAX_ADDRESSES), later).unwrap();
        assert_eq!(attempts.accounts.len(), 1);
    }
}
