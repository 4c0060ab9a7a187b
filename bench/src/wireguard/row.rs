//! A client, a gateway by `portway up`, and a host behind it, in a row.

use std::{fs, time::Duration};

use anyhow::Context as _;
use tempfile::TempDir;

use crate::{
    lab::{Namespace, unique_name},
    program::{self, Running},
    wireguard::contender::Contender,
    wireguard::measure::{Bench, packets},
    wireguard::tunnel::Interface,
};

/// Tunnel address of the client: the first that a gateway gives away.
const CLIENT: &str = "10.77.0.2";
/// The host behind the gateway.
const BEHIND: &str = "198.51.100.2";

const LIMIT: Duration = Duration::from_secs(10);

/// Where the gateway's packets come from and go to.
#[derive(Clone, Copy, Debug)]
pub(crate) enum Sides {
    /// A UDP socket and a TUN interface; the kernel forwards.
    Kernel,
    /// The same with `--no-flows`.
    KernelWithoutFlows,
    /// AF_XDP on both.
    Xdp,
}

/// The three of them, with a session through the tunnel.
#[derive(Debug)]
pub(crate) struct Row {
    gateway: Running,
    client_side: Namespace,
    behind: Namespace,
    _gateway_side: Namespace,
    _client: Interface,
    _data: TempDir,
}

impl Row {
    /// Streams through the gateway of `name` to the network behind it and back; `told` gets the way and what
    /// [`packets::stream`] returns.
    pub(crate) fn stream(
        &self,
        bench: &Bench,
        name: &str,
        size: usize,
        mut told: impl FnMut(&str, f64),
    ) -> anyhow::Result<()> {
        for (way, from, to, address) in [
            ("inward", &self.client_side, &self.behind, BEHIND),
            ("outward", &self.behind, &self.client_side, CLIENT),
        ] {
            let cost = packets::stream(bench, &self.gateway, from, to, address, size)
                .with_context(|| format!("{way} by {name}"))?;
            told(way, cost);
        }
        Ok(())
    }

    /// Sets all up and waits for the first reply from behind the gateway.
    pub(crate) fn new(bench: &Bench, client: &Contender, sides: Sides) -> anyhow::Result<Self> {
        let spaces = [Namespace::new()?, Namespace::new()?, Namespace::new()?];
        let [client_side, gateway_side, behind] = spaces;
        let (outer, _) = cable(&gateway_side, "192.0.2.1/24", &client_side, "192.0.2.2/24")?;
        let there = format!("{BEHIND}/24");
        let (inner, end) = cable(&gateway_side, "198.51.100.1/24", &behind, &there)?;
        // The kernel leaves checksums to the card, which a veth pair has none of.
        behind.run(&["ethtool", "-K", &end, "tx", "off"])?;
        behind.run(&["ip", "route", "add", "10.77.0.0/16", "via", "198.51.100.1"])?;
        gateway_side.run(&["sysctl", "-qw", "net.ipv4.ip_forward=1"])?;
        let data = tempfile::tempdir()?;
        let folder = data.path().to_string_lossy().into_owned();
        let gateway = start(bench, &gateway_side, &folder, sides, (&outer, &inner))?;
        let add = bench.portway_command(&["peer", "add", "client", "--data", &folder]);
        let configuration = program::run(&add)?;
        let client = connect(&client_side, client, &configuration)?;
        program::wait_until("a ping through the gateway", LIMIT, || {
            let ping = ["ping", "-c", "1", "-W", "1", BEHIND];
            client_side.run(&ping).is_ok()
        })?;
        Ok(Self {
            gateway,
            client_side,
            behind,
            _gateway_side: gateway_side,
            _client: client,
            _data: data,
        })
    }
}

/// Connects two namespaces by a veth pair and returns the names of its ends.
fn cable(
    near: &Namespace,
    near_address: &str,
    far: &Namespace,
    far_address: &str,
) -> anyhow::Result<(String, String)> {
    let (here, there) = (unique_name("v"), unique_name("v"));
    let add = format!(
        "ip link add {here} type veth peer name {there} netns {}",
        far.name
    );
    near.run(&add.split(' ').collect::<Vec<_>>())?;
    for (space, end, address) in [(near, &here, near_address), (far, &there, far_address)] {
        space.run(&["ip", "address", "add", address, "dev", end])?;
        space.run(&["ip", "link", "set", end, "up"])?;
    }
    Ok((here, there))
}

fn start(
    bench: &Bench,
    space: &Namespace,
    data: &str,
    sides: Sides,
    (outer, inner): (&str, &str),
) -> anyhow::Result<Running> {
    let tunnel = format!("tun:{}", unique_name("w"));
    let (outer, inner) = (format!("xdp:{outer}"), format!("xdp:{inner}"));
    let sides = match sides {
        Sides::Kernel => vec!["--inner", &tunnel],
        Sides::KernelWithoutFlows => vec!["--inner", &tunnel, "--no-flows"],
        Sides::Xdp => vec!["--outer", &outer, "--inner", &inner],
    };
    let listen = ["up", "--data", data, "--listen", "192.0.2.1:51820"];
    let network = ["--network", "10.77.0.0/16"];
    let command = bench.portway_command(&[&listen[..], &network[..], &sides[..]].concat());
    let words: Vec<&str> = command.iter().map(String::as_str).collect();
    Running::start_until(&space.inside(&words), "ready ").map(|(running, _)| running)
}

/// Starts a client with what `portway peer add` printed.
fn connect(space: &Namespace, client: &Contender, printed: &str) -> anyhow::Result<Interface> {
    let interface = Interface::start(client, space)?;
    let file = tempfile::NamedTempFile::new()?;
    let lines = printed.lines().filter(|line| !line.starts_with("Address"));
    let lines = lines.map(|line| match line.strip_prefix("AllowedIPs") {
        Some(_) => "AllowedIPs = 0.0.0.0/0",
        None => line,
    });
    fs::write(&file, lines.collect::<Vec<_>>().join("\n"))?;
    let path = file
        .path()
        .to_str()
        .context("a temporary folder with a plain name")?;
    let name = interface.name.as_str();
    space.run(&["wg", "setconf", name, path])?;
    space.run(&["ip", "address", "add", &format!("{CLIENT}/16"), "dev", name])?;
    space.run(&["ip", "link", "set", name, "mtu", "1420", "up"])?;
    space.run(&["ip", "route", "add", "198.51.100.0/24", "dev", name])?;
    Ok(interface)
}
