//! From a body to its answer, in the strict dialect and in Genezio's.

use std::panic::AssertUnwindSafe;

use futures_util::FutureExt as _;
use serde_json::value::RawValue;

use super::{
    Caller, Parameters, Service,
    error::{RpcError, code},
    message::{Body, Request, Response},
};

/// Whose clients call.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Dialect {
    /// JSON-RPC 2.0 as its specification says.
    Strict,
    /// What Genezio's generated clients send and expect, where that differs.
    Genezio,
}

/// The answer to a body.
pub(crate) enum Reply {
    /// There were only notifications.
    Nothing,
    One(Response),
    Many(Vec<Response>),
}

/// Answers a whole body. A batch is answered in its order, one request after another.
pub(crate) async fn answer<S: Service>(
    service: &S,
    dialect: Dialect,
    body: &[u8],
    caller: &Caller,
) -> Reply {
    match (Body::read(body), dialect) {
        (Ok(Body::One(raw)), Dialect::Strict) => strict(service, &raw, caller)
            .await
            .map_or(Reply::Nothing, Reply::One),
        (Ok(Body::One(raw)), Dialect::Genezio) => Reply::One(genezio(service, &raw, caller).await),
        (Ok(Body::Batch(requests)), Dialect::Strict) => {
            let mut responses = Vec::with_capacity(requests.len());
            for raw in requests {
                responses.extend(strict(service, &raw, caller).await);
            }
            if responses.is_empty() {
                Reply::Nothing
            } else {
                Reply::Many(responses)
            }
        }
        (Ok(Body::Batch(_)), Dialect::Genezio) => {
            Reply::One(genezio_refusal("Invalid JSON-RPC request"))
        }
        (Err(error), _) => Reply::One(Response::new(Err(error), None)),
    }
}

/// `None` for a notification: it is carried out and never answered.
async fn strict<S: Service>(service: &S, raw: &RawValue, caller: &Caller) -> Option<Response> {
    let request = match Request::read(raw) {
        Ok(request) => request,
        Err(error) => return Some(Response::new(Err(error), None)),
    };
    let id = match request.id() {
        Ok(id) => id.map(ToOwned::to_owned),
        Err(error) => return Some(Response::new(Err(error), None)),
    };
    let outcome = match request.check_version().and_then(|()| request.method()) {
        Ok(method) => call(service, plain::<S>(&method), request.params, caller).await,
        Err(error) => return Some(Response::new(Err(error), id)),
    };
    id.map(|id| Response::new(outcome, Some(id)))
}

/// A method may be called by its name alone, or with the name of the service before it.
fn plain<S: Service>(method: &str) -> &str {
    let after = method
        .strip_prefix(S::NAME)
        .and_then(|rest| rest.strip_prefix('.'));
    after.unwrap_or(method)
}

/// Genezio wants a class before the dot but does not look at it, an integer as the identifier, and positional parameters.
async fn genezio<S: Service>(service: &S, raw: &RawValue, caller: &Caller) -> Response {
    const REFUSED: &str = "Invalid JSON-RPC request";
    let Ok(request) = Request::read(raw) else {
        return genezio_refusal(REFUSED);
    };
    let id = request
        .id()
        .ok()
        .flatten()
        .filter(|id| id.get().parse::<i64>().is_ok());
    let method = request.method().ok().filter(|method| !method.is_empty());
    let (Some(id), Some(method), Some(params)) =
        (id.map(ToOwned::to_owned), method, request.params)
    else {
        return genezio_refusal(REFUSED);
    };
    let Some((_, name)) = method.split_once('.') else {
        return genezio_refusal("Method not found!");
    };
    match call(service, name, Some(params), caller).await {
        Err(error) if error.code() == code::METHOD_NOT_FOUND => {
            genezio_refusal("Method not found!")
        }
        outcome => Response::new(outcome, Some(id)).with_both_members(),
    }
}

fn genezio_refusal(message: &str) -> Response {
    let zero = serde_json::value::to_raw_value(&0).ok();
    Response::new(Err(RpcError::new(-1, message)), zero)
}

/// Calls a method. Its panic is an internal error to the caller, and the next call works.
async fn call<S: Service>(
    service: &S,
    method: &str,
    params: Option<Box<RawValue>>,
    caller: &Caller,
) -> Result<Box<RawValue>, RpcError> {
    let parameters = Parameters::of(params)?;
    let call = AssertUnwindSafe(service.call(method, parameters, caller));
    match call.catch_unwind().await {
        Ok(Some(outcome)) => outcome,
        Ok(None) => Err(RpcError::new(code::METHOD_NOT_FOUND, "Method not found")),
        Err(_) => {
            tracing::error!(service = S::NAME, "a method panicked");
            Err(RpcError::internal())
        }
    }
}
