//! What a node is asked by the driver itself, once. Only what needs the answers waits for them.

use std::time::Duration;

use bytes::Bytes;
use portway_ignite_protocol::{
    BinaryConfiguration, DecodeError, Dialect, Feature, Request, decode_body, encode_request,
};

use crate::error::{LossReason, Violation};

/// The questions are asked only after this, unless an answer is needed sooner: a program that wants one
/// answer and ends gets it sooner, because the node does nothing else meanwhile.
pub(super) const SETTLE: Duration = Duration::from_millis(10);
/// The ids of the questions, the first of the driver's own; the node may answer in any order.
const IDLE_TIMEOUT: i64 = -1;
const BINARY_CONFIGURATION: i64 = -2;
/// The last id of a question.
pub(super) const LAST_ID: i64 = BINARY_CONFIGURATION;

/// What the node said.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum FirstAnswer {
    /// After how many milliseconds the node closes a silent connection; 0 is never.
    IdleTimeout(i64),
    /// How the cluster writes binary objects.
    Binary(BinaryConfiguration),
}

/// The questions that the node's features let it answer, as frames.
pub(super) fn frames(dialect: Dialect) -> Vec<u8> {
    let questions = [
        (IDLE_TIMEOUT, Feature::Heartbeat, Request::IdleTimeout(())),
        (
            BINARY_CONFIGURATION,
            Feature::BinaryConfiguration,
            Request::BinaryConfiguration(()),
        ),
    ];
    let mut frames = Vec::new();
    for (id, feature, question) in questions {
        if dialect.has(feature)
            && let Ok(frame) = encode_request(&question, id, dialect)
        {
            frames.extend_from_slice(&frame);
        }
    }
    frames
}

/// Whether a node says how its cluster writes binary objects. Others do it as all do by default.
pub(super) fn tells_binary(dialect: Dialect) -> bool {
    dialect.has(Feature::BinaryConfiguration)
}

/// Reads the answer to a question; `None` if this id is none of a question's.
///
/// What the node answers with an error, `failed`, is as if it had not been asked.
pub(super) fn read(
    id: i64,
    body: &Bytes,
    failed: bool,
    dialect: Dialect,
) -> Result<Option<FirstAnswer>, LossReason> {
    let answer = match id {
        IDLE_TIMEOUT if failed => FirstAnswer::IdleTimeout(0),
        IDLE_TIMEOUT => FirstAnswer::IdleTimeout(decode_body(body, dialect).map_err(unreadable)?),
        BINARY_CONFIGURATION if failed => FirstAnswer::Binary(BinaryConfiguration::default()),
        BINARY_CONFIGURATION => {
            FirstAnswer::Binary(decode_body(body, dialect).map_err(unreadable)?)
        }
        _ => return Ok(None),
    };
    Ok(Some(answer))
}

fn unreadable(error: DecodeError) -> LossReason {
    LossReason::Violation(Violation::Header(error))
}
