//! One request, one answer.

use std::{future::poll_fn, sync::Arc};

use bytes::Bytes;
use tokio::time::Instant;

use crate::{
    CancelReason, Codec, Method, MethodName, OutgoingCall, Status,
    codec::Encoding,
    grpc::{
        client::{Connection, Failure, outcome::Incomer, request::request},
        message::encode_message,
        outbox::Outgoing,
    },
    guard::until,
};

/// Encodes the message of a call, so that it can be sent more than once.
pub(crate) fn encode<M: Method>(message: &M::Request) -> Result<Bytes, Status> {
    let encoding = Encoding::<_, M::Codec>::new(message);
    encode_message(&encoding)
}

/// Calls a unary method on one connection.
pub(crate) async fn call_unary<M: Method>(
    connection: Arc<Connection>,
    message: Bytes,
    call: &OutgoingCall,
) -> Result<M::Response, Failure> {
    let size = message.len();
    let body = Outgoing::Message {
        message: Some(message),
        trailers: None,
    };
    let exchange = async {
        let body = connection.admit(body, size).await;
        // It may have had to wait until now.
        let timeout = call.deadline.remaining(Instant::now());
        if timeout.is_zero() {
            return Err(CancelReason::Deadline.status());
        }
        let request = request(&connection, MethodName::of::<M>(), call, timeout, body)?;
        let begun = match connection.send(request).await {
            Ok(begun) => begun,
            Err(failure) => return Ok(Err(failure)),
        };
        let answer = Incomer::new(begun, call.reply.clone())?;
        Ok(Ok(only(answer).await?))
    };
    let answer = until(call.deadline, call.parent.as_ref(), exchange).await??;
    Ok(<M::Codec as Codec<M::Response>>::decode(answer)?)
}

async fn only(mut answer: Incomer) -> Result<Bytes, Status> {
    let mut next = async || poll_fn(|task| answer.poll_message(task)).await;
    let Some(message) = next().await? else {
        return Err(Status::unimplemented(
            "one message was to come, and none came",
        ));
    };
    match next().await? {
        None => Ok(message),
        Some(_) => Err(Status::unimplemented(
            "one message was to come, and more came",
        )),
    }
}
