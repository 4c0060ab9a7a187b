//! Interfaces and tunnels for the measurements.

use std::{fs, time::Duration};

use anyhow::Context as _;
use tempfile::NamedTempFile;

use crate::{
    lab::{self, Namespace, unique_name},
    program::{self, Running},
    wireguard::contender::Contender,
    wireguard::uapi,
};

/// Tunnel address of the gateway under measurement.
pub(crate) const GATEWAY: &str = "10.88.0.1";
/// Tunnel address of the client, which is the same program for all contenders.
pub(crate) const CLIENT: &str = "10.88.0.2";

const START_LIMIT: Duration = Duration::from_secs(10);
const PORT: &str = "51820";

/// One interface of a contender.
#[derive(Debug)]
pub(crate) struct Interface {
    pub(crate) name: String,
    pub(crate) program: Running,
}

impl Interface {
    /// Starts the contender and waits until its control socket is there.
    pub(crate) fn start(contender: &Contender, namespace: &Namespace) -> anyhow::Result<Self> {
        let name = unique_name("w");
        let command = contender.command(&name);
        let words: Vec<&str> = command.iter().map(String::as_str).collect();
        let program = Running::start(&namespace.inside(&words))?;
        let interface = Self { name, program };
        let socket = uapi::socket(&interface.name);
        program::wait_until("the control socket", START_LIMIT, || socket.exists())
            .with_context(|| format!("{}: {}", contender.name, interface.program.errors()))?;
        Ok(interface)
    }

    /// Gives it some key.
    pub(crate) fn set_private_key(&self, namespace: &Namespace) -> anyhow::Result<()> {
        let file = NamedTempFile::new()?;
        fs::write(&file, KeyPair::new()?.private)?;
        let path = file.path().to_string_lossy();
        namespace
            .run(&["wg", "set", &self.name, "private-key", &path])
            .map(drop)
    }
}

impl Drop for Interface {
    fn drop(&mut self) {
        // Ended by a signal, a program leaves its socket; without one there is nothing to remove.
        let _ = fs::remove_file(uapi::socket(&self.name));
    }
}

/// A key pair in base64.
#[derive(Debug)]
pub(crate) struct KeyPair {
    private: String,
    pub(crate) public: String,
}

impl KeyPair {
    /// Makes one by `wg`.
    pub(crate) fn new() -> anyhow::Result<Self> {
        let private = program::run(&["wg", "genkey"])?.trim().to_owned();
        let public = program::run(&["sh", "-c", &format!("echo {private} | wg pubkey")])?;
        Ok(Self {
            private,
            public: public.trim().to_owned(),
        })
    }
}

/// A gateway under measurement and its client, each in a namespace, with a session between them.
#[derive(Debug)]
pub(crate) struct Tunnel {
    pub(crate) gateway: Interface,
    pub(crate) gateway_side: Namespace,
    pub(crate) client_side: Namespace,
    _client: Interface,
}

impl Tunnel {
    /// Sets both sides up and waits for the first reply to a ping.
    pub(crate) fn new(gateway: &Contender, client: &Contender) -> anyhow::Result<Self> {
        let (gateway_side, client_side) = (Namespace::new()?, Namespace::new()?);
        lab::join(&gateway_side, "192.0.2.1/24", &client_side, "192.0.2.2/24")?;
        let (gateway_keys, client_keys) = (KeyPair::new()?, KeyPair::new()?);
        let gateway = Interface::start(gateway, &gateway_side)?;
        let client = Interface::start(client, &client_side)?;
        configure(
            &gateway_side,
            &gateway.name,
            &gateway_keys,
            &client_keys,
            GATEWAY,
            CLIENT,
            None,
        )?;
        let endpoint = Some("192.0.2.1:51820");
        configure(
            &client_side,
            &client.name,
            &client_keys,
            &gateway_keys,
            CLIENT,
            GATEWAY,
            endpoint,
        )?;
        program::wait_until("a ping through the tunnel", START_LIMIT, || {
            client_side
                .run(&["ping", "-c", "1", "-W", "1", GATEWAY])
                .is_ok()
        })?;
        Ok(Self {
            gateway,
            gateway_side,
            client_side,
            _client: client,
        })
    }
}

fn configure(
    namespace: &Namespace,
    interface: &str,
    own: &KeyPair,
    other: &KeyPair,
    address: &str,
    other_address: &str,
    endpoint: Option<&str>,
) -> anyhow::Result<()> {
    let endpoint = endpoint
        .map(|endpoint| format!("Endpoint = {endpoint}\n"))
        .unwrap_or_default();
    let file = NamedTempFile::new()?;
    fs::write(
        &file,
        format!(
            "[Interface]\nPrivateKey = {}\nListenPort = {PORT}\n[Peer]\nPublicKey = {}\nAllowedIPs = {other_address}/32\n{endpoint}",
            own.private, other.public
        ),
    )?;
    namespace.run(&["wg", "setconf", interface, &file.path().to_string_lossy()])?;
    namespace.run(&[
        "ip",
        "address",
        "add",
        &format!("{address}/24"),
        "dev",
        interface,
    ])?;
    namespace.run(&["ip", "link", "set", interface, "mtu", "1420", "up"])?;
    Ok(())
}
