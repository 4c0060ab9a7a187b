//! Interfaces by name, and what rtnetlink knows of them.

use std::io;

use rustix::net::{AddressFamily, SocketType};

use super::error::ProgramError;
use super::netlink;

/// An interface of this network namespace.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) struct Interface {
    pub(super) name: String,
    pub(super) index: u32,
}

impl Interface {
    pub(super) fn find(name: &str) -> Result<Self, ProgramError> {
        let index = index(name).map_err(|source| ProgramError::NoSuchInterface {
            interface: name.to_owned(),
            source,
        })?;
        Ok(Self {
            name: name.to_owned(),
            index,
        })
    }

    /// Returns the number of the XDP program that is attached, if there is one and the system tells.
    pub(super) fn program(&self) -> Option<u32> {
        netlink::link(self.index).ok()?.program
    }
}

fn index(name: &str) -> io::Result<u32> {
    // Any socket will do to ask by; a datagram socket of the UNIX family needs no privilege and no protocol.
    let socket = rustix::net::socket(AddressFamily::UNIX, SocketType::DGRAM, None)?;
    Ok(rustix::net::netdevice::name_to_index(socket, name)?)
}
