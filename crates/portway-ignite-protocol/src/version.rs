//! Protocol versions, and what two peers agreed on.

use std::fmt;

use crate::codec::sequence;
use crate::feature::{Feature, Features};

/// A version of the protocol. Versions 1.0.0 to 1.7.0 exist.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct Version {
    /// Always 1 so far.
    pub major: i16,
    /// Counts the additions.
    pub minor: i16,
    /// Always 0 so far.
    pub patch: i16,
}

sequence!(Version {
    major: i16,
    minor: i16,
    patch: i16
});

impl Version {
    /// The zero that a server sends when the version is not what it refuses.
    pub const ZERO: Self = Self {
        major: 0,
        minor: 0,
        patch: 0,
    };
    /// The first version.
    pub const V1_0: Self = Self::one(0);
    /// Adds user and password.
    pub const V1_1: Self = Self::one(1);
    /// Adds precision and scale of fields in query entities.
    pub const V1_2: Self = Self::one(2);
    /// Adds partition awareness: flags in responses, the server's id in the handshake.
    pub const V1_4: Self = Self::one(4);
    /// Adds transactions.
    pub const V1_5: Self = Self::one(5);
    /// Adds expiry policies.
    pub const V1_6: Self = Self::one(6);
    /// Adds the feature mask.
    pub const V1_7: Self = Self::one(7);
    /// The newest version this crate speaks.
    pub const LATEST: Self = Self::V1_7;

    const fn one(minor: i16) -> Self {
        Self {
            major: 1,
            minor,
            patch: 0,
        }
    }

    /// Whether this crate speaks the version.
    pub fn is_supported(self) -> bool {
        self.major == 1 && self.patch == 0 && (Self::V1_0..=Self::LATEST).contains(&self)
    }
}

impl fmt::Display for Version {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(formatter, "{}.{}.{}", self.major, self.minor, self.patch)
    }
}

/// What a client and a server agreed on in the handshake; it decides the layout of messages.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Dialect {
    /// The version both speak.
    pub version: Version,
    /// The features both have; empty below version 1.7.
    pub features: Features,
}

impl Dialect {
    /// Whether both sides have `feature`.
    pub fn has(self, feature: Feature) -> bool {
        self.version >= Version::V1_7 && self.features.contains(feature)
    }
}

impl Default for Dialect {
    /// The latest version with all features that this crate supports.
    fn default() -> Self {
        Self {
            version: Version::LATEST,
            features: Features::SUPPORTED,
        }
    }
}
