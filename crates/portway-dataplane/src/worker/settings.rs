//! What a thread is asked to be.

use std::time::Duration;

/// A thread that workers are to have.
#[derive(Clone, Debug)]
#[must_use = "it is nothing until it is given to a builder"]
pub struct ThreadSettings {
    pub(super) name: String,
    pub(super) cores: Vec<usize>,
    pub(super) ports: Vec<usize>,
    pub(super) idle_timeout: Option<Duration>,
    pub(super) interrupt_timeout: Option<Duration>,
}

impl ThreadSettings {
    /// A thread that serves nothing, runs anywhere and polls without a pause.
    pub fn new(name: impl Into<String>) -> Self {
        Self {
            name: name.into(),
            cores: Vec::new(),
            ports: Vec::new(),
            idle_timeout: None,
            interrupt_timeout: None,
        }
    }

    /// The ports that it serves, by the indices that [`WorkersBuilder::port`](super::WorkersBuilder::port) gave.
    pub fn ports(mut self, ports: impl IntoIterator<Item = usize>) -> Self {
        self.ports = ports.into_iter().collect();
        self
    }

    /// The processors that it may run on; any, if none is named.
    pub fn cores(mut self, cores: impl IntoIterator<Item = usize>) -> Self {
        self.cores = cores.into_iter().collect();
        self
    }

    /// Once nothing has come for `idle`, it sleeps until something comes, at most `interrupt` at a time (and half a
    /// second, whatever is said). Ports without a descriptor are looked at each millisecond then.
    pub fn sleeps(mut self, idle: Duration, interrupt: Duration) -> Self {
        (self.idle_timeout, self.interrupt_timeout) = (Some(idle), Some(interrupt));
        self
    }
}
