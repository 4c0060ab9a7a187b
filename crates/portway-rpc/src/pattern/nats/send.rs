//! Publishing and pushing at most once.

use async_nats::{Client, Subject};
use futures_util::FutureExt as _;

use super::{error::publish_failed, headers::headers};
use crate::pattern::{
    SendError,
    ends::{notifier, sender},
    wire::Outgoing,
};

/// Where messages of the core go.
#[derive(Clone)]
pub(super) struct Outlet {
    client: Client,
    subject: Subject,
    literal: bool,
}

impl Outlet {
    pub(super) fn new(client: Client, subject: &str) -> Self {
        Self {
            client,
            subject: subject.into(),
            literal: is_literal(subject),
        }
    }

    /// Waits for a place in the outbox of the connection.
    async fn send(&self, message: Outgoing) -> Result<(), SendError> {
        if !self.literal {
            let reason = "a message goes to one subject: parts with dots between them, none of them empty, `*` or `>`";
            return Err(SendError::Refused {
                reason: reason.to_owned(),
            });
        }
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

/// Tells whether messages to a subject can reach somebody: the server takes those to others as well,
/// and drops them without a word.
fn is_literal(subject: &str) -> bool {
    let mut parts = subject.split('.');
    parts.all(|part| !matches!(part, "" | "*" | ">"))
}

sender! {
    /// Publishes to a subject of NATS; made by [`Nats::publisher`](super::Nats::publisher).
    NatsPublisher { outlet: Outlet } shows |outlet| &outlet.subject,
    Publisher<AtMostOnce>::publish
}

sender! {
    /// Pushes to a queue group of NATS; made by [`Nats::push`](super::Nats::push).
    NatsPush { outlet: Outlet } shows |outlet| &outlet.subject,
    Push<AtMostOnce>::push
}

notifier!(NatsPublisher { outlet });
notifier!(NatsPush { outlet });
