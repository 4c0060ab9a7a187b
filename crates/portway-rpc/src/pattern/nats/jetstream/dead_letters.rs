//! Where messages go that nobody could work on.

use async_nats::jetstream::Context;

use super::{JetStreamOptions, Stream, send::Outlet};
use crate::pattern::{ReceiveError, SendError};

/// The header that says why a message is a dead letter.
const REASON: &str = "Portway-Dead-Letter";

/// Why a message became a dead letter.
#[derive(Clone, Copy, Debug)]
pub(super) enum Reason {
    /// The receiver said that nobody can do this work.
    Terminated,
    /// It was delivered as often as is allowed.
    DeliveryLimit,
    /// The codec of the receiver cannot read it.
    Malformed,
}

impl Reason {
    const fn text(self) -> &'static str {
        match self {
            Self::Terminated => "terminated",
            Self::DeliveryLimit => "delivery-limit",
            Self::Malformed => "malformed",
        }
    }
}

/// A stream for the messages that another one gives up.
///
/// The server only tells that a message was delivered too often, and forgets it then. So receivers
/// move it: the dead letters have it before the stream gives it up, and no crash in between loses
/// it.
#[derive(Clone, Debug)]
pub(super) struct DeadLetters {
    outlet: Outlet,
}

impl DeadLetters {
    pub(super) async fn declare(
        context: &Context,
        stream: &Stream,
        options: &JetStreamOptions,
    ) -> Result<Self, ReceiveError> {
        let stream = stream.dead_letters();
        let declared = stream.declare_to_send(context, options).await;
        declared.map_err(|error| ReceiveError::Unavailable {
            source: match error {
                SendError::Unavailable { source } => source,
                error => error.into(),
            },
        })?;
        let outlet = Outlet::new(context, stream, options);
        Ok(Self { outlet })
    }

    /// Puts a message there as it came, with its reason, and waits for the server's word.
    pub(super) async fn put(
        &self,
        message: &async_nats::Message,
        reason: Reason,
    ) -> Result<(), SendError> {
        let mut headers = message.headers.clone().unwrap_or_default();
        headers.insert(REASON, reason.text());
        self.outlet
            .send_with(headers, message.payload.clone())
            .await
    }
}
