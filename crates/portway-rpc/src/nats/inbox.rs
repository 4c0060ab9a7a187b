//! Where the replies of a channel come in: one subscription for all of its calls.

use std::{
    collections::HashMap,
    sync::{Arc, Mutex, MutexGuard, PoisonError},
};

use async_nats::{Message, Subscriber};
use futures_util::StreamExt as _;
use tokio::sync::{oneshot, watch};

use crate::Status;

/// The calls that wait for replies, by the last part of the subject that their reply comes on.
#[derive(Debug)]
pub(super) struct Inbox {
    prefix: String,
    waiting: Mutex<Waiting>,
}

#[derive(Debug, Default)]
struct Waiting {
    next: u64,
    calls: HashMap<u64, oneshot::Sender<Message>>,
}

impl Inbox {
    /// Makes one whose replies come on subjects that begin with `prefix`.
    pub(super) fn new(prefix: String) -> Arc<Self> {
        Arc::new(Self {
            prefix,
            waiting: Mutex::default(),
        })
    }

    fn waiting(&self) -> MutexGuard<'_, Waiting> {
        self.waiting.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// Makes the place of one call.
    pub(super) fn place(self: &Arc<Self>) -> Place {
        let (sender, reply) = oneshot::channel();
        let mut waiting = self.waiting();
        waiting.next += 1;
        let number = waiting.next;
        waiting.calls.insert(number, sender);
        Place {
            inbox: Arc::clone(self),
            number,
            reply,
        }
    }

    /// Hands a reply to its call. A call that gave up is not there any more.
    fn deliver(&self, message: Message) {
        let number = message
            .subject
            .rsplit('.')
            .next()
            .and_then(|last| last.parse().ok());
        let call = number.and_then(|number: u64| self.waiting().calls.remove(&number));
        if let Some(call) = call {
            let _gave_up = call.send(message);
        }
    }

    /// Ends all calls: their replies may be lost.
    fn interrupt(&self) {
        self.waiting().calls.clear();
    }
}

/// Reads replies until the connection is closed.
pub(super) async fn read(
    inbox: Arc<Inbox>,
    mut replies: Subscriber,
    mut losses: watch::Receiver<u64>,
) {
    loop {
        tokio::select! {
            // What came before the loss is read before it is told.
            biased;
            reply = replies.next() => match reply {
                Some(message) => inbox.deliver(message),
                None => break,
            },
            Ok(()) = losses.changed() => inbox.interrupt(),
        }
    }
    inbox.interrupt();
}

/// The place of one call, which is given up when it is dropped.
#[derive(Debug)]
pub(super) struct Place {
    inbox: Arc<Inbox>,
    number: u64,
    reply: oneshot::Receiver<Message>,
}

impl Place {
    /// Returns the subject that the reply comes on.
    pub(super) fn subject(&self) -> String {
        format!("{}.{}", self.inbox.prefix, self.number)
    }

    /// Waits for the reply.
    pub(super) async fn reply(&mut self) -> Result<Message, Status> {
        let lost = |_| {
            Status::unavailable(
                "the connection to NATS is lost; the call may have been carried out",
            )
        };
        (&mut self.reply).await.map_err(lost)
    }
}

impl Drop for Place {
    fn drop(&mut self) {
        self.inbox.waiting().calls.remove(&self.number);
    }
}
