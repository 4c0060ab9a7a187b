//! To which nodes there are connections, and which to open next. Without I/O.

use std::collections::BTreeMap;

use tokio::time::Instant;
use uuid::Uuid;

use crate::address::Address;
use crate::reconnect::ReconnectPolicy;

use super::member::{Member, Standing};

/// More nodes than any cluster of this kind has; the others are not connected to.
const NODES_LIMIT: usize = 1024;
/// Connections that are opened at once. More would only make the first ones later.
const DIALS_LIMIT: usize = 16;

/// The nodes of the grid and the connections to each.
#[derive(Debug)]
pub(crate) struct Members {
    per_node: usize,
    policy: ReconnectPolicy,
    members: BTreeMap<MemberId, Member>,
    next_id: u64,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub(crate) struct MemberId(u64);

/// An attempt to open a connection.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct Dial {
    pub(crate) member: MemberId,
    pub(crate) address: Address,
}

/// A connection that was opened.
#[derive(Clone, Debug)]
pub(crate) struct Opened {
    pub(crate) address: Address,
    pub(crate) node: Option<Uuid>,
    pub(crate) serial: u64,
}

/// What to do with a connection that was opened.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Verdict {
    Keep,
    /// The node has enough of them: its address stood in two places.
    Close,
}

impl Members {
    /// Opens up to `per_node` connections to each node.
    pub(crate) fn new(per_node: usize, policy: ReconnectPolicy) -> Self {
        Self {
            per_node,
            policy,
            members: BTreeMap::new(),
            next_id: 0,
        }
    }

    /// Takes a connection that nobody was asked to open: the first one.
    pub(crate) fn adopt(&mut self, opened: &Opened, now: Instant) {
        let id = self
            .find(opened.node, std::slice::from_ref(&opened.address))
            .unwrap_or_else(|| self.add(Standing::Named, now));
        self.members
            .get_mut(&id)
            .into_iter()
            .for_each(|member| member.opened(opened, now));
    }

    /// Takes the addresses of the configuration or of an address finder, where the grid does not
    /// tell them itself: behind each may be a node.
    pub(crate) fn named(&mut self, addresses: &[Address], now: Instant) {
        self.leave(Standing::Named, |member| {
            member
                .addresses
                .iter()
                .any(|address| addresses.contains(address))
        });
        for address in addresses {
            let alone = std::slice::from_ref(address);
            let id = self
                .find(None, alone)
                .unwrap_or_else(|| self.add(Standing::Named, now));
            if let Some(member) = self.members.get_mut(&id) {
                member.standing = Standing::Named;
                member.know(alone);
            }
        }
    }

    /// Takes the grid's own list of its nodes.
    pub(crate) fn discovered(&mut self, nodes: &[(Uuid, Vec<Address>)], now: Instant) {
        for (node, addresses) in nodes {
            let id = self
                .find_node(*node)
                .unwrap_or_else(|| self.add(Standing::Discovered, now));
            if let Some(member) = self.members.get_mut(&id) {
                member.node = Some(*node);
                member.standing = Standing::Discovered;
                member.know(addresses);
            }
        }
        let is_listed = |member: &Member| {
            member
                .node
                .is_some_and(|id| nodes.iter().any(|(node, _)| *node == id))
        };
        self.leave(Standing::Discovered, is_listed);
        // The list stands for the addresses that led to it.
        self.leave(Standing::Named, is_listed);
    }

    /// The connections to open now.
    pub(crate) fn dial(&mut self, now: Instant) -> Vec<Dial> {
        let dialing = self.dialing();
        let mut dials = Vec::new();
        for (id, member) in &mut self.members {
            while dialing + dials.len() < DIALS_LIMIT
                && member.due(self.per_node).is_some_and(|due| due <= now)
            {
                let Some(address) = member.dial() else { break };
                dials.push(Dial {
                    member: *id,
                    address,
                });
            }
        }
        dials
    }

    /// When there will be a connection to open.
    pub(crate) fn due(&self) -> Option<Instant> {
        if self.dialing() >= DIALS_LIMIT {
            return None;
        }
        self.members
            .values()
            .filter_map(|member| member.due(self.per_node))
            .min()
    }

