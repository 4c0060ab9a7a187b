//! Bytes captured from a server node of Apache Ignite 2.17.0: what it sent, what it accepted, and
//! where it put keys.

#![expect(
    clippy::unwrap_used,
    reason = "a test may unwrap: its panic is the report"
)]

mod conflict;
mod messages;
mod partitions;
mod queries;
mod remote;
mod streamer;
mod values;

use bytes::Bytes;

fn hex(digits: &str) -> Bytes {
    let digits: Vec<u8> = digits
        .chars()
        .map(|digit| digit.to_digit(16).unwrap().try_into().unwrap())
        .collect();
    digits
        .chunks(2)
        .map(|pair| pair[0] << 4 | pair[1])
        .collect()
}
