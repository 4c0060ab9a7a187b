//! AF_XDP: sockets of the data plane.

use std::fs;

use portway_dataplane::machine::{Redirection, can_redirect};
use rustix::{
    io::Errno,
    net::{AddressFamily, SocketType, socket},
};

use super::Check;

/// Whether AF_XDP sockets can be opened.
pub(super) fn xdp_sockets() -> Check {
    const NAME: &str = "af_xdp";
    match socket(AddressFamily::XDP, SocketType::RAW, None) {
        Ok(_) => Check::ok(NAME, "sockets can be opened"),
        Err(Errno::AFNOSUPPORT) => {
            let hint = "ports over net_af_packet work; AF_XDP is of Linux 5.11 and newer";
            Check::warn(NAME, "this kernel has no AF_XDP sockets", hint)
        }
        Err(error) => {
            let hint = "only needed for AF_XDP ports: run as root, or `setcap \
                        cap_net_raw,cap_net_admin,cap_bpf,cap_ipc_lock+ep $(command -v portway)`";
            Check::warn(NAME, format_args!("no socket can be opened: {error}"), hint)
        }
    }
}

/// Whether frames that XDP sends out of the veth interfaces of this network namespace arrive.
pub(super) fn veth_peers() -> Check {
    const NAME: &str = "veth peers";
    let mut vanishing = Vec::new();
    for interface in interfaces() {
        if let Ok(Redirection::PeerNotReady { peer }) = can_redirect(&interface) {
            vanishing.push(format!("{interface} (peer {peer})"));
        }
    }
    if vanishing.is_empty() {
        return Check::ok(
            NAME,
            "frames that XDP sends arrive, as far as can be seen from here",
        );
    }
    let hint = "only matters to XDP programs that send or redirect, not to ports, which copy: `ethtool -K PEER gro on`, \
                or an XDP program on the peer";
    let detail = format!(
        "frames that XDP programs send vanish behind {}",
        vanishing.join(", ")
    );
    Check::warn(NAME, detail, hint)
}

/// The names of the interfaces.
fn interfaces() -> Vec<String> {
    let table = fs::read_to_string("/proc/thread-self/net/dev").unwrap_or_default();
    // Two lines of headings, then a name and its figures.
    let names = table
        .lines()
        .skip(2)
        .filter_map(|line| line.split_once(':'));
    names.map(|(name, _)| name.trim().to_owned()).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_loopback_interface_is_listed() {
        assert!(interfaces().contains(&"lo".to_owned()));
    }
}
