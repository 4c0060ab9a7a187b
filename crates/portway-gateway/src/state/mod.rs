//! The gateway's decisions, without sockets and clocks: which peer, which prefix, what to send
//! when.
//!
//! [`Device`] is told what happens (a change, a packet, a handshake, the time), answers what to
//! do with that packet, and leaves everything else to do as [`Action`]s. The data path
//! ([`crate::DataPath`]) carries them out.

mod action;
mod change;
mod congestion;
mod counters;
mod deadlines;
mod device;
mod flood;
mod handshake;
mod indices;
mod inner_packet;
mod message;
mod peer;
mod routes;
#[cfg(test)]
mod tests;
mod timers;
mod traffic;

pub(crate) use action::Action;
pub use action::PeerEvent;
pub(crate) use congestion::CongestionMark;
pub use counters::{Counters, DropReason};
pub(crate) use device::{Device, TunnelKeys};
pub(crate) use handshake::Stamp;
pub(crate) use indices::Random;
pub(crate) use inner_packet::{destination_of, source_of, travel_on};
pub(crate) use message::{
    COOKIE_REPLY_LENGTH, INITIATION_LENGTH, Message, RESPONSE_LENGTH, TRANSPORT_HEADER,
    TRANSPORT_OVERHEAD, TRANSPORT_TAG, counter, padded_length, receiver_index, sender_index,
};
pub(crate) use peer::Endpoint;
pub(crate) use traffic::{Content, Readiness};
