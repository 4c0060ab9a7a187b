//! The receiving ends of all transports behind one face.

use std::{future::Future, pin::Pin};

use bytes::Bytes;
use portway_rpc::pattern::{
    Acknowledgement, AtLeastOnce, AtMostOnce, Delivery, Message, Missed, Pull, ReceiveError,
    Received, Subscriber,
};

/// What came.
pub(super) enum Arrival {
    Message(Message<Bytes>),
    Delivery(Message<Bytes>, u32, Acknowledgement),
    Missed(Missed),
}

impl From<Received<Bytes>> for Arrival {
    fn from(received: Received<Bytes>) -> Self {
        match received {
            Received::Message(message) => Self::Message(message),
            Received::Missed(missed) => Self::Missed(missed),
        }
    }
}

impl From<Delivery<Bytes>> for Arrival {
    fn from(delivery: Delivery<Bytes>) -> Self {
        let attempt = delivery.attempt();
        let (message, acknowledgement) = delivery.into_parts();
        Self::Delivery(message, attempt, acknowledgement)
    }
}

pub(super) type Arriving<'a> =
    Pin<Box<dyn Future<Output = Result<Arrival, ReceiveError>> + Send + 'a>>;

/// Something that messages come from.
pub(super) trait Inlet: Send {
    fn next(&mut self) -> Arriving<'_>;
}

macro_rules! inlet {
    ($($(#[$documentation:meta])* $name:ident: $role:path, $method:ident;)*) => {
        $($(#[$documentation])*
        pub(super) struct $name<S>(pub(super) S);

        impl<S: $role> Inlet for $name<S> {
            fn next(&mut self) -> Arriving<'_> {
                Box::pin(async { self.0.$method().await.map(Arrival::from) })
            }
        })*
    };
}

inlet! {
    /// A subscription at most once.
    Subscribed: Subscriber<Bytes, AtMostOnce>, next;
    /// A durable subscription.
    DurablySubscribed: Subscriber<Bytes, AtLeastOnce>, next;
    /// A worker at most once.
    Pulling: Pull<Bytes, AtMostOnce>, pull;
    /// A worker at least once.
    ReliablyPulling: Pull<Bytes, AtLeastOnce>, pull;
}
