//! The first words on a connection: version, features, user and password.

use std::io;
use std::sync::Arc;
use std::time::Duration;

use bytes::Bytes;
use portway_ignite_protocol::{
    DecodeError, Dialect, Features, HANDSHAKE_FRAME_LIMIT, HandshakeRequest, HandshakeResponse,
    Status, Version,
};
use tokio::time::timeout;
use uuid::Uuid;
use zeroize::Zeroize;

use crate::address::Address;
use crate::configuration::ClientConfiguration;
use crate::error::{Delivery, Error, LossReason, Violation};
use crate::transport::{Socket, Transport};

/// What this client honours: all that it knows the layouts of.
const FEATURES: Features = Features::SUPPORTED;

/// What is done while a node is busy with its part of a handshake, more than once where it has to be
/// asked again.
pub(crate) type Meanwhile<'m> = &'m mut (dyn FnMut() + Send);

/// What both sides agreed on.
#[derive(Clone, Debug)]
pub(crate) struct Agreement {
    pub(crate) dialect: Dialect,
    /// The id of the node; below protocol 1.4 it is not told.
    pub(crate) node: Option<Uuid>,
}

/// The answer to an attempt in one version.
enum Outcome<T> {
    Agreed(T),
    /// The node speaks this lower version.
    SpeaksOnly(Version),
}

/// Opens a stream to `address` and agrees on a version that both sides speak.
///
/// `meanwhile` is run once the node is busy with the first words: it takes its time for them.
pub(crate) async fn connect(
    address: &Address,
    configuration: &ClientConfiguration,
    meanwhile: Meanwhile<'_>,
) -> Result<(Transport, Agreement), Error> {
    let mut version = configuration.highest_version;
    loop {
        let socket = open(address, configuration.connect_timeout).await?;
        let limit = configuration.handshake_timeout;
        let outcome = timeout(
            limit,
            talk(socket, address, configuration, version, meanwhile),
        )
        .await
        .map_err(|_| mute(address, limit))?
        .map_err(|error| explain(error, configuration))?;
        match outcome {
            Outcome::Agreed(agreed) => return Ok(agreed),
            // Each turn is with a lower version, so this ends.
            Outcome::SpeaksOnly(lower) => version = lower,
        }
    }
}

async fn open(address: &Address, limit: Duration) -> Result<Socket, Error> {
    match timeout(limit, Socket::open(address)).await {
        Ok(Ok(socket)) => Ok(socket),
        Ok(Err(error)) => Err(unreachable(address, error)),
        Err(_) => Err(unreachable(
            address,
            timed_out(format!("no connection within {limit:?}")),
        )),
    }
}

async fn talk(
    socket: Socket,
    address: &Address,
    configuration: &ClientConfiguration,
    version: Version,
    meanwhile: Meanwhile<'_>,
) -> Result<Outcome<(Transport, Agreement)>, Error> {
    let mut transport = socket.into_transport(address, configuration).await?;
    Ok(
        match shake_hands(&mut transport, address, configuration, version, meanwhile).await? {
            Outcome::Agreed(agreement) => Outcome::Agreed((transport, agreement)),
            Outcome::SpeaksOnly(lower) => Outcome::SpeaksOnly(lower),
        },
    )
}

/// What TLS knows better about an error.
fn explain(error: Error, configuration: &ClientConfiguration) -> Error {
    match &configuration.tls {
        Some(tls) => tls.explain(error),
        None => error,
    }
}

/// The error of a node that closes the connection instead of answering the handshake.
fn closed_silently(address: &Address, configuration: &ClientConfiguration) -> Error {
    if let Some(tls) = &configuration.tls {
        return tls.closed_silently(address);
    }
    let text = "it closed the connection instead of answering the handshake";
    unreachable(address, io::Error::new(io::ErrorKind::UnexpectedEof, text))
}

async fn shake_hands(
    transport: &mut Transport,
    address: &Address,
    configuration: &ClientConfiguration,
    version: Version,
    meanwhile: Meanwhile<'_>,
) -> Result<Outcome<Agreement>, Error> {
    let frame = greeting(configuration, version)?;
    let lost = |reason| lost(address, reason);
    let sent = transport.send(&frame).await;
    wipe(frame);
    sent.map_err(lost)?;
    meanwhile();
    let received = transport.receive(HANDSHAKE_FRAME_LIMIT).await;
    let payload = received.map_err(|reason| match reason {
        LossReason::ClosedByNode => closed_silently(address, configuration),
        reason => lost(reason),
    })?;
    let response = HandshakeResponse::from_payload(&payload, version)
        .map_err(|error| lost(unreadable(error)))?;
    judge(response, address, version)
}

fn greeting(configuration: &ClientConfiguration, version: Version) -> Result<Bytes, Error> {
    let mut request = HandshakeRequest::new(version, FEATURES);
    request.attributes.clone_from(&configuration.attributes);
    request.credentials.clone_from(&configuration.credentials);
    let frame = request.to_frame().map_err(|error| Error::RequestTooLong {
        size: error.length,
        limit: i32::MAX as usize,
    })?;
    if frame.len() > HANDSHAKE_FRAME_LIMIT {
        return Err(Error::RequestTooLong {
            size: frame.len(),
            limit: HANDSHAKE_FRAME_LIMIT,
        });
    }
    Ok(frame)
}

/// Overwrites the memory of a frame that may hold a password.
fn wipe(frame: Bytes) {
    // Nobody else holds it, so that it is always this frame's own memory.
    if let Ok(mut memory) = frame.try_into_mut() {
        memory.zeroize();
    }
}

fn judge(
    response: HandshakeResponse,
    address: &Address,
    version: Version,
) -> Result<Outcome<Agreement>, Error> {
    match response {
        HandshakeResponse::Accepted { features, node } => {
            let features = features.intersection(FEATURES);
            let dialect = Dialect { version, features };
            Ok(Outcome::Agreed(Agreement { dialect, node }))
        }
        HandshakeResponse::Refused {
            version: theirs, ..
        } if theirs.is_supported() && theirs < version => Ok(Outcome::SpeaksOnly(theirs)),
        HandshakeResponse::Refused {
            message, status, ..
        } => Err(refusal(address.clone(), message.into(), status)),
    }
}

fn refusal(address: Address, message: Arc<str>, status: Status) -> Error {
    match status {
        Status::AUTHENTICATION_FAILED => Error::AuthenticationRefused { address, message },
        _ => Error::HandshakeRefused { address, message },
    }
}

fn unreadable(error: DecodeError) -> LossReason {
    LossReason::Violation(Violation::Header(error))
}

fn lost(address: &Address, reason: LossReason) -> Error {
    Error::ConnectionLost {
        address: address.clone(),
        reason,
        delivery: Delivery::NotSent,
    }
}

fn mute(address: &Address, limit: Duration) -> Error {
    let text = format!("no answer to the handshake within {limit:?}; is it a grid node?");
    unreachable(address, timed_out(text))
}

fn timed_out(text: String) -> io::Error {
    io::Error::new(io::ErrorKind::TimedOut, text)
}

fn unreachable(address: &Address, error: io::Error) -> Error {
    Error::Unreachable {
        address: address.clone(),
        source: Arc::new(error),
    }
}
