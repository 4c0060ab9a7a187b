//! Subscribers and workers at most once.

use std::{marker::PhantomData, time::Duration};

use bytes::Bytes;

use super::{
    HubClient,
    client::receive_failed,
    method::{Pull, Subscribe, Wish},
    pack::{unpack, unpack_missed},
};
use crate::{
    Codec, FramedChannel, Method, Open, Receiving, Status,
    pattern::{Missed, ReceiveError, Received, ends::receiver},
};

/// The pause before a call that was lost is made again.
const REOPEN_PAUSE: Duration = Duration::from_millis(200);

/// A call to the hub that brings packs, made again whenever it is lost.
pub(super) struct Inlet<M> {
    client: HubClient,
    wish: Wish,
    packs: Option<Receiving<Bytes>>,
    pack: Bytes,
    method: PhantomData<fn() -> M>,
}

impl<M> Inlet<M>
where
    M: Method<Request = Bytes, Response = Bytes>,
    FramedChannel: Open<M>,
{
    pub(super) async fn open(client: HubClient, wish: Wish) -> Result<Self, ReceiveError> {
        let opened = client.open::<M>(&wish).await;
        let (_, packs) = opened.map_err(receive_failed)?;
        Ok(Self {
            client,
            wish,
            packs: Some(packs),
            pack: Bytes::new(),
            method: PhantomData,
        })
    }

    async fn next<T, C: Codec<T>>(&mut self) -> Result<Received<T>, ReceiveError> {
        loop {
            if let Some(message) = unpack::<T, C>(&mut self.pack)? {
                return Ok(Received::Message(message));
            }
            if let Some(missed) = self.next_pack().await? {
                return Ok(Received::Missed(missed));
            }
        }
    }

    /// Fills the pack; or tells what was missed.
    async fn next_pack(&mut self) -> Result<Option<Missed>, ReceiveError> {
        let Some(packs) = &mut self.packs else {
            self.reopen().await?;
            return Ok(Some(Missed::Interrupted));
        };
        match packs.receive().await {
            Ok(Some(pack)) => match unpack_missed(pack.clone()) {
                Some(count) => return Ok(Some(Missed::Counted(count))),
                None => self.pack = pack,
            },
            Ok(None) => return Err(ReceiveError::Closed),
            Err(status) => self.lose(&status),
        }
        Ok(None)
    }

    fn lose(&mut self, status: &Status) {
        tracing::debug!(%status, name = self.wish.name, "connecting to the hub again");
        self.packs = None;
    }

    async fn reopen(&mut self) -> Result<(), ReceiveError> {
        loop {
            tokio::time::sleep(REOPEN_PAUSE).await;
            match self
                .client
                .open::<M>(&self.wish)
                .await
                .map_err(receive_failed)
            {
                Ok((_, packs)) => {
                    self.packs = Some(packs);
                    return Ok(());
                }
                Err(ReceiveError::Unavailable { source }) => {
                    tracing::debug!(%source, name = self.wish.name, "waiting for the hub");
                }
                Err(error) => return Err(error),
            }
        }
    }
}

receiver! {
    /// A subscription of a hub; made by [`HubClient::subscriber`](super::HubClient::subscriber).
    FramedSubscriber { inlet: Inlet<Subscribe> } shows |inlet| &inlet.wish.name,
    Subscriber<AtMostOnce>::next -> Received
}

receiver! {
    /// A worker of a hub; made by [`HubClient::pull`](super::HubClient::pull). Jobs that were on
    /// their way when the connection was lost are lost, which is told as
    /// [`Missed::Interrupted`].
    FramedPull { inlet: Inlet<Pull> } shows |inlet| &inlet.wish.name,
    Pull<AtMostOnce>::pull -> Received
}
