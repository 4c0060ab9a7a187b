//! Lambda's Runtime API on this machine: it hands events to a program and takes its answers.

use std::{
    collections::HashMap,
    convert::Infallible,
    net::{Ipv4Addr, SocketAddr},
    sync::{Arc, Mutex, MutexGuard, PoisonError},
    time::{Duration, Instant, SystemTime, UNIX_EPOCH},
};

use anyhow::Result;
use http_body_util::{BodyExt as _, Full, Limited};
use hyper::{
    Method, Request, Response, StatusCode,
    body::{Bytes, Incoming},
    server::conn::http1,
    service::service_fn,
};
use hyper_util::rt::TokioIo;
use serde::Deserialize;
use tokio::{
    net::{TcpListener, TcpStream},
    sync::{Mutex as AsyncMutex, mpsc, oneshot, watch},
    task::JoinHandle,
};

/// What every path begins with.
const VERSION: &str = "/2018-06-01/runtime/";

/// Events that wait for the program; more wait at their senders.
const WAITING_EVENTS: usize = 64;

/// The longest answer that is taken. Lambda itself takes 6 MB, and 20 MB where answers stream.
const LONGEST_ANSWER: usize = 64 << 20;

/// What the program is told of the time that it has; nobody holds it to that here.
const PATIENCE: Duration = Duration::from_secs(900);

/// What a program made of an event.
#[derive(Debug)]
pub(crate) enum Answer {
    /// Its answer, as it came.
    Response {
        /// All of it.
        body: Bytes,
        /// Whether it begins with a head of its own (`RESPONSE_STREAM`).
        is_stream: bool,
    },
    /// The text of its error.
    Error(String),
}

/// How far a program has come.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) enum Stage {
    /// It has not asked for an event yet.
    Starting,
    /// It asked for its first event.
    Ready(Instant),
    /// It told why it cannot start.
    Failed(String),
}

/// Serves one program until it is dropped.
#[derive(Debug)]
pub(crate) struct RuntimeApi {
    address: SocketAddr,
    events: mpsc::Sender<Pending>,
    stage: watch::Receiver<Stage>,
    task: JoinHandle<()>,
}

#[derive(Debug)]
struct Pending {
    event: Bytes,
    handed_out: oneshot::Sender<Instant>,
    answer: oneshot::Sender<Answer>,
}

/// What the connections share.
struct Shared {
    waiting: AsyncMutex<mpsc::Receiver<Pending>>,
    running: Mutex<Running>,
    stage: watch::Sender<Stage>,
}

#[derive(Default)]
struct Running {
    count: u64,
    answers: HashMap<String, oneshot::Sender<Answer>>,
}

/// The body of an error, as far as it is told on.
#[derive(Deserialize)]
#[serde(rename_all = "camelCase")]
struct ErrorBody {
    error_message: String,
}

impl RuntimeApi {
    /// Starts on a free port of 127.0.0.1.
    ///
    /// # Errors
    /// If there is none.
    pub(crate) async fn start() -> Result<Self> {
        let listener = TcpListener::bind((Ipv4Addr::LOCALHOST, 0)).await?;
        let address = listener.local_addr()?;
        let (events, waiting) = mpsc::channel(WAITING_EVENTS);
        let (change, stage) = watch::channel(Stage::Starting);
        let shared = Arc::new(Shared {
            waiting: AsyncMutex::new(waiting),
            running: Mutex::default(),
            stage: change,
        });
        let task = tokio::spawn(accept(listener, shared));
        Ok(Self {
            address,
            events,
            stage,
            task,
        })
    }

