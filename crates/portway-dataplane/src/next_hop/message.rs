//! Messages of rtnetlink (rtnetlink(7)), written and read. Sans-IO; numbers are in the machine's byte order.

use std::net::{IpAddr, Ipv4Addr, Ipv6Addr};

use smoltcp::wire::EthernetAddress;

/// `struct nlmsghdr`.
const HEADER: usize = 16;
/// The headers that follow it, before the attributes: `ifinfomsg`, `rtmsg`, `ndmsg`.
const LINK_HEADER: usize = 16;
const ROUTE_HEADER: usize = 12;
const NEIGHBOUR_HEADER: usize = 12;
const ATTRIBUTE_HEADER: usize = 4;
/// The two upper bits of an attribute's type are flags.
const ATTRIBUTE_TYPE: u16 = 0x3fff;

const ERROR: u16 = 2;
const NEW_LINK: u16 = 16;
const DELETE_LINK: u16 = 17;
const GET_LINK: u16 = 18;
const NEW_ROUTE: u16 = 24;
const GET_ROUTE: u16 = 26;
const NEW_NEIGHBOUR: u16 = 28;
const DELETE_NEIGHBOUR: u16 = 29;
const GET_NEIGHBOUR: u16 = 30;

const REQUEST: u16 = 1;
const ACKNOWLEDGE: u16 = 4;
const CREATE: u16 = 0x400;

const FAMILY_4: u8 = 2;
const FAMILY_6: u8 = 10;
/// `RTN_UNICAST`, in `rtm_type`.
const UNICAST: u8 = 1;
/// `NTF_USE`, in `ndm_flags`: as if a packet had been sent to the neighbour.
const USE: u8 = 1;
/// `IFF_UP` and `IFF_RUNNING`, in `ifi_flags`.
const UP: u32 = 0x1;

/// The states in which a neighbour's address may be used: `NUD_REACHABLE`, `STALE`, `DELAY`, `PROBE`, `NOARP` and
/// `PERMANENT`.
const VALID_STATES: u16 = 0x02 | 0x04 | 0x08 | 0x10 | 0x40 | 0x80;
/// `NUD_STALE`.
const STALE: u16 = 0x04;

/// An interface as the kernel describes it.
#[derive(Clone, Debug, Eq, PartialEq)]
pub(super) struct Link {
    pub(super) index: u32,
    pub(super) name: String,
    pub(super) mac: Option<EthernetAddress>,
    pub(super) mtu: usize,
    pub(super) is_up: bool,
}

/// How the kernel would send to a destination.
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
pub(super) struct Route {
    pub(super) interface: u32,
    /// None where the destination is on the link itself.
    pub(super) gateway: Option<IpAddr>,
    pub(super) mtu: Option<usize>,
}

/// What the kernel knows of a neighbour.
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
pub(super) struct Neighbour {
    pub(super) interface: u32,
    pub(super) address: IpAddr,
    /// None while it is not known.
    pub(super) mac: Option<EthernetAddress>,
    /// Whether it wants to be asked whether it is still there.
    pub(super) is_stale: bool,
}

/// One message of the kernel, as far as it matters here.
#[derive(Clone, Debug, Eq, PartialEq)]
pub(super) enum Message {
    Link(Link),
    LinkRemoved(u32),
    /// None where the destination is not to be sent to: an address of this host, multicast, unreachable.
    Route(Option<Route>),
    Neighbour(Neighbour),
    NeighbourRemoved(Neighbour),
    /// An error number, positive; 0 is the acknowledgement of a request.
    Error(i32),
    /// Something else: a rule, an address.
    Other,
}

/// Asks for an interface.
pub(super) fn link_question(index: u32) -> Vec<u8> {
    let mut body = vec![0; LINK_HEADER];
    body[4..8].copy_from_slice(&index.to_ne_bytes());
    request(GET_LINK, REQUEST, &body)
}

/// Asks how to send to a destination.
pub(super) fn route_question(destination: IpAddr, mark: u32) -> Vec<u8> {
    let mut body = vec![0; ROUTE_HEADER];
    body[0] = family(destination);
    body[1] = if destination.is_ipv4() { 32 } else { 128 };
    attribute(&mut body, 1, &octets(destination));
    if mark != 0 {
        attribute(&mut body, 16, &mark.to_ne_bytes());
    }
    request(GET_ROUTE, REQUEST, &body)
}

