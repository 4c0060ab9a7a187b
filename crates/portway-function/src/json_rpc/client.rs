//! The client that `#[json_rpc(client)]` builds on.

use std::{fmt::Display, time::Duration};

use reqwest::{
    StatusCode, Url,
    header::{CONTENT_TYPE, HeaderValue},
};
use serde::{
    Deserialize, Deserializer, Serialize,
    de::{DeserializeOwned, Error as _},
};
use serde_json::value::RawValue;
use thiserror::Error;

use super::message::present;

/// A call may take this long, from connecting to the last byte of the answer.
const PATIENCE: Duration = Duration::from_secs(30);

/// Calls methods of one service over HTTP; connections are kept and used again. Clones share them.
#[derive(Debug, Clone)]
pub struct Client {
    http: reqwest::Client,
    url: Url,
}

/// The own error of a method that has none: nothing is ever read as one.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum NoError {}

impl<'de> Deserialize<'de> for NoError {
    fn deserialize<D: Deserializer<'de>>(_: D) -> Result<Self, D::Error> {
        Err(D::Error::custom("the method has no error of its own"))
    }
}

/// Why a call gave no result. `E` is the method's own error.
#[derive(Debug, Error)]
#[non_exhaustive]
pub enum CallError<E = NoError> {
    /// The method answered with its own error.
    #[error("{message}")]
    Method {
        /// What the error says.
        message: String,
        /// The error itself.
        error: E,
    },
    /// The service refused the call: no such method, parameters that do not fit, or the method broke off.
    #[error("the service refused the call: {message} (code {code})")]
    Refused {
        /// One of [`code`](super::code), or the service's own.
        code: i64,
        /// What the service says.
        message: String,
    },
    /// The address cannot be used.
    #[error("{0} is not an address of a service; write http://HOST:PORT")]
    Address(String),
    /// The parameters have no form in JSON, such as a map whose keys are not text.
    #[error("the parameters cannot be written as JSON")]
    Parameters(#[source] serde_json::Error),
    /// The service was not reached, or the connection broke.
    #[error("the service could not be asked")]
    Transport(#[source] Box<reqwest::Error>),
    /// The answer is no JSON-RPC, or its result is not of the expected type.
    #[error("the answer cannot be understood (status {status}): {reason}")]
    Answer {
        /// The HTTP status.
        status: StatusCode,
        /// What is wrong with it.
        reason: String,
    },
}

#[derive(Serialize)]
struct Request<'a, P> {
    jsonrpc: &'static str,
    method: &'a str,
    params: &'a P,
    id: u32,
}

#[derive(Deserialize)]
struct Response {
    #[serde(default, deserialize_with = "present")]
    result: Option<Box<RawValue>>,
    error: Option<Refusal>,
}

#[derive(Deserialize)]
struct Refusal {
    code: i64,
    message: String,
    #[serde(default, deserialize_with = "present")]
    data: Option<Box<RawValue>>,
}

impl Client {
    /// A client of the service `name` at `url`, which may have a path of its own before the service's.
    ///
    /// # Errors
    /// If `url` is no HTTP address.
    pub fn new(url: &str, name: &str) -> Result<Self, CallError> {
        let bad = || CallError::Address(url.to_owned());
        let mut url = Url::parse(url).map_err(|_| bad())?;
        if !matches!(url.scheme(), "http" | "https") {
            return Err(bad());
        }
        let mut path = url.path_segments_mut().map_err(|()| bad())?;
        path.pop_if_empty().push(name);
        drop(path);
        let http = reqwest::Client::builder().timeout(PATIENCE).build();
        let http = http.map_err(|error| CallError::Transport(Box::new(error)))?;
        Ok(Self { http, url })
    }

    /// Calls a method with parameters by position. Dropping the future gives the call up; it may have been carried out.
    ///
    /// # Errors
    /// The method's own error, or why there is no result.
    pub async fn call<R, E>(
        &self,
        method: &str,
        parameters: &impl Serialize,
    ) -> Result<R, CallError<E>>
    where
        R: DeserializeOwned,
        E: DeserializeOwned,
    {
        let transport = |error| CallError::Transport(Box::new(error));
        let request = Request {
            jsonrpc: "2.0",
            method,
            params: parameters,
            id: 1,
        };
        let body = serde_json::to_vec(&request).map_err(CallError::Parameters)?;
        let response = self
            .http
            .post(self.url.clone())
            .header(CONTENT_TYPE, HeaderValue::from_static("application/json"))
            .body(body)
            .send()
            .await
            .map_err(transport)?;
        let status = response.status();
        let body = response.bytes().await.map_err(transport)?;
        let unreadable = |reason: &dyn Display| CallError::Answer {
            status,
            reason: reason.to_string(),
        };
        match serde_json::from_slice(&body).map_err(|error| unreadable(&error))? {
            Response {
                error: Some(refusal),
                ..
            } => Err(refused(refusal)),
            Response {
                result: Some(result),
                ..
            } => serde_json::from_str(result.get()).map_err(|error| unreadable(&error)),
            Response { .. } => Err(unreadable(&"it has neither a result nor an error")),
        }
    }
}

fn refused<E: DeserializeOwned>(refusal: Refusal) -> CallError<E> {
    let own = refusal
        .data
        .and_then(|data| serde_json::from_str(data.get()).ok());
    match own {
        Some(error) => CallError::Method {
            message: refusal.message,
            error,
        },
        None => CallError::Refused {
            code: refusal.code,
            message: refusal.message,
        },
    }
}
