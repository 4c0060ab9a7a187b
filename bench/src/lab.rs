//! Network namespaces that vanish with the harness, however it ends.

use std::{
    process::{Child, Command, Stdio},
    sync::atomic::{AtomicUsize, Ordering},
};

use crate::program;

/// Ends what runs in the namespace and removes it, once our end of its stdin is closed: by
/// [`Namespace::drop`], by a panic, and by the kernel when the harness is killed.
const GUARD: &str =
    "cat >/dev/null; ip netns pids \"$0\" | xargs -r kill -9; ip netns delete \"$0\"";

static NUMBER: AtomicUsize = AtomicUsize::new(1);

/// A name that no other run uses; at most 15 letters, for an interface too.
pub(crate) fn unique_name(purpose: &str) -> String {
    let number = NUMBER.fetch_add(1, Ordering::Relaxed);
    format!("pb{:x}{purpose}{number}", std::process::id() % 0x10_0000)
}

/// A network namespace with its loopback up.
#[derive(Debug)]
pub(crate) struct Namespace {
    pub(crate) name: String,
    guard: Child,
}

impl Namespace {
    /// Makes one.
    pub(crate) fn new() -> anyhow::Result<Self> {
        let name = unique_name("n");
        program::run(&["ip", "netns", "add", &name])?;
        let guard = Command::new("setsid")
            .args(["sh", "-c", GUARD, &name])
            .stdin(Stdio::piped())
            .stdout(Stdio::null())
            .stderr(Stdio::null())
            .spawn()?;
        let namespace = Self { name, guard };
        namespace.run(&["ip", "link", "set", "lo", "up"])?;
        Ok(namespace)
    }

    /// The command line that runs `command` in here; `ip` becomes the program, so its id is the program's.
    pub(crate) fn inside(&self, command: &[&str]) -> Vec<String> {
        let enter = ["ip", "netns", "exec", &self.name];
        enter
            .iter()
            .chain(command)
            .map(|word| (*word).to_owned())
            .collect()
    }

    /// Runs a command in here to its end and returns its stdout.
    pub(crate) fn run(&self, command: &[&str]) -> anyhow::Result<String> {
        program::run(&self.inside(command))
    }
}

impl Drop for Namespace {
    fn drop(&mut self) {
        drop(self.guard.stdin.take());
        // Its exit code says nothing that could be acted on here.
        let _ = self.guard.wait();
    }
}

/// Connects two namespaces by a veth pair with one address each.
pub(crate) fn join(
    left: &Namespace,
    left_address: &str,
    right: &Namespace,
    right_address: &str,
) -> anyhow::Result<()> {
    let (left_end, right_end) = (unique_name("v"), unique_name("v"));
    left.run(&[
        "ip",
        "link",
        "add",
        &left_end,
        "type",
        "veth",
        "peer",
        "name",
        &right_end,
        "netns",
        &right.name,
    ])?;
    for (namespace, end, address) in [
        (left, &left_end, left_address),
        (right, &right_end, right_address),
    ] {
        namespace.run(&["ip", "address", "add", address, "dev", end])?;
        namespace.run(&["ip", "link", "set", end, "up"])?;
    }
    Ok(())
}
