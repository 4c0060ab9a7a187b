//! Subscribing and pulling at least once.

use std::{sync::Arc, time::Duration};

use async_nats::jetstream::{
    self, Context,
    consumer::pull::{self, MessagesError, MessagesErrorKind},
};
use futures_util::StreamExt as _;

use super::{
    JetStreamOptions, Stream,
    dead_letters::{DeadLetters, Reason},
    settle::Taken,
};
use crate::{
    Codec,
    pattern::{Delivery, ReceiveError, ends::receiver, nats::headers::incoming},
};

/// How long a request for messages stands at the server before it is made again.
const REQUEST_EXPIRY: Duration = Duration::from_secs(30);

/// The server says so often that it has not forgotten the request; silence for twice as long means
/// that it has.
const HEARTBEAT: Duration = Duration::from_secs(2);

/// The pause before a consumer that failed is opened again.
const REOPEN_PAUSE: Duration = Duration::from_millis(200);

/// A consumer of a stream, opened again whenever it fails.
pub(super) struct Inlet {
    context: Context,
    stream: Stream,
    consumer: String,
    options: JetStreamOptions,
    dead_letters: Option<Arc<DeadLetters>>,
    messages: Option<pull::Stream>,
}

impl Inlet {
    /// Without dead letters of its own, it is one of dead letters: there is no limit to it.
    pub(super) async fn open(
        context: &Context,
        stream: Stream,
        consumer: &str,
        options: &JetStreamOptions,
        dead_letters: Option<DeadLetters>,
    ) -> Result<Self, ReceiveError> {
        let mut inlet = Self {
            context: context.clone(),
            stream,
            consumer: consumer.to_owned(),
            options: options.clone(),
            dead_letters: dead_letters.map(Arc::new),
            messages: None,
        };
        inlet.messages = Some(inlet.request().await?);
        Ok(inlet)
    }

    async fn request(&self) -> Result<pull::Stream, ReceiveError> {
        let made = self
            .stream
            .consumer(&self.context, &self.consumer, &self.options);
        let consumer = made.await?;
        let messages = consumer
            .stream()
            .max_messages_per_batch(self.options.prefetch.into())
            .expires(REQUEST_EXPIRY)
            .heartbeat(HEARTBEAT)
            .messages();
        messages.await.map_err(|error| ReceiveError::Unavailable {
            source: error.into(),
        })
    }

    /// Waits for a message that may still be worked on; the others go to the dead letters on the
    /// way.
    async fn next<T: Send + 'static, C: Codec<T>>(&mut self) -> Result<Delivery<T>, ReceiveError> {
        loop {
            let taken = Taken::new(self.next_message().await?, self.dead_letters.clone());
            if taken.attempt() > self.options.delivery_limit && self.dead_letters.is_some() {
                taken.bury(Reason::DeliveryLimit).await;
                continue;
            }
            let taken = taken.with_limit(self.options.delivery_limit);
            return match incoming(taken.message().clone()).decode::<T, C>() {
                Ok(message) => Ok(Delivery::new(message, taken.attempt(), Box::new(taken))),
                Err(error) => {
                    taken.bury(Reason::Malformed).await;
                    Err(error)
                }
            };
        }
    }

    async fn next_message(&mut self) -> Result<jetstream::Message, ReceiveError> {
        loop {
            let Some(messages) = &mut self.messages else {
                self.reopen().await?;
                continue;
            };
            match messages.next().await {
                Some(Ok(message)) => return Ok(message),
                Some(Err(error)) => self.fail(&error)?,
                None => self.messages = None,
            }
        }
    }

    async fn reopen(&mut self) -> Result<(), ReceiveError> {
        tokio::time::sleep(REOPEN_PAUSE).await;
        match self.request().await {
            Ok(messages) => self.messages = Some(messages),
            // A server that restarts: nothing is lost by waiting for it.
            Err(ReceiveError::Unavailable { source }) => {
                tracing::debug!(%source, subject = self.stream.subject(), "waiting for JetStream");
            }
            Err(error) => return Err(error),
        }
        Ok(())
    }

    fn fail(&mut self, error: &MessagesError) -> Result<(), ReceiveError> {
        tracing::debug!(%error, subject = self.stream.subject(), "asking JetStream again");
        self.messages = None;
        match error.kind() {
            MessagesErrorKind::PushBasedConsumer | MessagesErrorKind::RequestLimitExceeded => {
                Err(ReceiveError::Refused {
                    reason: error.to_string(),
                })
            }
            _ => Ok(()),
        }
    }
}

receiver! {
    /// A subscription of `JetStream`; made by
    /// [`JetStream::subscriber`](super::JetStream::subscriber).
    JetStreamSubscriber { inlet: Inlet } shows |inlet| inlet.stream.subject(),
    Subscriber<AtLeastOnce>::next -> Delivery
}

receiver! {
    /// A worker of a queue of `JetStream`; made by [`JetStream::pull`](super::JetStream::pull).
    JetStreamPull { inlet: Inlet } shows |inlet| inlet.stream.subject(),
    Pull<AtLeastOnce>::pull -> Delivery
}
