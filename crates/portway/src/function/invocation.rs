//! One call of a function: of a server that runs, of a package, or of the project's program.

use std::{
    path::PathBuf,
    process::Command,
    time::{Duration, Instant},
};

use anyhow::{Context as _, Result, bail};
use hyper::{
    HeaderMap, Method, Uri,
    body::Bytes,
    header::{CONTENT_TYPE, HOST, HeaderValue},
};
use serde_json::{Value, json};

use super::{
    cargo::{self, Program},
    hosting::{
        event,
        package::Unpacked,
        process::{Hosted, Outputs},
        runtime_api::{Answer, RuntimeApi},
    },
};
use crate::failure::{Advise as _, Advised};

/// Who is called.
#[derive(Debug)]
pub(crate) enum Target {
    /// A server that runs, by its address.
    Server(String),
    /// A package, started for this call.
    Package(PathBuf),
    /// The program of a project, compiled and started for this call.
    Program(Program),
}

/// What is called.
#[derive(Debug, Clone, PartialEq)]
pub(crate) enum Call {
    /// A request over HTTP.
    Http {
        method: Method,
        path: Uri,
        body: Bytes,
    },
    /// A method of a JSON-RPC service.
    Method {
        service: String,
        method: String,
        parameters: Value,
    },
    /// An event in the platform's own form.
    Event(Value),
}

/// What came of it.
#[derive(Debug)]
pub(crate) struct Outcome {
    /// The status of the HTTP answer, if it was one.
    pub(crate) status: Option<u16>,
    /// The body, or the result of the method, or the answer to the event.
    pub(crate) answer: Bytes,
    /// Why it failed, as the function says.
    pub(crate) failure: Option<String>,
    /// What the function wrote; a server that ran already keeps that to itself.
    pub(crate) logs: Option<String>,
    /// From the start of the process until it asked for the event.
    pub(crate) start: Option<Duration>,
    /// From handing the event out until its answer was here.
    pub(crate) duration: Duration,
}

/// An answer before it is looked at.
struct Raw {
    status: Option<u16>,
    body: Bytes,
    failure: Option<String>,
}

impl Call {
    /// A method by `Service.method`, with parameters by position (a list), by name (an object), or with a single one.
    ///
    /// # Errors
    /// If the service is not named.
    pub(crate) fn method(name: &str, parameters: Option<Value>) -> Result<Self, Advised> {
        let (service, method) = name.split_once('.').ok_or_else(|| {
            Advised::wrong_use(
                format!("{name} names no service"),
                "write SERVICE.METHOD, as in Greeter.hello",
            )
        })?;
        let parameters = match parameters {
            None => json!([]),
            Some(all @ (Value::Array(_) | Value::Object(_))) => all,
            Some(single) => json!([single]),
        };
        Ok(Self::Method {
            service: service.to_owned(),
            method: method.to_owned(),
            parameters,
        })
    }

    /// Its form as a request over HTTP; an event has none.
    fn request(&self) -> Result<(Method, Uri, Bytes)> {
        match self {
            Self::Http { method, path, body } => Ok((method.clone(), path.clone(), body.clone())),
            Self::Method {
                service,
                method,
                parameters,
            } => {
                // Services in Genezio's mode want the service before the dot; the others take it.
                let name = format!("{service}.{method}");
                let body = json!({"jsonrpc": "2.0", "method": name, "params": parameters, "id": 1});
                let path = format!("/{service}").parse();
                let path = path.with_context(|| format!("{service} cannot be part of a path"))?;
                Ok((Method::POST, path, body.to_string().into()))
            }
            Self::Event(_) => Err(Advised::wrong_use(
                "a server takes requests over HTTP, no events",
                "leave --event or --url out",
            )
            .into()),
        }
    }

    fn event(&self) -> Result<Value> {
        if let Self::Event(event) = self {
            return Ok(event.clone());
        }
        let (method, path, body) = self.request()?;
        let mut headers = headers(&body);
        headers.insert(HOST, HeaderValue::from_static("localhost"));
        Ok(event::of_request(&method, &path, &headers, &body))
    }

    /// Tells results and errors apart where the protocol has both.
    fn outcome(&self, raw: Raw) -> Raw {
        let is_method = matches!(self, Self::Method { .. });
        let body: Option<Value> = serde_json::from_slice(&raw.body).ok();
        match (is_method, body) {
            (true, Some(body)) if raw.failure.is_none() => method_outcome(raw, &body),
            _ => raw,
        }
    }
}

/// What is sent along with a body.
fn headers(body: &[u8]) -> HeaderMap {
    let mut headers = HeaderMap::new();
    if !body.is_empty() {
        let is_json = serde_json::from_slice::<serde::de::IgnoredAny>(body).is_ok();
        let kind = match (is_json, std::str::from_utf8(body)) {
            (true, _) => "application/json",
            (false, Ok(_)) => "text/plain; charset=utf-8",
            (false, Err(_)) => "application/octet-stream",
        };
        headers.insert(CONTENT_TYPE, HeaderValue::from_static(kind));
    }
    headers
}

fn method_outcome(raw: Raw, body: &Value) -> Raw {
    match body.get("error").filter(|error| !error.is_null()) {
        Some(error) => Raw {
            failure: Some(
                error["message"]
                    .as_str()
                    .unwrap_or("an error without a message")
                    .to_owned(),
            ),
            body: error.to_string().into(),
            ..raw
        },
        None => Raw {
            body: body["result"].to_string().into(),
            ..raw
        },
    }
}

