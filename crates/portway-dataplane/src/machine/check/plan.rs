//! What a configuration would do on a machine, and what the machine lacks for it.

use crate::config::{Mode, Span};

/// What a configuration would do on this machine, and what the machine lacks for it.
#[derive(Clone, Debug, Default, Eq, PartialEq)]
#[non_exhaustive]
pub struct Plan {
    /// Packet memory.
    pub regions: Vec<RegionPlan>,
    /// Ports, in the order of the lports.
    pub ports: Vec<PortPlan>,
    /// Threads that serve ports.
    pub threads: Vec<ThreadPlan>,
    /// What is missing: it cannot run.
    pub lacks: Vec<Lack>,
    /// What is worth knowing: it runs, slower or with other means than asked for.
    pub notes: Vec<Lack>,
}

impl Plan {
    /// Whether the configuration can run here, as far as that can be told beforehand.
    pub fn is_possible(&self) -> bool {
        self.lacks.is_empty()
    }
}

/// A region that would be made.
#[derive(Clone, Debug, Eq, PartialEq)]
#[non_exhaustive]
pub struct RegionPlan {
    /// The umem.
    pub name: String,
    /// Buffers.
    pub buffers: usize,
    /// Bytes of a buffer.
    pub buffer_size: usize,
    /// The pages that it would get, as `2MB`.
    pub pages: &'static str,
}

/// A port that would be opened.
#[derive(Clone, Debug, Eq, PartialEq)]
#[non_exhaustive]
pub struct PortPlan {
    /// The lport.
    pub name: String,
    /// What it would be, in words: back end, mode, and what is fallen back to.
    pub how: String,
    /// Its umem.
    pub region: String,
}

/// A thread that would run.
#[derive(Clone, Debug, Eq, PartialEq)]
#[non_exhaustive]
pub struct ThreadPlan {
    /// Its name.
    pub name: String,
    /// What it would do with packets.
    pub mode: Option<Mode>,
    /// The lports that it would serve.
    pub lports: Vec<String>,
    /// The processors that it could run on; none: any.
    pub cores: Option<Vec<usize>>,
}

/// Something that the machine lacks, and what mends it.
#[derive(Clone, Debug, Eq, PartialEq)]
#[non_exhaustive]
pub struct Lack {
    /// What needs it: lports, umems, threads.
    pub names: Vec<String>,
    /// Where the first name stands.
    pub span: Span,
    /// What is missing.
    pub problem: String,
    /// The command that mends it, or what to change.
    pub remedy: String,
}
