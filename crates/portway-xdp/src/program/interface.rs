//! Interfaces by name, and what rtnetlink knows of them.

use std::io;

use rustix::net::{AddressFamily, SocketType};

use super::error::ProgramError;
use super::ethtool;
use crate::netlink::link;

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
        link::link(self.index).ok()?.program
    }
}

/// What the system tells about an interface of this network namespace. Asking needs no privilege.
#[derive(Clone, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub struct InterfaceFacts {
    /// Its number.
    pub index: u32,
    /// The kind of a virtual interface, as `veth`.
    pub kind: Option<String>,
    /// Whether it is switched on.
    pub is_up: bool,
    /// The longest IP packet, in bytes.
    pub mtu: u32,
    /// Its hardware address, where it has one of six bytes.
    pub mac: Option<[u8; 6]>,
    /// Receive queues in use.
    pub receive_queues: u32,
    /// The kernel's number of the XDP program that is attached to it.
    pub program: Option<u32>,
}

impl InterfaceFacts {
    /// Asks about the interface of this name.
    ///
    /// # Errors
    ///
    /// [`NoSuchInterface`](ProgramError::NoSuchInterface), or [`Kernel`](ProgramError::Kernel), when the system does not
    /// tell.
    pub fn of(interface: &str) -> Result<Self, ProgramError> {
        let index = Interface::find(interface)?.index;
        let link = link::link(index).map_err(|source| ProgramError::Kernel {
            doing: "describe an interface",
            source,
        })?;
        // A driver without that question has as many as the interface was made with.
        let queues = ethtool::receive_queues(interface).ok();
        Ok(Self {
            index,
            kind: link.kind,
            is_up: link.is_up,
            mtu: link.mtu,
            mac: link.address,
            receive_queues: queues
                .filter(|count| *count > 0)
                .unwrap_or(link.receive_queues),
            program: link.program,
        })
    }
}

fn index(name: &str) -> io::Result<u32> {
    // Any socket will do to ask by; a datagram socket of the UNIX family needs no privilege and no protocol.
    let socket = rustix::net::socket(AddressFamily::UNIX, SocketType::DGRAM, None)?;
    Ok(rustix::net::netdevice::name_to_index(socket, name)?)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_loopback_interface_has_one_queue_and_no_program() {
        let facts = InterfaceFacts::of("lo").unwrap();
        assert_eq!((facts.index, facts.receive_queues), (1, 1));
        assert_eq!((facts.kind, facts.program), (None, None));
    }

    #[test]
    fn a_name_that_no_interface_has_is_an_error() {
        let error = InterfaceFacts::of("not-there").unwrap_err();
        assert!(
            matches!(error, ProgramError::NoSuchInterface { .. }),
            "{error}"
        );
    }
}
