//! `portway call`: calls a method of a service, or tells what there is to call.

mod bodies;
mod channel;
mod conversation;
mod describe;
mod files;
mod outcome;
mod target;
mod tls;

use std::{path::PathBuf, time::Duration};

use clap::Args;
use portway_rpc::Metadata;
use prost_reflect::MethodDescriptor;

use self::{bodies::Body, channel::Channel, files::Definitions, target::CallTarget};
use crate::{
    failure::{Advise as _, Advised},
    output,
    shutdown::Shutdown,
};

/// Call a method of a service with JSON, or list what a server serves
///
/// Without a method the methods of the service are listed, without a service the services. What
/// messages look like is asked of the server by reflection, or read from --proto. Answers are
/// written to standard output, a line of JSON each.
#[derive(Args, Debug)]
#[command(after_help = "\
Examples:
  portway call grpc://127.0.0.1:50051
  portway call grpc://127.0.0.1:50051/hello.Greeter
  portway call grpc://127.0.0.1:50051/hello.Greeter/SayHello --json '{\"name\": \"Ada\"}'
  portway call framed://127.0.0.1:7000/hello.Greeter/SayHello --proto hello.proto --json @request.json
  portway call nats://127.0.0.1/hello.Greeter/SayHello --proto hello.proto --json '{\"name\": \"Ada\"}'
  seq -f '{\"name\": \"%g\"}' 3 | portway call unix:/run/greeter.sock#hello.Greeter/GreetEach --json -

Exit codes: 0 answered, 1 not answered or answered with an error, 2 wrong use: also when the server says
INVALID_ARGUMENT, OUT_OF_RANGE or UNIMPLEMENTED.")]
pub(crate) struct CallArguments {
    /// grpc://HOST:PORT, grpcs:// (TLS), framed://, framed+tls:// with [/SERVICE[/METHOD]];
    /// unix:PATH (framed), grpc+unix:PATH with [#SERVICE[/METHOD]]; or, with --proto,
    /// nats://HOST:PORT and tls:// with [/SERVICE/METHOD] or [/SUBJECT]
    #[arg(value_name = "TARGET")]
    target: CallTarget,

    /// A message: JSON, @FILE, or - for standard input; with streams repeatable, and a message a
    /// line. Without it the message is {}, and that of a stream comes from standard input
    #[arg(long = "json", value_name = "BODY")]
    bodies: Vec<Body>,

    /// Read what messages look like from this .proto rather than ask the server; repeatable
    #[arg(long = "proto", value_name = "FILE")]
    protos: Vec<PathBuf>,

    /// Look for imports of --proto here; repeatable [default: the folder of the file]
    #[arg(long = "include", value_name = "DIR", requires = "protos")]
    includes: Vec<PathBuf>,

    /// Send this beside the message; repeatable. Values of names that end in -bin are base64
    #[arg(long, value_name = "NAME:VALUE")]
    metadata: Vec<String>,

    /// Send the token in this file as `authorization: Bearer TOKEN`
    #[arg(long, value_name = "FILE")]
    token_file: Option<PathBuf>,

    /// Give up after so many seconds
    #[arg(long, value_name = "SECONDS", default_value = "30")]
    deadline: Seconds,

    /// Show what the messages of the method look like, and call nothing
    #[arg(long)]
    describe: bool,

    #[command(flatten)]
    tls: tls::TlsArguments,
}

/// A time in seconds, with a fraction if need be.
#[derive(Clone, Copy, Debug)]
struct Seconds(Duration);

impl std::str::FromStr for Seconds {
    type Err = String;

    fn from_str(text: &str) -> Result<Self, String> {
        let seconds: f64 = text.parse().map_err(|_| "write a number of seconds")?;
        let duration = Duration::try_from_secs_f64(seconds);
        let positive = duration.ok().filter(|duration| !duration.is_zero());
        positive
            .map(Self)
            .ok_or_else(|| "write a number of seconds above zero".to_owned())
    }
}

/// Calls, or tells what there is.
///
/// # Errors
///
/// What the server answered, or what keeps it from being asked.
pub(crate) async fn run(arguments: CallArguments) -> anyhow::Result<()> {
    let mut shutdown = Shutdown::listen()?;
    tokio::select! {
        result = call(arguments) => result,
        () = shutdown.requested() => Ok(()),
    }
}

async fn call(arguments: CallArguments) -> anyhow::Result<()> {
    let options = CallOptions {
        metadata: arguments.metadata()?,
        timeout: arguments.deadline.0,
    };
    let target = &arguments.target.clone();
    let channel = Channel::connect(target, &arguments.tls).await?;
    let mut definitions = match arguments.protos.as_slice() {
        [] => Definitions::of_server(&channel, &options),
        protos => Definitions::of_files(protos, &arguments.includes)?,
    };
    if let Some(called) = target.subject().and_then(|it| definitions.of_subject(&it)) {
        return arguments.hold(&channel, &called, &options).await;
    }
    let Some(service) = &target.service else {
        return output::print(describe::services(&definitions.services().await?).as_bytes());
    };
    let service = definitions.service(service).await?;
    let Some(method) = &target.method else {
        return output::print(describe::service(&service).as_bytes());
    };
    let called = Called {
        service: service.full_name().to_owned(),
        method: definitions.method(&service, method)?,
    };
    arguments.hold(&channel, &called, &options).await
}

/// What is called.
struct Called {
    method: MethodDescriptor,
    /// The name that its service goes by there: on NATS there may be a prefix before it.
    service: String,
}

/// What goes with every call.
#[derive(Clone)]
struct CallOptions {
    metadata: Metadata,
    timeout: Duration,
}

impl CallArguments {
    async fn hold(
        self,
        channel: &Channel,
        called: &Called,
        options: &CallOptions,
    ) -> anyhow::Result<()> {
        if self.describe {
            return output::print(describe::method(&called.method).as_bytes());
        }
        conversation::hold(channel, called, self.bodies, options).await
    }

    fn metadata(&self) -> Result<Metadata, Advised> {
        let mut metadata = Metadata::new();
        for entry in &self.metadata {
            let refused = |why: String| {
                Advised::wrong_use(
                    format_args!("--metadata {entry:?} cannot be sent: {why}"),
                    "write --metadata NAME:VALUE",
                )
            };
            let (name, value) = entry
                .split_once(':')
                .ok_or_else(|| refused("there is no colon".to_owned()))?;
            append(&mut metadata, name.trim(), value.trim()).map_err(refused)?;
        }
        if let Some(path) = &self.token_file {
            let token = std::fs::read_to_string(path).advise(
                format_args!("cannot read the token in {}", path.display()),
                "name a file that has the token and nothing else",
            )?;
            let bearer = format!("Bearer {}", token.trim());
            metadata.insert("authorization", bearer).advise(
                format_args!("{} has no token", path.display()),
                "a token is one line of printable characters",
            )?;
        }
        Ok(metadata)
    }
}

fn append(metadata: &mut Metadata, name: &str, value: &str) -> Result<(), String> {
    use base64::{Engine as _, prelude::BASE64_STANDARD};
    let name = name.to_ascii_lowercase();
    let appended = if name.ends_with("-bin") {
        let bytes = BASE64_STANDARD.decode(value);
        metadata.append_binary(name, bytes.map_err(|error| error.to_string())?)
    } else {
        metadata.append(name, value)
    };
    appended.map_err(|error| error.to_string())
}
