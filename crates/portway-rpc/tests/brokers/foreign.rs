//! A foreign client as the other side of a pattern.

use std::{env, process::Stdio};

use portway_rpc::pattern::conformance::PATIENCE;
use serde_json::Value;
use tokio::{
    io::{AsyncBufReadExt as _, BufReader, Lines},
    process::{Child, ChildStdout, Command},
};

/// The `traceparent` of the messages that foreign clients send.
pub(crate) const TRACE: &str = "00-0af7651916cd43dd8448eb211c80319c-b7ad6b7169203331-01";

/// Messages that go each way.
pub(crate) const COUNT: u64 = 20;

/// The script that runs foreign clients; without it the test passes, having said so.
pub(crate) fn script() -> Option<String> {
    let script = env::var("PORTWAY_TEST_MESSAGING_PEERS").ok();
    if script.is_none() {
        eprintln!("PORTWAY_TEST_MESSAGING_PEERS is not set: no foreign client is tried");
    }
    script
}

/// A client that runs.
pub(crate) struct Foreign {
    child: Child,
    lines: Lines<BufReader<ChildStdout>>,
}

impl Foreign {
    pub(crate) fn start(script: &str, arguments: &[&str]) -> Self {
        let mut command = Command::new(script);
        command
            .args(arguments)
            .stdin(Stdio::null())
            .stdout(Stdio::piped());
        let mut child = command.kill_on_drop(true).spawn().unwrap();
        let lines = BufReader::new(child.stdout.take().unwrap()).lines();
        Self { child, lines }
    }

    pub(crate) async fn line(&mut self) -> String {
        let line = tokio::time::timeout(PATIENCE, self.lines.next_line()).await;
        line.expect("the client writes")
            .unwrap()
            .expect("it does not end")
    }

    pub(crate) async fn ready(&mut self) {
        assert_eq!(self.line().await, "ready");
    }

    /// Reads a line of JSON.
    pub(crate) async fn json(&mut self) -> Value {
        serde_json::from_str(&self.line().await).unwrap()
    }

    /// Reads the messages that it got; checks their order, content type and metadata.
    pub(crate) async fn expect_messages(&mut self) {
        for number in 0..COUNT {
            let found = self.json().await;
            assert_eq!(found["body"]["number"], number);
            let headers = &found["headers"];
            assert_eq!(headers["content-type"], "application/json");
            assert_eq!(headers["tenant"], "north");
            assert_eq!(headers["traceparent"], TRACE);
        }
    }

    pub(crate) async fn finish(mut self) {
        let ended = tokio::time::timeout(PATIENCE, self.child.wait()).await;
        assert!(ended.expect("it ends").unwrap().success());
    }
}
