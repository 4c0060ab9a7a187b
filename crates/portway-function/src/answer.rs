//! From an event to its answer: the one way that Lambda and the packaged modules share.

use std::{convert::Infallible, future::Future, panic::AssertUnwindSafe};

use axum::{body::BodyDataStream, http::header::SET_COOKIE};
use futures_util::FutureExt as _;
use lambda_http::{
    Adapter, Context, IntoResponse as _, LambdaEvent, Request, RequestExt as _,
    lambda_runtime::{MetadataPrelude, StreamResponse},
    request::LambdaRequest,
    service_fn,
    tower::ServiceExt as _,
};
use serde_json::{Value, json, value::RawValue};
use tracing::error;

use crate::{
    app::{App, BoxError},
    event::{Cron, Event, Message},
    panic::panic_text,
};

/// What an event that is no HTTP request contains somewhere; without any of these it is not looked at more closely.
const MARKS: [&str; 3] = ["\"aws.events\"", "\"aws:sqs\"", "\"genezioEventType\""];

/// The answer to one event.
pub(crate) enum Answer {
    /// All of it.
    Whole(Value),
    /// Its head, and a body that is still being made.
    Stream(StreamResponse<BodyDataStream>),
}

/// Answers one event; `streaming` says whether the answer to an HTTP request may go out while it is made.
pub(crate) async fn answer(
    app: &App,
    payload: &RawValue,
    context: Context,
    streaming: bool,
) -> Result<Answer, BoxError> {
    match event_of(payload)? {
        Event::Cron(cron) => on_cron(app, cron).await.map(Answer::Whole),
        Event::Queue(messages) => on_messages(app, messages).await.map(Answer::Whole),
        Event::Other(_) => on_request(app, request_of(payload)?, context, streaming).await,
    }
}

fn event_of(payload: &RawValue) -> Result<Event, serde_json::Error> {
    if MARKS.iter().any(|mark| payload.get().contains(mark)) {
        return serde_json::from_str(payload.get()).map(Event::of);
    }
    Ok(Event::Other(Value::Null))
}

fn request_of(payload: &RawValue) -> Result<LambdaRequest, BoxError> {
    serde_json::from_str(payload.get()).map_err(|_| {
        "the event is neither an HTTP request of API Gateway, a function URL, a load balancer or VPC Lattice, nor a schedule, nor \
         messages of a queue"
            .into()
    })
}

async fn on_cron(app: &App, cron: Cron) -> Result<Value, BoxError> {
    let handler = app
        .cron
        .as_ref()
        .ok_or("a schedule is due, but the program has no handler for it: add App::on_cron")?;
    handled(async { handler(cron).await })
        .await
        .map(|()| Value::Null)
}

/// Tells the queue which messages failed: only those come again (`ReportBatchItemFailures`).
async fn on_messages(app: &App, messages: Vec<Message>) -> Result<Value, BoxError> {
    let handler = app
        .queue
        .as_ref()
        .ok_or("messages arrived, but the program has no handler for them: add App::on_message")?;
    let mut failures = Vec::new();
    for message in messages {
        let id = message.id.clone();
        if let Err(failure) = handled(async { handler(message).await }).await {
            error!(message = id, "a message could not be handled: {failure}");
            failures.push(json!({ "itemIdentifier": id }));
        }
    }
    Ok(json!({ "batchItemFailures": failures }))
}

/// What a handler says; that it panicked is an error like another, and what it said then stays in the log.
async fn handled(handling: impl Future<Output = Result<(), BoxError>>) -> Result<(), BoxError> {
    match AssertUnwindSafe(handling).catch_unwind().await {
        Ok(outcome) => outcome,
        Err(panic) => {
            error!("a handler panicked: {}", panic_text(&*panic));
            Err("the handler panicked".into())
        }
    }
}

async fn on_request(
    app: &App,
    request: LambdaRequest,
    context: Context,
    streaming: bool,
) -> Result<Answer, BoxError> {
    let router = app.router.clone();
    if streaming {
        let request = Request::from(request).with_lambda_context(context);
        return Ok(Answer::Stream(stream(router.oneshot(request).await?)));
    }
    // The adapter takes only answers that several threads may look at, so their bodies are gathered before it sees them.
    let whole = service_fn(move |request: Request| router.clone().oneshot(request).then(gathered));
    let event = LambdaEvent::new(request, context);
    let response = Adapter::from(whole).oneshot(event).await?;
    Ok(Answer::Whole(serde_json::to_value(response)?))
}

async fn gathered(
    response: Result<axum::response::Response, Infallible>,
) -> Result<lambda_http::Response<lambda_http::Body>, Infallible> {
    let Ok(response) = response;
    Ok(response.into_response().await)
}

/// The head of a streamed answer names cookies apart from the other headers.
fn stream(response: axum::response::Response) -> StreamResponse<BodyDataStream> {
    let (mut parts, body) = response.into_parts();
    let cookies = parts.headers.get_all(SET_COOKIE).iter();
    let cookies = cookies
        .map(|cookie| String::from_utf8_lossy(cookie.as_bytes()).into_owned())
        .collect();
    parts.headers.remove(SET_COOKIE);
    StreamResponse {
        metadata_prelude: MetadataPrelude {
            status_code: parts.status,
            headers: parts.headers,
            cookies,
        },
        stream: body.into_data_stream(),
    }
}

#[cfg(test)]
mod tests {
    use axum::Router;
    use serde_json::value::to_raw_value;

    use super::*;

    async fn ask(app: &App, event: &Value) -> Result<Value, BoxError> {
        let payload = to_raw_value(event)?;
        match answer(app, &payload, Context::default(), false).await? {
            Answer::Whole(value) => Ok(value),
            Answer::Stream(_) => Err("a stream was not asked for".into()),
        }
    }

    #[tokio::test]
    async fn a_message_whose_handler_panics_comes_again_alone() {
        let app = App::new(Router::new()).on_message(|message: Message| async move {
            assert_eq!(message.body, "good", "a secret");
            Ok(())
        });
        let record = |id, body| json!({"eventSource": "aws:sqs", "messageId": id, "body": body});
        let records = [record("1", "bad"), record("2", "good")];
        let answer = ask(&app, &json!({ "Records": records })).await;
        let failures = json!({"batchItemFailures": [{"itemIdentifier": "1"}]});
        assert_eq!(answer.expect("an answer"), failures);
    }

    #[tokio::test]
    async fn a_panic_of_a_schedule_is_an_error_without_its_text() {
        let app = App::new(Router::new()).on_cron(|_| async { panic!("a secret") });
        let event = json!({"source": "aws.events", "resources": ["rule/nightly"]});
        let error = ask(&app, &event).await.expect_err("it panics");
        assert_eq!(error.to_string(), "the handler panicked");
    }
}
