//! Publishing and pushing at most once.

use std::{fmt, marker::PhantomData};

use async_nats::{Client, Subject};
use futures_util::FutureExt as _;

use super::{error::publish_failed, headers::headers};
use crate::Codec;
use crate::pattern::{
    AtMostOnce, Message, Notify, Publisher, Push, SendError,
    wire::{self, Outgoing},
};

/// Where messages of the core go.
#[derive(Clone)]
struct Outlet {
    client: Client,
    subject: Subject,
}

impl Outlet {
    /// Waits for a place in the outbox of the connection.
    async fn send(&self, message: Outgoing) -> Result<(), SendError> {
        let (size, headers) = (message.body.len(), headers(&message));
        let subject = self.subject.clone();
        let sent = self
            .client
            .publish_with_headers(subject, headers, message.body);
        let limit = self.client.max_payload();
        sent.await
            .map_err(|error| publish_failed(&error, size, limit))
    }

    /// Asks once for a place: what waits for one has sent nothing yet.
    fn try_send(&self, message: Outgoing) -> Result<(), SendError> {
        self.send(message)
            .now_or_never()
            .unwrap_or(Err(SendError::Full))
    }
}

macro_rules! outlet {
    ($(#[$documentation:meta])* $name:ident, $role:ident, $method:ident) => {
        $(#[$documentation])*
        pub struct $name<T, C> {
            outlet: Outlet,
            types: PhantomData<fn() -> (T, C)>,
        }

        impl<T, C> $name<T, C> {
            pub(super) fn new(client: Client, subject: &str) -> Self {
                let outlet = Outlet { client, subject: subject.into() };
                Self { outlet, types: PhantomData }
            }
        }

        impl<T, C> Clone for $name<T, C> {
            fn clone(&self) -> Self {
                Self { outlet: self.outlet.clone(), types: PhantomData }
            }
        }

        impl<T, C> fmt::Debug for $name<T, C> {
            fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
                formatter.debug_tuple(stringify!($name)).field(&self.outlet.subject).finish()
            }
        }

        impl<T: Send + 'static, C: Codec<T>> $role<T, AtMostOnce> for $name<T, C> {
            async fn $method(&self, message: impl Into<Message<T>> + Send) -> Result<(), SendError> {
                let message = wire::encode::<T, C>(message.into())?;
                self.outlet.send(message).await
            }
        }

        impl<T: Send + 'static, C: Codec<T>> Notify<T> for $name<T, C> {
            fn notify(&self, message: impl Into<Message<T>>) -> Result<(), SendError> {
                self.outlet.try_send(wire::encode::<T, C>(message.into())?)
            }
        }
    };
}

outlet! {
    /// Publishes to a subject of NATS; made by [`Nats::publisher`](super::Nats::publisher).
    NatsPublisher, Publisher, publish
}

outlet! {
    /// Pushes to a queue group of NATS; made by [`Nats::push`](super::Nats::push).
    NatsPush, Push, push
}
