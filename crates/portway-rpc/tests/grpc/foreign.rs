//! Foreign judges: grpcurl, Python's grpcio, gRPC's own interop client, h2spec.

use std::{
    env,
    path::PathBuf,
    process::{Output, Stdio},
    time::Duration,
};

use portway_rpc::{
    Code, GrpcChannel, GrpcOptions, GrpcTarget, Metadata, ReplyMetadata, Request,
    health::{HealthCheckRequest, HealthClient, ServingStatus},
};
use tokio::{
    io::{AsyncBufReadExt as _, BufReader, Lines},
    process::{Child, ChildStdout, Command},
    time::timeout,
};

use crate::{
    hello::{GreeterClient, HelloRequest},
    plain_tonic,
};

/// How long a judge may take, the installation of one that is compiled included.
const PATIENCE: Duration = Duration::from_secs(400);

/// The cases of gRPC's interop client that want neither compression nor accounts.
const INTEROP_CASES: [&str; 14] = [
    "empty_unary",
    "large_unary",
    "client_streaming",
    "server_streaming",
    "ping_pong",
    "empty_stream",
    "timeout_on_sleeping_server",
    "cancel_after_begin",
    "cancel_after_first_response",
    "status_code_and_message",
    "special_status_message",
    "custom_metadata",
    "unimplemented_method",
    "unimplemented_service",
];

/// The script that runs foreign judges; without it the test passes, having said so.
fn script() -> Option<String> {
    let script = env::var("PORTWAY_TEST_GRPC_PEERS").ok();
    if script.is_none() {
        eprintln!("PORTWAY_TEST_GRPC_PEERS is not set: no foreign judge is asked");
    }
    script
}

async fn judge(script: &str, arguments: &[&str]) -> Output {
    let output = Command::new(script)
        .args(arguments)
        .stdin(Stdio::null())
        .kill_on_drop(true)
        .output();
    timeout(PATIENCE, output).await.unwrap().unwrap()
}

/// Runs a judge that must be content; returns what it says.
async fn content(script: &str, arguments: &[&str]) -> String {
    let output = judge(script, arguments).await;
    let said = String::from_utf8_lossy(&output.stdout).into_owned();
    let complaint = String::from_utf8_lossy(&output.stderr);
    assert!(output.status.success(), "{arguments:?}: {said}{complaint}");
    said
}

/// A process that tells when it is ready.
struct Running {
    child: Child,
    lines: Lines<BufReader<ChildStdout>>,
    address: String,
}

impl Running {
    async fn start(mut command: Command) -> Self {
        command.stdin(Stdio::piped()).stdout(Stdio::piped());
        let mut child = command.kill_on_drop(true).spawn().unwrap();
        let mut lines = BufReader::new(child.stdout.take().unwrap()).lines();
        let line = timeout(PATIENCE, lines.next_line()).await.unwrap();
        let line = line.unwrap().expect("it tells when it is ready");
        let address = line.strip_prefix("ready ").unwrap();
        let address = address.split(' ').next().unwrap();
        let address = address.trim_start_matches("listen=").to_owned();
        Self {
            child,
            lines,
            address,
        }
    }

    /// Starts an example of this crate, which was built beside the test.
    async fn example(name: &str) -> Self {
        let test = env::current_exe().unwrap();
        let folder: PathBuf = test.ancestors().nth(2).unwrap().join("examples");
        let mut command = Command::new(folder.join(name));
        command.args(["--listen", "127.0.0.1:0"]);
        Self::start(command).await
    }

    /// Asks it to end, which it does well.
    async fn stop(mut self) {
        let id = i32::try_from(self.child.id().unwrap()).unwrap();
        let id = rustix::process::Pid::from_raw(id).unwrap();
        rustix::process::kill_process(id, rustix::process::Signal::TERM).unwrap();
        let ended = timeout(PATIENCE, self.child.wait()).await.unwrap();
        assert!(ended.unwrap().success());
    }
}

#[tokio::test]
async fn grpcurl_lists_describes_and_calls_the_greeter() {
    let Some(script) = script() else { return };
    let greeter = Running::example("greeter").await;
    let address = greeter.address.as_str();
    let list = content(&script, &["grpcurl", "-plaintext", address, "list"]).await;
    assert!(list.lines().any(|line| line == "hello.Greeter"), "{list}");
    let describe = [
        "grpcurl",
        "-plaintext",
        address,
        "describe",
        "hello.Greeter",
    ];
    let described = content(&script, &describe).await;
    assert!(described.contains("rpc SayHello"), "{described}");
    let body = "{\"name\": \"Ada\"}";
    let hello = [
        "grpcurl",
        "-plaintext",
        "-d",
        body,
        address,
        "hello.Greeter/SayHello",
    ];
    let answer = content(&script, &hello).await;
    assert!(answer.contains("\"Hello, Ada!\""), "{answer}");
    let health = [
        "grpcurl",
        "-plaintext",
        address,
        "grpc.health.v1.Health/Check",
    ];
    let health = content(&script, &health).await;
    assert!(health.contains("SERVING"), "{health}");
    greeter.stop().await;
}

