//! What the examples promise whoever starts them: the ready line, the end on SIGTERM, and the wire format
//! of `framed_echo`.

#![cfg(unix)]
#![expect(
    clippy::unwrap_used,
    reason = "a test may unwrap: its panic is the report"
)]

use std::{env, net::SocketAddr, path::PathBuf, process::Stdio, time::Duration};

use rustix::process::{Pid, Signal, kill_process};
use tokio::{
    io::{AsyncBufReadExt as _, AsyncReadExt as _, AsyncWriteExt as _, BufReader},
    net::{TcpListener, TcpStream},
    process::{Child, Command},
    time::timeout,
};

/// The longest that anything here may take.
const PATIENCE: Duration = Duration::from_secs(30);

/// The largest frame of `framed_echo`.
const LARGEST: usize = 8 << 20;

/// The servers among the examples that need no features.
const SERVERS: [&str; 5] = [
    "framed_echo",
    "notify",
    "pipeline",
    "publish_subscribe",
    "push_pull",
];

#[cfg(all(feature = "grpc", feature = "reflection"))]
const GRPC_SERVERS: &[&str] = &["greeter", "grpc_interop"];
#[cfg(not(all(feature = "grpc", feature = "reflection")))]
const GRPC_SERVERS: &[&str] = &[];

/// An example that runs.
struct Example {
    child: Child,
    address: SocketAddr,
}

impl Example {
    /// The command of one, which was built beside the test.
    fn command(name: &str, address: &str) -> Command {
        let test = env::current_exe().unwrap();
        let folder: PathBuf = test.ancestors().nth(2).unwrap().join("examples");
        let mut command = Command::new(folder.join(name));
        command.args(["--listen", address]).kill_on_drop(true);
        command.stdin(Stdio::null()).stdout(Stdio::piped());
        command
    }

    /// Starts one and reads its first line.
    async fn start(name: &str) -> Self {
        let child = Self::command(name, "127.0.0.1:0").spawn();
        let mut child = child.expect("`cargo build --examples` made it");
        let mut lines = BufReader::new(child.stdout.take().unwrap()).lines();
        let line = timeout(PATIENCE, lines.next_line()).await.unwrap();
        let line = line.unwrap().expect("it tells when it is ready");
        // What it says later is read away.
        tokio::spawn(async move { while let Ok(Some(_)) = lines.next_line().await {} });
        let address = line.strip_prefix("ready listen=").unwrap();
        let address = address.split(' ').next().unwrap().parse().unwrap();
        Self { child, address }
    }

    async fn connect(&self) -> TcpStream {
        TcpStream::connect(self.address).await.unwrap()
    }

    fn terminate(&self) {
        let id = i32::try_from(self.child.id().unwrap()).unwrap();
        kill_process(Pid::from_raw(id).unwrap(), Signal::TERM).unwrap();
    }

    async fn ends_well(mut self, name: &str) {
        let ended = timeout(PATIENCE, self.child.wait()).await;
        let status = ended
            .unwrap_or_else(|_| panic!("{name} does not end"))
            .unwrap();
        assert!(status.success(), "{name}: {status}");
    }
}

fn frame(body: &[u8]) -> Vec<u8> {
    let length = u32::try_from(body.len()).unwrap();
    [&length.to_be_bytes(), body].concat()
}

/// Reads exactly what was sent.
async fn comes_back(stream: &mut TcpStream, sent: &[u8]) {
    let mut echoed = vec![0; sent.len()];
    let read = timeout(PATIENCE, stream.read_exact(&mut echoed)).await;
    read.expect("the echo comes").unwrap();
    assert!(echoed == sent, "other bytes came back");
}

/// Sends and receives at the same time, as a frame of megabytes needs it.
async fn echoes(stream: &mut TcpStream, sent: &[u8]) {
    let (mut reader, mut writer) = stream.split();
    let mut echoed = vec![0; sent.len()];
    let both =
        async { tokio::try_join!(writer.write_all(sent), reader.read_exact(&mut echoed)).unwrap() };
    timeout(PATIENCE, both).await.expect("the echo comes");
    assert!(echoed == sent, "other bytes came back");
}

/// Reads until the end, however it comes; returns what came.
async fn rest(stream: &mut TcpStream) -> Vec<u8> {
    let mut rest = Vec::new();
    let read = timeout(PATIENCE, stream.read_to_end(&mut rest)).await;
    let _reset = read.expect("the connection ends");
    rest
}

