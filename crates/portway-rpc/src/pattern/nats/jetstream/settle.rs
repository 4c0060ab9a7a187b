//! What becomes of a delivery.

use std::{sync::Arc, time::Duration};

use async_nats::jetstream::{self, AckKind};

use super::dead_letters::{DeadLetters, Reason};
use crate::pattern::{
    SettleError,
    delivery::{Settle, Settling, Verdict},
};

/// A message that is with this process.
pub(super) struct Taken {
    message: jetstream::Message,
    dead_letters: Option<Arc<DeadLetters>>,
    attempt: u32,
    limit: u32,
}

impl Taken {
    pub(super) fn new(message: jetstream::Message, dead_letters: Option<Arc<DeadLetters>>) -> Self {
        let delivered = message.info().map_or(1, |info| info.delivered);
        Self {
            message,
            dead_letters,
            attempt: u32::try_from(delivered).unwrap_or(u32::MAX),
            limit: u32::MAX,
        }
    }

    pub(super) fn with_limit(self, limit: u32) -> Self {
        Self { limit, ..self }
    }

    pub(super) fn message(&self) -> &async_nats::Message {
        &self.message.message
    }

    pub(super) fn attempt(&self) -> u32 {
        self.attempt
    }

    /// Puts it to the dead letters, and leaves it where it is if they do not take it: it comes again
    /// then.
    pub(super) async fn bury(&self, reason: Reason) {
        if let Err(error) = self.terminate(reason).await {
            tracing::warn!(%error, "a message was not moved to the dead letters");
        }
    }

    async fn settle_now(&self, verdict: Verdict) -> Result<(), SettleError> {
        let spent = self.attempt >= self.limit && self.dead_letters.is_some();
        match verdict {
            Verdict::Ack => self.tell(AckKind::Ack).await,
            Verdict::Nack(_) if spent => self.terminate(Reason::DeliveryLimit).await,
            Verdict::Nack(Duration::ZERO) => self.tell(AckKind::Nak(None)).await,
            Verdict::Nack(delay) => self.tell(AckKind::Nak(Some(delay))).await,
            Verdict::Term => self.terminate(Reason::Terminated).await,
        }
    }

    /// The dead letters have it before the stream gives it up.
    async fn terminate(&self, reason: Reason) -> Result<(), SettleError> {
        if let Some(dead_letters) = &self.dead_letters {
            let put = dead_letters.put(self.message(), reason).await;
            put.map_err(|error| SettleError::DeadLetters(Box::new(error)))?;
        }
        self.tell(AckKind::Term).await
    }

    async fn tell(&self, kind: AckKind) -> Result<(), SettleError> {
        let told = self.message.ack_with(kind).await;
        told.map_err(|source| SettleError::Lost { source })
    }
}

impl Settle for Taken {
    fn settle(self: Box<Self>, verdict: Verdict) -> Settling {
        Box::pin(async move { self.settle_now(verdict).await })
    }
}
