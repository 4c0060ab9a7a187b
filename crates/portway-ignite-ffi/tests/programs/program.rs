//! Compiling and running one C program.

use std::path::{Path, PathBuf};
use std::process::{Command, ExitStatus, Output, Stdio};
use std::sync::mpsc;
use std::thread;

use portway_grid::{Grid, GridConfiguration, Listener};
use tempfile::TempDir;

const SOURCES: &str = concat!(env!("CARGO_MANIFEST_DIR"), "/tests/c");
const INCLUDE: &str = concat!(env!("CARGO_MANIFEST_DIR"), "/include");

/// A compiled program, in a folder that goes with it.
pub(crate) struct Program {
    name: &'static str,
    folder: TempDir,
}

impl Program {
    /// Compiles `tests/c/NAME.c`, or `NAME.cpp`.
    pub(crate) fn compile(name: &'static str) -> Self {
        let folder = tempfile::tempdir().unwrap();
        let library = library_folder();
        let source = Path::new(SOURCES).join(name);
        let mut compiler = compiler(&source);
        let output = compiler
            .args(["-Wall", "-Wextra", "-Wpedantic", "-Werror", "-g"])
            .args(["-I", INCLUDE, "-o"])
            .arg(folder.path().join(name))
            .arg("-L")
            .arg(&library)
            .args(libraries(name))
            .arg(format!("-Wl,-rpath,{}", library.display()))
            .output()
            .expect("a compiler for C and C++ is installed as cc and c++");
        check(name, &output);
        Self { name, folder }
    }

    /// Runs the program against a grid of this process, and tells how it ended.
    pub(crate) fn end(&self) -> ExitStatus {
        let grid = TestGrid::start();
        let mut program = Command::new(self.folder.path().join(self.name));
        program
            .env("IGNITE_ADDRESSES", &grid.address)
            .env_remove("LD_LIBRARY_PATH");
        program.output().unwrap().status
    }

    pub(crate) fn run_against_all_grids(&self) {
        let grid = TestGrid::start();
        self.run(&grid.address);
        if let Ok(addresses) = std::env::var("PORTWAY_TEST_IGNITE") {
            self.run(&addresses);
        }
    }

    pub(crate) fn run_with_certificates(&self, addresses: &str, folder: &str) {
        self.run_command(self.command().env("IGNITE_TLS", folder), addresses);
    }

    fn run(&self, addresses: &str) {
        self.run_command(&mut self.command(), addresses);
    }

    fn run_command(&self, command: &mut Command, addresses: &str) {
        let output = command.env("IGNITE_ADDRESSES", addresses).output().unwrap();
        check(self.name, &output);
    }

    fn command(&self) -> Command {
        let program = self.folder.path().join(self.name);
        // So many calls take minutes there, and the others look at the same code.
        let is_watched = self.name != "limits" && has_valgrind();
        let mut command = if is_watched {
            let mut command = Command::new("valgrind");
            command
                .args(["--quiet", "--error-exitcode=9"])
                .args(self.valgrind_options())
                .arg(format!("--suppressions={SOURCES}/valgrind.supp"))
                .arg(program);
            command
        } else {
            Command::new(program)
        };
        // Cargo's own path leads to a library that may be older.
        command.env_remove("LD_LIBRARY_PATH");
        command
    }

    /// What valgrind is told of the program.
    fn valgrind_options(&self) -> &'static [&'static str] {
        match self.name {
            // The process takes its client and thread along: the published interface has no end.
            "article" | "leaves" | "unloads" => &["--leak-check=no"],
            // And a child leaves alone what its parent connected. Threads that never wait for the
            // system would leave the others no turn.
            "forks" => &["--leak-check=no", "--fair-sched=yes"],
            // The assembly of the cryptography writes memory in ways that valgrind does not see.
            "secured" => &["--leak-check=full", "--undef-value-errors=no"],
            _ => &["--leak-check=full"],
        }
    }
}

fn libraries(name: &str) -> &'static [&'static str] {
    match name {
        // It looks for the library while it runs.
        "unloads" => &["-ldl", "-lpthread"],
        // And it takes the place of a function of the system.
        "names" => &["-lignite", "-ldl", "-lpthread"],
        _ => &["-lignite", "-lpthread"],
    }
}

fn compiler(source: &Path) -> Command {
    let c = source.with_extension("c");
    let mut compiler;
    if c.exists() {
        compiler = Command::new("cc");
        compiler
            .args(["-std=c11", "-D_POSIX_C_SOURCE=200809L"])
            .arg(c);
    } else {
        compiler = Command::new("c++");
        compiler.arg("-std=c++17").arg(source.with_extension("cpp"));
    }
    compiler
}

/// Where cargo has put the shared library: beside this test.
fn library_folder() -> PathBuf {
    let test = std::env::current_exe().unwrap();
    let folder = test.parent().unwrap();
    assert!(
        folder.join("libignite.so").exists(),
        "no libignite.so in {}",
        folder.display()
    );
    folder.to_owned()
}

fn has_valgrind() -> bool {
    let mut asked = Command::new("valgrind");
    asked.arg("--version").stdout(Stdio::null());
    asked.status().is_ok_and(|status| status.success())
}

fn check(name: &str, output: &Output) {
    let told = String::from_utf8_lossy(&output.stderr);
    assert!(output.status.success(), "{name}: {}\n{told}", output.status);
}

/// A grid on a thread of its own.
struct TestGrid {
    address: String,
    _stop: tokio::sync::oneshot::Sender<()>,
}

impl TestGrid {
    fn start() -> Self {
        let (tell, told) = mpsc::channel();
        let (stop, stopped) = tokio::sync::oneshot::channel::<()>();
        thread::spawn(move || {
            let runtime = tokio::runtime::Builder::new_current_thread()
                .enable_all()
                .build()
                .unwrap();
            runtime.block_on(async {
                let grid = Grid::open(GridConfiguration::in_memory()).unwrap();
                let listener = Listener::bind_tcp("127.0.0.1:0").await.unwrap();
                tell.send(listener.address().to_string()).unwrap();
                grid.serve(listener);
                // Ends when the test drops the other half.
                let _ = stopped.await;
            });
        });
        Self {
            address: told.recv().unwrap(),
            _stop: stop,
        }
    }
}
