//! Which operations are sent again after a lost connection.

/// Which operations the client repeats by itself after their connection was lost.
///
/// Only a lost connection is a reason to repeat: what the server answers with an error is never
/// sent again, nor is what ran into its time-out. What belongs to one connection (pages of a
/// cursor, events of a continuous query) is never moved to another one.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
#[non_exhaustive]
pub enum RetryPolicy {
    /// Repeats every operation. A write whose answer was lost may then run twice: harmless for
    /// `put` or `remove_all`, but `put_if_absent` may answer `false` although its own first
    /// attempt put the value.
    RetryAll,
    /// Repeats what only reads, and the client's own questions. A lost write is reported, so that
    /// the caller decides.
    #[default]
    RetryReads,
    /// Repeats nothing but the client's own questions.
    RetryNone,
}

/// What an operation may change, as far as a repetition is concerned.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Effect {
    /// It only reads.
    Read,
    /// It may change the grid.
    Write,
    /// A question of the client itself, such as binary metadata: always safe to repeat.
    System,
}

impl RetryPolicy {
    pub(crate) fn allows(self, effect: Effect) -> bool {
        match (self, effect) {
            (_, Effect::System) | (Self::RetryAll, _) | (Self::RetryReads, Effect::Read) => true,
            (Self::RetryReads, Effect::Write) | (Self::RetryNone, _) => false,
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn by_default_a_write_is_not_repeated() {
        assert!(!RetryPolicy::default().allows(Effect::Write));
        assert!(RetryPolicy::default().allows(Effect::Read));
    }

    #[test]
    fn the_clients_own_questions_are_always_repeated() {
        for policy in [
            RetryPolicy::RetryAll,
            RetryPolicy::RetryReads,
            RetryPolicy::RetryNone,
        ] {
            assert!(policy.allows(Effect::System));
        }
    }

    #[test]
    fn retry_none_repeats_no_read() {
        assert!(!RetryPolicy::RetryNone.allows(Effect::Read));
        assert!(RetryPolicy::RetryAll.allows(Effect::Write));
    }
}
