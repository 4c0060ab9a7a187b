//! What becomes of a delivery.

use std::time::Duration;

use lapin::{
    Acker,
    options::{BasicAckOptions, BasicNackOptions, BasicRejectOptions},
};

use crate::pattern::{
    SettleError,
    delivery::{Settle, Settling, Verdict},
};

/// A message that is with this process.
pub(super) struct Taken {
    acker: Acker,
    /// Whether the broker will make a dead letter of it when it is given back.
    last: bool,
}

impl Taken {
    pub(super) fn new(acker: Acker, last: bool) -> Self {
        Self { acker, last }
    }

    /// Lets the broker put it to the dead letters.
    pub(super) async fn bury(&self) {
        if let Err(error) = self.settle_now(Verdict::Term).await {
            tracing::warn!(%error, "a message was not moved to the dead letters");
        }
    }

    async fn settle_now(&self, verdict: Verdict) -> Result<(), SettleError> {
        match verdict {
            Verdict::Ack => heard(self.acker.ack(BasicAckOptions::default()).await),
            Verdict::Nack(delay) if delay > Duration::ZERO && !self.last => {
                tokio::spawn(give_back_after(delay, self.acker.clone()));
                Ok(())
            }
            Verdict::Nack(_) => heard(self.acker.nack(back_to_its_queue()).await),
            Verdict::Term => heard(self.acker.reject(BasicRejectOptions::default()).await),
        }
    }
}

/// The broker knows no delay, so the message waits here, where it takes one of the receiver's
/// places; with the connection it goes back at once.
async fn give_back_after(delay: Duration, acker: Acker) {
    tokio::time::sleep(delay).await;
    if let Err(error) = heard(acker.nack(back_to_its_queue()).await) {
        tracing::debug!(%error, "the broker has taken a message back before its delay");
    }
}

fn heard(result: lapin::Result<bool>) -> Result<(), SettleError> {
    match result {
        Ok(true) => Ok(()),
        Ok(false) => Err(SettleError::Lost {
            source: "its channel was closed".into(),
        }),
        Err(error) => Err(SettleError::Lost {
            source: error.into(),
        }),
    }
}

fn back_to_its_queue() -> BasicNackOptions {
    BasicNackOptions {
        requeue: true,
        ..BasicNackOptions::default()
    }
}

impl Settle for Taken {
    fn settle(self: Box<Self>, verdict: Verdict) -> Settling {
        Box::pin(async move { self.settle_now(verdict).await })
    }
}
