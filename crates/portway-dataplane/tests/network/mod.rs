//! A network of a test's own.

use std::{fs::File, os::fd::AsFd as _, process::Command, thread};

use rustix::thread::{LinkNameSpaceType, move_into_link_name_space};

/// A network namespace that is removed whatever happens.
struct Namespace(String);

impl Drop for Namespace {
    fn drop(&mut self) {
        let _ = Command::new("ip").args(["netns", "del", &self.0]).status();
    }
}

/// Runs a test on a thread in a namespace of its own, with a veth pair `left` and `right`, both up. Skips without root.
pub(crate) fn in_network(name: &str, test: impl FnOnce() + Send + 'static) {
    if !rustix::process::geteuid().is_root() {
        eprintln!("skipped: a network namespace needs root");
        return;
    }
    let namespace = Namespace(format!("portway-{name}-{}", std::process::id()));
    ip(&format!("netns add {}", namespace.0));
    let file = File::open(format!("/run/netns/{}", namespace.0)).unwrap();
    let thread = thread::spawn(move || {
        move_into_link_name_space(file.as_fd(), Some(LinkNameSpaceType::Network)).unwrap();
        ip("link add left type veth peer name right");
        // Nothing but the test's packets shall be counted.
        for interface in ["left", "right"] {
            ip(&format!("link set {interface} addrgenmode none up"));
        }
        test();
    });
    if let Err(panic) = thread.join() {
        std::panic::resume_unwind(panic);
    }
}

/// Runs `ip` with these words.
pub(crate) fn ip(arguments: &str) {
    let output = Command::new("ip")
        .args(arguments.split(' '))
        .output()
        .unwrap();
    let said = String::from_utf8_lossy(&output.stderr);
    assert!(output.status.success(), "ip {arguments}: {said}");
}
