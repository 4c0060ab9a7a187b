//! Lambda's Runtime API: events are polled, answers posted. Also in Node's place, after a packaged module stepped aside.

use std::{
    env,
    future::Future,
    pin::Pin,
    sync::Arc,
    task::{Context, Poll},
};

use axum::body::BodyDataStream;
use lambda_http::lambda_runtime::{
    FunctionResponse, LambdaEvent, LambdaInvocation, Runtime, Service, service_fn,
};
use serde_json::{Value, value::RawValue};
use tokio::sync::Semaphore;
use tower::{Layer, layer::layer_fn};

use crate::{
    answer::{Answer, answer},
    app::{App, BoxError},
    shutdown,
};

/// What the runtime needs besides `AWS_LAMBDA_RUNTIME_API`; Lambda and its emulators set them.
const NEEDED: [&str; 3] = [
    "AWS_LAMBDA_FUNCTION_NAME",
    "AWS_LAMBDA_FUNCTION_MEMORY_SIZE",
    "AWS_LAMBDA_FUNCTION_VERSION",
];

/// More requests at once than any environment asks for; the count of free permits tells when all have ended.
const MAXIMUM_REQUESTS: u32 = 10_000;

/// Polls and answers until asked to stop; what is being answered then may end first.
pub(crate) async fn serve(app: App) -> Result<(), BoxError> {
    let streaming = app.streaming || asks_for_streams();
    let app = Arc::new(app);
    let running = Arc::new(Semaphore::new(MAXIMUM_REQUESTS as usize));
    let service = service_fn(move |event: LambdaEvent<Box<RawValue>>| {
        let app = Arc::clone(&app);
        async move {
            let answer = answer(&app, &event.payload, event.context, streaming).await?;
            Ok::<_, BoxError>(response(answer))
        }
    });
    let counted = Counted::layer(&running);
    tokio::select! {
        ended = Runtime::new(service).layer(counted).run_concurrent() => ended,
        () = drained(&running) => Ok(()),
    }
}

/// Counts the invocations that run, until their answers are posted: this is what layers of the runtime enclose.
#[derive(Clone)]
struct Counted<S> {
    inner: S,
    running: Arc<Semaphore>,
}

impl<S> Counted<S> {
    fn layer(running: &Arc<Semaphore>) -> impl Layer<S, Service = Self> + use<S> {
        let running = Arc::clone(running);
        layer_fn(move |inner| Self {
            inner,
            running: Arc::clone(&running),
        })
    }
}

impl<S> Service<LambdaInvocation> for Counted<S>
where
    S: Service<LambdaInvocation, Response = (), Error = BoxError>,
    S::Future: Send + 'static,
{
    type Response = ();
    type Error = BoxError;
    type Future = Pin<Box<dyn Future<Output = Result<(), BoxError>> + Send>>;

    fn poll_ready(&mut self, context: &mut Context<'_>) -> Poll<Result<(), BoxError>> {
        self.inner.poll_ready(context)
    }

    fn call(&mut self, invocation: LambdaInvocation) -> Self::Future {
        let running = Arc::clone(&self.running);
        let answering = self.inner.call(invocation);
        Box::pin(async move {
            let _permit = running.acquire().await?;
            answering.await
        })
    }
}

fn response(answer: Answer) -> FunctionResponse<Value, BodyDataStream> {
    match answer {
        Answer::Whole(value) => FunctionResponse::BufferedResponse(value),
        Answer::Stream(stream) => FunctionResponse::StreamingResponse(stream),
    }
}

/// The web adapter's variable, which stands beside the function URL's invoke mode in existing templates.
fn asks_for_streams() -> bool {
    env::var("AWS_LWA_INVOKE_MODE").is_ok_and(|mode| mode.eq_ignore_ascii_case("response_stream"))
}

/// Makes sure that all is there that the runtime would panic without.
pub(crate) fn check_environment() -> Result<(), BoxError> {
    let missing: Vec<_> = NEEDED
        .into_iter()
        .filter(|name| env::var_os(name).is_none())
        .collect();
    if missing.is_empty() {
        return Ok(());
    }
    Err(format!(
        "AWS_LAMBDA_RUNTIME_API is set, but {} is not: a Lambda environment sets all of them; unset the first for a local server",
        missing.join(", ")
    )
    .into())
}

/// Waits until asked to stop and then, for a bounded time, for the requests that run.
async fn drained(running: &Semaphore) {
    shutdown::asked().await;
    // A request that takes longer than this is given up; its caller is told by the platform.
    let _ = tokio::time::timeout(shutdown::DRAIN, running.acquire_many(MAXIMUM_REQUESTS)).await;
}
