//! One connection of the module: its requests, one after another.

use axum::{
    body::Body,
    http::{HeaderMap, HeaderName, HeaderValue, Method, Request, Uri},
    response::Response,
};
use bytes::Bytes;
use futures_util::stream;
use http_body_util::BodyExt as _;
use lambda_http::Context;
use serde::{Deserialize, Serialize};
use serde_json::{Value, value::RawValue};
use tokio::{
    io::{AsyncRead, AsyncWriteExt as _, BufReader, BufWriter},
    net::{UnixStream, unix::OwnedWriteHalf},
    sync::mpsc,
};
use tower::ServiceExt as _;

use super::frame;
use crate::{
    answer::{Answer, answer},
    app::{App, BoxError},
    client_address::ClientAddress,
};

/// Frames of a request's body that wait for the handler; the socket holds back the rest.
const WAITING_FRAMES: usize = 4;

/// The first frame of a request: an event, or the head of an HTTP request.
#[derive(Deserialize)]
struct Head {
    event: Option<Box<RawValue>>,
    #[serde(default)]
    method: String,
    #[serde(default)]
    url: String,
    #[serde(default)]
    headers: Vec<(String, String)>,
    /// The caller's, as the platform tells it.
    #[serde(default)]
    address: String,
}

#[derive(Serialize)]
struct ResponseHead {
    status: u16,
    headers: Vec<(String, String)>,
}

#[derive(Serialize)]
#[serde(rename_all = "lowercase")]
enum EventAnswer {
    Result(Value),
    Error(String),
}

/// Serves requests until the module closes the connection.
pub(super) async fn serve(app: &App, stream: UnixStream) -> Result<(), BoxError> {
    let (reading, writing) = stream.into_split();
    let mut source = BufReader::new(reading);
    let mut sink = BufWriter::new(writing);
    while let Some(head) = frame::read(&mut source).await? {
        let head: Head = serde_json::from_slice(&head)?;
        match &head.event {
            Some(event) => on_event(app, event, &mut sink).await?,
            None => on_request(app, head, &mut source, &mut sink).await?,
        }
        sink.flush().await?;
    }
    Ok(())
}

async fn on_event(
    app: &App,
    event: &RawValue,
    sink: &mut BufWriter<OwnedWriteHalf>,
) -> Result<(), BoxError> {
    let answer = match answer(app, event, Context::default(), false).await {
        Ok(Answer::Whole(value)) => EventAnswer::Result(value),
        Ok(Answer::Stream(_)) => EventAnswer::Error("a stream was not asked for".into()),
        Err(error) => EventAnswer::Error(error.to_string()),
    };
    Ok(frame::write(sink, &serde_json::to_vec(&answer)?).await?)
}

/// Feeds the body to the handler while it runs; what the handler leaves of it is read away, so that the next request can follow.
async fn on_request(
    app: &App,
    head: Head,
    source: &mut (impl AsyncRead + Unpin),
    sink: &mut BufWriter<OwnedWriteHalf>,
) -> Result<(), BoxError> {
    let (feed, body) = mpsc::channel(WAITING_FRAMES);
    let body = Body::from_stream(stream::unfold(body, |mut body| async move {
        body.recv()
            .await
            .map(|piece: std::io::Result<Bytes>| (piece, body))
    }));
    let request = request(head, body)?;
    let answering = async {
        let response = app.router.clone().oneshot(request).await?;
        send(response, sink).await
    };
    let (read, answered) = tokio::join!(read_body(source, feed), answering);
    read?;
    answered
}

async fn read_body(
    source: &mut (impl AsyncRead + Unpin),
    feed: mpsc::Sender<std::io::Result<Bytes>>,
) -> std::io::Result<()> {
    let mut wanted = true;
    loop {
        let piece = match frame::read(source).await {
            Ok(Some(piece)) => piece,
            Ok(None) => return cut(&feed).await,
            Err(error) => {
                cut(&feed).await.ok();
                return Err(error);
            }
        };
        if piece.is_empty() {
            return Ok(());
        }
        wanted = wanted && feed.send(Ok(piece)).await.is_ok();
    }
}

/// The handler must not take half a body for a whole one.
async fn cut(feed: &mpsc::Sender<std::io::Result<Bytes>>) -> std::io::Result<()> {
    let error = || std::io::Error::from(std::io::ErrorKind::UnexpectedEof);
    // Nobody waits for the body any more if this fails.
    let _ = feed.send(Err(error())).await;
    Err(error())
}

fn request(head: Head, body: Body) -> Result<Request<Body>, BoxError> {
    let mut headers = HeaderMap::with_capacity(head.headers.len());
    for (name, value) in head.headers {
        headers.append(
            HeaderName::from_bytes(name.as_bytes())?,
            HeaderValue::from_bytes(value.as_bytes())?,
        );
    }
    let mut request = Request::new(body);
    *request.method_mut() = Method::from_bytes(head.method.as_bytes())?;
    *request.uri_mut() = head.url.parse::<Uri>()?;
    *request.headers_mut() = headers;
    let address = ClientAddress::read(&head.address);
    request.extensions_mut().insert(address);
    Ok(request)
}

async fn send(response: Response, sink: &mut BufWriter<OwnedWriteHalf>) -> Result<(), BoxError> {
    let (parts, mut body) = response.into_parts();
    let headers = parts.headers.iter().map(|(name, value)| {
        let value = String::from_utf8_lossy(value.as_bytes()).into_owned();
        (name.as_str().to_owned(), value)
    });
    let head = ResponseHead {
        status: parts.status.as_u16(),
        headers: headers.collect(),
    };
    frame::write(sink, &serde_json::to_vec(&head)?).await?;
    while let Some(piece) = body.frame().await {
        if let Ok(data) = piece?.into_data()
            && !data.is_empty()
        {
            frame::write(sink, &data).await?;
            sink.flush().await?;
        }
    }
    Ok(frame::write(sink, &[]).await?)
}
