//! A NATS server, with `JetStream` or without.

use std::{
    io::Read as _,
    net::{Ipv4Addr, SocketAddr, TcpStream},
    path::PathBuf,
    process::{Command, Stdio},
    time::{Duration, Instant},
};

#[cfg(feature = "nats")]
use portway_rpc::pattern::nats::Nats;
use tempfile::TempDir;

use super::{free_port, process::Process, program};

/// How long a server may take until it greets, and then until it takes a connection.
const READY: Duration = Duration::from_secs(30);

/// A server that keeps its streams when it is killed.
pub(crate) struct NatsServer {
    program: PathBuf,
    folder: TempDir,
    port: u16,
    process: Process,
}

impl NatsServer {
    /// Starts one, where the program is installed.
    pub(crate) fn start() -> Option<Self> {
        let program = program("nats-server")?;
        let folder = tempfile::tempdir().unwrap();
        let port = free_port();
        let process = Process::start(&mut command(&program, &folder, port), port);
        Some(Self::greeting(program, folder, port, process))
    }

    /// As [`start`](Self::start), but it keeps nothing.
    pub(crate) fn start_without_jetstream() -> Option<Self> {
        let program = program("nats-server")?;
        let folder = tempfile::tempdir().unwrap();
        let port = free_port();
        let process = Process::start(&mut plain_command(&program, port), port);
        Some(Self::greeting(program, folder, port, process))
    }

    fn greeting(program: PathBuf, folder: TempDir, port: u16, process: Process) -> Self {
        let server = Self {
            program,
            folder,
            port,
            process,
        };
        server.wait_until_it_greets();
        server
    }

    /// Connects; a machine with much to do may cut the first connection off.
    #[cfg(feature = "nats")]
    pub(crate) async fn connect(&self) -> Nats {
        let begin = Instant::now();
        loop {
            match Nats::connect(&self.address()).await {
                Ok(nats) => return nats,
                Err(error) => assert!(begin.elapsed() < READY, "{error}"),
            }
            tokio::time::sleep(Duration::from_millis(50)).await;
        }
    }

    pub(crate) fn address(&self) -> String {
        format!("nats://127.0.0.1:{}", self.port)
    }

    pub(crate) fn port(&self) -> u16 {
        self.port
    }

    /// `kill -9`.
    pub(crate) fn kill(&mut self) {
        self.process.kill();
    }

    /// Starts it again with what it had on disk.
    pub(crate) fn revive(&mut self) {
        self.process = Process::start(
            &mut command(&self.program, &self.folder, self.port),
            self.port,
        );
        self.wait_until_it_greets();
    }

    fn wait_until_it_greets(&self) {
        let begin = Instant::now();
        while !greets(self.port) {
            assert!(begin.elapsed() < READY, "nats-server does not greet");
            std::thread::sleep(Duration::from_millis(20));
        }
    }
}

/// Whether the server greets as NATS does; it listens a little before that.
fn greets(port: u16) -> bool {
    let address = SocketAddr::from((Ipv4Addr::LOCALHOST, port));
    let Ok(mut stream) = TcpStream::connect(address) else {
        return false;
    };
    let mut greeting = [0; 5];
    let read = stream
        .set_read_timeout(Some(Duration::from_secs(1)))
        .and_then(|()| stream.read_exact(&mut greeting));
    read.is_ok() && greeting == *b"INFO "
}

fn command(program: &PathBuf, folder: &TempDir, port: u16) -> Command {
    let mut command = plain_command(program, port);
    command
        .args(["--jetstream", "--store_dir"])
        .arg(folder.path());
    command
}

fn plain_command(program: &PathBuf, port: u16) -> Command {
    let mut command = Command::new(program);
    command.args(["--addr", "127.0.0.1", "--port", &port.to_string()]);
    command.stdout(Stdio::null()).stderr(Stdio::null());
    command
}
