//! The addresses of the host, kept fresh while peers open flows.

use std::{
    collections::BTreeSet,
    io,
    net::IpAddr,
    time::{Duration, Instant},
};

/// How old the list may be when a flow is judged by it. Reading it costs tens of microseconds, so
/// it is not read for each flow; an address that the host was given meanwhile is closed to peers
/// this much later.
const REFRESH_INTERVAL: Duration = Duration::from_secs(2);

/// The host's addresses as of the last look.
#[derive(Debug, Default)]
pub(super) struct HostAddresses {
    addresses: BTreeSet<IpAddr>,
    read_at: Option<Instant>,
}

impl HostAddresses {
    /// The addresses, read again when they are old.
    ///
    /// # Errors
    ///
    /// Fails when the system does not tell them and none are known from before.
    pub(super) fn fresh(&mut self, now: Instant) -> io::Result<&BTreeSet<IpAddr>> {
        let age = self.read_at.map(|at| now.saturating_duration_since(at));
        if age.is_none_or(|age| age >= REFRESH_INTERVAL) {
            self.read(now)?;
        }
        Ok(&self.addresses)
    }

    fn read(&mut self, now: Instant) -> io::Result<()> {
        match getifaddrs::getifaddrs() {
            Ok(interfaces) => {
                self.addresses = interfaces
                    .filter_map(|interface| interface.address.ip_addr())
                    .collect();
                self.read_at = Some(now);
                Ok(())
            }
            Err(error) if self.read_at.is_none() => Err(error),
            Err(error) => {
                tracing::warn!(%error, "the host's addresses cannot be read; keeping the last list");
                Ok(())
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn loopback_is_among_the_addresses() {
        let mut host = HostAddresses::default();
        let addresses = host.fresh(Instant::now()).unwrap();
        assert!(addresses.contains(&IpAddr::from([127, 0, 0, 1])));
    }

    #[test]
    fn the_list_is_read_again_when_it_is_old() {
        let start = Instant::now();
        let mut host = HostAddresses::default();
        host.fresh(start).unwrap();
        host.fresh(start + REFRESH_INTERVAL / 2).unwrap();
        assert_eq!(host.read_at, Some(start));
        host.fresh(start + REFRESH_INTERVAL).unwrap();
        assert_eq!(host.read_at, Some(start + REFRESH_INTERVAL));
    }
}
