//! A broker's process.

use std::{
    env,
    net::{SocketAddr, TcpStream},
    os::unix::process::CommandExt as _,
    path::PathBuf,
    process::{Child, Command, Stdio},
    time::{Duration, Instant},
};

use rustix::process::{Pid, Signal, kill_process_group};

/// How long a broker may take until it listens.
const START: Duration = Duration::from_secs(90);

/// The path of a program, if it is there; the test passes without it, having said so.
pub(crate) fn program(name: &str) -> Option<PathBuf> {
    let folders = env::var_os("PATH").unwrap_or_default();
    // Debian keeps servers where only root looks.
    let folders =
        env::split_paths(&folders).chain(["/usr/sbin".into(), "/usr/lib/rabbitmq/bin".into()]);
    let found = folders
        .map(|folder| folder.join(name))
        .find(|file| file.is_file());
    if found.is_none() {
        eprintln!("{name} is not installed: nothing is tested");
    }
    found
}

/// A process that is killed when it is dropped, with all that it started: a broker may be the child
/// of a script.
pub(crate) struct Process {
    child: Child,
}

impl Process {
    /// Starts it and waits until it listens.
    pub(crate) fn start(command: &mut Command, port: u16) -> Self {
        let child = command.stdin(Stdio::null()).process_group(0).spawn();
        let child = child.unwrap();
        let mut process = Self { child };
        let address = SocketAddr::from(([127, 0, 0, 1], port));
        let begin = Instant::now();
        while TcpStream::connect(address).is_err() {
            let ended = process.child.try_wait().unwrap();
            assert!(
                ended.is_none(),
                "it ended before it listened on {port}: {ended:?}"
            );
            assert!(begin.elapsed() < START, "it does not listen on {port}");
            std::thread::sleep(Duration::from_millis(20));
        }
        process
    }

    /// Ends it as a crash would.
    pub(crate) fn kill(&mut self) {
        let group = Pid::from_child(&self.child);
        let _ = kill_process_group(group, Signal::KILL);
        let _ = self.child.wait();
    }
}

impl Drop for Process {
    fn drop(&mut self) {
        self.kill();
    }
}
