//! What the driver of an interface offers to AF_XDP: the generic family `netdev`
//! (`Documentation/netlink/specs/netdev.yaml`).

use std::io;
use std::os::fd::{AsFd, BorrowedFd};

use rustix::net::{AddressFamily, SocketType, netlink};

use super::attribute::{append, find, long_number, two_bytes};
use super::message::{ask, body, question, senseless};
use crate::features::SendFeatures;

/// The family that knows the numbers of the others, and its question for one.
const CONTROL: u16 = 0x10;
const GET_FAMILY: u8 = 3;
const FAMILY_NUMBER: u16 = 1;
const FAMILY_NAME: u16 = 2;

/// `NETDEV_CMD_DEV_GET` and its attributes.
const GET_DEVICE: u8 = 1;
const DEVICE_INDEX: u16 = 1;
const DEVICE_SEND_FEATURES: u16 = 6;

/// `struct genlmsghdr`.
const GENERIC_HEADER: usize = 4;

/// Asks what the driver of the interface with this index offers when AF_XDP sends. Needs no privilege.
///
/// # Errors
///
/// `NotFound` where the kernel is too old to tell.
pub(crate) fn send_features(index: u32) -> io::Result<SendFeatures> {
    let socket = rustix::net::socket(
        AddressFamily::NETLINK,
        SocketType::RAW,
        Some(netlink::GENERIC),
    )?;
    let family = family_number(socket.as_fd())?;
    let request = request(family, GET_DEVICE, DEVICE_INDEX, &index.to_ne_bytes());
    parse(&ask(socket.as_fd(), &request)?, family)
}

fn family_number(socket: BorrowedFd<'_>) -> io::Result<u16> {
    let answer = ask(
        socket,
        &request(CONTROL, GET_FAMILY, FAMILY_NAME, b"netdev\0"),
    )?;
    find(attributes(&answer, CONTROL)?, FAMILY_NUMBER)
        .filter(|value| value.len() >= 2)
        .map(two_bytes)
        .ok_or_else(senseless)
}

/// Makes a question with one attribute.
fn request(family: u16, command: u8, attribute: u16, value: &[u8]) -> Vec<u8> {
    let mut body = vec![command, 1, 0, 0];
    append(&mut body, attribute, value);
    question(family, &body)
}

fn attributes(answer: &[u8], family: u16) -> io::Result<&[u8]> {
    body(answer, family)?
        .get(GENERIC_HEADER..)
        .ok_or_else(senseless)
}

/// Reads the answer. A kernel that knows no such features leaves the attribute out.
fn parse(answer: &[u8], family: u16) -> io::Result<SendFeatures> {
    let bits = find(attributes(answer, family)?, DEVICE_SEND_FEATURES).and_then(long_number);
    Ok(SendFeatures::from_kernel(bits.unwrap_or(0)))
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    #[test]
    #[cfg_attr(miri, ignore = "asks the kernel")]
    fn the_loopback_interface_offers_nothing() {
        assert_eq!(send_features(1).unwrap(), SendFeatures::NONE);
    }

    #[test]
    #[cfg_attr(miri, ignore = "asks the kernel")]
    fn an_interface_that_is_not_there_is_an_error() {
        let error = send_features(0x7fff_fff0).unwrap_err();
        assert_eq!(error.raw_os_error(), Some(libc::ENODEV));
    }

    /// An answer as a driver's that offers time stamps and launch times, and none of which this program knows.
    #[test]
    fn what_a_driver_offers_is_read_and_what_is_unknown_is_left_out() {
        let mut body = vec![GET_DEVICE, 1, 0, 0];
        append(&mut body, DEVICE_INDEX, &7_u32.to_ne_bytes());
        append(&mut body, DEVICE_SEND_FEATURES, &0x105_u64.to_ne_bytes());
        let offered = parse(&question(31, &body), 31).unwrap();
        assert_eq!(
            offered,
            SendFeatures::TIME_STAMP | SendFeatures::LAUNCH_TIME
        );
    }

    proptest! {
        #[test]
        fn any_answer_is_read_or_refused(answer in proptest::collection::vec(any::<u8>(), 0..200)) {
            drop(parse(&answer, 31));
            drop(parse(&question(31, &answer), 31));
        }
    }
}
