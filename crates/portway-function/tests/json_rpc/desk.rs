//! The service that is called, and the calling.

use std::{
    fmt,
    sync::{
        Arc,
        atomic::{AtomicU64, Ordering},
    },
};

use axum::{
    Router,
    body::{Body, to_bytes},
    http::{HeaderMap, Method, Request, StatusCode},
};
use portway_function::json_rpc::Caller;
use serde_json::{Value, json};
use tower::ServiceExt as _;

/// No answer of these tests is longer.
const LONGEST_ANSWER: usize = 1 << 20;

/// Why a purchase fails.
#[derive(Debug, serde::Serialize, schemars::JsonSchema)]
pub(crate) struct SoldOut {
    left: u64,
}

impl fmt::Display for SoldOut {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        formatter.write_str("nothing is left")
    }
}

/// Counts what notifications add.
#[derive(Default)]
pub(crate) struct Desk {
    pub(crate) total: Arc<AtomicU64>,
}

#[portway_function::json_rpc]
impl Desk {
    pub(crate) async fn subtract(&self, minuend: i64, subtrahend: i64) -> i64 {
        minuend.wrapping_sub(subtrahend)
    }

    pub(crate) fn add(&self, amount: u64) {
        self.total.fetch_add(amount, Ordering::Relaxed);
    }

    pub(crate) fn same(&self, greatest: u64, least: i64) -> (u64, i64) {
        (greatest, least)
    }

    pub(crate) fn greet(&self, name: Option<String>) -> String {
        format!("Hello, {}!", name.as_deref().unwrap_or("stranger"))
    }

    /// Takes arguments of the names that the macro's own code uses.
    pub(crate) fn names(
        &self,
        parameters: String,
        method: String,
        caller: String,
        _who: &Caller,
    ) -> String {
        format!("{parameters} {method} {caller}")
    }

    pub(crate) fn who(&self, caller: &Caller) -> Option<String> {
        let name = caller.headers.get("x-name")?;
        Some(name.to_str().ok()?.to_owned())
    }

    pub(crate) fn buy(&self) -> Result<u64, SoldOut> {
        Err(SoldOut { left: 0 })
    }

    pub(crate) async fn fall(&self) {
        panic!("a secret");
    }

    #[expect(dead_code, reason = "callers must not reach it")]
    fn hidden(&self) {}
}

/// Status, headers and body of the answer to a request.
pub(crate) async fn answer(
    router: Router,
    request: Request<Body>,
) -> (StatusCode, HeaderMap, Vec<u8>) {
    let response = router.oneshot(request).await.unwrap();
    let (parts, body) = response.into_parts();
    let body = to_bytes(body, LONGEST_ANSWER).await.unwrap();
    (parts.status, parts.headers, body.into())
}

/// Status and JSON of the answer to a body; nothing at all is null.
pub(crate) async fn post(router: Router, path: &str, body: &str) -> (StatusCode, Value) {
    let request = Request::builder().method(Method::POST).uri(path);
    let request = request.body(Body::from(body.to_owned())).unwrap();
    let (status, _, body) = answer(router, request).await;
    let json = match body.as_slice() {
        [] => Value::Null,
        text => serde_json::from_slice(text).unwrap(),
    };
    (status, json)
}

/// A request for a method.
pub(crate) fn call(method: &str, parameters: Value) -> String {
    json!({"jsonrpc": "2.0", "method": method, "params": parameters, "id": 1}).to_string()
}