/// Calls once, in the time that is given.
///
/// # Errors
/// If there is no answer. A function that answers with an error is an outcome.
pub(crate) async fn invoke(target: &Target, call: &Call, limit: Duration) -> Result<Outcome> {
    match target {
        Target::Server(url) => on_server(url, call, limit).await,
        Target::Package(package) => {
            let unpacked = Unpacked::of(package)?;
            started(unpacked.command()?, call, limit).await
        }
        Target::Program(program) => {
            let executable = cargo::compile_here(program, false)?;
            started(Command::new(executable), call, limit).await
        }
    }
}

async fn on_server(url: &str, call: &Call, limit: Duration) -> Result<Outcome> {
    let (method, path, body) = call.request()?;
    let address = format!("{}{path}", url.trim_end_matches('/'));
    let client = reqwest::Client::builder().timeout(limit).build()?;
    let begun = Instant::now();
    let asking = client
        .request(method, &address)
        .headers(headers(&body))
        .body(body)
        .send();
    let hint = "start it with `portway function run`, or name the right address with --url";
    let response = asking
        .await
        .advise(format!("{address} does not answer"), hint)?;
    let status = response.status().as_u16();
    let body = response
        .bytes()
        .await
        .advise(format!("the answer of {address} broke off"), hint)?;
    let duration = begun.elapsed();
    let raw = call.outcome(http(status, body));
    Ok(Outcome {
        status: raw.status,
        answer: raw.body,
        failure: raw.failure,
        logs: None,
        start: None,
        duration,
    })
}

fn http(status: u16, body: Bytes) -> Raw {
    Raw {
        status: Some(status),
        body,
        failure: (status >= 400).then(|| format!("it answered with status {status}")),
    }
}

async fn started(mut command: Command, call: &Call, limit: Duration) -> Result<Outcome> {
    let event = call.event()?.to_string();
    let api = RuntimeApi::start().await?;
    command.envs(api.environment("local"));
    let mut hosted = Hosted::start(command, Outputs::Kept)?;
    let asked = tokio::time::timeout(limit, ask(&api, &mut hosted, event.into())).await;
    let logs = hosted.logs();
    let begun = hosted.started();
    hosted.stop().await;
    let (ready, handed_out, ended, answer) = match asked {
        Ok(asked) => asked.with_context(|| said(&logs))?,
        Err(_) => bail!(Advised::failed(
            format!("no answer within {limit:?}; {}", said(&logs)),
            "give it longer with --timeout SECONDS",
        )),
    };
    let raw = call.outcome(raw(call, answer)?);
    Ok(Outcome {
        status: raw.status,
        answer: raw.body,
        failure: raw.failure,
        logs: Some(logs),
        start: Some(ready - begun),
        duration: ended - handed_out,
    })
}

fn said(logs: &str) -> String {
    match logs.trim() {
        "" => "the function wrote nothing".to_owned(),
        logs => format!("the function wrote:\n{logs}"),
    }
}

/// Gives when it was ready, when the event was handed out, when the answer was here, and the answer.
async fn ask(
    api: &RuntimeApi,
    hosted: &mut Hosted,
    event: Bytes,
) -> Result<(Instant, Instant, Instant, Answer)> {
    let asking = async {
        let ready = api.ready().await?;
        let (handed_out, answer) = api.invoke(event).await?;
        Ok((ready, handed_out, Instant::now(), answer))
    };
    tokio::select! {
        biased;
        answered = asking => answered,
        status = hosted.ended() => bail!("the function ended without an answer ({})", status?),
    }
}

fn raw(call: &Call, answer: Answer) -> Result<Raw> {
    match (call, answer) {
        (Call::Event(_), Answer::Response { body, .. }) => Ok(Raw {
            status: None,
            body,
            failure: None,
        }),
        (_, Answer::Error(message)) => Ok(Raw {
            status: None,
            body: Bytes::new(),
            failure: Some(message),
        }),
        (_, answer) => {
            let answer = event::answer(&answer)?;
            Ok(http(answer.status, answer.body))
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn parameters_go_by_position_by_name_or_alone() {
        let parameters = |given: Option<Value>| match Call::method("Greeter.hello", given) {
            Ok(Call::Method { parameters, .. }) => parameters,
            other => panic!("{other:?}"),
        };
        assert_eq!(parameters(None), json!([]));
        assert_eq!(parameters(Some(json!("Ada"))), json!(["Ada"]));
        assert_eq!(parameters(Some(json!(["Ada"]))), json!(["Ada"]));
        assert_eq!(parameters(Some(json!({"name": 1}))), json!({"name": 1}));
        assert!(Call::method("hello", None).is_err());
    }

    #[test]
    fn the_error_of_a_method_is_a_failure_with_its_text() {
        let call = Call::method("Greeter.hello", None).expect("a method");
        let body = br#"{"jsonrpc":"2.0","error":{"code":-32601,"message":"no"},"id":1}"#;
        let raw = call.outcome(http(200, Bytes::from_static(body)));
        assert_eq!(raw.failure.as_deref(), Some("no"));
        let body = br#"{"jsonrpc":"2.0","result":"Hello","error":null,"id":1}"#;
        let raw = call.outcome(http(200, Bytes::from_static(body)));
        assert_eq!((raw.failure, &raw.body[..]), (None, &br#""Hello""#[..]));
    }
}
