//! Configuration files: JSON-C text into checked values.
//!
//! The form is that of CNDP (`.jsonc`): names in a file are CNDP's, names here say what they mean, in whole units (bytes,
//! entries, [`Duration`](std::time::Duration)). References between sections are resolved to indices: what is here is
//! consistent.

mod diagnostic;
mod lport;
mod memory;
mod mode;
mod options;
mod read;
mod schema;
mod source;
mod thread;
mod variables;

pub use diagnostic::{Diagnostic, Rejected, Severity};
pub use lport::{BackEnd, Lport, SocketMapOrigin, XdpOptions, XdpPath};
pub use memory::Umem;
pub(crate) use memory::fill_ring;
pub use mode::Mode;
pub use options::Options;
pub use schema::schema;
pub use source::{Located, SOURCE_LIMIT, Source, Span};
pub use thread::{CoreGroup, Thread};

/// A checked configuration.
#[derive(Clone, Debug, PartialEq)]
#[non_exhaustive]
pub struct Configuration {
    /// What the program is called (`application.name`).
    pub name: Option<String>,
    /// What it is for (`application.description`).
    pub description: Option<String>,
    /// Packet memory.
    pub umems: Vec<Umem>,
    /// Logical ports in the order of the file, which is what their indices mean; then those of `lport-groups`.
    pub lports: Vec<Lport>,
    /// Groups of processors.
    pub core_groups: Vec<CoreGroup>,
    /// Threads.
    pub threads: Vec<Thread>,
    /// What the program as a whole does.
    pub options: Options,
    /// What the user keeps in the file (`users`).
    pub users: serde_json::Map<String, serde_json::Value>,
    /// What is worth knowing about the file, in its order.
    pub warnings: Vec<Diagnostic>,
}

impl Configuration {
    /// Reads a configuration.
    ///
    /// `queue_count` tells how many receive queues an interface of this machine has, or that there is no such interface; it
    /// is asked where a group of lports wants all queues.
    ///
    /// # Errors
    ///
    /// Everything that is wrong with the text, each with its place and what is legal there.
    pub fn parse(
        source: &Source,
        queue_count: impl Fn(&str) -> Option<u32>,
    ) -> Result<Self, Rejected> {
        read::parse(source, &queue_count)
    }

    /// What a thread does with packets: its own mode, else that of the whole.
    pub fn mode_of(&self, thread: &Thread) -> Option<Mode> {
        thread.mode.or(self.options.mode)
    }

    /// The processors that a thread may run on; none where that is not said.
    pub fn cores_of(&self, thread: &Thread) -> Option<&[usize]> {
        let group = thread.core_group?;
        Some(&self.core_groups[group].cores)
    }
}