/// Asks what is known of a neighbour.
pub(super) fn neighbour_question(interface: u32, address: IpAddr) -> Vec<u8> {
    neighbour_request(GET_NEIGHBOUR, REQUEST, interface, address, 0)
}

/// Has the kernel find a neighbour, or look whether it is still there, as if a packet were to be sent.
pub(super) fn neighbour_use(interface: u32, address: IpAddr) -> Vec<u8> {
    let flags = REQUEST | ACKNOWLEDGE | CREATE;
    neighbour_request(NEW_NEIGHBOUR, flags, interface, address, USE)
}

fn neighbour_request(
    kind: u16,
    flags: u16,
    interface: u32,
    address: IpAddr,
    neighbour_flags: u8,
) -> Vec<u8> {
    let mut body = vec![0; NEIGHBOUR_HEADER];
    body[0] = family(address);
    body[4..8].copy_from_slice(&interface.to_ne_bytes());
    body[10] = neighbour_flags;
    attribute(&mut body, 1, &octets(address));
    request(kind, flags, &body)
}

fn request(kind: u16, flags: u16, body: &[u8]) -> Vec<u8> {
    let mut message = Vec::with_capacity(HEADER + body.len());
    message.extend(((HEADER + body.len()) as u32).to_ne_bytes());
    message.extend(kind.to_ne_bytes());
    message.extend(flags.to_ne_bytes());
    message.extend([0; 8]); // sequence number and port: there is one question at a time on a socket
    message.extend(body);
    message
}

fn attribute(body: &mut Vec<u8>, kind: u16, value: &[u8]) {
    body.extend(((ATTRIBUTE_HEADER + value.len()) as u16).to_ne_bytes());
    body.extend(kind.to_ne_bytes());
    body.extend(value);
    body.resize(body.len().next_multiple_of(4), 0);
}

const fn family(address: IpAddr) -> u8 {
    if address.is_ipv4() {
        FAMILY_4
    } else {
        FAMILY_6
    }
}

fn octets(address: IpAddr) -> Vec<u8> {
    match address {
        IpAddr::V4(address) => address.octets().to_vec(),
        IpAddr::V6(address) => address.octets().to_vec(),
    }
}

/// What each message of a datagram says.
#[cfg(feature = "fuzzing")]
pub(crate) fn describe(datagram: &[u8]) -> Vec<String> {
    read(datagram)
        .map(|message| format!("{message:?}"))
        .collect()
}

/// The messages of one datagram; ends at the first that is cut short.
pub(super) fn read(datagram: &[u8]) -> impl Iterator<Item = Message> {
    let mut rest = datagram;
    std::iter::from_fn(move || {
        let length = number(rest)? as usize;
        let kind = short(rest.get(4..)?)?;
        let body = rest.get(HEADER..length)?;
        rest = &rest[length.next_multiple_of(4).min(rest.len())..];
        Some(read_one(kind, body).unwrap_or(Message::Other))
    })
}

fn read_one(kind: u16, body: &[u8]) -> Option<Message> {
    match kind {
        ERROR => Some(Message::Error(number(body)?.cast_signed().wrapping_neg())),
        NEW_LINK => read_link(body).map(Message::Link),
        DELETE_LINK => Some(Message::LinkRemoved(number(body.get(4..)?)?)),
        NEW_ROUTE => read_route(body).map(Message::Route),
        NEW_NEIGHBOUR => read_neighbour(body).map(Message::Neighbour),
        DELETE_NEIGHBOUR => read_neighbour(body).map(Message::NeighbourRemoved),
        _ => None,
    }
}

fn read_link(body: &[u8]) -> Option<Link> {
    let attributes = Attributes(body.get(LINK_HEADER..)?);
    let name = attributes.find(3)?;
    let name = name.split(|byte| *byte == 0).next().unwrap_or_default();
    Some(Link {
        index: number(body.get(4..)?)?,
        name: String::from_utf8_lossy(name).into_owned(),
        mac: attributes.find(1).and_then(mac),
        mtu: attributes.find(4).and_then(number)? as usize,
        is_up: number(body.get(8..)?)? & UP != 0,
    })
}

fn read_route(body: &[u8]) -> Option<Option<Route>> {
    let attributes = Attributes(body.get(ROUTE_HEADER..)?);
    if body[7] != UNICAST {
        return Some(None);
    }
    let interface = attributes.find(4).and_then(number)?;
    // A gateway of the other version of IP comes with its family.
    let via = attributes.find(18).and_then(|via| address(via.get(2..)?));
    let metrics = attributes.find(8).map(Attributes);
    Some(Some(Route {
        interface,
        gateway: attributes.find(5).and_then(address).or(via),
        mtu: metrics.and_then(|metrics| Some(number(metrics.find(2)?)? as usize)),
    }))
}

