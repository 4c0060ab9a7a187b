//! What stands in a body: a request, a batch of requests, or neither.

use serde::{Deserialize, Serialize};
use serde_json::value::RawValue;

use super::error::{RpcError, code};

/// More requests than this in one body are refused: each is work for the price of a few bytes.
pub(crate) const MAXIMUM_BATCH: usize = 100;

/// One request. Everything is optional here, so that what is missing gets the answer that the specification gives it.
#[derive(Debug, Deserialize)]
pub(crate) struct Request {
    jsonrpc: Option<Box<RawValue>>,
    method: Option<Box<RawValue>>,
    pub(crate) params: Option<Box<RawValue>>,
    #[serde(default, deserialize_with = "present")]
    id: Option<Box<RawValue>>,
}

/// What is `null` is there too: without this, serde would take it for missing.
pub(super) fn present<'de, D: serde::Deserializer<'de>>(
    source: D,
) -> Result<Option<Box<RawValue>>, D::Error> {
    Box::<RawValue>::deserialize(source).map(Some)
}

/// A body as far as it can be told without looking into the requests.
#[derive(Debug)]
pub(crate) enum Body {
    One(Box<RawValue>),
    Batch(Vec<Box<RawValue>>),
}

impl Body {
    pub(crate) fn read(bytes: &[u8]) -> Result<Self, RpcError> {
        let raw: Box<RawValue> = serde_json::from_slice(bytes)
            .map_err(|error| RpcError::new(code::PARSE, format!("Parse error: {error}")))?;
        if !raw.get().starts_with('[') {
            return Ok(Self::One(raw));
        }
        let requests: Vec<Box<RawValue>> = serde_json::from_str(raw.get())
            .map_err(|error| RpcError::new(code::PARSE, format!("Parse error: {error}")))?;
        match requests.len() {
            0 => Err(invalid("the batch is empty")),
            1..=MAXIMUM_BATCH => Ok(Self::Batch(requests)),
            _ => Err(invalid(&format!(
                "a batch holds at most {MAXIMUM_BATCH} requests"
            ))),
        }
    }
}

pub(crate) fn invalid(reason: &str) -> RpcError {
    RpcError::new(code::INVALID_REQUEST, format!("Invalid Request: {reason}"))
}

impl Request {
    pub(crate) fn read(raw: &RawValue) -> Result<Self, RpcError> {
        serde_json::from_str(raw.get())
            .map_err(|_| invalid("not an object of jsonrpc, method, params and id"))
    }

    /// The version, checked.
    pub(crate) fn check_version(&self) -> Result<(), RpcError> {
        match self.jsonrpc.as_deref().map(RawValue::get) {
            Some("\"2.0\"") => Ok(()),
            _ => Err(invalid("jsonrpc must be \"2.0\"")),
        }
    }

    /// The method's name.
    pub(crate) fn method(&self) -> Result<String, RpcError> {
        self.method
            .as_deref()
            .and_then(|method| serde_json::from_str(method.get()).ok())
            .ok_or_else(|| invalid("method must be text"))
    }

    /// The identifier as it was sent: text, a number or null; `None` for a notification.
    pub(crate) fn id(&self) -> Result<Option<&RawValue>, RpcError> {
        let Some(id) = self.id.as_deref() else {
            return Ok(None);
        };
        match id.get().as_bytes().first() {
            Some(b'"' | b'-' | b'0'..=b'9' | b'n') => Ok(Some(id)),
            _ => Err(invalid("id must be text, a number or null")),
        }
    }
}

/// One answer.
#[derive(Debug, Serialize)]
pub(crate) struct Response {
    jsonrpc: &'static str,
    #[serde(skip_serializing_if = "Option::is_none")]
    result: Option<Box<RawValue>>,
    /// The outer `None` leaves the member out; the inner one writes `null`, as Genezio does beside a result.
    #[serde(skip_serializing_if = "Option::is_none")]
    error: Option<Option<RpcError>>,
    id: Option<Box<RawValue>>,
}

impl Response {
    pub(crate) fn new(outcome: Result<Box<RawValue>, RpcError>, id: Option<Box<RawValue>>) -> Self {
        let (result, error) = match outcome {
            Ok(result) => (Some(result), None),
            Err(error) => (None, Some(Some(error))),
        };
        Self {
            jsonrpc: "2.0",
            result,
            error,
            id,
        }
    }

    /// Writes `"error": null` beside a result.
    pub(crate) fn with_both_members(mut self) -> Self {
        if self.result.is_some() {
            self.error = Some(None);
        }
        self
    }

    pub(crate) fn is_error(&self) -> bool {
        self.result.is_none()
    }
}
