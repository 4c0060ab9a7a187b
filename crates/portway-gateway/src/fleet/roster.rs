//! The peers of the grid at one moment, as a command sees them.

use std::collections::{BTreeMap, HashSet};

use ipnet::IpNet;

use super::{
    FleetError, PeerName, PeerRecord, Refusal, TunnelNetworks, row::PeerRow, seal::SealKey,
};
use crate::PublicKey;

/// All rows of `PEER`: those that are believed, and those that are not.
#[derive(Debug, Default)]
pub struct Roster {
    peers: BTreeMap<PublicKey, PeerRecord>,
    refused: Vec<RefusedRow>,
}

/// A row that no gateway believes.
#[derive(Clone, Debug, Eq, PartialEq)]
pub struct RefusedRow {
    /// The row's key: a public key, if somebody did not write something else.
    pub key: String,
    /// Why it is not believed.
    pub reason: Refusal,
}

impl Roster {
    /// Opens the seals of all rows.
    pub(super) fn open<'a>(
        rows: impl Iterator<Item = (&'a str, &'a PeerRow)>,
        seals: &SealKey,
    ) -> Self {
        let mut roster = Self::default();
        for (key, row) in rows {
            match PeerRecord::from_row(key, row, seals) {
                Ok(record) => {
                    roster.peers.insert(record.public_key, record);
                }
                Err(reason) => roster.refused.push(RefusedRow {
                    key: key.to_owned(),
                    reason,
                }),
            }
        }
        roster
    }

    /// The believed peers, in the order of their keys.
    pub fn peers(&self) -> impl Iterator<Item = &PeerRecord> {
        self.peers.values()
    }

    /// The believed peer with this key.
    #[must_use]
    pub fn record(&self, key: &PublicKey) -> Option<&PeerRecord> {
        self.peers.get(key)
    }

    /// The rows that are not believed.
    #[must_use]
    pub fn refused(&self) -> &[RefusedRow] {
        &self.refused
    }

    /// Finds the one peer with this name or public key.
    ///
    /// # Errors
    ///
    /// Fails when there is none, when several have the name, or when the row is not believed.
    pub fn find(&self, selector: &str) -> Result<&PeerRecord, FleetError> {
        if let Some(row) = self.refused.iter().find(|row| row.key == selector) {
            return Err(FleetError::NotBelieved {
                key: row.key.clone(),
                reason: row.reason,
            });
        }
        if let Ok(key) = selector.parse::<PublicKey>() {
            let unknown = || FleetError::UnknownPeer(selector.to_owned());
            return self.peers.get(&key).ok_or_else(unknown);
        }
        let mut named = self.peers().filter(|peer| peer.name.as_str() == selector);
        match (named.next(), named.next()) {
            (Some(peer), None) => Ok(peer),
            (Some(_), Some(_)) => Err(FleetError::AmbiguousName(selector.to_owned())),
            _ => Err(FleetError::UnknownPeer(selector.to_owned())),
        }
    }

    /// Checks that no peer has this name.
    pub(super) fn check_name(&self, name: &PeerName) -> Result<(), FleetError> {
        match self.peers().find(|peer| peer.name == *name) {
            Some(peer) => Err(FleetError::NameTaken {
                name: name.clone(),
                key: peer.public_key,
            }),
            None => Ok(()),
        }
    }

    /// Checks that neither name nor key is in use.
    pub(super) fn check_new(&self, name: &PeerName, key: &PublicKey) -> Result<(), FleetError> {
        self.check_name(name)?;
        match self.peers.get(key) {
            Some(peer) => Err(FleetError::KeyTaken {
                key: *key,
                name: Some(peer.name.clone()),
            }),
            None => Ok(()),
        }
    }

    /// Checks prefixes that a new peer wants to have behind it, and tells who has them now.
    pub(super) fn holders(
        &self,
        wanted: &[IpNet],
        networks: &TunnelNetworks,
        on_conflict: OnConflict,
    ) -> Result<Vec<PublicKey>, FleetError> {
        for prefix in wanted {
            if let Some(network) = networks.network_around(prefix) {
                return Err(FleetError::PrefixInTunnel {
                    prefix: *prefix,
                    network,
                });
            }
        }
        let holds = |peer: &&PeerRecord| wanted.iter().any(|prefix| peer.prefixes.contains(prefix));
        let holders: Vec<_> = self.peers().filter(holds).collect();
        match (holders.first(), on_conflict) {
            (Some(peer), OnConflict::Refuse) => {
                let taken = wanted.iter().find(|prefix| peer.prefixes.contains(prefix));
                let prefix = *taken.expect("the peer was found by one of these prefixes");
                Err(FleetError::PrefixTaken {
                    prefix,
                    name: peer.name.clone(),
                })
            }
            _ => Ok(holders.iter().map(|peer| peer.public_key).collect()),
        }
    }

    /// Addresses that stand in a row as a whole, whether or not they were claimed.
    pub(super) fn addresses(&self) -> HashSet<std::net::IpAddr> {
        let prefixes = self.peers().flat_map(|peer| peer.prefixes.as_slice());
        let whole = prefixes.filter(|prefix| prefix.prefix_len() == prefix.max_prefix_len());
        whole.map(IpNet::addr).collect()
    }
}

/// What to do when another peer has a prefix that a new one wants.
#[derive(Clone, Copy, Debug, Default, Eq, PartialEq)]
pub enum OnConflict {
    /// Tell who has it.
    #[default]
    Refuse,
    /// Take it away from him.
    Steal,
}
