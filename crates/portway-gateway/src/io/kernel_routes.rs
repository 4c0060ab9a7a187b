//! Routes of the system that lead into an interface, made over rtnetlink (rtnetlink(7)).

use std::{io, net::IpAddr};

use ipnet::IpNet;
use rustix::{
    fd::OwnedFd,
    io::Errno,
    net::{
        AddressFamily, RecvFlags, SendFlags, SocketFlags, SocketType, netdevice::name_to_index,
        recv, send, socket_with,
    },
};

/// Length of `nlmsghdr`.
const HEADER_LENGTH: usize = 16;
/// `NLMSG_ERROR`, which is also the acknowledgement.
const ANSWER: u16 = 2;
/// `NLM_F_REQUEST | NLM_F_ACK`.
const ACKNOWLEDGED_REQUEST: u16 = 0x5;
/// `NLM_F_CREATE | NLM_F_EXCL`: a route that somebody else made stays as it is.
const CREATE_ONLY: u16 = 0x600;
/// `RT_TABLE_MAIN`.
const MAIN_TABLE: u8 = 254;
/// `RTPROT_STATIC`.
const STATIC_ROUTE: u8 = 4;
/// `RTN_UNICAST`.
const UNICAST: u8 = 1;
/// `RTA_DST` and `RTA_OIF`.
const DESTINATION: u16 = 1;
const OUTGOING_INTERFACE: u16 = 4;

/// Makes and removes routes into one interface; needs `CAP_NET_ADMIN`. The system removes them
/// itself when the interface goes.
#[derive(Debug)]
pub struct KernelRoutes {
    socket: OwnedFd,
    interface: u32,
    sequence: u32,
}

/// What to do with a route.
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
enum Verb {
    Add,
    Remove,
}

impl Verb {
    /// `RTM_NEWROUTE` or `RTM_DELROUTE`.
    const fn kind(self) -> u16 {
        match self {
            Self::Add => 24,
            Self::Remove => 25,
        }
    }

    const fn flags(self) -> u16 {
        match self {
            Self::Add => ACKNOWLEDGED_REQUEST | CREATE_ONLY,
            Self::Remove => ACKNOWLEDGED_REQUEST,
        }
    }
}

impl KernelRoutes {
    /// Begins without routes into the interface of this name.
    ///
    /// # Errors
    ///
    /// Fails when there is no such interface.
    pub fn into_interface(name: &str) -> io::Result<Self> {
        let family = AddressFamily::NETLINK;
        let flags = SocketFlags::CLOEXEC;
        // Protocol 0, the default, is NETLINK_ROUTE.
        let socket = socket_with(family, SocketType::RAW, flags, None)?;
        let interface = name_to_index(&socket, name)?;
        Ok(Self {
            socket,
            interface,
            sequence: 0,
        })
    }

    /// Leads a prefix into the interface.
    ///
    /// # Errors
    ///
    /// [`io::ErrorKind::AlreadyExists`] where the system has a route of this prefix already;
    /// fails also without the right to change routes.
    pub fn add(&mut self, prefix: IpNet) -> io::Result<()> {
        self.ask(Verb::Add, prefix)
    }

    /// Takes a route back.
    ///
    /// # Errors
    ///
    /// Fails when the route is gone already.
    pub fn remove(&mut self, prefix: IpNet) -> io::Result<()> {
        self.ask(Verb::Remove, prefix)
    }

    fn ask(&mut self, verb: Verb, prefix: IpNet) -> io::Result<()> {
        self.sequence = self.sequence.wrapping_add(1);
        let request = request(verb, prefix, self.interface, self.sequence);
        send(&self.socket, &request, SendFlags::empty())?;
        let mut answer = [0; 256];
        let (_, length) = recv(&self.socket, &mut answer, RecvFlags::empty())?;
        read_answer(answer.get(..length).unwrap_or(&answer))
    }
}

