//! The lines of a `set=1` request, as changes.

use std::{
    mem,
    net::{SocketAddr, SocketAddrV6},
    str::FromStr,
};

use ipnet::IpNet;

use super::Malformed;
use crate::{Change, PeerChange, PresharedKey, PrivateKey, PublicKey};

/// How much is gathered before it is applied, counted in changes and prefixes. Large enough that
/// the way to the data path and back does not count, small enough that a request of any length
/// costs a few hundred kilobytes.
const BATCH: usize = 2048;

/// Tells the index of an interface by its name.
pub(super) type InterfaceIndex = fn(&str) -> Option<u32>;

/// Gathers the changes that a request asks for.
pub(super) struct SetLines {
    index_of: InterfaceIndex,
    changes: Vec<Change>,
    /// Changes and prefixes gathered.
    weight: usize,
    scope: Scope,
    /// Whether the selected peer has lines that are not among the changes yet.
    peer_is_open: bool,
}

/// What the next line is about.
enum Scope {
    Device,
    Peer(PeerChange),
    /// A peer that was removed: further lines about it are read, and mean nothing.
    RemovedPeer,
}

impl SetLines {
    pub(super) const fn new(index_of: InterfaceIndex) -> Self {
        Self {
            index_of,
            changes: Vec::new(),
            weight: 0,
            scope: Scope::Device,
            peer_is_open: false,
        }
    }

    /// Takes one line.
    pub(super) fn handle_line(&mut self, line: &[u8]) -> Result<(), Malformed> {
        let equals = line
            .iter()
            .position(|byte| *byte == b'=')
            .ok_or(Malformed::NoEquals)?;
        let value = str::from_utf8(&line[equals + 1..]).map_err(|_| Malformed::NotText)?;
        match (&line[..equals], &mut self.scope) {
            (b"public_key", _) => self.select_peer(PublicKey::from_hex(value)?),
            (key, Scope::Device) => {
                let change = device_change(key, value)?;
                self.push(change);
            }
            (b"remove", Scope::Peer(peer)) => {
                flag(value)?;
                let public_key = peer.public_key;
                self.scope = Scope::RemovedPeer;
                self.peer_is_open = false;
                self.push(Change::RemovePeer(public_key));
            }
            (key, Scope::Peer(peer)) => {
                peer_line(peer, key, value, self.index_of)?;
                self.peer_is_open = true;
                if peer.allowed_prefixes.len() >= BATCH {
                    self.close_peer();
                }
            }
            (key, Scope::RemovedPeer) => {
                let mut nobody = PeerChange::new(PublicKey::from_bytes([0; 32]));
                peer_line(&mut nobody, key, value, self.index_of)?;
            }
        }
        Ok(())
    }

    /// Whether enough was gathered to be applied.
    pub(super) const fn is_full(&self) -> bool {
        self.weight >= BATCH
    }

    /// Whether nothing was gathered.
    pub(super) const fn is_empty(&self) -> bool {
        self.changes.is_empty() && !self.peer_is_open
    }

    /// Takes what was gathered, all but the peer whose lines are coming in: `update_only` may be
    /// among those still to come.
    pub(super) fn take_whole_changes(&mut self) -> Vec<Change> {
        self.weight = 0;
        mem::take(&mut self.changes)
    }

    /// Forgets all that was gathered.
    pub(super) fn forget(&mut self) {
        *self = Self::new(self.index_of);
    }

    /// Takes all that was gathered. The peer of the last lines stays selected.
    pub(super) fn take_batch(&mut self) -> Vec<Change> {
        self.close_peer();
        self.take_whole_changes()
    }

    fn select_peer(&mut self, public_key: PublicKey) {
        self.close_peer();
        self.scope = Scope::Peer(PeerChange::new(public_key));
        self.peer_is_open = true;
    }

