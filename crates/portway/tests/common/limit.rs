//! What ends the waits of tests: no defect of a program makes one wait without end.

use std::{
    process::{Child, Command, Output, Stdio},
    sync::mpsc::{self, RecvTimeoutError},
    thread,
    time::{Duration, Instant},
};

use rustix::process::{Pid, Signal, kill_process};

/// No program and no part of a test takes so long on the slowest machine.
const LONGEST: Duration = Duration::from_secs(300);

/// Kills a program that runs for too long. Who reads what it writes, or waits for it, finds its end.
pub(crate) struct Limit {
    /// Closed when the program needs no limit any more.
    _over: mpsc::Sender<()>,
}

impl Limit {
    /// Limits a program until this is dropped.
    pub(crate) fn of(child: &Child) -> Self {
        let program = Pid::from_child(child);
        let (sender, over) = mpsc::channel();
        thread::spawn(move || {
            if over.recv_timeout(LONGEST) == Err(RecvTimeoutError::Timeout) {
                // It may have ended in this moment.
                let _ = kill_process(program, Signal::KILL);
            }
        });
        Self { _over: sender }
    }
}

/// Runs a command to its end.
pub(crate) fn output(command: &mut Command) -> Output {
    command.stdout(Stdio::piped()).stderr(Stdio::piped());
    let child = command.spawn().expect("the program runs");
    let _limit = Limit::of(&child);
    child.wait_with_output().expect("the program ends")
}

/// A part of a test that runs on a thread of its own.
pub(crate) struct Part<T>(pub(crate) thread::JoinHandle<T>);

impl<T> Part<T> {
    /// Waits for what comes of it.
    #[track_caller]
    pub(crate) fn join(self) -> thread::Result<T> {
        let end = Instant::now() + LONGEST;
        while !self.0.is_finished() {
            assert!(Instant::now() < end, "it goes on and on");
            thread::sleep(Duration::from_millis(1));
        }
        self.0.join()
    }
}
