//! What reads foreign bytes, for the fuzzer. No part of the interface.

/// Reads an answer of rtnetlink about an interface; tells its name where it makes sense.
pub fn link_answer(answer: &[u8]) -> Option<String> {
    crate::netlink::link::read_name(answer).ok()
}
