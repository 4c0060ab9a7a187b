//! Why a gateway does not believe a row, and how often that happened.

use std::fmt;

/// Why a row of the grid is not believed.
#[derive(Clone, Copy, Debug, Eq, Ord, PartialEq, PartialOrd, thiserror::Error)]
#[non_exhaustive]
pub enum Refusal {
    /// The seal was not made for this row: it was forged, moved from another row, or the visible
    /// columns were changed.
    #[error("its seal does not fit the row")]
    Forged,
    /// A newer version is known: an earlier row was put back.
    #[error("a newer version of it is known")]
    Older,
    /// The key is no public key, or the seal has no valid layout.
    #[error("its key or its seal is malformed")]
    Malformed,
    /// The seal was made with the key of another fleet.
    #[error("it was sealed with another fleet key")]
    WrongKey,
    /// The gateway holds as many peers as it can.
    #[error("the gateway holds as many peers as it can")]
    TooMany,
}

impl Refusal {
    /// All reasons, in a stable order.
    pub const ALL: [Self; 5] = [
        Self::Forged,
        Self::Older,
        Self::Malformed,
        Self::WrongKey,
        Self::TooMany,
    ];

    /// A stable name for metrics.
    #[must_use]
    pub const fn label(self) -> &'static str {
        match self {
            Self::Forged => "forged",
            Self::Older => "older",
            Self::Malformed => "malformed",
            Self::WrongKey => "wrong_key",
            Self::TooMany => "too_many",
        }
    }
}

/// How many rows were refused, by reason.
#[derive(Clone, Copy, Default, Eq, PartialEq)]
pub struct RefusalCounts([u64; Refusal::ALL.len()]);

impl RefusalCounts {
    /// How many rows were refused for this reason.
    #[must_use]
    pub const fn of(&self, reason: Refusal) -> u64 {
        self.0[reason as usize]
    }

    /// How many rows were refused in all.
    #[must_use]
    pub fn total(&self) -> u64 {
        self.0.iter().sum()
    }

    pub(super) const fn count(&mut self, reason: Refusal) {
        self.0[reason as usize] += 1;
    }
}

impl fmt::Debug for RefusalCounts {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        let counts = Refusal::ALL.map(|reason| (reason.label(), self.of(reason)));
        formatter.debug_map().entries(counts).finish()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn reasons_are_counted_apart() {
        let mut counts = RefusalCounts::default();
        for (times, reason) in Refusal::ALL.into_iter().enumerate() {
            (0..times).for_each(|_| counts.count(reason));
        }
        for (times, reason) in Refusal::ALL.into_iter().enumerate() {
            assert_eq!(counts.of(reason), times as u64);
        }
    }
}