    /// What a program has to find in its environment.
    pub(crate) fn environment(&self, name: &str) -> [(&'static str, String); 7] {
        [
            ("AWS_LAMBDA_RUNTIME_API", self.address.to_string()),
            ("AWS_LAMBDA_FUNCTION_NAME", name.to_owned()),
            ("AWS_LAMBDA_FUNCTION_MEMORY_SIZE", "128".to_owned()),
            ("AWS_LAMBDA_FUNCTION_VERSION", "1".to_owned()),
            ("AWS_LAMBDA_LOG_GROUP_NAME", name.to_owned()),
            ("AWS_LAMBDA_LOG_STREAM_NAME", name.to_owned()),
            ("_HANDLER", "index.handler".to_owned()),
        ]
    }

    /// Waits until the program asks for events, or says that it cannot start; gives the moment.
    ///
    /// # Errors
    /// What the program says.
    ///
    /// # Cancel safety
    /// Nothing is lost: the stage stays what it is.
    pub(crate) async fn ready(&self) -> Result<Instant> {
        let mut stage = self.stage.clone();
        let reached = stage.wait_for(|stage| *stage != Stage::Starting).await?;
        match &*reached {
            Stage::Ready(moment) => Ok(*moment),
            Stage::Failed(reason) => Err(anyhow::anyhow!("it cannot start: {reason}")),
            Stage::Starting => unreachable!("waited for another stage"),
        }
    }

    /// Hands an event to the program; gives its answer, and the moment at which the program took the event.
    ///
    /// # Errors
    /// If the program is not asking any more.
    pub(crate) async fn invoke(&self, event: Bytes) -> Result<(Instant, Answer)> {
        let (handed_out, taken) = oneshot::channel();
        let (answer, answered) = oneshot::channel();
        let pending = Pending {
            event,
            handed_out,
            answer,
        };
        self.events.send(pending).await?;
        Ok((taken.await?, answered.await?))
    }
}

impl Drop for RuntimeApi {
    fn drop(&mut self) {
        self.task.abort();
    }
}

async fn accept(listener: TcpListener, shared: Arc<Shared>) {
    while let Ok((stream, _)) = listener.accept().await {
        tokio::spawn(serve(stream, Arc::clone(&shared)));
    }
}

async fn serve(stream: TcpStream, shared: Arc<Shared>) {
    let service = service_fn(move |request| {
        let shared = Arc::clone(&shared);
        async move { Ok::<_, Infallible>(shared.answer(request).await) }
    });
    // A connection that breaks is one of a program that ended.
    let _ = stream.set_nodelay(true);
    let _ = http1::Builder::new()
        .serve_connection(TokioIo::new(stream), service)
        .await;
}

impl Shared {
    async fn answer(&self, request: Request<Incoming>) -> Response<Full<Bytes>> {
        let path = request.uri().path().strip_prefix(VERSION);
        let path: Vec<&str> = path.unwrap_or_default().split('/').collect();
        match (request.method(), path.as_slice()) {
            (&Method::GET, ["invocation", "next"]) => self.next().await,
            (&Method::POST, ["invocation", id, "response"]) => {
                let id = (*id).to_owned();
                self.response(&id, request).await
            }
            (&Method::POST, ["invocation", id, "error"]) => {
                let id = (*id).to_owned();
                let answer = Answer::Error(error_of(request).await);
                self.settle(&id, answer)
            }
            (&Method::POST, ["init", "error"]) => {
                let reason = error_of(request).await;
                self.stage.send_replace(Stage::Failed(reason));
                accepted()
            }
            _ => status(StatusCode::NOT_FOUND),
        }
    }

    async fn next(&self) -> Response<Full<Bytes>> {
        self.stage.send_if_modified(|stage| {
            let first = *stage == Stage::Starting;
            if first {
                *stage = Stage::Ready(Instant::now());
            }
            first
        });
        let Some(pending) = self.waiting.lock().await.recv().await else {
            return status(StatusCode::GONE);
        };
        let id = self.running().begin(pending.answer);
        // Whoever asked may have gone.
        let _ = pending.handed_out.send(Instant::now());
        event(&id, pending.event)
    }

    async fn response(&self, id: &str, request: Request<Incoming>) -> Response<Full<Bytes>> {
        let mode = request
            .headers()
            .get("lambda-runtime-function-response-mode");
        let is_stream = mode.is_some_and(|mode| mode == "streaming");
        let answer = match body_of(request).await {
            Some(body) => Answer::Response { body, is_stream },
            None => Answer::Error(format!(
                "the answer broke off, or is longer than {LONGEST_ANSWER} bytes"
            )),
        };
        self.settle(id, answer)
    }

    fn settle(&self, id: &str, answer: Answer) -> Response<Full<Bytes>> {
        let Some(asked) = self.running().answers.remove(id) else {
            return status(StatusCode::BAD_REQUEST);
        };
        // Whoever asked may have gone.
        let _ = asked.send(answer);
        accepted()
    }

    fn running(&self) -> MutexGuard<'_, Running> {
        self.running.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

impl Running {
    fn begin(&mut self, answer: oneshot::Sender<Answer>) -> String {
        self.count += 1;
        let id = format!("request-{}", self.count);
        self.answers.insert(id.clone(), answer);
        id
    }
}

async fn body_of(request: Request<Incoming>) -> Option<Bytes> {
    let body = Limited::new(request.into_body(), LONGEST_ANSWER);
    Some(body.collect().await.ok()?.to_bytes())
}

async fn error_of(request: Request<Incoming>) -> String {
    let body = body_of(request).await.unwrap_or_default();
    match serde_json::from_slice::<ErrorBody>(&body) {
        Ok(error) => error.error_message,
        Err(_) => String::from_utf8_lossy(&body).into_owned(),
    }
}

fn event(id: &str, event: Bytes) -> Response<Full<Bytes>> {
    let deadline = SystemTime::now() + PATIENCE;
    let deadline = deadline.duration_since(UNIX_EPOCH).unwrap_or_default();
    let mut response = Response::new(Full::new(event));
    let headers = response.headers_mut();
    for (name, value) in [
        // Lambda's own client for Node does not survive an event without it.
        ("content-type", "application/json".to_owned()),
        ("lambda-runtime-aws-request-id", id.to_owned()),
        (
            "lambda-runtime-deadline-ms",
            deadline.as_millis().to_string(),
        ),
        (
            "lambda-runtime-invoked-function-arn",
            "arn:aws:lambda:local:0:function:local".to_owned(),
        ),
    ] {
        if let Ok(value) = value.parse() {
            headers.insert(name, value);
        }
    }
    response
}

fn accepted() -> Response<Full<Bytes>> {
    status(StatusCode::ACCEPTED)
}

fn status(status: StatusCode) -> Response<Full<Bytes>> {
    let mut response = Response::new(Full::default());
    *response.status_mut() = status;
    response
}
