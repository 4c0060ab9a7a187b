//! What can go wrong.

use portway_rpc::{
    Status,
    pattern::{Cause, SendError},
};
use rdkafka::{error::KafkaError, types::RDKafkaErrorCode as Code};

use crate::Position;

/// A producer or consumer could not be made: an option is not what librdkafka takes.
#[derive(Debug, thiserror::Error)]
#[error("cannot use these options of Kafka: {source}; look at librdkafka's CONFIGURATION.md")]
pub struct OpenError {
    source: Cause,
}

/// No record was received.
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum PollError {
    /// A record came that the codec cannot read. The next poll gives the one behind it; committing
    /// its position goes past it for good.
    #[error(
        "the record at {position}, of {size} bytes, is not what was expected: {source}; commit its position to go past it"
    )]
    Malformed {
        /// Where it is.
        position: Position,
        /// Bytes of the body.
        size: usize,
        /// What the codec says.
        source: Status,
    },
    /// The brokers cannot be reached at the moment; poll again to wait for them.
    #[error("Kafka is not available: {source}; is the broker running?")]
    Unavailable {
        /// What librdkafka says.
        source: Cause,
    },
    /// A broker's certificate is not what it has to be, or a broker says that it does not accept the
    /// password of this client; one that just ends the connection is [`Unavailable`](Self::Unavailable).
    /// librdkafka goes on trying; what exactly is wrong it logs (`tracing`).
    #[error(
        "no secure connection with Kafka: {source}; look at the log, the certificates and the password"
    )]
    Insecure {
        /// What librdkafka says.
        source: Cause,
    },
    /// The broker refuses what is asked of it: a lack of rights, a topic that is not there.
    #[error("Kafka refuses: {source}; look at the topic's name and the rights of this user")]
    Refused {
        /// What the broker said.
        source: Cause,
    },
}

/// An offset was not committed: records behind the last committed one come again.
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum CommitError {
    /// The partition belongs to another member of the group by now, which reads on from the last
    /// committed offset.
    #[error(
        "the group has given the partition to another member, where its records come again: {source}"
    )]
    Reassigned {
        /// What the broker said.
        source: Cause,
    },
    /// The broker did not confirm. It is worth another try.
    #[error("the offset is not committed: {source}; commit again, or the records come again")]
    Unconfirmed {
        /// What librdkafka says.
        source: Cause,
    },
}

impl OpenError {
    pub(crate) fn new(source: KafkaError) -> Self {
        let source = source.into();
        Self { source }
    }
}

impl PollError {
    pub(crate) fn new(error: KafkaError) -> Self {
        let code = error.rdkafka_error_code();
        let insecure = matches!(
            code,
            Some(Code::SSL | Code::Authentication | Code::SaslAuthenticationFailed)
        );
        let refused = matches!(
            code,
            Some(
                Code::UnknownTopicOrPartition
                    | Code::UnknownTopic
                    | Code::InvalidTopic
                    | Code::TopicAuthorizationFailed
                    | Code::GroupAuthorizationFailed
                    | Code::Fatal
            )
        );
        let source = error.into();
        match (insecure, refused) {
            (true, _) => Self::Insecure { source },
            (_, true) => Self::Refused { source },
            _ => Self::Unavailable { source },
        }
    }
}

impl CommitError {
    pub(crate) fn new(error: KafkaError) -> Self {
        let reassigned = matches!(
            error.rdkafka_error_code(),
            Some(
                Code::IllegalGeneration
                    | Code::UnknownMemberId
                    | Code::RebalanceInProgress
                    | Code::AssignmentLost
                    | Code::FencedInstanceId
            )
        );
        let source = error.into();
        match reassigned {
            true => Self::Reassigned { source },
            false => Self::Unconfirmed { source },
        }
    }
}

/// Says why a record was not taken on, or that nobody knows.
pub(crate) fn unsent(
    error: KafkaError,
    topic: &str,
    size: usize,
    options: &crate::ProducerOptions,
) -> SendError {
    match error.rdkafka_error_code() {
        Some(Code::MessageSizeTooLarge) => SendError::TooLarge {
            size,
            limit: options.maximum_size,
        },
        Some(Code::QueueFull) => SendError::Full,
        Some(Code::UnknownTopicOrPartition | Code::UnknownTopic) => SendError::NoRoute {
            name: topic.to_owned(),
        },
        Some(Code::TopicAuthorizationFailed | Code::InvalidTopic | Code::InvalidRequiredAcks) => {
            SendError::Refused {
                reason: error.to_string(),
            }
        }
        _ => SendError::Unconfirmed {
            waited: options.timeout,
            source: Some(error.into()),
        },
    }
}
