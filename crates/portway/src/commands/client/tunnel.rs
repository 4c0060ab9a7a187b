//! A wg-quick file as the user-space client needs it: whole, and with addresses for names.

use std::{
    fs::File,
    io::{self, Read as _},
    net::SocketAddr,
    path::Path,
};

use ipnet::IpNet;
use portway_gateway::{
    Change, DEFAULT_MTU, DataPathConfiguration, HostPort, ListenAddress, PeerChange, PeerSection,
    TunnelFile,
};
use zeroize::Zeroizing;

use crate::failure::{Advise as _, Advised};

/// The longest file that is read; one for a client has a few hundred bytes.
const LONGEST_FILE: u64 = 1 << 20;

/// Where the client gets its configuration from, told in hints.
const ORIGIN: &str = "`portway peer add NAME > FILE.conf` makes such a file";

/// A tunnel that is ready to be started.
pub(super) struct Tunnel {
    /// The outer side and the identity.
    pub(super) outer: DataPathConfiguration,
    /// What makes the peers.
    pub(super) peers: Vec<Change>,
    /// Our addresses in the tunnel.
    pub(super) addresses: Vec<IpNet>,
    /// What can be reached through the tunnel.
    pub(super) prefixes: Vec<IpNet>,
}

impl Tunnel {
    /// Reads a file, checks that nothing is missing, and resolves the names in it.
    pub(super) async fn read(path: &Path) -> Result<Self, Advised> {
        let text = read_text(path)?;
        let file: TunnelFile = text
            .parse()
            .advise(format_args!("cannot use {}", path.display()), ORIGIN)?;
        let missing = |what: &str| {
            let message = format!("{} has no {what}", path.display());
            Advised::failed(message, ORIGIN)
        };
        if file.interface.private_key.is_none() {
            return Err(missing("PrivateKey in [Interface]"));
        }
        if file.interface.addresses.is_empty() {
            return Err(missing("Address in [Interface]"));
        }
        if file.peers.iter().all(|peer| peer.endpoint.is_none()) {
            return Err(missing("[Peer] with an Endpoint"));
        }
        if file
            .peers
            .iter()
            .all(|peer| peer.allowed_prefixes.is_empty())
        {
            return Err(missing("AllowedIPs in [Peer]"));
        }
        Self::resolve(file).await
    }

    /// Whether a peer takes packets to this address.
    pub(super) fn reaches(&self, address: std::net::IpAddr) -> bool {
        self.prefixes.iter().any(|prefix| prefix.contains(&address))
    }

    async fn resolve(file: TunnelFile) -> Result<Self, Advised> {
        let mut peers = Vec::with_capacity(file.peers.len());
        for peer in &file.peers {
            peers.push(Change::Peer(peer_change(peer).await?));
        }
        let interface = file.interface;
        let listen = ListenAddress::Any(interface.listen_port.unwrap_or(0));
        let outer = DataPathConfiguration {
            private_key: interface.private_key,
            firewall_mark: interface.firewall_mark.unwrap_or(0),
            mtu: interface.mtu.unwrap_or(DEFAULT_MTU),
            ..DataPathConfiguration::new(listen)
        };
        let prefixes = file
            .peers
            .into_iter()
            .flat_map(|peer| peer.allowed_prefixes)
            .collect();
        Ok(Self {
            outer,
            peers,
            addresses: interface.addresses,
            prefixes,
        })
    }
}

fn read_text(path: &Path) -> Result<Zeroizing<String>, Advised> {
    let mut text = Zeroizing::new(String::new());
    let read = File::open(path).and_then(|file| file.take(LONGEST_FILE).read_to_string(&mut text));
    read.advise(format_args!("cannot read {}", path.display()), ORIGIN)?;
    Ok(text)
}

async fn peer_change(peer: &PeerSection) -> Result<PeerChange, Advised> {
    let endpoint = match &peer.endpoint {
        Some(endpoint) => Some(resolved(endpoint).await?),
        None => None,
    };
    Ok(PeerChange {
        preshared_key: peer.preshared_key.clone().map(Some),
        endpoint,
        keepalive: peer.keepalive,
        allowed_prefixes: peer
            .allowed_prefixes
            .iter()
            .map(|prefix| (*prefix, true))
            .collect(),
        ..PeerChange::new(peer.public_key)
    })
}

/// The first address of a name.
async fn resolved(endpoint: &HostPort) -> Result<SocketAddr, Advised> {
    let found = tokio::net::lookup_host((endpoint.host(), endpoint.port())).await;
    let first = found.and_then(|mut addresses| {
        addresses
            .next()
            .ok_or_else(|| io::Error::other("the name has no address"))
    });
    first.advise(
        format_args!("cannot resolve the endpoint {endpoint}"),
        "look for a wrong name in the file, or write the address in its place",
    )
}

#[cfg(test)]
mod tests {
    use super::*;

    const KEY: &str = "QUFBQUFBQUFBQUFBQUFBQUFBQUFBQUFBQUFBQUFBQUE=";

    async fn tunnel(text: &str) -> Result<Tunnel, Advised> {
        let file = tempfile::NamedTempFile::new().unwrap();
        std::fs::write(file.path(), text).unwrap();
        Tunnel::read(file.path()).await
    }

    #[tokio::test]
    async fn a_whole_file_becomes_a_tunnel() {
        let tunnel = tunnel(&format!(
            "[Interface]\nPrivateKey = {KEY}\nAddress = 10.77.0.2/16\nMTU = 1300\n[Peer]\n\
             PublicKey = {KEY}\nEndpoint = localhost:51820\nAllowedIPs = 10.77.0.0/16\n"
        ))
        .await
        .unwrap();
        assert_eq!(tunnel.outer.mtu, 1300);
        assert!(tunnel.reaches("10.77.0.1".parse().unwrap()));
        assert!(!tunnel.reaches("10.78.0.1".parse().unwrap()));
        let [Change::Peer(peer)] = &tunnel.peers[..] else {
            panic!("{:?}", tunnel.peers)
        };
        assert!(peer.endpoint.unwrap().ip().is_loopback());
    }

    #[tokio::test]
    async fn each_thing_that_is_missing_is_named() {
        let interface = format!("[Interface]\nPrivateKey = {KEY}\nAddress = 10.77.0.2/16\n");
        let peer = format!("[Peer]\nPublicKey = {KEY}\n");
        for (text, missing) in [
            (String::new(), "PrivateKey"),
            (format!("[Interface]\nPrivateKey = {KEY}\n"), "Address"),
            (format!("{interface}{peer}AllowedIPs = ::/0\n"), "Endpoint"),
            (
                format!("{interface}{peer}Endpoint = 127.0.0.1:1\n"),
                "AllowedIPs",
            ),
        ] {
            let error = tunnel(&text).await.err().unwrap().to_string();
            assert!(error.contains(missing), "{error}");
        }
    }
}
