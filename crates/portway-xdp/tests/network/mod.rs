//! A network of one's own for a test.

use std::process::Command;
use std::thread;

/// Runs a test on a thread in a network namespace of its own, which goes with the thread, whatever happens.
///
/// `left` and `right` are the two ends of a veth pair with `queues` queues each, up. Skips without root.
#[expect(clippy::print_stderr, reason = "a test that skips says why")]
pub(crate) fn in_network(queues: u32, test: impl FnOnce() + Send + 'static) {
    // SAFETY: the call has no argument and no effect.
    if unsafe { libc::geteuid() } != 0 {
        eprintln!("skipped: a network namespace needs root");
        return;
    }
    let thread = thread::spawn(move || {
        // SAFETY: it moves this thread alone into a new namespace.
        let moved = unsafe { libc::unshare(libc::CLONE_NEWNET) };
        assert_eq!(moved, 0, "a namespace");
        let queues = queues.to_string();
        ip(&[
            "link",
            "add",
            "left",
            "numtxqueues",
            &queues,
            "numrxqueues",
            &queues,
            "type",
            "veth",
            "peer",
            "name",
            "right",
            "numtxqueues",
            &queues,
            "numrxqueues",
            &queues,
        ]);
        ip(&["link", "set", "left", "up"]);
        ip(&["link", "set", "right", "up"]);
        test();
    });
    if let Err(panic) = thread.join() {
        std::panic::resume_unwind(panic);
    }
}

/// Runs `ip` in the namespace of this thread.
pub(crate) fn ip(arguments: &[&str]) {
    let output = Command::new("ip")
        .args(arguments)
        .output()
        .expect("ip runs");
    assert!(
        output.status.success(),
        "ip {arguments:?}: {}",
        String::from_utf8_lossy(&output.stderr)
    );
}
