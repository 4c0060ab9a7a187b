//! One question and its answer.

use std::io;

use rustix::fd::BorrowedFd;
use rustix::net::{RecvFlags, SendFlags};

use super::attribute::{number, two_bytes};

/// `struct nlmsghdr`.
const HEADER: usize = 16;
const ERROR: u16 = 2;
const FLAG_REQUEST: u16 = 1;
/// An answer about one interface has some 2 KB; the kernel never sends more than this in one message.
const ANSWER_ROOM: usize = 32 * 1024;

/// Makes a question of this type; `body` is what follows the header of netlink.
pub(super) fn question(kind: u16, body: &[u8]) -> Vec<u8> {
    let length = HEADER + body.len();
    let mut message = Vec::with_capacity(length);
    message.extend((length as u32).to_ne_bytes());
    message.extend(kind.to_ne_bytes());
    message.extend(FLAG_REQUEST.to_ne_bytes());
    message.extend([0; 8]); // sequence number and port: one question at a time on a socket
    message.extend(body);
    message
}

/// Sends a question and returns the answer, header and all.
pub(super) fn ask(socket: BorrowedFd<'_>, question: &[u8]) -> io::Result<Vec<u8>> {
    rustix::net::send(socket, question, SendFlags::empty())?;
    let mut answer = vec![0; ANSWER_ROOM];
    // The kernel has answered before `send` returned: there is nothing to wait for.
    let (length, _) = rustix::net::recv(socket, answer.as_mut_slice(), RecvFlags::DONTWAIT)?;
    answer.truncate(length.min(ANSWER_ROOM));
    Ok(answer)
}

/// Returns what follows the header of an answer of this type.
///
/// # Errors
///
/// The kernel's refusal, or an answer of another type.
pub(super) fn body(answer: &[u8], expected: u16) -> io::Result<&[u8]> {
    let kind = answer.get(4..6).map(two_bytes).ok_or_else(senseless)?;
    let body = answer.get(HEADER..).ok_or_else(senseless)?;
    if kind == ERROR {
        let refusal = number(body).ok_or_else(senseless)?;
        let code = refusal.cast_signed().wrapping_neg();
        return Err(io::Error::from_raw_os_error(code));
    }
    (kind == expected).then_some(body).ok_or_else(senseless)
}

pub(super) fn senseless() -> io::Error {
    io::Error::new(
        io::ErrorKind::InvalidData,
        "the kernel's answer by netlink makes no sense",
    )
}
