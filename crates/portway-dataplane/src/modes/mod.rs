//! Modes: what becomes of the frames that a port received. Sans-IO: bursts in, bursts out.

mod access;
mod discard;
mod echo;
mod forward;
mod generate;
mod output;
mod pattern;
mod responder;
mod route;
#[cfg(test)]
pub(crate) mod tests;

use std::{fmt::Debug, sync::Arc, time::Instant};

pub use access::{
    AccessAction, AccessFilter, AccessPolicy, AccessRule, AccessRuleError, AccessRules,
};
pub use discard::{DiscardReason, Discards};
pub use echo::Echo;
pub use forward::{Forward, Loopback, SendOnly, Sink, Steer};
pub use generate::Generator;
pub use output::Outputs;
pub use pattern::{PatternAction, PatternClassifier, PatternError, PatternRule, Patterns};
pub use responder::{Identity, Role};
pub use route::{NextHop, RouteRule, RouteRuleError, RouteTable, Router};

pub(crate) use discard::PublishedDiscards;
pub(crate) use output::packets;

use crate::Burst;

/// Where and when a burst arrived.
#[derive(Clone, Copy, Debug)]
pub struct Arrival {
    /// The index of the port, in the order of the configuration.
    pub port: usize,
    /// Now.
    pub now: Instant,
}

/// What a worker does with the frames of one port.
///
/// A mode belongs to one port of one thread. What is large and shared by all (routes, rules, patterns) it holds as a
/// snapshot behind an `Arc`. One that panics ends its port and no other.
pub trait Mode: Debug + Send {
    /// What statistics and errors call it.
    fn name(&self) -> &'static str;

    /// Takes all frames of `burst`: each is sent to a port of `outputs` or discarded there with a reason.
    fn handle(&mut self, burst: &mut Burst, arrival: Arrival, outputs: &mut Outputs);

    /// Whether anything is received at all. One that only sends lets frames wait in the ring until they are lost.
    fn receives(&self) -> bool {
        true
    }

    /// Whether it reads what is in the frames, so that it is worth having them fetched together.
    fn reads(&self) -> bool {
        true
    }

    /// Writes packets that begin here into the empty frames of `burst`; those it leaves empty are given back. It is
    /// called in each turn of a mode that says how many it wants.
    fn generate(&mut self, _burst: &mut Burst) {}

    /// How many empty frames [`generate`](Self::generate) wants in a turn.
    fn generates(&self) -> usize {
        0
    }

    /// The output in which nothing may be lost for want of room: while that waits to be sent, nothing is received.
    fn waits_for_room(&self) -> Option<usize> {
        None
    }

    /// Whether it judges by access rules.
    fn has_rules(&self) -> bool {
        false
    }

    /// Takes new rules in the place of the old ones.
    fn replace_rules(&mut self, _rules: &Arc<AccessRules>) {}
}
