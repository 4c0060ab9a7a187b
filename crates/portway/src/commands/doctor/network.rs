//! Sockets: what the outer side of a gateway is made of.

use std::{
    io,
    net::{Ipv4Addr, Ipv6Addr, SocketAddr, UdpSocket},
};

use quinn_udp::UdpSocketState;

use super::Check;

/// WireGuard's usual port, which `portway up` takes unless it is told otherwise.
const DEFAULT_PORT: u16 = 51820;

pub(super) fn udp() -> Check {
    const NAME: &str = "udp";
    match bind(SocketAddr::from((Ipv4Addr::LOCALHOST, 0))) {
        Ok(_) => Check::ok(NAME, "sockets can be bound"),
        Err(error) => {
            let hint = "WireGuard is UDP: look at the sandbox or container this runs in";
            Check::fail(NAME, format_args!("cannot bind a socket: {error}"), hint)
        }
    }
}

pub(super) fn ipv6() -> Check {
    const NAME: &str = "ipv6";
    match bind(SocketAddr::from((Ipv6Addr::LOCALHOST, 0))) {
        Ok(_) => Check::ok(NAME, "available"),
        Err(error) => {
            let hint = "clients can only reach the gateway over IPv4";
            Check::warn(NAME, format_args!("not available: {error}"), hint)
        }
    }
}

pub(super) fn offload() -> Check {
    const NAME: &str = "udp offload";
    let hint = "it works, with more system calls a packet; Linux 5.0 and newer have both";
    let state = bind(SocketAddr::from((Ipv4Addr::LOCALHOST, 0)))
        .and_then(|socket| UdpSocketState::new((&socket).into()));
    match state {
        Ok(state) => {
            let (sent, received) = (state.max_gso_segments(), state.gro_segments());
            let detail =
                format!("{sent} datagrams in one send (GSO), {received} in one receive (GRO)");
            if sent > 1 && received > 1 {
                Check::ok(NAME, detail)
            } else {
                Check::warn(NAME, detail, hint)
            }
        }
        Err(error) => Check::warn(NAME, error, hint),
    }
}

pub(super) fn default_port() -> Check {
    const NAME: &str = "default port";
    let address = SocketAddr::from((Ipv4Addr::LOCALHOST, DEFAULT_PORT));
    match bind(address) {
        Ok(_) => Check::ok(NAME, format_args!("{address} is free")),
        Err(error) if error.kind() == io::ErrorKind::AddrInUse => {
            let hint = "a gateway may be running; choose another with --listen ADDR:PORT";
            Check::warn(NAME, format_args!("{address} is in use"), hint)
        }
        Err(error) => {
            let hint = "choose another address with --listen ADDR:PORT";
            Check::warn(NAME, format_args!("cannot bind {address}: {error}"), hint)
        }
    }
}

fn bind(address: SocketAddr) -> io::Result<UdpSocket> {
    UdpSocket::bind(address)
}
