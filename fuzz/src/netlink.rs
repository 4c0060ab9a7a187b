//! What the kernel's rtnetlink says of interfaces, routes and neighbours.

use portway_dataplane::fuzzing::{link_answer, netlink_messages};

/// The header of a message.
const HEADER: usize = 16;

/// Reads the input as a datagram of rtnetlink, and as the answer to a question about an interface.
///
/// No message is made out of nothing, and what comes behind a whole datagram does not change what was read of it.
pub fn netlink(input: &[u8]) {
    let messages = netlink_messages(input);
    assert!(messages.len() <= input.len() / HEADER);
    if let Some(name) = link_answer(input) {
        assert!(!name.contains('\0'));
    }
    let whole = whole_messages(input);
    let mut longer = input[..whole].to_vec();
    let alone = netlink_messages(&longer);
    longer.extend([0xFF; HEADER]);
    assert_eq!(netlink_messages(&longer), alone, "cut short is no message");
}

/// How long the messages are that are there whole.
fn whole_messages(input: &[u8]) -> usize {
    let mut end = 0;
    while let Some(length) = input[end..]
        .first_chunk()
        .map(|length| u32::from_ne_bytes(*length))
    {
        let next = end + (length as usize).next_multiple_of(4);
        if (length as usize) < HEADER || next > input.len() {
            break;
        }
        end = next;
    }
    end
}
