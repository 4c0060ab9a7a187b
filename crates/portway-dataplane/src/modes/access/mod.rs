//! Access rules: who may send to whom.

mod rule;
mod rules;

use std::sync::Arc;

use portway_xdp::{Burst, Frame};

pub use rule::{AccessAction, AccessRule, AccessRuleError};
pub use rules::AccessRules;

use super::{Arrival, DiscardReason, Mode, Outputs, forward::forward};
use crate::Packet;

/// What becomes of a packet that no rule matches.
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
pub enum AccessPolicy {
    /// It is discarded, and so is what is not IP (`acl-strict`).
    Strict,
    /// It goes on, and so does what is not IP (`acl-permissive`).
    Permissive,
}

/// Discards what the rules deny and forwards the rest as [`Forward`](super::Forward) does.
#[derive(Debug)]
pub struct AccessFilter {
    policy: AccessPolicy,
    rules: Arc<AccessRules>,
}

impl AccessFilter {
    /// Begins with these rules.
    pub fn new(policy: AccessPolicy, rules: Arc<AccessRules>) -> Self {
        Self { policy, rules }
    }

    fn judge(&self, frame: &mut Frame) -> Result<(), DiscardReason> {
        let packet = Packet::ethernet(frame)?;
        let Some((source, destination)) = packet.addresses() else {
            return match self.policy {
                AccessPolicy::Strict => Err(DiscardReason::Unsupported),
                AccessPolicy::Permissive => Ok(()),
            };
        };
        match (self.rules.decide(source, destination), self.policy) {
            (Some(AccessAction::Allow), _) | (None, AccessPolicy::Permissive) => Ok(()),
            (Some(AccessAction::Deny), _) => Err(DiscardReason::Denied),
            (None, AccessPolicy::Strict) => Err(DiscardReason::NotAllowed),
        }
    }
}

impl Mode for AccessFilter {
    fn name(&self) -> &'static str {
        match self.policy {
            AccessPolicy::Strict => "acl-strict",
            AccessPolicy::Permissive => "acl-permissive",
        }
    }

    fn handle(&mut self, burst: &mut Burst, arrival: Arrival, outputs: &mut Outputs) {
        outputs.discard_divided(burst);
        for mut frame in burst.drain(burst.len()) {
            match self.judge(&mut frame) {
                Ok(()) => forward(frame, arrival, outputs),
                Err(reason) => outputs.discard(frame, reason),
            }
        }
    }

    fn has_rules(&self) -> bool {
        true
    }

    fn replace_rules(&mut self, rules: &Arc<AccessRules>) {
        self.rules = Arc::clone(rules);
    }
}