fn read_neighbour(body: &[u8]) -> Option<Neighbour> {
    let attributes = Attributes(body.get(NEIGHBOUR_HEADER..)?);
    let state = short(body.get(8..)?)?;
    let known = attributes.find(2).and_then(mac);
    Some(Neighbour {
        interface: number(body.get(4..)?)?,
        address: attributes.find(1).and_then(address)?,
        mac: known.filter(|_| state & VALID_STATES != 0),
        is_stale: state & STALE != 0,
    })
}

/// The attributes of a message, each with its type; ends at the first that is cut short.
#[derive(Clone, Copy)]
struct Attributes<'a>(&'a [u8]);

impl<'a> Attributes<'a> {
    fn find(mut self, wanted: u16) -> Option<&'a [u8]> {
        self.find_map(|(kind, value)| (kind == wanted).then_some(value))
    }
}

impl<'a> Iterator for Attributes<'a> {
    type Item = (u16, &'a [u8]);

    fn next(&mut self) -> Option<Self::Item> {
        let length = usize::from(short(self.0)?);
        let kind = short(self.0.get(2..)?)? & ATTRIBUTE_TYPE;
        let value = self.0.get(ATTRIBUTE_HEADER..length)?;
        self.0 = &self.0[length.next_multiple_of(4).min(self.0.len())..];
        Some((kind, value))
    }
}

fn number(bytes: &[u8]) -> Option<u32> {
    bytes.first_chunk().map(|bytes| u32::from_ne_bytes(*bytes))
}

fn short(bytes: &[u8]) -> Option<u16> {
    bytes.first_chunk().map(|bytes| u16::from_ne_bytes(*bytes))
}

fn mac(bytes: &[u8]) -> Option<EthernetAddress> {
    bytes.try_into().ok().map(EthernetAddress)
}

fn address(bytes: &[u8]) -> Option<IpAddr> {
    if let Ok(octets) = <[u8; 4]>::try_from(bytes) {
        return Some(Ipv4Addr::from(octets).into());
    }
    let octets = <[u8; 16]>::try_from(bytes).ok()?;
    Some(Ipv6Addr::from(octets).into())
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    proptest! {
        #[test]
        fn any_datagram_is_read_to_its_end(datagram in proptest::collection::vec(any::<u8>(), 0..300)) {
            prop_assert!(read(&datagram).count() <= datagram.len() / HEADER);
        }

        #[test]
        fn any_body_is_read_or_passed_over(
            kind in 16_u16..30,
            body in proptest::collection::vec(any::<u8>(), 0..200),
        ) {
            prop_assert_eq!(read(&request(kind, 0, &body)).count(), 1);
        }
    }

    #[test]
    fn a_neighbour_is_known_in_the_states_that_may_be_used() {
        let known = |state: u16| {
            let mut body = vec![0; NEIGHBOUR_HEADER];
            body[4] = 7;
            body[8..10].copy_from_slice(&state.to_ne_bytes());
            attribute(&mut body, 1, &[192, 0, 2, 1]);
            attribute(&mut body, 2, &[2, 0, 0, 0, 0, 1]);
            read_neighbour(&body).unwrap()
        };
        for valid in [0x02, 0x08, 0x10, 0x40, 0x80] {
            let neighbour = known(valid);
            assert!(neighbour.mac.is_some() && !neighbour.is_stale, "{valid}");
        }
        assert!(known(STALE).is_stale && known(STALE).mac.is_some());
        for invalid in [0x00, 0x01, 0x20] {
            assert_eq!(known(invalid).mac, None);
        }
        assert_eq!(
            (known(2).interface, known(2).address),
            (7, [192, 0, 2, 1].into())
        );
    }

    #[test]
    fn only_unicast_routes_are_for_sending() {
        let mut body = vec![0; ROUTE_HEADER];
        body[7] = 2;
        assert_eq!(read_route(&body), Some(None));
        body[7] = UNICAST;
        attribute(&mut body, 4, &3_u32.to_ne_bytes());
        attribute(&mut body, 5, &[192, 0, 2, 254]);
        let route = Route {
            interface: 3,
            gateway: Some([192, 0, 2, 254].into()),
            mtu: None,
        };
        assert_eq!(read_route(&body), Some(Some(route)));
    }
}
