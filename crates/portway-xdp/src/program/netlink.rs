//! One question to rtnetlink: what is this interface? Own code, because a netlink library for five attributes would be the
//! largest dependency of this crate.

use std::io;

use rustix::net::{AddressFamily, RecvFlags, SendFlags, SocketType};

/// What the kernel tells about an interface, as far as it matters here.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub(super) struct LinkFacts {
    pub(super) name: String,
    /// Whether it is switched on.
    pub(super) is_up: bool,
    pub(super) mtu: u32,
    /// The hardware address, where it has one of six bytes.
    pub(super) address: Option<[u8; 6]>,
    /// Receive queues that it was made with, which need not all be in use.
    pub(super) receive_queues: u32,
    /// The kind of a virtual interface, as `veth`.
    pub(super) kind: Option<String>,
    /// The interface at the other end, by its index in its own namespace.
    pub(super) peer: Option<u32>,
    /// Whether the other end is in another network namespace.
    pub(super) peer_is_elsewhere: bool,
    /// The number of the XDP program.
    pub(super) program: Option<u32>,
}

const GET_LINK: u16 = 18;
const NEW_LINK: u16 = 16;
const ERROR: u16 = 2;
const FLAG_REQUEST: u16 = 1;
/// `struct nlmsghdr` and `struct ifinfomsg`.
const MESSAGE_HEADER: usize = 16;
const LINK_HEADER: usize = 16;
const ATTRIBUTE_HEADER: usize = 4;
/// The two upper bits of an attribute's type are flags.
const ATTRIBUTE_TYPE_MASK: u16 = 0x3fff;
/// An answer about one interface has some 2 KB; the kernel never sends more than this in one message.
const ANSWER_ROOM: usize = 32 * 1024;

/// Where the flags of `struct ifinfomsg` are, and the one for an interface that is up.
const LINK_FLAGS: usize = MESSAGE_HEADER + 8;
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
const XDP_PROGRAM: u16 = 4;

/// Asks the kernel about the interface with this index. Needs no privilege.
pub(super) fn link(index: u32) -> io::Result<LinkFacts> {
    // Protocol 0, which `None` stands for, is NETLINK_ROUTE.
    let socket = rustix::net::socket(AddressFamily::NETLINK, SocketType::RAW, None)?;
    rustix::net::send(&socket, &question(index), SendFlags::empty())?;
    let mut answer = vec![0; ANSWER_ROOM];
    // The kernel has answered before `send` returned: there is nothing to wait for.
    let (length, _) = rustix::net::recv(&socket, answer.as_mut_slice(), RecvFlags::DONTWAIT)?;
    parse(&answer[..length.min(ANSWER_ROOM)])
}

fn question(index: u32) -> Vec<u8> {
    let mut message = Vec::with_capacity(MESSAGE_HEADER + LINK_HEADER);
    message.extend(((MESSAGE_HEADER + LINK_HEADER) as u32).to_ne_bytes());
    message.extend(GET_LINK.to_ne_bytes());
    message.extend(FLAG_REQUEST.to_ne_bytes());
    message.extend([0; 8]); // sequence number and port: there is one question on this socket
    message.extend([0; 4]); // any family, any type
    message.extend(index.to_ne_bytes());
    message.extend([0; 8]); // flags and their mask
    message
}

/// Reads an answer, and tells the name in it.
#[cfg(feature = "fuzzing")]
pub(crate) fn read_name(answer: &[u8]) -> io::Result<String> {
    parse(answer).map(|facts| facts.name)
}

fn parse(answer: &[u8]) -> io::Result<LinkFacts> {
    let invalid = || {
        io::Error::new(
            io::ErrorKind::InvalidData,
            "rtnetlink's answer makes no sense",
        )
    };
    let kind = answer.get(4..6).map(two_bytes).ok_or_else(invalid)?;
    match kind {
        NEW_LINK => {}
        ERROR => {
            let number = answer
                .get(MESSAGE_HEADER..MESSAGE_HEADER + 4)
                .ok_or_else(invalid)?;
            return Err(io::Error::from_raw_os_error(
                four_bytes(number).cast_signed().wrapping_neg(),
            ));
        }
        _ => return Err(invalid()),
    }
    let attributes = answer
        .get(MESSAGE_HEADER + LINK_HEADER..)
        .ok_or_else(invalid)?;
    let flags = answer.get(LINK_FLAGS..).and_then(number).unwrap_or(0);
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
            LINK_XDP => facts.program = find(value, XDP_PROGRAM).and_then(number),
            _ => {}
        }
    }
    facts
}

/// The attributes of a message, each with its type; ends at the first that is cut short.
struct Attributes<'a>(&'a [u8]);

impl<'a> Iterator for Attributes<'a> {
    type Item = (u16, &'a [u8]);

    fn next(&mut self) -> Option<Self::Item> {
        let length = usize::from(self.0.get(..2).map(two_bytes)?);
        let kind = self.0.get(2..4).map(two_bytes)? & ATTRIBUTE_TYPE_MASK;
        let value = self.0.get(ATTRIBUTE_HEADER..length)?;
        let next = length.next_multiple_of(4).min(self.0.len());
        self.0 = &self.0[next..];
        Some((kind, value))
    }
}

fn find(attributes: &[u8], wanted: u16) -> Option<&[u8]> {
    Attributes(attributes).find_map(|(kind, value)| (kind == wanted).then_some(value))
}

fn text(value: &[u8]) -> String {
    String::from_utf8_lossy(value.split(|&byte| byte == 0).next().unwrap_or_default()).into_owned()
}

fn number(value: &[u8]) -> Option<u32> {
    value.first_chunk().map(|bytes| u32::from_ne_bytes(*bytes))
}

fn two_bytes(bytes: &[u8]) -> u16 {
    bytes
        .first_chunk()
        .map_or(0, |bytes| u16::from_ne_bytes(*bytes))
}

fn four_bytes(bytes: &[u8]) -> u32 {
    number(bytes).unwrap_or(0)
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
