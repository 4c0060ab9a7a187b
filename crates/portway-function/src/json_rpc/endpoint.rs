//! A service behind a path.

use std::{any::Any, sync::Arc};

use axum::{
    Router,
    body::{Body, to_bytes},
    extract::{Request, State},
    http::{HeaderMap, StatusCode, header::CONTENT_TYPE},
    response::{IntoResponse as _, Response},
    routing::post,
};
use serde::Serialize;
use tower_http::cors::{Any as AnyOf, CorsLayer};

use super::{
    Service,
    dispatch::{self, Dialect, Reply},
    error::{RpcError, code},
    message,
};
use crate::panic::panic_text;

/// The largest body that is read unless [`JsonRpc::maximum_body`] says otherwise: what Lambda itself lets through.
const MAXIMUM_BODY: usize = 6 * 1024 * 1024;

/// Who calls: what the transport knows of it.
#[derive(Debug, Clone, Default)]
#[non_exhaustive]
pub struct Caller {
    /// The headers of the HTTP request, such as `authorization`.
    pub headers: HeaderMap,
}

/// A service and how it is served; [`router`] is the usual way.
#[derive(Debug)]
pub struct JsonRpc<S> {
    service: S,
    path: String,
    dialect: Dialect,
    maximum_body: usize,
}

/// Serves a service under `POST /NAME`, to callers from any origin.
pub fn router<S: Service>(service: S) -> Router {
    JsonRpc::new(service).into_router()
}

impl<S: Service> JsonRpc<S> {
    /// A service under `/NAME`, strict, for bodies of up to 6 MiB.
    pub fn new(service: S) -> Self {
        Self {
            service,
            path: format!("/{}", S::NAME),
            dialect: Dialect::Strict,
            maximum_body: MAXIMUM_BODY,
        }
    }

    /// Serves under another path, which begins with a slash.
    #[must_use]
    pub fn at(mut self, path: impl Into<String>) -> Self {
        self.path = path.into();
        self
    }

    /// Answers as Genezio does: `"error": null` beside a result, status 400 beside an error, code -1 and identifier 0 for what is no
    /// request. Its generated clients expect that. The server's stack is left out.
    #[must_use]
    pub fn genezio(mut self) -> Self {
        self.dialect = Dialect::Genezio;
        self
    }

    /// Refuses larger bodies, with status 413.
    #[must_use]
    pub fn maximum_body(mut self, bytes: usize) -> Self {
        self.maximum_body = bytes;
        self
    }

    /// The routes: merge them with others of the program.
    ///
    /// # Panics
    /// If the path is not one that axum takes.
    pub fn into_router(self) -> Router {
        let path = self.path.clone();
        let cross_origin = CorsLayer::new()
            .allow_origin(AnyOf)
            .allow_methods(AnyOf)
            .allow_headers(AnyOf);
        Router::new()
            .route(&path, post(serve::<S>))
            .layer(cross_origin)
            .with_state(Arc::new(self))
    }
}

async fn serve<S: Service>(State(endpoint): State<Arc<JsonRpc<S>>>, request: Request) -> Response {
    let (parts, body) = request.into_parts();
    let Ok(body) = to_bytes(body, endpoint.maximum_body).await else {
        let reason = format!(
            "the body is cut off or larger than {} bytes",
            endpoint.maximum_body
        );
        let refusal = message::Response::new(Err(message::invalid(&reason)), None);
        return json(StatusCode::PAYLOAD_TOO_LARGE, &refusal);
    };
    let caller = Caller {
        headers: parts.headers,
    };
    match dispatch::answer(&endpoint.service, endpoint.dialect, &body, &caller).await {
        Reply::Nothing => StatusCode::NO_CONTENT.into_response(),
        Reply::One(response) => json(status(endpoint.dialect, &response), &response),
        Reply::Many(responses) => json(StatusCode::OK, &responses),
    }
}

fn status(dialect: Dialect, response: &message::Response) -> StatusCode {
    match dialect {
        Dialect::Genezio if response.is_error() => StatusCode::BAD_REQUEST,
        Dialect::Genezio | Dialect::Strict => StatusCode::OK,
    }
}

fn json(status: StatusCode, body: &impl Serialize) -> Response {
    match serde_json::to_vec(body) {
        Ok(text) => (status, [(CONTENT_TYPE, "application/json")], text).into_response(),
        Err(error) => {
            tracing::error!("an answer cannot be written as JSON: {error}");
            StatusCode::INTERNAL_SERVER_ERROR.into_response()
        }
    }
}

/// The answer of a request whose handler panicked. What it said stays in the log.
#[expect(
    clippy::needless_pass_by_value,
    reason = "the layer's trait hands the panic over"
)]
pub(crate) fn panicked(panic: Box<dyn Any + Send + 'static>) -> axum::http::Response<Body> {
    tracing::error!("a handler panicked: {}", panic_text(&*panic));
    let error = RpcError::new(code::INTERNAL, "Internal error");
    json(
        StatusCode::INTERNAL_SERVER_ERROR,
        &serde_json::json!({ "error": error.message() }),
    )
}
