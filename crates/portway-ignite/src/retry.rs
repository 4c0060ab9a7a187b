//! Which operations are sent again after a lost connection.

use std::fmt;
use std::sync::Arc;

use crate::error::{Delivery, Error};

/// Which operations the client repeats by itself after their connection was lost.
///
/// Only a lost connection is a reason to repeat: what the server answers with an error is not sent
/// again, unless all that it lacked was a cache that the client then had made or started; nor is
/// what ran into its time-out. What belongs to one connection (a transaction,
/// pages of a cursor, events of a continuous query) is never moved to another one. Whatever the
/// policy says, an operation that never left this process is sent again, and so are the client's
/// own questions.
#[derive(Clone, Default)]
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
    /// Asks a rule of the program; made by [`custom`](Self::custom).
    Custom(Arc<dyn RetryRule>),
}

/// Decides which operations are repeated (Java: `ClientRetryPolicy`). Functions and closures of
/// the right form are rules.
///
/// ```
/// # use portway_ignite::{ClientConfiguration, FailedAttempt, RetryPolicy};
/// let harmless = |failed: &FailedAttempt<'_>| failed.is_read() || failed.operation() == "put";
/// let configuration =
///     ClientConfiguration::new(["grid"]).retry(RetryPolicy::custom(harmless));
/// ```
pub trait RetryRule: Send + Sync {
    /// Whether the operation is tried again, on another node if there is one. It is not asked
    /// beyond the limit of [`attempts`](crate::ClientConfiguration::attempts).
    fn repeats(&self, failed: &FailedAttempt<'_>) -> bool;
}

impl<F> RetryRule for F
where
    F: Fn(&FailedAttempt<'_>) -> bool + Send + Sync,
{
    fn repeats(&self, failed: &FailedAttempt<'_>) -> bool {
        self(failed)
    }
}

/// An attempt whose connection was lost before the answer came.
#[derive(Clone, Copy, Debug)]
pub struct FailedAttempt<'e> {
    pub(crate) operation: &'static str,
    pub(crate) effect: Effect,
    pub(crate) number: u32,
    pub(crate) error: &'e Error,
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
    /// A policy that asks a rule of the program.
    pub fn custom(rule: impl RetryRule + 'static) -> Self {
        Self::Custom(Arc::new(rule))
    }

    pub(crate) fn repeats(&self, failed: &FailedAttempt<'_>) -> bool {
        if failed.effect == Effect::System || failed.was_not_sent() {
            return true;
        }
        match self {
            Self::RetryAll => true,
            Self::RetryReads => failed.is_read(),
            Self::RetryNone => false,
            Self::Custom(rule) => rule.repeats(failed),
        }
    }
}

impl fmt::Debug for RetryPolicy {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        formatter.write_str(match self {
            Self::RetryAll => "RetryAll",
            Self::RetryReads => "RetryReads",
            Self::RetryNone => "RetryNone",
            Self::Custom(_) => "Custom",
        })
    }
}

impl<'e> FailedAttempt<'e> {
    /// The name of the operation, such as `put_if_absent`: that of the method.
    #[must_use]
    pub fn operation(&self) -> &'static str {
        self.operation
    }

    /// Whether the operation only reads, so that doing it twice changes nothing.
    #[must_use]
    pub fn is_read(&self) -> bool {
        self.effect == Effect::Read
    }

    /// How often it was tried, this attempt included.
    #[must_use]
    pub fn number(&self) -> u32 {
        self.number
    }

    /// How the connection was lost.
    #[must_use]
    pub fn error(&self) -> &'e Error {
        self.error
    }

    fn was_not_sent(&self) -> bool {
        let delivery = match self.error {
            Error::ConnectionLost { delivery, .. } => *delivery,
            _ => Delivery::Unknown,
        };
        delivery == Delivery::NotSent
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::address::Address;
    use crate::error::LossReason;

    fn lost(delivery: Delivery) -> Error {
        Error::ConnectionLost {
            address: Address::tcp("grid", 1),
            reason: LossReason::ClosedByNode,
            delivery,
        }
    }

    fn repeats(policy: &RetryPolicy, effect: Effect, delivery: Delivery) -> bool {
        policy.repeats(&FailedAttempt {
            operation: "put",
            effect,
            number: 1,
            error: &lost(delivery),
        })
    }

    #[test]
    fn by_default_a_write_that_may_have_arrived_is_not_repeated() {
        let policy = RetryPolicy::default();
        assert!(!repeats(&policy, Effect::Write, Delivery::Unknown));
        assert!(repeats(&policy, Effect::Write, Delivery::NotSent));
        assert!(repeats(&policy, Effect::Read, Delivery::Unknown));
    }

    #[test]
    fn the_clients_own_questions_are_always_repeated() {
        let never = RetryPolicy::custom(|_: &FailedAttempt<'_>| false);
        for policy in [RetryPolicy::RetryAll, RetryPolicy::RetryNone, never] {
            assert!(repeats(&policy, Effect::System, Delivery::Unknown));
        }
    }

    #[test]
    fn retry_none_repeats_no_read() {
        assert!(!repeats(
            &RetryPolicy::RetryNone,
            Effect::Read,
            Delivery::Unknown
        ));
        assert!(repeats(
            &RetryPolicy::RetryAll,
            Effect::Write,
            Delivery::Unknown
        ));
    }

    #[test]
    fn a_rule_sees_the_operation_and_its_attempt() {
        let rule = |failed: &FailedAttempt<'_>| {
            failed.operation() == "put"
                && failed.number() == 1
                && failed.error().is_connection_error()
        };
        let policy = RetryPolicy::custom(rule);
        assert!(repeats(&policy, Effect::Write, Delivery::Unknown));
    }
}
