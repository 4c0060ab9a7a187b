//! What a receiver is handed.

use std::{fmt, future::Future, pin::Pin, time::Duration};

use super::{Message, SettleError};

/// What a receiver at most once is handed.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Received<T> {
    /// A message.
    Message(Message<T>),
    /// Messages went by between the last one and the next: this receiver, or the way to it, was too
    /// slow for them or away.
    Missed(Missed),
}

impl<T> Received<T> {
    /// Returns the message, or nothing where messages were missed.
    #[must_use]
    pub fn into_message(self) -> Option<Message<T>> {
        match self {
            Self::Message(message) => Some(message),
            Self::Missed(_) => None,
        }
    }
}

/// How much went by.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub enum Missed {
    /// Exactly so many messages were dropped, because the receiver was slow.
    Counted(u64),
    /// The connection was lost and is there again: what was published in between, if anything,
    /// nobody can count.
    Interrupted,
}

impl fmt::Display for Missed {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Counted(count) => write!(formatter, "{count} messages were dropped"),
            Self::Interrupted => formatter.write_str("the connection was lost for a while"),
        }
    }
}

/// What a receiver at least once is handed: a message that comes again until somebody says what
/// became of it.
///
/// Each way to say so consumes the delivery, so that it is said once. A delivery that is dropped
/// without a word (a panic, a cancelled task) is given back as by [`nack`](Delivery::nack) without
/// delay.
#[must_use = "a delivery that is dropped is delivered again"]
pub struct Delivery<T> {
    message: Option<Message<T>>,
    attempt: u32,
    settlement: Option<Box<dyn Settle>>,
}

impl<T> Delivery<T> {
    pub(crate) fn new(message: Message<T>, attempt: u32, settlement: Box<dyn Settle>) -> Self {
        Self {
            message: Some(message),
            attempt,
            settlement: Some(settlement),
        }
    }

    /// The message.
    #[must_use]
    pub fn message(&self) -> &Message<T> {
        let message = self.message.as_ref();
        message.expect("it is taken only by what consumes the delivery")
    }

    /// The body of the message.
    #[must_use]
    pub fn body(&self) -> &T {
        &self.message().body
    }

    /// Counts the deliveries of this message, from 1: with more than that its work may have been
    /// done before, in part or as a whole.
    #[must_use]
    pub fn attempt(&self) -> u32 {
        self.attempt
    }

    /// Splits the message off, for work that wants to own it.
    pub fn into_parts(mut self) -> (Message<T>, Acknowledgement) {
        let message = self.message.take();
        let acknowledgement = Acknowledgement(self.settlement.take());
        let message = message.expect("it is taken only by what consumes the delivery");
        (message, acknowledgement)
    }

    /// Says that the work is done: the message does not come again.
    ///
    /// # Errors
    ///
    /// [`SettleError`]: the broker may not have heard it, and then delivers the message again.
    pub async fn ack(self) -> Result<(), SettleError> {
        self.into_parts().1.ack().await
    }

    /// Gives the message back, to be delivered again after `delay` at the earliest. After the
    /// queue's delivery limit it goes to the dead letters instead.
    ///
    /// # Errors
    ///
    /// [`SettleError`]: the broker may not have heard it; the message comes again all the same.
    pub async fn nack(self, delay: Duration) -> Result<(), SettleError> {
        self.into_parts().1.nack(delay).await
    }

    /// Says that nobody can do this work: the message goes to the dead letters at once.
    ///
    /// # Errors
    ///
    /// [`SettleError`]: the broker may not have heard it, and then delivers the message again.
    pub async fn term(self) -> Result<(), SettleError> {
        self.into_parts().1.term().await
    }
}

impl<T: fmt::Debug> fmt::Debug for Delivery<T> {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        let mut debug = formatter.debug_struct("Delivery");
        debug
            .field("message", self.message())
            .field("attempt", &self.attempt)
            .finish_non_exhaustive()
    }
}

impl<T> Drop for Delivery<T> {
    fn drop(&mut self) {
        // Where it is settled or split off, this holds nothing.
        drop(Acknowledgement(self.settlement.take()));
    }
}

/// The right to settle a message that was [split off](Delivery::into_parts) its delivery; the same
/// holds for it as for the delivery.
#[must_use = "a message whose acknowledgement is dropped is delivered again"]
pub struct Acknowledgement(Option<Box<dyn Settle>>);

impl Acknowledgement {
    /// As [`Delivery::ack`].
    ///
    /// # Errors
    ///
    /// As there.
    pub async fn ack(self) -> Result<(), SettleError> {
        self.settle(Verdict::Ack).await
    }

    /// As [`Delivery::nack`].
    ///
    /// # Errors
    ///
    /// As there.
    pub async fn nack(self, delay: Duration) -> Result<(), SettleError> {
        self.settle(Verdict::Nack(delay)).await
    }

    /// As [`Delivery::term`].
    ///
    /// # Errors
    ///
    /// As there.
    pub async fn term(self) -> Result<(), SettleError> {
        self.settle(Verdict::Term).await
    }

    async fn settle(mut self, verdict: Verdict) -> Result<(), SettleError> {
        match self.0.take() {
            Some(settlement) => settlement.settle(verdict).await,
            None => Ok(()),
        }
    }
}

impl fmt::Debug for Acknowledgement {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        formatter.write_str("Acknowledgement")
    }
}

impl Drop for Acknowledgement {
    fn drop(&mut self) {
        if let Some(settlement) = self.0.take() {
            settlement.abandon();
        }
    }
}

/// What is said about a delivery.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Verdict {
    Ack,
    Nack(Duration),
    Term,
}

pub(crate) type Settling = Pin<Box<dyn Future<Output = Result<(), SettleError>> + Send>>;

/// A transport's way to hear what became of a delivery.
pub(crate) trait Settle: Send + Sync {
    /// Carries out what the receiver says.
    fn settle(self: Box<Self>, verdict: Verdict) -> Settling;

    /// The receiver dropped it: gives the message back, as far as that can be done without waiting.
    fn abandon(self: Box<Self>) {
        // Without a runtime the program ends, and the broker delivers it again when it notices.
        if let Ok(runtime) = tokio::runtime::Handle::try_current() {
            runtime.spawn(self.settle(Verdict::Nack(Duration::ZERO)));
        }
    }
}
