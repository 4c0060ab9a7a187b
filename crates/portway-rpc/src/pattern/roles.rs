//! What the two ends of each pattern can do.
//!
//! A transport implements a role with a guarantee where it gives that by its own means, and leaves
//! the other combinations out: who asks for them is told by the compiler.

use std::future::Future;

use super::{Guarantee, Message, ReceiveError, SendError};

/// Publish-subscribe: tells every subscriber that there is.
#[diagnostic::on_unimplemented(
    message = "`{Self}` does not publish `{T}` with the guarantee `{G}`",
    note = "a transport implements what it gives by its own means: docs/messaging.md has the table"
)]
pub trait Publisher<T: Send + 'static, G: Guarantee>: Send + Sync {
    /// Publishes a message, and waits until the transport has taken it on as far as the guarantee
    /// `G` asks: at most once that is a place in a bounded queue of this process; at least once it
    /// is the word of the broker that it keeps the message for every subscription.
    ///
    /// # Errors
    ///
    /// [`SendError`] says whether the message may have been taken on all the same.
    ///
    /// # Cancel safety
    ///
    /// A dropped future may have published the message or not.
    fn publish(
        &self,
        message: impl Into<Message<T>> + Send,
    ) -> impl Future<Output = Result<(), SendError>> + Send;
}

/// Publish-subscribe: is told what is published from now on, or, with a durable subscription, since
/// that was made.
#[diagnostic::on_unimplemented(
    message = "`{Self}` does not subscribe `{T}` with the guarantee `{G}`",
    note = "a transport implements what it gives by its own means: docs/messaging.md has the table"
)]
pub trait Subscriber<T: Send + 'static, G: Guarantee>: Send {
    /// Waits for the next message.
    ///
    /// # Errors
    ///
    /// After [`ReceiveError::Closed`] nothing more comes; after every other error one may ask again.
    ///
    /// # Cancel safety
    ///
    /// No message is lost when the future is dropped before it is ready.
    fn next(&mut self) -> impl Future<Output = Result<G::Received<T>, ReceiveError>> + Send;
}

/// Push-pull: hands each job to one worker.
#[diagnostic::on_unimplemented(
    message = "`{Self}` does not push `{T}` with the guarantee `{G}`",
    note = "a transport implements what it gives by its own means: docs/messaging.md has the table"
)]
pub trait Push<T: Send + 'static, G: Guarantee>: Send + Sync {
    /// Pushes a job, and waits until it is taken on: while the queue is full that is back-pressure.
    ///
    /// # Errors
    ///
    /// [`SendError`] says whether the job may have been taken on all the same.
    ///
    /// # Cancel safety
    ///
    /// A dropped future may have pushed the job or not.
    fn push(
        &self,
        job: impl Into<Message<T>> + Send,
    ) -> impl Future<Output = Result<(), SendError>> + Send;
}

/// Push-pull: takes jobs, each of which no other worker is given (at least once: at that time).
#[diagnostic::on_unimplemented(
    message = "`{Self}` does not pull `{T}` with the guarantee `{G}`",
    note = "a transport implements what it gives by its own means: docs/messaging.md has the table"
)]
pub trait Pull<T: Send + 'static, G: Guarantee>: Send {
    /// Waits for the next job.
    ///
    /// # Errors
    ///
    /// After [`ReceiveError::Closed`] nothing more comes; after every other error one may ask again.
    ///
    /// # Cancel safety
    ///
    /// No job is lost when the future is dropped before it is ready.
    fn pull(&mut self) -> impl Future<Output = Result<G::Received<T>, ReceiveError>> + Send;
}

/// Fire and forget: hands a message over and does not wait, neither for room nor for anybody.
pub trait Notify<T: Send + 'static>: Send + Sync {
    /// Hands the message to the transport.
    ///
    /// # Errors
    ///
    /// [`SendError::Full`] where there is no room at once: the message is dropped, and the caller
    /// knows. What happens to it after it was taken is told to nobody.
    fn notify(&self, message: impl Into<Message<T>>) -> Result<(), SendError>;
}
