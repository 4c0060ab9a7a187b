//! Echo messages.

use std::net::IpAddr;

use portway_dataplane::PacketQueue;
use smoltcp::wire::{Icmpv4Repr, Icmpv6Repr};

use super::{
    super::packet::{Echo, EchoKind},
    message::{push_icmp_four, push_icmp_six},
};

/// Queues an echo message.
pub(crate) fn echo(message: &Echo<'_>, queue: &mut PacketQueue) {
    match (message.source, message.destination) {
        (IpAddr::V4(source), IpAddr::V4(destination)) => {
            push_icmp_four(source, destination, &echo_four(message), queue);
        }
        (IpAddr::V6(source), IpAddr::V6(destination)) => {
            push_icmp_six(source, destination, &echo_six(message), queue);
        }
        _ => {}
    }
}

fn echo_four<'a>(message: &Echo<'a>) -> Icmpv4Repr<'a> {
    let (ident, seq_no, data) = (message.identifier, message.sequence, message.data);
    match message.kind {
        EchoKind::Request => Icmpv4Repr::EchoRequest {
            ident,
            seq_no,
            data,
        },
        EchoKind::Reply => Icmpv4Repr::EchoReply {
            ident,
            seq_no,
            data,
        },
    }
}

fn echo_six<'a>(message: &Echo<'a>) -> Icmpv6Repr<'a> {
    let (ident, seq_no, data) = (message.identifier, message.sequence, message.data);
    match message.kind {
        EchoKind::Request => Icmpv6Repr::EchoRequest {
            ident,
            seq_no,
            data,
        },
        EchoKind::Reply => Icmpv6Repr::EchoReply {
            ident,
            seq_no,
            data,
        },
    }
}
