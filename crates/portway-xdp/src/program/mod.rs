//! XDP programs that take matching frames off an interface for AF_XDP sockets.
//!
//! A [`Match`] says which frames. [`Attached`] assembles the program, loads it, and keeps it on the interface for as long
//! as it lives. [`SocketMap`] is where sockets are put in, in this process or in another with fewer privileges.

mod attached;
mod compile;
#[cfg(feature = "aya")]
mod compiled;
mod counters;
mod error;
mod ethtool;
mod facts;
mod fold;
mod interface;
mod linking;
mod matching;
mod read;
mod redirection;
mod sharing;
mod socket_map;
mod test;

#[cfg(test)]
mod model;

pub use attached::{AttachMode, AttachPolicy, Attached, AttachedBuilder};
#[cfg(feature = "aya")]
pub use compiled::{Compiled, CompiledError};
pub use counters::ProgramStatistics;
pub use error::{MatchError, ProgramError};
pub use interface::InterfaceFacts;
pub use matching::{CONDITION_LIMIT, DEPTH_LIMIT, Match};
pub use redirection::{Redirection, can_redirect};
pub use sharing::may_be_shared;
pub use socket_map::{DEFAULT_QUEUES, QUEUE_LIMIT, SocketMap};
