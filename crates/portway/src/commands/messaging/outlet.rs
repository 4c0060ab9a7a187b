//! The sending ends of all transports behind one face.

use std::{future::Future, marker::PhantomData, pin::Pin};

use bytes::Bytes;
use portway_rpc::pattern::{Guarantee, Message, Publisher, Push, SendError};

pub(super) type Sending<'a> = Pin<Box<dyn Future<Output = Result<(), SendError>> + Send + 'a>>;

/// Something that takes messages on.
pub(super) trait Outlet: Send + Sync {
    fn send(&self, message: Message<Bytes>) -> Sending<'_>;
}

/// A publisher.
pub(super) struct Publishing<P, G>(P, PhantomData<fn() -> G>);

/// The end of a queue that takes jobs.
pub(super) struct Pushing<P, G>(P, PhantomData<fn() -> G>);

pub(super) fn publishing<P, G>(publisher: P) -> Publishing<P, G> {
    Publishing(publisher, PhantomData)
}

pub(super) fn pushing<P, G>(push: P) -> Pushing<P, G> {
    Pushing(push, PhantomData)
}

impl<G: Guarantee, P: Publisher<Bytes, G>> Outlet for Publishing<P, G> {
    fn send(&self, message: Message<Bytes>) -> Sending<'_> {
        Box::pin(self.0.publish(message))
    }
}

impl<G: Guarantee, P: Push<Bytes, G>> Outlet for Pushing<P, G> {
    fn send(&self, message: Message<Bytes>) -> Sending<'_> {
        Box::pin(self.0.push(message))
    }
}
