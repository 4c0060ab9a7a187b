//! The files of `wg-quick`: read into types, and printed from them.

mod error;
mod file;
mod host_port;
mod parse;
mod plain_text;
mod print;
mod value;

pub use error::{TunnelFileError, TunnelFileProblem};
pub use file::{Hook, HookEvent, InterfaceSection, PeerSection, TunnelFile};
pub use host_port::{HostPort, HostPortError};
pub use plain_text::{PlainText, PlainTextError};

#[cfg(test)]
mod tests;