#[tokio::test]
async fn python_calls_reflects_and_asks_for_health() {
    let Some(script) = script() else { return };
    let greeter = Running::example("greeter").await;
    let facts = content(&script, &["client.py", &greeter.address]).await;
    assert!(facts.lines().count() >= 14, "{facts}");
    greeter.stop().await;
}

#[tokio::test]
async fn the_interop_client_of_grpc_is_content() {
    let Some(script) = script() else { return };
    let interop = Running::example("grpc_interop").await;
    let port = interop.address.rsplit(':').next().unwrap().to_owned();
    for case in INTEROP_CASES {
        let case = format!("--test_case={case}");
        let server = [
            "interop",
            "--server_host=127.0.0.1",
            "--server_port",
            &port,
            &case,
        ];
        content(&script, &server).await;
    }
    interop.stop().await;
}

/// Returns how many checks of h2spec a server passes.
async fn h2spec(script: &str, address: &str) -> u32 {
    let port = address.rsplit(':').next().unwrap();
    let path = "/hello.Greeter/SayHello";
    let output = judge(
        script,
        &["h2spec", "-h", "127.0.0.1", "-p", port, "-P", path],
    )
    .await;
    let said = String::from_utf8_lossy(&output.stdout).into_owned();
    let sums = said.lines().rev().find(|line| line.contains(" passed"));
    let sums = sums.unwrap_or_else(|| panic!("h2spec gave no sums: {said}"));
    eprintln!("{address}: {sums}");
    let words: Vec<_> = sums.split_whitespace().collect();
    let passed = words.iter().position(|word| word.starts_with("passed"));
    words[passed.unwrap() - 1].parse().unwrap()
}

#[tokio::test]
async fn h2spec_passes_as_much_as_with_plain_tonic() {
    let Some(script) = script() else { return };
    let plain = h2spec(&script, &plain_tonic::start().await).await;
    let ours = h2spec(&script, &plain_tonic::start_ours().await).await;
    assert!(ours >= plain, "{ours} with ours, {plain} with plain tonic");
    assert!(ours >= 136, "{ours}");
}

fn named(name: &str) -> HelloRequest {
    HelloRequest { name: name.into() }
}

#[tokio::test]
async fn our_client_understands_a_server_of_python() {
    let Some(script) = script() else { return };
    let mut command = Command::new(&script);
    command.arg("server.py");
    let mut server = Running::start(command).await;
    let target = GrpcTarget::Tcp(server.address.clone());
    let channel = GrpcChannel::connect(target, GrpcOptions::new())
        .await
        .unwrap();
    let client = GreeterClient::new(channel.clone());

    let mut metadata = Metadata::new();
    metadata.insert("tenant", "north").unwrap();
    metadata.append_binary("key-bin", vec![0, 255]).unwrap();
    let reply = ReplyMetadata::new();
    let request = Request::new(named("Ada"))
        .metadata(metadata)
        .timeout(Duration::from_secs(100))
        .capture(&reply);
    let answer = client.say_hello(request).await.unwrap().message;
    assert!(
        answer.starts_with("Hello, Ada in 100 s") || answer.contains(" in 99 s"),
        "{answer}"
    );
    assert_eq!(reply.leading().text("tenant"), Some("north"));
    assert_eq!(reply.leading().value("key-bin").unwrap(), &[0, 255][..]);

    let mut greetings = client.keep_greeting(named("Bob")).await.unwrap();
    for _ in 0..3 {
        let greeting = greetings.receive().await.unwrap().unwrap();
        assert_eq!(greeting.message, "Hello, Bob!");
    }
    assert!(greetings.receive().await.unwrap().is_none());
    let (mut names, mut greeting) = client.greet_all(()).await.unwrap();
    for name in ["Ada", "Bob"] {
        names.send(named(name)).await.unwrap();
    }
    names.finish();
    assert_eq!(greeting.only().await.unwrap().message, "Hello, Ada, Bob!");
    let (mut names, mut greetings) = client.greet_each(()).await.unwrap();
    for name in ["Ada", "Bob"] {
        names.send(named(name)).await.unwrap();
        let greeting = greetings.receive().await.unwrap().unwrap();
        assert_eq!(greeting.message, format!("Hello, {name}!"));
    }

    let error = client.say_hello(named("fail")).await.unwrap_err();
    assert_eq!(error.code(), Code::DataLoss);
    assert_eq!(error.message(), "50 % of ü are gone");
    assert_eq!(error.metadata().text("reason"), Some("tired"));
    assert_eq!(error.metadata().value("proof-bin").unwrap(), &[0, 255][..]);
    let error = client.say_hello(named("large")).await.unwrap_err();
    assert_eq!(error.code(), Code::ResourceExhausted);
    let late = Request::new(named("wait")).timeout(Duration::from_millis(300));
    let error = client.say_hello(late).await.unwrap_err();
    assert_eq!(error.code(), Code::DeadlineExceeded);
    let line = timeout(PATIENCE, server.lines.next_line()).await.unwrap();
    assert_eq!(line.unwrap().as_deref(), Some("cancelled"));

    let request = HealthCheckRequest {
        service: "hello.Greeter".to_owned(),
    };
    let health = HealthClient::new(channel).check(request).await.unwrap();
    assert_eq!(health.status(), ServingStatus::Serving);
}