/// One message: `nlmsghdr`, `rtmsg` and two attributes, in the machine's byte order.
fn request(verb: Verb, prefix: IpNet, interface: u32, sequence: u32) -> Vec<u8> {
    let (address, family) = match prefix.addr() {
        IpAddr::V4(address) => (address.octets().to_vec(), AddressFamily::INET),
        IpAddr::V6(address) => (address.octets().to_vec(), AddressFamily::INET6),
    };
    // Family, length of the destination, no source, no type of service; scope 0 is the universe.
    let family = u8::try_from(family.as_raw()).unwrap_or_default();
    let mut body = vec![
        family,
        prefix.prefix_len(),
        0,
        0,
        MAIN_TABLE,
        STATIC_ROUTE,
        0,
        UNICAST,
    ];
    body.extend_from_slice(&[0; 4]);
    push_attribute(&mut body, DESTINATION, &address);
    push_attribute(&mut body, OUTGOING_INTERFACE, &interface.to_ne_bytes());
    let length = u32::try_from(HEADER_LENGTH + body.len()).unwrap_or_default();
    let mut message = length.to_ne_bytes().to_vec();
    message.extend_from_slice(&verb.kind().to_ne_bytes());
    message.extend_from_slice(&verb.flags().to_ne_bytes());
    message.extend_from_slice(&sequence.to_ne_bytes());
    // The kernel fills in who we are.
    message.extend_from_slice(&[0; 4]);
    message.extend_from_slice(&body);
    message
}

/// The contents have a multiple of four bytes, so nothing has to be padded.
fn push_attribute(body: &mut Vec<u8>, kind: u16, content: &[u8]) {
    let length = u16::try_from(4 + content.len()).unwrap_or_default();
    body.extend_from_slice(&length.to_ne_bytes());
    body.extend_from_slice(&kind.to_ne_bytes());
    body.extend_from_slice(content);
}

/// Reads the acknowledgement, which carries a negative error number, or zero.
fn read_answer(answer: &[u8]) -> io::Result<()> {
    let malformed = || io::Error::new(io::ErrorKind::InvalidData, "no answer of rtnetlink");
    let kind = answer
        .get(4..6)
        .and_then(|bytes| bytes.try_into().ok())
        .map(u16::from_ne_bytes);
    let error = answer.get(HEADER_LENGTH..HEADER_LENGTH + 4);
    let error = error
        .and_then(|bytes| bytes.try_into().ok())
        .map(i32::from_ne_bytes);
    match (kind, error) {
        (Some(ANSWER), Some(0)) => Ok(()),
        (Some(ANSWER), Some(number)) => {
            Err(Errno::from_raw_os_error(number.checked_neg().ok_or_else(malformed)?).into())
        }
        _ => Err(malformed()),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    #[cfg(target_endian = "little")]
    fn the_message_is_laid_out_as_rtnetlink_wants_it() {
        // What `ip route add 10.123.0.0/24 dev IFACE proto static scope global` asks for.
        let message = request(Verb::Add, "10.123.0.0/24".parse().unwrap(), 7, 1);
        let expected = [
            44, 0, 0, 0, 24, 0, 5, 6, 1, 0, 0, 0, 0, 0, 0, 0, // nlmsghdr
            2, 24, 0, 0, 254, 4, 0, 1, 0, 0, 0, 0, // rtmsg
            8, 0, 1, 0, 10, 123, 0, 0, // RTA_DST
            8, 0, 4, 0, 7, 0, 0, 0, // RTA_OIF
        ];
        assert_eq!(message, expected);
        let long = request(Verb::Remove, "fd00:123::/64".parse().unwrap(), 7, 2);
        assert_eq!((long.len(), long[16], long[17]), (56, 10, 64));
    }

    #[test]
    fn answers_are_read_and_nonsense_is_refused() {
        let answer = |error: i32| {
            let mut bytes = vec![0; 36];
            bytes[4..6].copy_from_slice(&ANSWER.to_ne_bytes());
            bytes[16..20].copy_from_slice(&error.to_ne_bytes());
            bytes
        };
        assert!(read_answer(&answer(0)).is_ok());
        let exists = read_answer(&answer(-17)).unwrap_err();
        assert_eq!(exists.kind(), io::ErrorKind::AlreadyExists);
        for nonsense in [&[][..], &[0; 20], &answer(i32::MIN), &answer(0)[..18]] {
            assert!(read_answer(nonsense).is_err());
        }
    }

    #[test]
    fn an_interface_that_is_not_there_is_told() {
        assert!(KernelRoutes::into_interface("portway-none").is_err());
    }
}