#[tokio::test]
async fn a_signal_right_after_the_ready_line_ends_a_server_well() {
    for name in SERVERS.iter().chain(GRPC_SERVERS) {
        for _ in 0..5 {
            let example = Example::start(name).await;
            example.terminate();
            example.ends_well(name).await;
        }
    }
}

#[tokio::test]
async fn where_others_listen_already_a_server_says_what_to_do() {
    let taken = TcpListener::bind("127.0.0.1:0").await.unwrap();
    let address = taken.local_addr().unwrap().to_string();
    for name in SERVERS.iter().chain(GRPC_SERVERS) {
        let mut command = Example::command(name, &address);
        let output = timeout(PATIENCE, command.stderr(Stdio::piped()).output()).await;
        let output = output.expect("it ends").unwrap();
        assert!(!output.status.success(), "{name}");
        let text = String::from_utf8(output.stderr).unwrap();
        let expected = format!("Error: cannot listen on {address}: Address already in use");
        assert!(text.starts_with(&expected), "{name}: {text}");
        assert!(text.contains("another --listen"), "{name}: {text}");
    }
}

#[tokio::test]
async fn frames_up_to_eight_mebibytes_come_back() {
    let echo = Example::start("framed_echo").await;
    let mut stream = echo.connect().await;
    for length in [0, 1, 5, 65_536, LARGEST] {
        echoes(&mut stream, &frame(&vec![7; length])).await;
    }
    let many: Vec<u8> = (0..1000_u32)
        .flat_map(|it| frame(&it.to_be_bytes()))
        .collect();
    echoes(&mut stream, &many).await;
}

#[tokio::test]
async fn a_frame_above_the_limit_ends_its_own_connection_only() {
    let echo = Example::start("framed_echo").await;
    let mut other = echo.connect().await;
    for length in [u32::try_from(LARGEST).unwrap() + 1, u32::MAX] {
        let mut greedy = echo.connect().await;
        let before = frame(b"before");
        let sent = [&before[..], &length.to_be_bytes()].concat();
        greedy.write_all(&sent).await.unwrap();
        assert_eq!(rest(&mut greedy).await, before);
        echoes(&mut other, &frame(b"still here")).await;
    }
}

#[tokio::test]
async fn half_a_frame_holds_up_nobody() {
    let echo = Example::start("framed_echo").await;
    let mut half = echo.connect().await;
    half.write_all(&frame(b"never whole")[..7]).await.unwrap();
    let mut other = echo.connect().await;
    echoes(&mut other, &frame(b"whole")).await;
    drop(half);
    echoes(&mut other, &frame(b"whole")).await;
}

#[tokio::test]
async fn a_peer_that_does_not_read_is_held_back_and_loses_nothing() {
    // Far more than the system's buffers of both sides hold.
    const MOST: usize = 256 << 20;
    let echo = Example::start("framed_echo").await;
    let mut lazy = echo.connect().await;
    let sent = frame(&vec![9; 1 << 20]);
    let mut written = 0;
    while written < MOST {
        let part = &sent[written % sent.len()..];
        match timeout(Duration::from_secs(1), lazy.write(part)).await {
            Ok(count) => written += count.unwrap(),
            Err(_) => break,
        }
    }
    assert!(written < MOST, "nobody held the peer back");
    let mut other = echo.connect().await;
    echoes(&mut other, &frame(b"others are served")).await;
    let whole = written / sent.len();
    for _ in 0..whole {
        comes_back(&mut lazy, &sent).await;
    }
}

#[tokio::test]
async fn what_came_before_a_signal_comes_back() {
    let echo = Example::start("framed_echo").await;
    let mut stream = echo.connect().await;
    echoes(&mut stream, &frame(b"first")).await;
    let last = frame(&vec![3; 4 << 20]);
    let (begin, end) = last.split_at(1 << 20);
    stream.write_all(begin).await.unwrap();
    // The other frame is served while this one is under way: the server knows of it.
    echoes(&mut echo.connect().await, &frame(b"other")).await;
    echo.terminate();
    stream.write_all(end).await.unwrap();
    comes_back(&mut stream, &last).await;
    assert!(rest(&mut stream).await.is_empty());
    echo.ends_well("framed_echo").await;
}
