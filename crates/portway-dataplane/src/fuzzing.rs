//! What reads foreign bytes, for the fuzzer. No part of the interface.

/// Reads a datagram of rtnetlink; tells what each of its messages says.
pub fn netlink_messages(datagram: &[u8]) -> Vec<String> {
    crate::next_hop::describe(datagram)
}

pub use portway_xdp::fuzzing::link_answer;
