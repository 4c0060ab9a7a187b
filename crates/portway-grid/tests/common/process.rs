//! A grid in a process of its own, to be killed: the test program starts itself, with one test alone.
//!
//! That test is `child_that_serves_a_grid`, and calls [`serve_if_asked`].

#[path = "../../../../tests/shared/output.rs"]
mod output;

use std::path::Path;
use std::process::{Child, Command, Stdio};

use output::Output;
use portway_grid::{GridConfiguration, WalMode};

/// Set in the child: the folder it serves a grid from.
const FOLDER: &str = "PORTWAY_GRID_TEST_FOLDER";

/// Set in a child that brings each write to the disk.
const SYNC: &str = "PORTWAY_GRID_TEST_SYNC";

/// Serves a grid until the process is killed, in a child.
#[expect(
    clippy::print_stdout,
    reason = "the parent reads the address from the child's output"
)]
pub(crate) async fn serve_if_asked() {
    let Ok(folder) = std::env::var(FOLDER) else {
        return;
    };
    let mode = match std::env::var_os(SYNC) {
        Some(_) => WalMode::Fsync,
        None => WalMode::LogOnly,
    };
    let (_grid, address) = super::serve(GridConfiguration::durable(folder).wal_mode(mode)).await;
    println!("\nserves {address}");
    std::future::pending().await
}

/// A process with a grid, killed in the end.
pub(crate) struct Server {
    pub(crate) child: Child,
    pub(crate) address: String,
}

impl Server {
    pub(crate) fn start(folder: &Path, mode: WalMode) -> Self {
        let mut command = Command::new(std::env::current_exe().unwrap());
        if mode == WalMode::Fsync {
            command.env(SYNC, "1");
        }
        Self::spawn(command, folder)
    }

    /// A grid whose files cannot grow beyond `kilobytes`: writes fail in their middle, as on a full
    /// disk.
    pub(crate) fn start_with_file_limit(folder: &Path, kilobytes: u32) -> Self {
        let mut command = Command::new("bash");
        let limit = format!("trap '' XFSZ; ulimit -f {kilobytes}; exec \"$0\" \"$@\"");
        command
            .arg("-c")
            .arg(limit)
            .arg(std::env::current_exe().unwrap());
        Self::spawn(command, folder)
    }

    fn spawn(mut command: Command, folder: &Path) -> Self {
        command.args(["--exact", "child_that_serves_a_grid", "--nocapture"]);
        command.env(FOLDER, folder).stdout(Stdio::piped());
        let mut child = command.spawn().unwrap();
        let mut output = Output::of(child.stdout.take().unwrap());
        let address = output.wait_for("serves ADDRESS", |line| {
            line.trim().strip_prefix("serves ").map(str::to_owned)
        });
        Self { child, address }
    }
}

impl Drop for Server {
    fn drop(&mut self) {
        // SIGKILL.
        let _ = self.child.kill();
        let _ = self.child.wait();
    }
}
