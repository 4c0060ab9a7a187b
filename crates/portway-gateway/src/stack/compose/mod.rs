//! Writes packets to a peer: echo messages, unreachable messages and UDP datagrams. Sans-IO.

#![deny(clippy::disallowed_methods, clippy::disallowed_types)]

mod datagram;
mod echo;
mod message;
mod refusal;
mod unreachable;

pub(crate) use self::{
    datagram::{udp, udp_overhead},
    echo::echo,
    refusal::{Refusal, refusal},
    unreachable::{Unreachable, unreachable},
};

/// How far our packets may travel: the default of the systems that we stand in for.
const HOP_LIMIT: u8 = 64;

/// How much of a refused packet behind its IP header goes back in an ICMP error: the ports and
/// the length, which is what RFC 792 asks for and all that a sender looks at.
const QUOTED_BYTES: usize = 8;

fn quoted(payload: &[u8]) -> &[u8] {
    payload.get(..QUOTED_BYTES).unwrap_or(payload)
}
