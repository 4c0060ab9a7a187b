//! The client's side.

use std::{fmt, sync::Arc};

use async_nats::{
    Client, Message, StatusCode,
    client::{PublishError, PublishErrorKind},
    connection::State,
};
use bytes::{Bytes, BytesMut};

use super::{
    cancel::CancelOnDrop,
    headers::{self, Parsed},
    inbox::{self, Inbox},
};
use crate::{
    Call, CancelReason, Codec, Method, MethodName, OutgoingCall, ProtobufMethod, Request, Status,
    guard::until,
    header::{check_content_type, content_type},
    in_process::Aborting,
    pattern::nats::Nats,
};

/// A client's handle of the servers behind NATS; clones share one inbox.
///
/// A request goes to one server of the group that serves the service. A call fails at once with
/// [`Code::Unavailable`](crate::Code::Unavailable) when nobody serves it, when NATS cannot be reached,
/// or when the connection is lost before the reply comes; the call may then have been carried out. A
/// caller that gives up tells the handler by a message on `SERVICE.METHOD.cancel`.
///
/// It carries methods of a `.proto` with one request and one response, each of at most what the NATS
/// server allows (1 MiB by default); streams over it do not compile.
///
/// ```no_run
/// use portway_rpc::{NatsChannel, pattern::nats::Nats};
///
/// # async fn connect() -> Result<(), Box<dyn std::error::Error>> {
/// let nats = Nats::connect("nats://127.0.0.1").await?;
/// let channel = NatsChannel::new(&nats).await?;
/// // GreeterClient::new(channel)
/// # Ok(())
/// # }
/// ```
#[derive(Clone)]
pub struct NatsChannel {
    client: Client,
    inbox: Arc<Inbox>,
    prefix: Arc<str>,
    _reader: Arc<Aborting<()>>,
}

impl NatsChannel {
    /// Makes a channel over a connection, which others may use too.
    ///
    /// # Errors
    /// [`Code::Unavailable`](crate::Code::Unavailable) if the connection is closed.
    pub async fn new(nats: &Nats) -> Result<Self, Status> {
        let client = nats.client().clone();
        let prefix = client.new_inbox();
        let losses = nats.losses();
        let replies = client.subscribe(format!("{prefix}.*")).await;
        let replies = replies.map_err(|error| closed().with_source(error))?;
        let inbox = Inbox::new(prefix);
        let reading = inbox::read(Arc::clone(&inbox), replies, losses);
        Ok(Self {
            client,
            inbox,
            prefix: Arc::from(""),
            _reader: Arc::new(Aborting(tokio::spawn(reading))),
        })
    }

    /// Puts `prefix` and a dot before all subjects, as the servers do.
    #[must_use]
    pub fn prefix(mut self, prefix: &str) -> Self {
        self.prefix = format!("{prefix}.").into();
        self
    }

    /// Returns the subject of a method.
    pub(super) fn subject(&self, name: MethodName<'_>) -> String {
        format!("{}{}.{}", self.prefix, name.service, name.method)
    }

    /// Calls the method on `subject` with a message that is encoded already.
    pub(super) async fn call_encoded(
        &self,
        subject: String,
        payload: Bytes,
        call: &OutgoingCall,
        content_type: &str,
    ) -> Result<Bytes, Status> {
        if call.timeout.is_zero() {
            return Err(CancelReason::Deadline.status());
        }
        self.check_connection()?;
        let reply = self.request(subject, payload, call, content_type).await?;
        body(reply, call, content_type)
    }

    /// Sends a request and waits for its reply.
    async fn request(
        &self,
        subject: String,
        payload: Bytes,
        call: &OutgoingCall,
        content_type: &str,
    ) -> Result<Message, Status> {
        let mut place = self.inbox.place();
        let headers = headers::request(&call.metadata, call.timeout, content_type);
        let reply = place.subject();
        let watch = CancelOnDrop::new(&self.client, &subject, reply.clone(), call.deadline);
        let size = payload.len();
        let work = async {
            let client = &self.client;
            let sent = client.publish_with_reply_and_headers(subject, reply, headers, payload);
            sent.await.map_err(|error| unsent(&error, size, client))?;
            place.reply().await
        };
        let result = until(call.deadline, call.parent.as_ref(), work).await;
        if result.is_ok() {
            watch.answered();
        }
        result
    }

    fn check_connection(&self) -> Result<(), Status> {
        match self.client.connection_state() {
            State::Connected => Ok(()),
            _ => Err(Status::unavailable(
                "there is no connection to NATS at the moment",
            )),
        }
    }
}

impl<M: ProtobufMethod> Call<M> for NatsChannel {
    async fn call(&self, request: Request<M::Request>) -> Result<M::Response, Status> {
        let (message, options) = request.into_parts();
        let call = options.into_outgoing();
        let payload = encode::<M>(&message)?;
        drop(message);
        let content_type = content_type(codec_name::<M>());
        let subject = self.subject(MethodName::of::<M>());
        let answer = self.call_encoded(subject, payload, &call, content_type);
        decode::<M>(answer.await?)
    }
}

fn codec_name<M: Method>() -> &'static str {
    <M::Codec as Codec<M::Request>>::CONTENT_TYPE
}

fn encode<M: Method>(message: &M::Request) -> Result<Bytes, Status> {
    let size = <M::Codec as Codec<M::Request>>::size_hint(message);
    let mut payload = BytesMut::with_capacity(size);
    M::Codec::encode(message, &mut payload)?;
    Ok(payload.freeze())
}

fn decode<M: Method>(body: Bytes) -> Result<M::Response, Status> {
    <M::Codec as Codec<M::Response>>::decode(body)
}

/// Takes a reply apart.
fn body(reply: Message, call: &OutgoingCall, content_type: &str) -> Result<Bytes, Status> {
    if reply.status == Some(StatusCode::NO_RESPONDERS) {
        return Err(Status::unavailable(
            "nobody serves it on NATS at the moment",
        ));
    }
    let mut parsed = headers::parse(&reply);
    let error = parsed.error();
    capture(call, &parsed);
    match error {
        Some(status) => Err(status),
        None => {
            let found = parsed.content_type.as_deref().unwrap_or(content_type);
            check_content_type(found, content_type)?;
            Ok(reply.payload)
        }
    }
}

fn capture(call: &OutgoingCall, parsed: &Parsed) {
    if let Some(reply) = &call.reply {
        reply.set_leading(parsed.metadata.clone());
        reply.set_trailing(parsed.trailing.clone());
    }
}

fn closed() -> Status {
    Status::unavailable("the connection to NATS is closed")
}

fn unsent(error: &PublishError, size: usize, client: &Client) -> Status {
    match error.kind() {
        PublishErrorKind::MaxPayloadExceeded => too_large(size, client.max_payload()),
        PublishErrorKind::InvalidSubject => Status::invalid_argument(error.to_string()),
        PublishErrorKind::Send => closed(),
    }
}

/// Says that a message does not fit, and what would help.
pub(super) fn too_large(size: usize, limit: usize) -> Status {
    Status::resource_exhausted(format!(
        "the message has {size} bytes and headers, and the NATS server allows {limit} together: raise its max_payload, or send less"
    ))
}

impl fmt::Debug for NatsChannel {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        formatter
            .debug_struct("NatsChannel")
            .field("prefix", &self.prefix)
            .field("state", &self.client.connection_state())
            .finish_non_exhaustive()
    }
}
