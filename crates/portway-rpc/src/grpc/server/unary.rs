//! One request, one answer.

use std::{
    sync::{Arc, Mutex, PoisonError},
    task::{Context as TaskContext, Poll},
};

use http::{HeaderMap, Response};
use hyper::body::Incoming;

use crate::{
    Answer, Context, EncodeMessage, Metadata, Respond, Route, Status,
    grpc::{
        message::{MessageReader, encode_message},
        outbox::Outgoing,
        server::call::{failure, only, success},
        status::{ok_headers, put_status},
    },
    guard::within,
};

/// Serves a call of a unary method, inside of the task that HTTP/2 has for the stream.
pub(crate) async fn serve_unary(
    route: &Route,
    context: Context,
    mut requests: MessageReader<Incoming>,
) -> Response<Outgoing> {
    let place = Arc::new(Place::default());
    let answer = Answer {
        transport: Arc::clone(&place) as Arc<dyn Respond>,
        call: 0,
    };
    let work = async {
        let request = requests.only().await?;
        route.unary(context.clone(), request, answer).await;
        Ok(place.take())
    };
    match within(context.clone(), work).await {
        Ok(Some(response)) => response,
        Ok(None) => failure(&Status::internal("the handler gave no answer")),
        Err(status) => failure(&status),
    }
}

/// Where the answer of one call is put.
#[derive(Default)]
struct Place {
    response: Mutex<Option<Response<Outgoing>>>,
}

impl Place {
    fn take(&self) -> Option<Response<Outgoing>> {
        self.response
            .lock()
            .unwrap_or_else(PoisonError::into_inner)
            .take()
    }
}

impl Respond for Place {
    /// HTTP/2 holds back what a peer does not read, one message a call.
    fn has_room(&self) -> bool {
        true
    }

    fn poll_room(&self, _call: u64, _task: &mut TaskContext<'_>) -> Poll<()> {
        Poll::Ready(())
    }

    fn respond(&self, _call: u64, context: &Context, result: Result<&dyn EncodeMessage, Status>) {
        let encoded = result.and_then(encode_message);
        let (leading, trailing) = (context.take_leading(), context.take_trailing());
        let (message, trailers) = match encoded {
            Ok(message) => (Some(message), ok_headers(&trailing)),
            Err(status) => (None, failed_headers(status, &trailing)),
        };
        let response = match message.is_none() && leading.is_empty() {
            true => only(trailers),
            false => {
                let trailers = Some(trailers);
                success(&leading, Outgoing::Message { message, trailers })
            }
        };
        *self.response.lock().unwrap_or_else(PoisonError::into_inner) = Some(response);
    }
}

/// Makes the headers of a call that failed, with the metadata of its handler.
pub(crate) fn failed_headers(mut status: Status, trailing: &Metadata) -> HeaderMap {
    for (name, value) in trailing.iter() {
        // What does not fit in is left out: the status itself is worth more.
        let _full = status
            .metadata_mut()
            .append_value(name.to_owned(), value.clone());
    }
    let mut headers = HeaderMap::new();
    put_status(&status, &mut headers);
    headers
}
