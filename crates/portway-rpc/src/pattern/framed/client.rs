//! The way to the hub of another process.

use bytes::Bytes;
use prost::Message as _;

use super::{
    FramedPull, FramedReliablePull, FramedSubscriber,
    inlet::Inlet,
    method::{Pull, Subscribe, Wish},
};
use crate::{
    Code, Codec, FramedChannel, FramedOptions, MAXIMUM_TIMEOUT, Method, Open, Request, Status,
    Streams, Target,
    pattern::{Queue, ReceiveError, Topic},
};

/// A connection to the [`Hub`](super::Hub) of another process; cloned for each that uses it.
#[derive(Clone, Debug)]
pub struct HubClient {
    channel: FramedChannel,
}

impl HubClient {
    /// Connects to the server of the hub.
    ///
    /// # Errors
    ///
    /// Fails when nobody answers there, or not as a framed server.
    pub async fn connect(target: Target, options: FramedOptions) -> Result<Self, ReceiveError> {
        let channel = FramedChannel::connect(target, options).await;
        channel.map(Self::over).map_err(receive_failed)
    }

    /// Uses a channel that there is already, beside other calls on it.
    #[must_use]
    pub fn over(channel: FramedChannel) -> Self {
        Self { channel }
    }

    /// Subscribes to `topic` from now on.
    ///
    /// # Errors
    ///
    /// Fails when the hub has no such topic, or has it with another codec.
    pub async fn subscriber<T, C: Codec<T>>(
        &self,
        topic: &Topic<T, C>,
    ) -> Result<FramedSubscriber<T, C>, ReceiveError> {
        let wish = wish::<T, C>(topic.name(), 0);
        let inlet = Inlet::<Subscribe>::open(self.clone(), wish).await?;
        Ok(FramedSubscriber::new(inlet))
    }

    /// Becomes a worker of `queue`, at most once.
    ///
    /// # Errors
    ///
    /// Fails when the hub has no such queue, or has it with another codec or guarantee.
    pub async fn pull<T, C: Codec<T>>(
        &self,
        queue: &Queue<T, C>,
    ) -> Result<FramedPull<T, C>, ReceiveError> {
        let wish = wish::<T, C>(queue.name(), 0);
        let inlet = Inlet::<Pull>::open(self.clone(), wish).await?;
        Ok(FramedPull::new(inlet))
    }

    /// Becomes a worker of `queue`, at least once, that has up to `prefetch` jobs at a time.
    ///
    /// # Errors
    ///
    /// Fails when the hub has no such queue, or has it with another codec or guarantee.
    pub async fn reliable_pull<T, C: Codec<T>>(
        &self,
        queue: &Queue<T, C>,
        prefetch: u32,
    ) -> Result<FramedReliablePull<T, C>, ReceiveError> {
        let wish = wish::<T, C>(queue.name(), prefetch);
        FramedReliablePull::open(self.clone(), wish).await
    }

    /// Calls a method of the hub, and waits until it says that it serves it.
    pub(super) async fn open<M>(&self, wish: &Wish) -> Result<Streams<M>, Status>
    where
        M: Method<Request = Bytes, Response = Bytes>,
        FramedChannel: Open<M>,
    {
        let wish = Bytes::from(wish.encode_to_vec());
        let streaming = M::SHAPE == crate::Shape::Bidirectional;
        let (first, then) = if streaming {
            (None, Some(wish))
        } else {
            (Some(wish), None)
        };
        // A subscription has no end; the deadline of the call that makes it is not its own.
        let request = Request::new(first).timeout(MAXIMUM_TIMEOUT);
        let (mut requests, mut responses) = Open::<M>::open(&self.channel, request).await?;
        if let Some(wish) = then {
            requests.send(wish).await?;
        }
        let closed = || Status::unavailable("the hub is closing");
        responses.receive().await?.ok_or_else(closed)?;
        Ok((requests, responses))
    }
}

fn wish<T, C: Codec<T>>(name: &str, prefetch: u32) -> Wish {
    Wish {
        name: name.to_owned(),
        content_type: C::CONTENT_TYPE.to_owned(),
        prefetch,
    }
}

/// What asking again does not help, and what does.
pub(super) fn receive_failed(status: Status) -> ReceiveError {
    match status.code() {
        Code::NotFound | Code::FailedPrecondition | Code::Unimplemented => ReceiveError::Refused {
            reason: status.message().to_owned(),
        },
        _ => ReceiveError::Unavailable {
            source: status.into(),
        },
    }
}
