//! `portway function invoke`: one call.

use std::{io::Read as _, path::PathBuf, time::Duration};

use anyhow::Context as _;
use base64::{Engine as _, engine::general_purpose::STANDARD};
use clap::Args;
use hyper::{Method, Uri};
use serde_json::{Value, json};

use crate::{
    failure::{Advise as _, Advised},
    function::{self, Call, Outcome, Program, Target},
    output,
};

const EXAMPLES: &str = "\
Examples:
  portway function invoke                                     GET / of the project's program
  portway function invoke --call Greeter.hello Ada
  portway function invoke --path /orders --file order.json --url http://127.0.0.1:3000
  portway function invoke --event --file event.json --package target/function/hello-lambda-node-x86_64.zip
  echo '[1, 2]' | portway function invoke --call Accounts.add --file -";

/// Call a function once
///
/// Calls the project's program, a package, or a server that runs, and prints the answer on stdout; logs and times go to stderr. A
/// package is started as the platform would start it. Exit code 1 if the function answers with an error.
#[derive(Args, Clone, Debug)]
#[command(after_help = EXAMPLES)]
pub(crate) struct InvokeArguments {
    /// What is sent: the body of the request, or the parameters of the method (JSON, or else one text)
    payload: Option<String>,

    /// Send what is in this file; - is standard input
    #[arg(long, value_name = "FILE", conflicts_with = "payload")]
    file: Option<PathBuf>,

    /// Call this method of a JSON-RPC service
    #[arg(long, value_name = "SERVICE.METHOD", conflicts_with_all = ["path", "method", "event"])]
    call: Option<String>,

    /// Path of the request, with its query
    #[arg(long, default_value = "/")]
    path: Uri,

    /// Method of the request [default: POST with a payload, GET without]
    #[arg(long)]
    method: Option<Method>,

    /// The payload is an event in the platform's form
    #[arg(long, conflicts_with_all = ["url", "path", "method"])]
    event: bool,

    /// Call the server that runs there
    #[arg(long, conflicts_with_all = ["package", "project", "bin"])]
    url: Option<String>,

    /// Call this package
    #[arg(long, value_name = "FILE", conflicts_with_all = ["project", "bin"])]
    package: Option<PathBuf>,

    /// Which program of the project
    #[arg(long, value_name = "NAME")]
    bin: Option<String>,

    /// Folder of the project
    #[arg(long, value_name = "DIR", default_value = ".")]
    project: PathBuf,

    /// How long it may take, the start of the function included
    #[arg(long, value_name = "SECONDS", default_value_t = 30)]
    timeout: u64,

    /// Print JSON
    #[arg(long)]
    json: bool,
}

/// Calls, and prints what came of it.
///
/// # Errors
///
/// If there is no answer, or it is an error.
pub(crate) async fn run(arguments: InvokeArguments) -> anyhow::Result<()> {
    let call = call(&arguments)?;
    let target = target(&arguments)?;
    let limit = Duration::from_secs(arguments.timeout);
    let outcome = function::invoke(&target, &call, limit).await?;
    if arguments.json {
        output::print_json(&in_json(&outcome))?;
    } else {
        show(&outcome)?;
    }
    match &outcome.failure {
        None => Ok(()),
        Some(failure) => {
            let hint = match outcome.logs {
                Some(_) => "its logs above may say why",
                None => "the logs of the server may say why",
            };
            Err(Advised::failed(format!("the function failed: {failure}"), hint).into())
        }
    }
}

fn target(arguments: &InvokeArguments) -> anyhow::Result<Target> {
    Ok(match (&arguments.url, &arguments.package) {
        (Some(url), _) => Target::Server(url.clone()),
        (None, Some(package)) => Target::Package(package.clone()),
        (None, None) => {
            Target::Program(Program::find(&arguments.project, arguments.bin.as_deref())?)
        }
    })
}

fn call(arguments: &InvokeArguments) -> anyhow::Result<Call> {
    let payload = payload(arguments)?;
    if let Some(name) = &arguments.call {
        return Ok(Call::method(name, payload.as_deref().map(json_or_text))?);
    }
    if arguments.event {
        let payload = payload.unwrap_or_default();
        let event = serde_json::from_slice(&payload).map_err(|error| {
            Advised::wrong_use(
                format!("the event is no JSON: {error}"),
                "write it as the platform sends it",
            )
        })?;
        return Ok(Call::Event(event));
    }
    let usual = if payload.is_some() {
        Method::POST
    } else {
        Method::GET
    };
    Ok(Call::Http {
        method: arguments.method.clone().unwrap_or(usual),
        path: arguments.path.clone(),
        body: payload.unwrap_or_default().into(),
    })
}

fn payload(arguments: &InvokeArguments) -> anyhow::Result<Option<Vec<u8>>> {
    let mut bytes = Vec::new();
    match &arguments.file {
        None => return Ok(arguments.payload.clone().map(String::into_bytes)),
        Some(file) if file.as_os_str() == "-" => {
            std::io::stdin()
                .read_to_end(&mut bytes)
                .context("cannot read standard input")?;
        }
        Some(file) => {
            bytes = std::fs::read(file).advise(
                format!("cannot read {}", file.display()),
                "name a file that is there, or - for standard input",
            )?;
        }
    }
    Ok(Some(bytes))
}

fn json_or_text(bytes: &[u8]) -> Value {
    serde_json::from_slice(bytes).unwrap_or_else(|_| String::from_utf8_lossy(bytes).into())
}

fn show(outcome: &Outcome) -> anyhow::Result<()> {
    if let Some(logs) = outcome.logs.as_deref().map(str::trim_end)
        && !logs.is_empty()
    {
        output::remark(logs);
    }
    if !outcome.answer.is_empty() {
        output::print(&outcome.answer)?;
        if !outcome.answer.ends_with(b"\n") {
            output::print(b"\n")?;
        }
    }
    let status = outcome.status.map(|status| format!("status {status}, "));
    let start = outcome
        .start
        .map(|start| format!(", after a start of {start:.1?}"));
    output::remark(&format!(
        "{}answered in {:.1?}{}",
        status.unwrap_or_default(),
        outcome.duration,
        start.unwrap_or_default()
    ));
    Ok(())
}

/// The stable form of `--json`.
fn in_json(outcome: &Outcome) -> Value {
    let answer = match std::str::from_utf8(&outcome.answer) {
        Ok(text) => serde_json::from_str(text).unwrap_or_else(|_| text.into()),
        Err(_) => json!({ "base64": STANDARD.encode(&outcome.answer) }),
    };
    json!({
        "ok": outcome.failure.is_none(),
        "status": outcome.status,
        "answer": answer,
        "error": outcome.failure,
        "logs": outcome.logs,
        "start_milliseconds": outcome.start.map(|start| start.as_secs_f64() * 1e3),
        "duration_milliseconds": outcome.duration.as_secs_f64() * 1e3,
    })
}
