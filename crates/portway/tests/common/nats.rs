//! A server of NATS, where one is installed.

use std::{
    net::TcpStream,
    process::{Child, Command, Stdio},
    time::{Duration, Instant},
};

use tempfile::TempDir;

use super::PATIENCE;

#[path = "../../../portway-rpc/tests/brokers/port.rs"]
mod port;

pub(crate) use port::free_port;

/// A server of NATS; it is killed in the end.
pub(crate) struct Nats {
    child: Child,
    port: u16,
    folder: TempDir,
}

impl Nats {
    /// Starts one, where the program is installed.
    pub(crate) fn start() -> Option<Self> {
        Self::start_at(free_port())
    }

    /// Starts one that listens at this port.
    pub(crate) fn start_at(port: u16) -> Option<Self> {
        let folder = tempfile::tempdir().expect("a temporary folder");
        let Ok(child) = command(port, &folder).spawn() else {
            eprintln!("nats-server is not installed: nothing is tested over NATS");
            return None;
        };
        let server = Self {
            child,
            port,
            folder,
        };
        server.listens();
        Some(server)
    }

    pub(crate) fn port(&self) -> u16 {
        self.port
    }

    /// `kill -9`.
    pub(crate) fn kill(&mut self) {
        // It may have ended by itself.
        let _ = self.child.kill();
        let _ = self.child.wait();
    }

    /// Starts it again at the same port.
    pub(crate) fn revive(&mut self) {
        self.child = command(self.port, &self.folder)
            .spawn()
            .expect("it is installed");
        self.listens();
    }

    fn listens(&self) {
        let begin = Instant::now();
        while TcpStream::connect(("127.0.0.1", self.port)).is_err() {
            assert!(begin.elapsed() < PATIENCE, "nats-server does not listen");
            std::thread::sleep(Duration::from_millis(10));
        }
    }
}

impl Drop for Nats {
    fn drop(&mut self) {
        self.kill();
    }
}

fn command(port: u16, folder: &TempDir) -> Command {
    let path = std::env::var("PATH").unwrap_or_default() + ":/usr/sbin";
    let mut command = Command::new("nats-server");
    command.args(["-a", "127.0.0.1", "-p", &port.to_string(), "-js", "-sd"]);
    command.arg(folder.path()).env("PATH", path);
    command.stdout(Stdio::null()).stderr(Stdio::null());
    command
}
