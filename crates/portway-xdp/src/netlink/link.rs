//! One question to rtnetlink: what is this interface?

use std::io;
use std::os::fd::AsFd;

use rustix::net::{AddressFamily, SocketType};

use super::attribute::{Attributes, find, number, text};
use super::message::{ask, body, question, senseless};

/// What the kernel tells about an interface, as far as it matters here.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub(crate) struct LinkFacts {
    pub(crate) name: String,
    /// Whether it is switched on.
    pub(crate) is_up: bool,
    pub(crate) mtu: u32,
    /// The hardware address, where it has one of six bytes.
    pub(crate) address: Option<[u8; 6]>,
    /// Receive queues that it was made with, which need not all be in use.
    pub(crate) receive_queues: u32,
    /// The kind of a virtual interface, as `veth`.
    pub(crate) kind: Option<String>,
    /// The interface at the other end, by its index in its own namespace.
    pub(crate) peer: Option<u32>,
    /// Whether the other end is in another network namespace.
    pub(crate) peer_is_elsewhere: bool,
    /// The number of the XDP program.
    pub(crate) program: Option<u32>,
    /// Whether that one runs in the kernel's general code.
    pub(crate) program_is_generic: bool,
}

const GET_LINK: u16 = 18;
const NEW_LINK: u16 = 16;
/// `struct ifinfomsg`.
const LINK_HEADER: usize = 16;

/// Where the flags of `struct ifinfomsg` are, and the one for an interface that is up.
const LINK_FLAGS: usize = 8;
const IS_UP: u32 = 1;

const LINK_ADDRESS: u16 = 1;
const LINK_NAME: u16 = 3;
const LINK_MTU: u16 = 4;
const LINK_PEER: u16 = 5;
const LINK_INFORMATION: u16 = 18;
const LINK_NAMESPACE: u16 = 37;
const LINK_RECEIVE_QUEUES: u16 = 32;
const LINK_XDP: u16 = 43;
const INFORMATION_KIND: u16 = 1;
const XDP_ATTACHED: u16 = 2;
const XDP_PROGRAM: u16 = 4;
/// `XDP_ATTACHED_SKB`.
const ATTACHED_GENERIC: u8 = 2;

/// Asks the kernel about the interface with this index. Needs no privilege.
pub(crate) fn link(index: u32) -> io::Result<LinkFacts> {
    // Protocol 0, which `None` stands for, is NETLINK_ROUTE.
    let socket = rustix::net::socket(AddressFamily::NETLINK, SocketType::RAW, None)?;
    let mut body = [0; LINK_HEADER]; // any family, any type
    body[4..8].copy_from_slice(&index.to_ne_bytes());
    parse(&ask(socket.as_fd(), &question(GET_LINK, &body))?)
}

/// Reads an answer, and tells the name in it.
#[cfg(feature = "fuzzing")]
pub(crate) fn read_name(answer: &[u8]) -> io::Result<String> {
    parse(answer).map(|facts| facts.name)
}

fn parse(answer: &[u8]) -> io::Result<LinkFacts> {
    let body = body(answer, NEW_LINK)?;
    let attributes = body.get(LINK_HEADER..).ok_or_else(senseless)?;
    let flags = body.get(LINK_FLAGS..).and_then(number).unwrap_or(0);
    Ok(LinkFacts {
        is_up: flags & IS_UP != 0,
        ..facts(attributes)
    })
}

fn facts(attributes: &[u8]) -> LinkFacts {
    let mut facts = LinkFacts::default();
    for (kind, value) in Attributes(attributes) {
        match kind {
            LINK_NAME => facts.name = text(value),
            LINK_ADDRESS => facts.address = value.try_into().ok(),
            LINK_MTU => facts.mtu = number(value).unwrap_or(0),
            LINK_RECEIVE_QUEUES => facts.receive_queues = number(value).unwrap_or(0),
            LINK_PEER => facts.peer = number(value),
            LINK_NAMESPACE => facts.peer_is_elsewhere = true,
            LINK_INFORMATION => facts.kind = find(value, INFORMATION_KIND).map(text),
            LINK_XDP => {
                facts.program = find(value, XDP_PROGRAM).and_then(number);
                facts.program_is_generic = find(value, XDP_ATTACHED) == Some(&[ATTACHED_GENERIC]);
            }
            _ => {}
        }
    }
    facts
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    #[test]
    fn the_loopback_interface_is_described() {
        let facts = link(1).unwrap();
        assert_eq!(facts.name, "lo");
        assert_eq!((facts.address, facts.receive_queues), (Some([0; 6]), 1));
        assert!(facts.mtu >= 1280);
        assert_eq!((facts.kind, facts.program, facts.peer), (None, None, None));
    }

    #[test]
    fn an_interface_that_is_not_there_is_an_error() {
        assert_eq!(
            link(0x7fff_fff0).unwrap_err().raw_os_error(),
            Some(libc::ENODEV)
        );
    }

    proptest! {
        #[test]
        fn any_answer_is_read_or_refused(answer in proptest::collection::vec(any::<u8>(), 0..300)) {
            drop(parse(&answer));
            facts(&answer);
        }
    }
}
