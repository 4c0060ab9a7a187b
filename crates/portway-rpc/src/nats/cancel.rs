//! How a caller that gives up tells the handler.
//!
//! NATS knows no cancellation, and a caller does not know which server of a group has its request.
//! So it publishes the subject of its reply on `SERVICE.METHOD.cancel`, which all servers of the
//! service hear; the one that serves that request ends it. Any program can do so that knows the
//! reply's subject, which is as hard to guess as NATS' inboxes are.

use async_nats::Client;
use tokio::{runtime::Handle, time::Instant};

use crate::Deadline;

/// The last part of the subject.
const CANCEL: &str = "cancel";

/// Returns the subject on which calls of the method on `subject` are cancelled.
fn subject_of(subject: &str) -> String {
    format!("{subject}.{CANCEL}")
}

/// Returns the subject on which calls of all methods of a service are cancelled.
pub(super) fn subject_of_service(prefix: &str) -> String {
    subject_of(&format!("{prefix}.*"))
}

/// Tells the handler when it is dropped before the call is answered.
#[derive(Debug)]
pub(super) struct CancelOnDrop {
    client: Client,
    subject: String,
    reply: String,
    /// The handler ends by itself then.
    deadline: Deadline,
    answered: bool,
}

impl CancelOnDrop {
    pub(super) fn new(client: &Client, subject: &str, reply: String, deadline: Deadline) -> Self {
        Self {
            client: client.clone(),
            subject: subject_of(subject),
            reply,
            deadline,
            answered: false,
        }
    }

    /// Nobody has to be told any more.
    pub(super) fn answered(mut self) {
        self.answered = true;
    }
}

impl Drop for CancelOnDrop {
    fn drop(&mut self) {
        if self.answered || self.deadline.has_passed(Instant::now()) {
            return;
        }
        // Without a runtime the connection is gone too.
        let Ok(runtime) = Handle::try_current() else {
            return;
        };
        let (client, subject) = (self.client.clone(), std::mem::take(&mut self.subject));
        let reply = std::mem::take(&mut self.reply);
        runtime.spawn(async move {
            let told = client.publish(subject, reply.into()).await;
            if let Err(error) = told {
                tracing::debug!(%error, "a handler is not told that its caller gave up");
            }
        });
    }
}
