//! The requests of a service, and how its server leaves the queue group without losing one.
//!
//! To unsubscribe is to lose what the server has sent already: the library forgets the subscription
//! at once. Both sides agree exactly only on subscriptions that end after a number of messages. So
//! requests come by such ones, of which a new one is made before the last one ends; and who leaves
//! fills the rest of its subscriptions up with messages that mean nothing.

use std::{future::Future, io};

use async_nats::{Client, Message, Subscriber};
use bytes::Bytes;
use futures_util::{StreamExt as _, stream::SelectAll};

/// The last part of the subject of messages that mean nothing. No method has such a name.
const NOTHING: &str = "$nothing";

/// How many messages that mean nothing are published before others run.
const BATCH: usize = 256;

/// A membership in the queue group of a service.
pub(super) struct Requests {
    client: Client,
    subject: String,
    group: String,
    subscriptions: SelectAll<Subscriber>,
    /// The messages of each subscription.
    turn: u64,
    /// What is left of all subscriptions.
    left: u64,
    leaving: bool,
}

impl Requests {
    /// Joins `group` for all methods of the service on `subject`. More than half a `turn` of requests
    /// that come at once find nobody.
    pub(super) async fn join(
        client: &Client,
        subject: &str,
        group: &str,
        turn: u64,
    ) -> io::Result<Self> {
        let mut requests = Self {
            client: client.clone(),
            subject: subject.to_owned(),
            group: group.to_owned(),
            subscriptions: SelectAll::new(),
            turn,
            left: 0,
            leaving: false,
        };
        requests.subscribe().await?;
        Ok(requests)
    }

    async fn subscribe(&mut self) -> io::Result<()> {
        let subject = format!("{}.*", self.subject);
        let subscribed = self.client.queue_subscribe(subject, self.group.clone());
        let mut subscription = subscribed.await.map_err(io::Error::other)?;
        let ending = subscription.unsubscribe_after(self.turn);
        ending.await.map_err(io::Error::other)?;
        self.subscriptions.push(subscription);
        self.left += self.turn;
        Ok(())
    }

    /// Waits for the next request; there are none after the last one that came before
    /// [`leave`](Self::leave).
    ///
    /// # Cancel safety
    /// No request is lost.
    pub(super) async fn next(&mut self) -> Option<Message> {
        loop {
            if !self.leaving
                && self.left <= self.turn / 2
                && let Err(error) = self.subscribe().await
            {
                tracing::warn!(%error, subject = self.subject, "no more requests come");
                self.leaving = true;
            }
            let message = self.subscriptions.next().await?;
            self.left = self.left.saturating_sub(1);
            if !message.subject.ends_with(NOTHING) {
                return Some(message);
            }
        }
    }

    /// Makes no more subscriptions. Returns what fills up those that there are, to be awaited together
    /// with [`next`](Self::next), until that gives no more.
    pub(super) fn leave(&mut self) -> impl Future<Output = ()> + Send + use<> {
        self.leaving = true;
        let (client, subject) = (self.client.clone(), format!("{}.{NOTHING}", self.subject));
        async move {
            loop {
                for _ in 0..BATCH {
                    if client.publish(subject.clone(), Bytes::new()).await.is_err() {
                        return;
                    }
                }
                // Those who share the group get some of it.
                tokio::task::yield_now().await;
            }
        }
    }
}

/// Waits until the server has read all that was sent to it so far: it reads in order, and so this
/// message comes back after that.
pub(super) async fn confirm(client: &Client) -> io::Result<()> {
    let inbox = client.new_inbox();
    let subscribed = client.subscribe(inbox.clone()).await;
    let mut replies = subscribed.map_err(io::Error::other)?;
    let published = client.publish(inbox, Bytes::new()).await;
    published.map_err(io::Error::other)?;
    let gone = || io::Error::from(io::ErrorKind::ConnectionAborted);
    replies.next().await.map(drop).ok_or_else(gone)
}
