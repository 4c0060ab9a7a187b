//! What each device under measurement is told.

use std::{
    ffi::{CString, c_int},
    io,
    os::fd::RawFd,
};

use crate::system::checked;

/// How many frames every device handles together, where it has the choice.
pub const BURST: usize = 64;

/// What a device does with frames.
#[derive(Clone, Copy, Debug, PartialEq, Eq, clap::ValueEnum)]
pub enum Task {
    /// Sends each back to where it came from.
    Echo,
    /// Takes it and forgets it.
    Drop,
}

/// The command line of a device.
#[derive(Debug, clap::Parser)]
pub struct Arguments {
    /// What to do
    pub task: Task,
    /// On which interface
    pub interface: String,
    /// Sleep until a frame arrives, rather than look all the time
    #[arg(long)]
    pub sleep: bool,
    /// Stop after so many frames: for a profiler
    #[arg(long, default_value_t = u64::MAX)]
    pub frames: u64,
}

/// The number of an interface in this network namespace.
///
/// # Errors
///
/// Fails when there is none of that name.
pub fn index(interface: &str) -> io::Result<u32> {
    let name = CString::new(interface)?;
    // SAFETY: the name ends with a zero byte and lives through the call.
    match unsafe { libc::if_nametoindex(name.as_ptr()) } {
        0 => Err(io::Error::last_os_error()),
        index => Ok(index),
    }
}

/// Waits until the socket can be read, a second at most.
///
/// # Errors
///
/// The system's reason.
pub fn wait(socket: RawFd) -> io::Result<()> {
    const LIMIT: c_int = 1000;
    let mut asked = libc::pollfd {
        fd: socket,
        events: libc::POLLIN,
        revents: 0,
    };
    // SAFETY: one structure is given and said to be one.
    checked(unsafe { libc::poll(&raw mut asked, 1, LIMIT) }).map(drop)
}
