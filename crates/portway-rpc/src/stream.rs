//! Both halves of a stream of messages, the same on every transport.

use std::{
    fmt,
    future::poll_fn,
    pin::Pin,
    task::{Context, Poll},
};

use futures_core::Stream;

use crate::Status;

/// What a transport does to send the messages of one stream.
pub trait SendMessages<T>: Send {
    /// Waits until the receiver has room for a message.
    ///
    /// # Errors
    /// How the call ended, if it did.
    fn poll_ready(&mut self, context: &mut Context<'_>) -> Poll<Result<(), Status>>;

    /// Sends a message, for which there is room.
    ///
    /// # Errors
    /// How the call ended, if it did; or why the message cannot be sent.
    fn start_send(&mut self, message: T) -> Result<(), Status>;

    /// Says that no more messages come. Dropping without it is giving up.
    fn finish(&mut self);
}

/// What a transport does to receive the messages of one stream.
pub trait ReceiveMessages<T>: Send {
    /// Receives the next message; nothing once the stream has ended well.
    ///
    /// # Errors
    /// How the call ended, if not well.
    fn poll_receive(&mut self, context: &mut Context<'_>) -> Poll<Result<Option<T>, Status>>;
}

/// The sending half of a stream.
///
/// It holds back a sender whose receiver does not keep up: [`send`](Self::send) waits for credit.
/// A client that drops it without [`finish`](Self::finish) gives the call up, so that a
/// half-sent upload is never taken for a whole one.
pub struct Sending<T> {
    transport: Box<dyn SendMessages<T>>,
}

impl<T> Sending<T> {
    /// Makes the half that `transport` carries.
    pub fn new(transport: impl SendMessages<T> + 'static) -> Self {
        Self {
            transport: Box::new(transport),
        }
    }

    /// Sends a message once the receiver has room for it.
    ///
    /// # Errors
    /// How the call ended, if it did.
    ///
    /// # Cancel safety
    /// A message whose future is dropped before it is ready is not sent, and lost.
    pub async fn send(&mut self, message: T) -> Result<(), Status> {
        poll_fn(|context| self.transport.poll_ready(context)).await?;
        self.transport.start_send(message)
    }

    /// Waits until the receiver has room; what is then sent by [`start_send`](Self::start_send)
    /// is sent at once.
    ///
    /// # Errors
    /// How the call ended, if it did.
    pub fn poll_ready(&mut self, context: &mut Context<'_>) -> Poll<Result<(), Status>> {
        self.transport.poll_ready(context)
    }

    /// Sends a message after [`poll_ready`](Self::poll_ready) said that there is room.
    ///
    /// # Errors
    /// How the call ended, if it did; or why the message cannot be sent.
    pub fn start_send(&mut self, message: T) -> Result<(), Status> {
        self.transport.start_send(message)
    }

    /// Says that no more messages come.
    pub fn finish(mut self) {
        self.transport.finish();
    }
}

impl<T> fmt::Debug for Sending<T> {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        formatter.debug_struct("Sending").finish_non_exhaustive()
    }
}

/// The receiving half of a stream; a client that drops it cancels the call.
///
/// It is a [`Stream`] too.
pub struct Receiving<T> {
    transport: Box<dyn ReceiveMessages<T>>,
    ended: bool,
}

impl<T> Receiving<T> {
    /// Makes the half that `transport` carries.
    pub fn new(transport: impl ReceiveMessages<T> + 'static) -> Self {
        Self {
            transport: Box::new(transport),
            ended: false,
        }
    }

    /// Receives the next message; nothing once the stream has ended well.
    ///
    /// # Errors
    /// How the call ended, if not well; after that, nothing.
    ///
    /// # Cancel safety
    /// No message is lost.
    pub async fn receive(&mut self) -> Result<Option<T>, Status> {
        poll_fn(|context| self.poll_receive(context)).await
    }

    /// Receives the next message, as [`receive`](Self::receive) does.
    ///
    /// # Errors
    /// How the call ended, if not well; after that, nothing.
    pub fn poll_receive(&mut self, context: &mut Context<'_>) -> Poll<Result<Option<T>, Status>> {
        if self.ended {
            return Poll::Ready(Ok(None));
        }
        let result = self.transport.poll_receive(context);
        self.ended = matches!(result, Poll::Ready(Ok(None) | Err(_)));
        result
    }

    /// Receives the one message of a side that sends one only.
    ///
    /// # Errors
    /// How the call ended, if not well; [`Code::Unimplemented`](crate::Code::Unimplemented) if
    /// there are none or several, as gRPC has it.
    pub async fn only(&mut self) -> Result<T, Status> {
        let missing = || Status::unimplemented("one message was to come, and none came");
        let message = self.receive().await?.ok_or_else(missing)?;
        match self.receive().await? {
            None => Ok(message),
            Some(_) => Err(Status::unimplemented(
                "one message was to come, and more came",
            )),
        }
    }
}

impl<T> Stream for Receiving<T> {
    type Item = Result<T, Status>;

    fn poll_next(mut self: Pin<&mut Self>, context: &mut Context<'_>) -> Poll<Option<Self::Item>> {
        self.poll_receive(context).map(Result::transpose)
    }
}

impl<T> fmt::Debug for Receiving<T> {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        formatter
            .debug_struct("Receiving")
            .field("ended", &self.ended)
            .finish_non_exhaustive()
    }
}
