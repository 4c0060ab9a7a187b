//! What a node is asked before its first operation, in one round trip.

use bytes::Bytes;
use portway_ignite_protocol::{
    BinaryConfiguration, DecodeError, Dialect, Feature, HANDSHAKE_FRAME_LIMIT, Incoming, Request,
    TopologyVersion, decode_body, encode_request,
};

use crate::error::{LossReason, Violation};
use crate::transport::Transport;

/// The ids of the questions; the node may answer them in any order.
const IDLE_TIMEOUT: i64 = 1;
const BINARY_CONFIGURATION: i64 = 2;

/// What the node said. What it does not know, or answers with an error, is missing.
#[derive(Debug, Default)]
pub(super) struct FirstAnswers {
    /// After how many milliseconds the node closes a silent connection; 0 is never.
    pub(super) idle_timeout: Option<i64>,
    /// How the cluster writes binary objects.
    pub(super) binary: Option<BinaryConfiguration>,
    /// The distribution of the partitions that came with an answer.
    pub(super) topology: Option<TopologyVersion>,
}

/// Asks what the node's features let it answer.
pub(super) async fn ask(
    transport: &mut Transport,
    dialect: Dialect,
) -> Result<FirstAnswers, LossReason> {
    let mut waiting = Vec::new();
    let mut frames = Vec::new();
    for (id, feature, question) in [
        (IDLE_TIMEOUT, Feature::Heartbeat, Request::IdleTimeout(())),
        (
            BINARY_CONFIGURATION,
            Feature::BinaryConfiguration,
            Request::BinaryConfiguration(()),
        ),
    ] {
        if dialect.has(feature)
            && let Ok(frame) = encode_request(&question, id, dialect)
        {
            waiting.push(id);
            frames.extend_from_slice(&frame);
        }
    }
    if !frames.is_empty() {
        transport.send(&frames).await?;
    }
    let mut answers = FirstAnswers::default();
    while !waiting.is_empty() {
        let payload = transport.receive(HANDSHAKE_FRAME_LIMIT).await?;
        let id = answers.take(payload, dialect)?;
        let place = waiting.iter().position(|waiting| *waiting == id);
        waiting.swap_remove(place.ok_or_else(|| nobody_asked(id))?);
    }
    Ok(answers)
}

impl FirstAnswers {
    /// Takes one answer, and tells to which question.
    fn take(&mut self, payload: Bytes, dialect: Dialect) -> Result<i64, LossReason> {
        let (header, body) = match Incoming::split(payload, dialect).map_err(unreadable)? {
            (Incoming::Response(header), body) => (header, body),
            (Incoming::Notification(header), _) => return Err(nobody_asked(header.resource.0)),
        };
        self.topology = header.topology.or(self.topology);
        match header.request_id {
            _ if header.error.is_some() => {}
            IDLE_TIMEOUT => {
                self.idle_timeout = Some(decode_body(&body, dialect).map_err(unreadable)?);
            }
            BINARY_CONFIGURATION => {
                self.binary = Some(decode_body(&body, dialect).map_err(unreadable)?);
            }
            id => return Err(nobody_asked(id)),
        }
        Ok(header.request_id)
    }
}

fn nobody_asked(id: i64) -> LossReason {
    LossReason::Violation(Violation::UnknownRequest(id))
}

fn unreadable(error: DecodeError) -> LossReason {
    LossReason::Violation(Violation::Header(error))
}
