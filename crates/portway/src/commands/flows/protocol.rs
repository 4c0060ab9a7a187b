//! IP protocols as people call them.

use std::borrow::Cow;

/// The usual name of a protocol number, or the number.
pub(super) fn name(protocol: u8) -> Cow<'static, str> {
    let name = match protocol {
        1 => "icmp",
        2 => "igmp",
        4 => "ipip",
        6 => "tcp",
        17 => "udp",
        33 => "dccp",
        41 => "ipv6",
        47 => "gre",
        50 => "esp",
        51 => "ah",
        58 => "icmpv6",
        132 => "sctp",
        136 => "udplite",
        other => return other.to_string().into(),
    };
    name.into()
}
