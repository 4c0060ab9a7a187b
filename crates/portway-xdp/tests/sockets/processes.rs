//! Two processes on one interface, and what is left of one that is killed.

use std::io::{BufRead, BufReader};
use std::process::{Child, Command, Stdio};
use std::thread;
use std::time::Duration;

use portway_xdp::program::AttachPolicy;
use portway_xdp::{Socket, SocketError};

use crate::support::{PATIENCE, in_network, open, redirect, region};

#[test]
fn two_processes_have_two_queues_and_a_killed_one_leaves_nothing() {
    in_network(2, || {
        let mut other = Other::start();
        let region = region(4096);
        let own = open("left", 0, &region);
        let patient = || Socket::builder("left", 1).patience(Duration::from_millis(20));
        let refused = patient().open(&region).map(drop);
        assert!(
            matches!(refused, Err(SocketError::QueueBusy { queue: 1, .. })),
            "{refused:?}"
        );
        other.kill();
        let program = redirect("left", AttachPolicy::Generic);
        let inherited = open("left", 1, &region);
        for socket in [&own, &inherited] {
            program.insert(socket.queue(), socket).unwrap();
        }
    });
}

/// Not a test: what the other process of the one above does.
#[test]
#[ignore = "started by another test, in its namespace"]
fn hold_queue_one_until_killed() {
    let program = redirect("left", AttachPolicy::Generic);
    let socket = open("left", 1, &region(2048));
    program.insert(1, &socket).unwrap();
    println!("{HOLDING}");
    thread::sleep(PATIENCE);
}

const HOLDING: &str = "queue one is held";

/// This test program once more, as the holder of a queue, killed when dropped.
struct Other(Child);

impl Other {
    fn start() -> Self {
        let this = std::env::current_exe().expect("this program");
        let mut child = Command::new(this)
            .args([
                "--exact",
                "processes::hold_queue_one_until_killed",
                "--ignored",
                "--nocapture",
            ])
            .stdout(Stdio::piped())
            .spawn()
            .expect("it starts once more");
        let output = BufReader::new(child.stdout.take().expect("piped"));
        let holds = output
            .lines()
            .map_while(Result::ok)
            .any(|line| line.contains(HOLDING));
        assert!(holds, "the other process holds the queue");
        Self(child)
    }

    fn kill(&mut self) {
        self.0.kill().expect("killed");
        self.0.wait().expect("ended");
    }
}

impl Drop for Other {
    fn drop(&mut self) {
        let _ = self.0.kill();
        let _ = self.0.wait();
    }
}
