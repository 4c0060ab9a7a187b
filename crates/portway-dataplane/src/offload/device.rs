//! Making the network interface.

use std::{io, net::IpAddr};

use ipnet::IpNet;
use tun_rs::{DeviceBuilder, SyncDevice};

/// Makes the interface, with offload where the system has it; tells whether it has.
///
/// # Errors
///
/// The system's reason, with what to do.
pub(super) fn make(
    name: &str,
    mtu: u16,
    addresses: &[IpNet],
    up: bool,
) -> io::Result<(SyncDevice, bool)> {
    let with_offload = build(name, mtu, up, true);
    let (device, offload) = match with_offload {
        Ok(device) => (device, true),
        // Old kernels refuse the offload alone; every other reason comes again.
        Err(_) => (
            build(name, mtu, up, false).map_err(|error| explain(name, &error))?,
            false,
        ),
    };
    device.set_nonblocking(true)?;
    for network in addresses {
        match network.addr() {
            IpAddr::V4(address) => device.add_address_v4(address, network.prefix_len())?,
            IpAddr::V6(address) => device.add_address_v6(address, network.prefix_len())?,
        }
    }
    Ok((device, offload))
}

fn build(name: &str, mtu: u16, up: bool, offload: bool) -> io::Result<SyncDevice> {
    let builder = DeviceBuilder::new().name(name).mtu(mtu).with(|builder| {
        builder.offload(offload);
    });
    let builder = if up {
        builder.enable(true)
    } else {
        builder.inherit_enable_state()
    };
    builder.build_sync()
}

fn explain(name: &str, error: &io::Error) -> io::Error {
    let hint = match error.kind() {
        io::ErrorKind::PermissionDenied => {
            "making an interface needs CAP_NET_ADMIN: run as root, grant it with setcap, or use \
             an inner side that needs no interface"
        }
        io::ErrorKind::ResourceBusy => "another program uses an interface of this name",
        io::ErrorKind::NotFound => "/dev/net/tun is missing: load the kernel module tun",
        io::ErrorKind::InvalidInput => "a name is at most 15 bytes, without slash or space",
        _ => "see the system's reason",
    };
    io::Error::new(
        error.kind(),
        format!("cannot make the interface {name}: {error}; {hint}"),
    )
}
