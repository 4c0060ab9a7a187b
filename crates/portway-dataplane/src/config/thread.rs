//! Threads and the processors they run on: the sections `threads` and `lcore-groups`.

use std::time::Duration;

use super::{Mode, Span};

/// Processors under a name: an entry of `lcore-groups`.
#[derive(Clone, Debug, PartialEq)]
#[non_exhaustive]
pub struct CoreGroup {
    /// The name by which threads ask for it.
    pub name: String,
    /// Where its name stands.
    pub span: Span,
    /// The processors, each once, in ascending order.
    pub cores: Vec<usize>,
}

/// A thread: an entry of `threads`.
#[derive(Clone, Debug, PartialEq)]
#[non_exhaustive]
pub struct Thread {
    /// Its whole name, as `fwd:0`.
    pub name: String,
    /// Where its name stands.
    pub span: Span,
    /// What it is for.
    pub description: Option<String>,
    /// Its name up to the colon.
    pub kind: String,
    /// The processors that it may run on (`group`), as an index into
    /// [`Configuration::core_groups`](super::Configuration::core_groups). None: any.
    pub core_group: Option<usize>,
    /// The lports that it serves (`lports`), as indices into [`Configuration::lports`](super::Configuration::lports).
    /// No other thread serves them.
    pub lports: Vec<usize>,
    /// What it does with packets (`mode`), if it is not what [`Options::mode`](super::Options::mode) says.
    pub mode: Option<Mode>,
    /// How long nothing may come until the thread counts as idle (`idle_timeout`); it never does, if none.
    pub idle_timeout: Option<Duration>,
    /// How long an idle thread sleeps until something comes (`intr_timeout`); it goes on polling, if none.
    pub interrupt_timeout: Option<Duration>,
}

impl Thread {
    /// Whether it stands for the program's first thread: the one that is called `main` and serves no lport.
    pub fn is_main(&self) -> bool {
        self.kind == "main" && self.lports.is_empty()
    }
}