    /// Moves the lines of the selected peer to the changes; further ones are a change of their own.
    fn close_peer(&mut self) {
        if let Scope::Peer(peer) = &mut self.scope
            && mem::take(&mut self.peer_is_open)
        {
            let update_only = peer.update_only;
            let rest = PeerChange {
                update_only,
                ..PeerChange::new(peer.public_key)
            };
            let change = Change::Peer(mem::replace(peer, rest));
            self.push(change);
        }
    }

    fn push(&mut self, change: Change) {
        self.weight += match &change {
            Change::Peer(peer) => 1 + peer.allowed_prefixes.len(),
            _ => 1,
        };
        self.changes.push(change);
    }
}

fn device_change(key: &[u8], value: &str) -> Result<Change, Malformed> {
    match key {
        b"private_key" => {
            let key = PrivateKey::from_hex(value)?;
            Ok(Change::PrivateKey((!key.is_zero()).then_some(key)))
        }
        b"listen_port" => number(value).map(Change::ListenPort),
        b"fwmark" => number(value).map(Change::FirewallMark),
        b"replace_peers" => flag(value).map(|()| Change::RemoveAllPeers),
        _ => Err(Malformed::DeviceKey),
    }
}

fn peer_line(
    peer: &mut PeerChange,
    key: &[u8],
    value: &str,
    index_of: InterfaceIndex,
) -> Result<(), Malformed> {
    match key {
        b"update_only" => {
            flag(value)?;
            peer.update_only = true;
        }
        b"preshared_key" => {
            let key = PresharedKey::from_hex(value)?;
            peer.preshared_key = Some((!key.is_zero()).then_some(key));
        }
        b"endpoint" => peer.endpoint = Some(endpoint(value, index_of)?),
        b"persistent_keepalive_interval" => peer.keepalive = Some(number(value)?),
        b"replace_allowed_ips" => {
            flag(value)?;
            peer.replace_allowed_prefixes = true;
            peer.allowed_prefixes.clear();
        }
        b"allowed_ip" => peer.allowed_prefixes.push(allowed_prefix(value)?),
        b"remove" => flag(value)?,
        b"protocol_version" if value == "1" => {}
        b"protocol_version" => return Err(Malformed::ProtocolVersion),
        _ => return Err(Malformed::PeerKey),
    }
    Ok(())
}

fn flag(value: &str) -> Result<(), Malformed> {
    if value == "true" {
        Ok(())
    } else {
        Err(Malformed::Flag)
    }
}

/// Reads a decimal number; a sign, which Rust would take, is none of the format's.
fn number<N: FromStr>(value: &str) -> Result<N, Malformed> {
    if !value.starts_with(|first: char| first.is_ascii_digit()) {
        return Err(Malformed::Number);
    }
    value.parse().map_err(|_| Malformed::Number)
}

/// Reads `ADDRESS:PORT`. `wg` writes the scope of a link-local address by the interface's name,
/// which only the system can turn into its index.
fn endpoint(value: &str, index_of: InterfaceIndex) -> Result<SocketAddr, Malformed> {
    let endpoint = value
        .parse()
        .ok()
        .or_else(|| scoped_endpoint(value, index_of));
    endpoint
        .filter(|endpoint: &SocketAddr| endpoint.port() != 0)
        .ok_or(Malformed::Endpoint)
}

/// Reads `[ADDRESS%INTERFACE]:PORT`.
fn scoped_endpoint(value: &str, index_of: InterfaceIndex) -> Option<SocketAddr> {
    let (address, rest) = value.strip_prefix('[')?.split_once('%')?;
    let (interface, port) = rest.rsplit_once("]:")?;
    let (address, port) = (address.parse().ok()?, number(port).ok()?);
    Some(SocketAddrV6::new(address, port, 0, index_of(interface)?).into())
}

/// Reads a prefix to add, or, after a minus, to remove; host bits are cut off.
fn allowed_prefix(value: &str) -> Result<(IpNet, bool), Malformed> {
    let (prefix, add) = value
        .strip_prefix('-')
        .map_or((value, true), |rest| (rest, false));
    let prefix: IpNet = prefix.parse().map_err(|_| Malformed::Prefix)?;
    Ok((prefix.trunc(), add))
}
