//! A small HTTP server. It tells numbers and no secrets, so it asks nobody who they are; what it
//! spends on one visitor is bounded.

use std::{convert::Infallible, io, net::SocketAddr, sync::Arc, time::Duration};

use http_body_util::Full;
use hyper::{
    Method, Request, Response, StatusCode,
    body::{Bytes, Incoming},
    header::CONTENT_TYPE,
    server::conn::http1,
    service::service_fn,
};
use hyper_util::rt::TokioIo;
use tokio::{
    net::{TcpListener, TcpStream},
    sync::Semaphore,
    task::JoinHandle,
};

use super::Metrics;

/// Visitors at a time; further ones wait in the system's queue.
const MOST_CONNECTIONS: usize = 32;

/// How long one visit may take, from the connection to the last byte of the answer.
const LONGEST_VISIT: Duration = Duration::from_secs(10);

/// Bytes of a request's head; the smallest that hyper takes, and a scraper needs a few hundred.
const LONGEST_HEAD: usize = 8192;

/// Headers of a request.
const MOST_HEADERS: usize = 64;

/// Pause after the system gave no connection, for lack of file descriptors.
const PAUSE: Duration = Duration::from_millis(100);

const OPEN_METRICS: &str = "application/openmetrics-text; version=1.0.0; charset=utf-8";
const TEXT: &str = "text/plain; charset=utf-8";

/// A server that runs; it ends when it is dropped.
pub(crate) struct MetricsServer {
    address: SocketAddr,
    task: JoinHandle<()>,
}

impl MetricsServer {
    pub(super) async fn start(metrics: Metrics, address: SocketAddr) -> io::Result<Self> {
        let listener = TcpListener::bind(address).await?;
        let address = listener.local_addr()?;
        Ok(Self {
            address,
            task: tokio::spawn(accept_all(listener, Arc::new(metrics))),
        })
    }

    /// The address that is really bound.
    pub(crate) fn address(&self) -> SocketAddr {
        self.address
    }
}

impl Drop for MetricsServer {
    fn drop(&mut self) {
        self.task.abort();
    }
}

async fn accept_all(listener: TcpListener, metrics: Arc<Metrics>) {
    let room = Arc::new(Semaphore::new(MOST_CONNECTIONS));
    loop {
        let Ok(place) = Arc::clone(&room).acquire_owned().await else {
            return;
        };
        match listener.accept().await {
            Ok((stream, _)) => {
                let metrics = Arc::clone(&metrics);
                tokio::spawn(async move {
                    let _ = tokio::time::timeout(LONGEST_VISIT, serve(stream, metrics)).await;
                    drop(place);
                });
            }
            Err(error) => {
                tracing::warn!(%error, "cannot accept a visitor of /metrics");
                tokio::time::sleep(PAUSE).await;
            }
        }
    }
}

/// Answers the one request of a connection.
async fn serve(stream: TcpStream, metrics: Arc<Metrics>) {
    let service = service_fn(|request: Request<Incoming>| {
        let response = respond(request.method(), request.uri().path(), &metrics);
        async { Ok::<_, Infallible>(response) }
    });
    let connection = http1::Builder::new()
        .keep_alive(false)
        .max_buf_size(LONGEST_HEAD)
        .max_headers(MOST_HEADERS)
        .serve_connection(TokioIo::new(stream), service);
    if let Err(error) = connection.await {
        tracing::debug!(%error, "a visitor of /metrics was not served");
    }
}

fn respond(method: &Method, path: &str, metrics: &Metrics) -> Response<Full<Bytes>> {
    if ![Method::GET, Method::HEAD].contains(method) {
        return response(
            StatusCode::METHOD_NOT_ALLOWED,
            TEXT,
            "only GET\n".to_owned(),
        );
    }
    match path {
        "/metrics" => match metrics.text() {
            Ok(text) => response(StatusCode::OK, OPEN_METRICS, text),
            Err(error) => response(
                StatusCode::INTERNAL_SERVER_ERROR,
                TEXT,
                format!("{error}\n"),
            ),
        },
        "/healthz" => response(StatusCode::OK, TEXT, "ok\n".to_owned()),
        "/readyz" => match metrics.readiness() {
            (true, remarks) => response(StatusCode::OK, TEXT, format!("ok\n{remarks}")),
            (false, remarks) => response(StatusCode::SERVICE_UNAVAILABLE, TEXT, remarks),
        },
        _ => {
            let text = "there are /metrics, /healthz and /readyz\n".to_owned();
            response(StatusCode::NOT_FOUND, TEXT, text)
        }
    }
}

fn response(status: StatusCode, kind: &'static str, text: String) -> Response<Full<Bytes>> {
    let mut response = Response::new(Full::new(Bytes::from(text)));
    *response.status_mut() = status;
    response
        .headers_mut()
        .insert(CONTENT_TYPE, hyper::header::HeaderValue::from_static(kind));
    response
}

#[cfg(test)]
mod tests {
    use tokio::io::{AsyncReadExt as _, AsyncWriteExt as _};

    use super::{super::Readiness, *};

    async fn ask(address: SocketAddr, request: &str) -> String {
        let mut stream = TcpStream::connect(address).await.unwrap();
        stream.write_all(request.as_bytes()).await.unwrap();
        let mut answer = String::new();
        let read = stream.read_to_string(&mut answer);
        tokio::time::timeout(Duration::from_secs(10), read)
            .await
            .unwrap()
            .unwrap();
        answer
    }

    #[tokio::test]
    async fn the_three_paths_are_served() {
        let mut metrics = Metrics::new();
        metrics.ready_when("grid", || Readiness::NotReady("away".to_owned()));
        let server = metrics.serve("127.0.0.1:0".parse().unwrap()).await.unwrap();
        let get = async |path: &str| {
            ask(
                server.address(),
                &format!("GET {path} HTTP/1.1\r\nHost: x\r\n\r\n"),
            )
            .await
        };
        assert!(get("/healthz").await.starts_with("HTTP/1.1 200"));
        let ready = get("/readyz").await;
        assert!(
            ready.starts_with("HTTP/1.1 503") && ready.ends_with("grid: away\n"),
            "{ready}"
        );
        assert!(
            get("/metrics")
                .await
                .contains("portway_build_info{version=")
        );
        assert!(get("/").await.starts_with("HTTP/1.1 404"));
    }

    #[tokio::test]
    async fn what_is_no_request_for_a_number_is_refused() {
        let server = Metrics::new()
            .serve("127.0.0.1:0".parse().unwrap())
            .await
            .unwrap();
        let post = ask(
            server.address(),
            "POST /metrics HTTP/1.1\r\nHost: x\r\n\r\n",
        )
        .await;
        assert!(post.starts_with("HTTP/1.1 405"), "{post}");
        let head = format!("GET / HTTP/1.1\r\nx: {}\r\n\r\n", "y".repeat(LONGEST_HEAD));
        let long = ask(server.address(), &head).await;
        assert!(long.starts_with("HTTP/1.1 431"), "{long}");
    }

    #[tokio::test]
    async fn a_used_address_is_refused_with_a_hint() {
        let server = Metrics::new()
            .serve("127.0.0.1:0".parse().unwrap())
            .await
            .unwrap();
        let error = Metrics::new().serve(server.address()).await.err().unwrap();
        assert!(
            error.to_string().contains("cannot serve metrics"),
            "{error}"
        );
    }
}
