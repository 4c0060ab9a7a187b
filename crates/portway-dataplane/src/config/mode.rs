//! What threads do with packets: the option `mode`.

use std::fmt;

/// What a thread does with the packets of its lports.
#[derive(Clone, Copy, Debug, Eq, Hash, PartialEq)]
#[non_exhaustive]
pub enum Mode {
    /// `drop`, `rx-only`: counts and drops them.
    Drop,
    /// `tx-only`: sends a prepared frame, receives nothing.
    TransmitOnly,
    /// `tx-only-rx`: the same, and drops what comes.
    TransmitOnlyReceive,
    /// `loopback`, `lb`: exchanges the MAC addresses and sends them back.
    Loopback,
    /// `fwd`: sends to the lport whose index is the last byte of the destination MAC address.
    Forward,
    /// `l3fwd`: sends to the lport of the longest prefix that the destination address has.
    Route,
    /// `acl-strict`: as [`Forward`](Self::Forward), but only what a rule allows.
    AclStrict,
    /// `acl-permissive`: as [`Forward`](Self::Forward), but not what a rule denies.
    AclPermissive,
    /// `hyperscan`, `hs`, `pattern`: patterns in the payload say which lport, or that it is dropped.
    Pattern,
    /// `echo`: answers ARP, neighbour discovery, ping and UDP.
    Echo,
    /// `capture`: writes them to the file of the option `capture-file`.
    Capture,
    /// `replay`: sends the packets of the file of the option `replay-file`.
    Replay,
}

impl Mode {
    /// Every word with its mode; the first of a mode is its name.
    pub(super) const WORDS: [(&str, Self); 16] = [
        ("drop", Self::Drop),
        ("rx-only", Self::Drop),
        ("tx-only", Self::TransmitOnly),
        ("tx-only-rx", Self::TransmitOnlyReceive),
        ("loopback", Self::Loopback),
        ("lb", Self::Loopback),
        ("fwd", Self::Forward),
        ("l3fwd", Self::Route),
        ("acl-strict", Self::AclStrict),
        ("acl-permissive", Self::AclPermissive),
        ("hyperscan", Self::Pattern),
        ("hs", Self::Pattern),
        ("pattern", Self::Pattern),
        ("echo", Self::Echo),
        ("capture", Self::Capture),
        ("replay", Self::Replay),
    ];

    /// Its name in a file.
    pub fn name(self) -> &'static str {
        let word = Self::WORDS.iter().find(|(_, mode)| *mode == self);
        word.map_or("drop", |(word, _)| word)
    }

    /// The mode that a word stands for, whatever its case: a name, an alias, or the beginning of one.
    pub fn from_word(word: &str) -> Option<Self> {
        let word = word.to_ascii_lowercase();
        let exact = Self::WORDS.iter().find(|(name, _)| *name == word);
        let begins = || {
            let mut words = Self::WORDS.iter();
            words.find(|(name, _)| !word.is_empty() && name.starts_with(&word))
        };
        exact.or_else(begins).map(|(_, mode)| *mode)
    }
}

impl fmt::Display for Mode {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        formatter.write_str(self.name())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_mode_is_known_by_its_name_its_alias_and_their_beginnings() {
        for (word, mode) in Mode::WORDS {
            assert_eq!(Mode::from_word(word), Some(mode), "{word}");
        }
        assert_eq!(Mode::from_word("d"), Some(Mode::Drop));
        assert_eq!(Mode::from_word("L"), Some(Mode::Loopback));
        assert_eq!(Mode::from_word("tx-only-"), Some(Mode::TransmitOnlyReceive));
        assert_eq!(Mode::from_word("forward"), None);
        assert_eq!(Mode::from_word(""), None);
    }

    #[test]
    fn the_name_of_a_mode_is_its_first_word() {
        assert_eq!(Mode::Drop.name(), "drop");
        assert_eq!(Mode::Pattern.to_string(), "hyperscan");
    }
}
