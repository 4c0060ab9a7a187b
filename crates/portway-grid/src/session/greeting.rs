//! The handshake: who may come in, and what both sides can speak.

use std::collections::BTreeMap;

use bytes::Bytes;
use portway_ignite_protocol::{
    Credentials, DecodeError, Dialect, Feature, Features, FrameTooLong, HandshakeRequest,
    HandshakeResponse, Status, Version,
};
use subtle::ConstantTimeEq;

use super::{Ends, Host, Session};

/// What this grid honours; clients do without the rest.
const OFFERED: Features = Features::NONE
    .with(Feature::UserAttributes)
    .with(Feature::ClusterStates)
    .with(Feature::DefaultQueryTimeout)
    .with(Feature::QueryPartitionsBatchSize)
    .with(Feature::NodeEndpoints)
    .with(Feature::ClusterGroups)
    .with(Feature::BinaryConfiguration)
    .with(Feature::Heartbeat)
    .with(Feature::DataReplication)
    .with(Feature::ExecuteTaskByName)
    .with(Feature::ServiceInvoke)
    .with(Feature::ServiceDescriptors)
    .with(Feature::ServiceCallContext)
    .with(Feature::ServiceTopology)
    .with(Feature::CacheInvoke)
    .with(Feature::IndexQuery)
    .with(Feature::IndexQueryLimit)
    .with(Feature::ForceDeactivation)
    .with(Feature::AllAffinityMappings);

/// What is known of who sent a handshake.
#[derive(Debug)]
pub(crate) enum Admission {
    /// Nobody is asked who they are.
    Anyone,
    /// The password was that of this user.
    Proven { user: String },
    /// There is no such user, or another password.
    Denied,
}

/// How a handshake ended.
#[derive(Debug)]
pub(crate) enum Greeting {
    Accepted {
        answer: Bytes,
        session: Session,
    },
    /// The connection is to be closed after the answer.
    Refused {
        answer: Bytes,
    },
}

/// The most attributes of a connection that are shown, the first by their names: each connection
/// costs their memory.
const MOST_ATTRIBUTES: usize = 64;
/// The bytes of all of them.
const LONGEST_ATTRIBUTES: usize = 16 << 10;

/// Decides on the first message of a connection.
///
/// # Errors
/// For bytes that are no handshake: the connection is closed without an answer.
pub(crate) fn greet(
    payload: &[u8],
    host: &Host,
    admission: Admission,
    ends: Ends,
) -> Result<Greeting, DecodeError> {
    let request = match HandshakeRequest::from_payload(payload) {
        Ok(request) => request,
        Err(DecodeError::UnsupportedVersion(version)) => {
            return Ok(refuse(
                &HandshakeResponse::unsupported_version(version),
                version,
            ));
        }
        Err(error @ DecodeError::UnknownClient(_)) => {
            return Ok(refuse(
                &refusal(error.to_string(), Status::FAILED),
                Version::LATEST,
            ));
        }
        Err(error) => return Err(error),
    };
    let user = match admission {
        Admission::Anyone => None,
        Admission::Proven { user } => Some(user),
        Admission::Denied => {
            let user = request
                .credentials
                .as_ref()
                .map(|given| given.user.as_str());
            let message = format!(
                "The user name or password is incorrect [userName={}]",
                user.unwrap_or("null")
            );
            let refusal = refusal(message, Status::AUTHENTICATION_FAILED);
            return Ok(refuse(&refusal, request.version));
        }
    };
    Ok(accept(&request, host, user, ends))
}

/// User and password of a handshake that has them.
pub(crate) fn credentials(payload: &[u8]) -> Option<Credentials> {
    HandshakeRequest::from_payload(payload).ok()?.credentials
}

/// Whether a handshake brings the one user and password of its listener.
pub(crate) fn check_credentials(payload: &[u8], required: &Credentials) -> Admission {
    match credentials(payload) {
        Some(given) if knows(&given, required) => Admission::Proven { user: given.user },
        _ => Admission::Denied,
    }
}

fn accept(request: &HandshakeRequest, host: &Host, user: Option<String>, ends: Ends) -> Greeting {
    let features = request.features.intersection(OFFERED);
    let response = HandshakeResponse::Accepted {
        features,
        node: Some(host.node),
    };
    let dialect = Dialect {
        version: request.version,
        features,
    };
    let answer = fits(response.to_frame(request.version));
    Greeting::Accepted {
        answer,
        session: Session::new(dialect, ends, user, kept_attributes(request)),
    }
}

/// What the client says about itself, as far as the grid keeps it for those who look.
fn kept_attributes(request: &HandshakeRequest) -> BTreeMap<String, String> {
    let mut bytes = 0;
    let all = request.attributes.iter().take(MOST_ATTRIBUTES);
    let short = all.take_while(|(name, value)| {
        bytes += name.len() + value.len();
        bytes <= LONGEST_ATTRIBUTES
    });
    short
        .map(|(name, value)| (name.clone(), value.clone()))
        .collect()
}

fn refusal(message: String, status: Status) -> HandshakeResponse {
    HandshakeResponse::Refused {
        version: Version::ZERO,
        message,
        status,
    }
}

fn refuse(response: &HandshakeResponse, version: Version) -> Greeting {
    Greeting::Refused {
        answer: fits(response.to_frame(version)),
    }
}

/// Answers to handshakes are some hundred bytes, far below the limit of a frame.
fn fits(frame: Result<Bytes, FrameTooLong>) -> Bytes {
    frame.unwrap_or_default()
}

/// Compares user and password in a time that tells nothing of where they differ.
fn knows(given: &Credentials, required: &Credentials) -> bool {
    let user = given.user.as_bytes().ct_eq(required.user.as_bytes());
    let password = given
        .password()
        .as_bytes()
        .ct_eq(required.password().as_bytes());
    (user & password).into()
}
