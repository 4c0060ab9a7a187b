//! A broker of Kafka.

use std::{
    process::{Command, Stdio},
    sync::{Arc, Mutex, PoisonError, Weak},
};

use portway_kafka::Kafka;
use tempfile::TempDir;

use crate::{port::free_port, process::Process};

/// A broker that keeps its log when it is killed.
pub(crate) struct Broker {
    script: String,
    folder: TempDir,
    ports: [u16; 2],
    process: Process,
}

impl Broker {
    /// Starts one, where a script runs it; without it the test passes, having said so.
    pub(crate) fn start() -> Option<Self> {
        let Ok(script) = std::env::var("PORTWAY_TEST_KAFKA") else {
            eprintln!("PORTWAY_TEST_KAFKA is not set: nothing is tested");
            return None;
        };
        let folder = tempfile::tempdir().expect("a temporary folder");
        let ports = [(); 2].map(|()| free_port());
        let process = start(&script, &folder, &ports);
        Some(Self {
            script,
            folder,
            ports,
            process,
        })
    }

    /// Starts one that listens inside of TLS too, with the files in `folder`: at the first port for
    /// clients with a certificate, at the second one for those with a password.
    #[cfg(feature = "tls")]
    pub(crate) fn start_with_tls(folder: TempDir) -> Option<(Self, [u16; 2])> {
        let script = std::env::var("PORTWAY_TEST_KAFKA").ok()?;
        let all @ [port, controller, tls, sasl] = [(); 4].map(|()| free_port());
        let process = start(&script, &folder, &all);
        let broker = Self {
            script,
            folder,
            ports: [port, controller],
            process,
        };
        Some((broker, [tls, sasl]))
    }

    /// The broker that all tests share which do no harm to it.
    pub(crate) fn shared() -> Option<Arc<Self>> {
        static SHARED: Mutex<Weak<Broker>> = Mutex::new(Weak::new());
        let mut shared = SHARED.lock().unwrap_or_else(PoisonError::into_inner);
        if let Some(broker) = shared.upgrade() {
            return Some(broker);
        }
        let broker = Arc::new(Self::start()?);
        *shared = Arc::downgrade(&broker);
        Some(broker)
    }

    pub(crate) fn address(&self) -> String {
        format!("127.0.0.1:{}", self.ports[0])
    }

    pub(crate) fn kafka(&self) -> Kafka {
        Kafka::new(self.address())
    }

    /// `kill -9`, and a new start with what it had on disk.
    pub(crate) fn crash(&mut self) {
        self.process.kill();
        self.process = start(&self.script, &self.folder, &self.ports);
    }
}

fn start(script: &str, folder: &TempDir, ports: &[u16]) -> Process {
    let mut command = Command::new(script);
    command.arg(folder.path());
    command.args(ports.iter().map(u16::to_string));
    command.stdout(Stdio::null()).stderr(Stdio::null());
    Process::start(&mut command, ports[0])
}
