//! A RabbitMQ node.

use std::{
    net::{Ipv4Addr, SocketAddr, TcpStream},
    path::Path,
    process::{Command, Stdio},
    time::{Duration, Instant},
};

use tempfile::TempDir;

use super::{free_port, process::Process, program};

/// How long a node may take until it answers as AMQP does; it listens a little before that.
const READY: Duration = Duration::from_secs(90);

/// Debian's wrappers in the path change to another user; these run as who calls them.
const SERVER: &str = "/usr/lib/rabbitmq/bin/rabbitmq-server";
const CONTROL: &str = "/usr/lib/rabbitmq/bin/rabbitmqctl";

/// A node that keeps its queues when it is killed. It starts a port mapper of Erlang, which is ended
/// with it.
pub(crate) struct RabbitMq {
    folder: TempDir,
    port: u16,
    distribution_port: u16,
    mapper_port: u16,
    process: Process,
}

impl RabbitMq {
    /// Starts one, where the program is installed.
    pub(crate) fn start() -> Option<Self> {
        program("rabbitmq-server")?;
        program("epmd")?;
        let folder = tempfile::tempdir().unwrap();
        let [port, distribution_port, mapper_port] = [(); 3].map(|()| free_port());
        let ports = [port, distribution_port, mapper_port];
        let process = Process::start(&mut command(SERVER, folder.path(), ports), port);
        let node = Self {
            folder,
            port,
            distribution_port,
            mapper_port,
            process,
        };
        node.wait_until_it_answers();
        Some(node)
    }

    pub(crate) fn address(&self) -> String {
        format!("amqp://127.0.0.1:{}", self.port)
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
        self.process = Process::start(&mut self.command(SERVER), self.port);
        self.wait_until_it_answers();
        self.have_leaders_chosen();
    }

    /// A quorum queue of RabbitMQ 3.10 may stay without a leader for ever after its node was killed:
    /// one run in eight here, whether clients wait or not (rabbitmq-server, issue 10070). This is
    /// what the operator of such a node does.
    fn have_leaders_chosen(&self) {
        let queues = "rabbit_amqqueue:list_by_type(rabbit_quorum_queue)";
        let choose =
            format!("[ra:trigger_election(amqqueue:get_pid(Queue)) || Queue <- {queues}].");
        let mut control = self.command(CONTROL);
        let chosen = control.stderr(Stdio::piped()).args(["eval", &choose]);
        let chosen = chosen.output().unwrap();
        assert!(chosen.status.success(), "{chosen:?}");
    }

    fn command(&self, program: &str) -> Command {
        let ports = [self.port, self.distribution_port, self.mapper_port];
        command(program, self.folder.path(), ports)
    }

    fn wait_until_it_answers(&self) {
        let begin = Instant::now();
        while !answers(self.port) {
            assert!(begin.elapsed() < READY, "RabbitMQ does not answer");
            std::thread::sleep(Duration::from_millis(50));
        }
    }
}

impl Drop for RabbitMq {
    fn drop(&mut self) {
        self.process.kill();
        // It refuses until it has noticed that its node is gone.
        for _ in 0..100 {
            let mut mapper = Command::new("epmd");
            mapper.args(["-port", &self.mapper_port.to_string(), "-kill"]);
            match mapper.stdout(Stdio::null()).status() {
                Ok(status) if !status.success() => std::thread::sleep(Duration::from_millis(20)),
                _ => break,
            }
        }
    }
}

/// Whether the node answers the greeting of AMQP.
fn answers(port: u16) -> bool {
    use std::io::{Read as _, Write as _};
    let address = SocketAddr::from((Ipv4Addr::LOCALHOST, port));
    let Ok(mut stream) = TcpStream::connect(address) else {
        return false;
    };
    let timeout = Some(Duration::from_secs(1));
    let greeted = stream
        .set_read_timeout(timeout)
        .and_then(|()| stream.write_all(b"AMQP\0\0\x09\x01"))
        .and_then(|()| stream.read_exact(&mut [0; 8]));
    greeted.is_ok()
}

fn command(
    program: &str,
    folder: &Path,
    [port, distribution_port, mapper_port]: [u16; 3],
) -> Command {
    let mut command = Command::new(program);
    let nothing = folder.join("nothing");
    command
        .current_dir(folder)
        // A killed node must not leave a dump of itself.
        .env("ERL_CRASH_DUMP_SECONDS", "0")
        .env("HOME", folder)
        .env("ERL_EPMD_PORT", mapper_port.to_string())
        .env("ERL_EPMD_ADDRESS", "127.0.0.1")
        .env("RABBITMQ_NODENAME", format!("portway{port}@localhost"))
        .env("RABBITMQ_NODE_IP_ADDRESS", "127.0.0.1")
        .env("RABBITMQ_NODE_PORT", port.to_string())
        .env("RABBITMQ_DIST_PORT", distribution_port.to_string())
        .env("RABBITMQ_MNESIA_BASE", folder.join("mnesia"))
        .env("RABBITMQ_LOG_BASE", folder.join("log"))
        .env("RABBITMQ_PID_FILE", folder.join("pid"))
        .env("RABBITMQ_ENABLED_PLUGINS_FILE", folder.join("plugins"))
        .env("RABBITMQ_CONF_ENV_FILE", &nothing)
        .env("RABBITMQ_CONFIG_FILE", &nothing)
        // Two of Erlang's schedulers are enough for a test.
        .env("RABBITMQ_SERVER_ADDITIONAL_ERL_ARGS", "+S 2:2")
        .stdout(Stdio::null())
        .stderr(Stdio::null());
    command
}
