//! What a person is told when the gateway is ready: what it is, and what to type next.

use std::fmt::Write as _;

use ipnet::IpNet;

use super::{gateway::Gateway, plan::Plan};
use crate::{arguments::InnerSide, commands::fleet_access};

/// The text for stderr.
pub(super) fn text(plan: &Plan<'_>, gateway: &Gateway) -> String {
    let addresses: Vec<String> = gateway
        .networks
        .gateway_addresses()
        .iter()
        .map(IpNet::to_string)
        .collect();
    let mut text = format!(
        "The gateway {} listens on {} (UDP) and is {} in the tunnel.\n",
        gateway.public_key,
        gateway.listen,
        addresses.join(" and "),
    );
    if plan.needs_endpoint() {
        text.push_str(&endpoint_hint(gateway));
    }
    if let Some((address, fingerprint)) = gateway.control.listener {
        // Writing to a string cannot fail.
        let _ = writeln!(
            text,
            "The control API is at grpcs://{address}; its certificate has the fingerprint {fingerprint}"
        );
    }
    if let InnerSide::Tun(name) = &plan.arguments.inner {
        text.push_str(&forwarding_commands(name, gateway));
    }
    text.push_str(&next_commands(plan, gateway));
    text
}

fn endpoint_hint(gateway: &Gateway) -> String {
    format!(
        "Clients are told to dial {}, which is no address they can reach: start with \
         --endpoint HOST:{}\n",
        gateway.listen,
        gateway.listen.port(),
    )
}

/// Never run by us: whether a host forwards is the operator's decision.
fn forwarding_commands(interface: &str, gateway: &Gateway) -> String {
    let mut text = format!(
        "Packets leave through {interface}. To let peers reach further than this host, as root:\n"
    );
    for network in gateway.networks.as_slice() {
        let (setting, program) = match network {
            IpNet::V4(_) => ("net.ipv4.ip_forward", "iptables"),
            IpNet::V6(_) => ("net.ipv6.conf.all.forwarding", "ip6tables"),
        };
        // Writing to a string cannot fail.
        let _ = writeln!(text, "  sysctl -w {setting}=1");
        let _ = writeln!(
            text,
            "  {program} -t nat -A POSTROUTING -s {network} ! -o {interface} -j MASQUERADE"
        );
    }
    text
}

fn next_commands(plan: &Plan<'_>, gateway: &Gateway) -> String {
    let place = place(plan, gateway);
    let first = gateway.networks.gateway_addresses()[0].addr();
    format!(
        "Next, in another terminal:\n  \
         portway peer add laptop{place} > laptop.conf\n  \
         portway client laptop.conf --ping {first}"
    )
}

/// The arguments by which another command finds this gateway.
fn place(plan: &Plan<'_>, gateway: &Gateway) -> String {
    let arguments = plan.arguments;
    let mut place = String::new();
    if gateway.folder.is_ephemeral() || arguments.data.data.is_some() {
        let _ = write!(place, " --data {}", gateway.folder.path().display());
    }
    if !gateway.grid.is_embedded() {
        let _ = write!(
            place,
            " --grid {}",
            fleet_access::addresses(&arguments.grid)
        );
    }
    if let Some(file) = &arguments.grid.fleet_key_file {
        let _ = write!(place, " --fleet-key-file {}", file.display());
    }
    place
}
