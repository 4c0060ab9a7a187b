//! The answer to `get=1`.

use std::{
    io::{self, Write},
    time::{Duration, UNIX_EPOCH},
};

use super::Errno;
use crate::{DeviceSnapshot, PeerSnapshot};

/// Digits of a key in hexadecimal.
const KEY_DIGITS: usize = 64;

/// Writes a device as `wg` reads it, all but the `errno=0` at the end.
///
/// It writes in small pieces: give it a buffered writer.
///
/// # Errors
///
/// Whatever the writer says.
pub fn write_device(writer: &mut impl Write, device: &DeviceSnapshot) -> io::Result<()> {
    if let Some(key) = &device.private_key {
        write_key(writer, b"private_key=", key.as_bytes())?;
    }
    if device.listen_port != 0 {
        writeln!(writer, "listen_port={}", device.listen_port)?;
    }
    if device.firewall_mark != 0 {
        writeln!(writer, "fwmark={}", device.firewall_mark)?;
    }
    device
        .peers
        .iter()
        .try_for_each(|peer| write_peer(writer, peer))
}

/// Writes the end of an answer.
///
/// # Errors
///
/// Whatever the writer says.
pub(super) fn write_result(writer: &mut impl Write, result: Result<(), Errno>) -> io::Result<()> {
    match result {
        Ok(()) => writer.write_all(b"errno=0\n\n"),
        Err(errno) => write!(writer, "errno=-{}\n\n", errno.number()),
    }
}

fn write_peer(writer: &mut impl Write, peer: &PeerSnapshot) -> io::Result<()> {
    const NO_KEY: [u8; KEY_DIGITS / 2] = [0; KEY_DIGITS / 2];
    let preshared_key = peer
        .preshared_key
        .as_ref()
        .map_or(&NO_KEY, |key| key.as_bytes());
    write_key(writer, b"public_key=", peer.public_key.as_bytes())?;
    write_key(writer, b"preshared_key=", preshared_key)?;
    writer.write_all(b"protocol_version=1\n")?;
    if let Some(endpoint) = peer.endpoint {
        writeln!(writer, "endpoint={endpoint}")?;
    }
    let handshake = since_the_epoch(peer);
    writeln!(writer, "last_handshake_time_sec={}", handshake.as_secs())?;
    writeln!(
        writer,
        "last_handshake_time_nsec={}",
        handshake.subsec_nanos()
    )?;
    writeln!(writer, "tx_bytes={}", peer.sent_bytes)?;
    writeln!(writer, "rx_bytes={}", peer.received_bytes)?;
    writeln!(writer, "persistent_keepalive_interval={}", peer.keepalive)?;
    peer.allowed_prefixes
        .iter()
        .try_for_each(|prefix| writeln!(writer, "allowed_ip={prefix}"))
}

/// Zero when there was no handshake.
fn since_the_epoch(peer: &PeerSnapshot) -> Duration {
    let since = peer
        .last_handshake
        .and_then(|at| at.duration_since(UNIX_EPOCH).ok());
    since.unwrap_or_default()
}

/// Writes a key without a string of its own: ten thousand peers have twenty thousand of them, and
/// what is not allocated needs no erasing.
fn write_key(writer: &mut impl Write, name: &[u8], key: &[u8; KEY_DIGITS / 2]) -> io::Result<()> {
    const DIGITS: &[u8; 16] = b"0123456789abcdef";
    let mut digits = zeroize::Zeroizing::new([b'\n'; KEY_DIGITS + 1]);
    for (pair, byte) in digits.chunks_exact_mut(2).zip(key) {
        pair[0] = DIGITS[usize::from(byte >> 4)];
        pair[1] = DIGITS[usize::from(byte & 15)];
    }
    writer.write_all(name)?;
    writer.write_all(&*digits)
}