    /// Notes that an attempt led to a connection.
    pub(crate) fn dialed(&mut self, dial: &Dial, opened: &Opened, now: Instant) -> Verdict {
        self.dial_ended(dial.member);
        let id = self.owner_of(dial.member, opened, now);
        let per_node = self.per_node;
        let verdict = match self.members.get_mut(&id) {
            Some(member) if member.live.len() < per_node => {
                member.opened(opened, now);
                Verdict::Keep
            }
            _ => Verdict::Close,
        };
        if id != dial.member {
            self.mistaken(dial, now);
        }
        self.forget_idle();
        verdict
    }

    /// Notes that an attempt failed.
    pub(crate) fn failed(&mut self, dial: &Dial, now: Instant) {
        self.dial_ended(dial.member);
        if let Some(member) = self.members.get_mut(&dial.member) {
            member.failed(now);
        }
        self.forget_idle();
    }

    /// Notes that a connection ended.
    pub(crate) fn lost(&mut self, serial: u64, now: Instant) {
        for member in self.members.values_mut() {
            member.lost(serial, now);
        }
        self.forget_idle();
    }

    /// The address of each node at which it was reached last.
    pub(crate) fn addresses(&self) -> Vec<Address> {
        let reached = self
            .members
            .values()
            .filter_map(|member| member.reached.clone());
        reached.collect()
    }

    /// The connections on their way.
    fn dialing(&self) -> usize {
        self.members.values().map(|member| member.dialing).sum()
    }

    fn find(&self, node: Option<Uuid>, addresses: &[Address]) -> Option<MemberId> {
        let by_node = node.and_then(|node| self.find_node(node));
        by_node.or_else(|| {
            self.members
                .iter()
                .find(|(_, member)| {
                    member
                        .addresses
                        .iter()
                        .any(|known| addresses.contains(known))
                })
                .map(|(id, _)| *id)
        })
    }

    fn find_node(&self, node: Uuid) -> Option<MemberId> {
        self.members
            .iter()
            .find(|(_, member)| member.node == Some(node))
            .map(|(id, _)| *id)
    }

    fn add(&mut self, standing: Standing, now: Instant) -> MemberId {
        let id = MemberId(self.next_id);
        self.next_id += 1;
        if self.members.len() < NODES_LIMIT {
            let member = Member::new(standing, self.policy.clone(), now);
            self.members.insert(id, member);
        }
        id
    }

    /// Whose connection it is: the node that answered decides, not the address.
    fn owner_of(&mut self, dialed: MemberId, opened: &Opened, now: Instant) -> MemberId {
        let Some(node) = opened.node else {
            return dialed;
        };
        if let Some(known) = self.find_node(node) {
            return known;
        }
        match self.members.get(&dialed) {
            // A node that came back has another id; the grid's own list will tell which.
            Some(member) if member.standing == Standing::Discovered => {
                self.add(Standing::Discovered, now)
            }
            Some(member) if member.node.is_none() || member.live.is_empty() => dialed,
            _ => self.add(Standing::Named, now),
        }
    }

    /// Another node than expected stood behind an address.
    fn mistaken(&mut self, dial: &Dial, now: Instant) {
        let Some(member) = self.members.get_mut(&dial.member) else {
            return;
        };
        if member.standing == Standing::Named && member.node.is_none() {
            // It was only an address, which belongs to a known node as it turns out.
            member.standing = Standing::Leaving;
        }
        member.failed(now);
    }

    fn dial_ended(&mut self, id: MemberId) {
        if let Some(member) = self.members.get_mut(&id) {
            member.dial_ended();
        }
    }

    /// Lets the members of a standing go that are not to stay.
    fn leave(&mut self, standing: Standing, stays: impl Fn(&Member) -> bool) {
        for member in self.members.values_mut() {
            if member.standing == standing && !stays(member) {
                member.standing = Standing::Leaving;
            }
        }
        self.forget_idle();
    }

    fn forget_idle(&mut self) {
        self.members.retain(|_, member| !member.is_gone());
    }
}

#[cfg(test)]
mod tests;
