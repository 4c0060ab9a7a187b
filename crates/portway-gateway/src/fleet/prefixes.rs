//! The prefixes of one peer, as text and checked.

use std::{collections::HashSet, fmt, str::FromStr};

use ipnet::IpNet;

/// A peer with more prefixes is a router that should announce an aggregate; the bound keeps a
/// row below 8 kB.
pub const MAX_PREFIXES: usize = 256;

/// Why a list of prefixes is refused.
#[derive(Clone, Debug, Eq, PartialEq, thiserror::Error)]
#[non_exhaustive]
pub enum PrefixesError {
    /// The text is no address with a prefix length.
    #[error("{0:?} is no prefix; write it like 10.20.0.0/16 or fd00::/64")]
    NotAPrefix(String),
    /// There are bits beyond the prefix length.
    #[error("{given} has bits beyond its length; did you mean {meant}?")]
    HostBits {
        /// As it was written.
        given: IpNet,
        /// Without those bits.
        meant: IpNet,
    },
    /// One prefix stands twice in the list.
    #[error("{0} stands twice in the list")]
    Twice(IpNet),
    /// The list is too long.
    #[error("a peer has at most {MAX_PREFIXES} prefixes")]
    TooMany,
}

/// The prefixes that a peer may use as source and that are routed to it: at most
/// [`MAX_PREFIXES`], none twice, no bits beyond their length.
#[derive(Clone, Debug, Default, Eq, PartialEq)]
pub struct Prefixes(Vec<IpNet>);

impl Prefixes {
    /// Takes a list as it is.
    ///
    /// # Errors
    ///
    /// Fails when the list is too long, has a prefix twice or one with host bits.
    pub fn new(prefixes: Vec<IpNet>) -> Result<Self, PrefixesError> {
        if prefixes.len() > MAX_PREFIXES {
            return Err(PrefixesError::TooMany);
        }
        let mut seen = HashSet::with_capacity(prefixes.len());
        for prefix in &prefixes {
            if *prefix != prefix.trunc() {
                return Err(PrefixesError::HostBits {
                    given: *prefix,
                    meant: prefix.trunc(),
                });
            }
            if !seen.insert(prefix) {
                return Err(PrefixesError::Twice(*prefix));
            }
        }
        Ok(Self(prefixes))
    }

    /// The prefixes in their order.
    #[must_use]
    pub fn as_slice(&self) -> &[IpNet] {
        &self.0
    }

    /// Whether the very same prefix is in the list.
    #[must_use]
    pub fn contains(&self, prefix: &IpNet) -> bool {
        self.0.contains(prefix)
    }

    /// The list without what `dropped` has.
    #[must_use]
    pub(super) fn without(&self, dropped: &[IpNet]) -> Self {
        Self(
            self.0
                .iter()
                .filter(|prefix| !dropped.contains(prefix))
                .copied()
                .collect(),
        )
    }
}

/// As `wg show` prints them.
impl fmt::Display for Prefixes {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        for (index, prefix) in self.0.iter().enumerate() {
            let separator = if index == 0 { "" } else { ", " };
            write!(formatter, "{separator}{prefix}")?;
        }
        Ok(())
    }
}

/// Reads what `Display` writes; an address alone is a prefix of its full length.
impl FromStr for Prefixes {
    type Err = PrefixesError;

    fn from_str(text: &str) -> Result<Self, PrefixesError> {
        let parts = text
            .split(',')
            .map(str::trim)
            .filter(|part| !part.is_empty());
        Self::new(parts.map(parse_prefix).collect::<Result<_, _>>()?)
    }
}

fn parse_prefix(text: &str) -> Result<IpNet, PrefixesError> {
    text.parse::<IpNet>()
        .or_else(|_| text.parse::<std::net::IpAddr>().map(IpNet::from))
        .map_err(|_| PrefixesError::NotAPrefix(text.to_owned()))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_text_is_that_of_wg() {
        let prefixes: Prefixes = "10.77.0.2,fd00::2/128 , 192.168.0.0/24".parse().unwrap();
        assert_eq!(
            prefixes.to_string(),
            "10.77.0.2/32, fd00::2/128, 192.168.0.0/24"
        );
        assert_eq!(prefixes.to_string().parse(), Ok(prefixes));
        assert_eq!("".parse(), Ok(Prefixes::default()));
    }

    #[test]
    fn a_bad_prefix_is_named_with_what_helps() {
        let refused = |text: &str| text.parse::<Prefixes>().unwrap_err().to_string();
        assert!(refused("10.0.0.0/33").contains("10.0.0.0/33"));
        assert!(refused("10.0.0.1/8").contains("did you mean 10.0.0.0/8?"));
        assert!(refused("10.0.0.0/8, 10.0.0.0/8").contains("twice"));
        let many: Vec<String> = (0..=MAX_PREFIXES)
            .map(|index| format!("fd00::{index:x}"))
            .collect();
        assert_eq!(
            many.join(",").parse::<Prefixes>(),
            Err(PrefixesError::TooMany)
        );
    }
}
