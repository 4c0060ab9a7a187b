//! One question of ethtool(8).

use std::io;
use std::os::fd::{AsRawFd, OwnedFd};

use rustix::net::{AddressFamily, SocketType};

/// `ETHTOOL_GGRO`
const GET_RECEIVE_OFFLOAD: u32 = 0x2b;

/// `struct ethtool_value`
#[repr(C)]
struct Value {
    command: u32,
    data: u32,
}

/// Tells whether generic receive offload (GRO) is switched on.
pub(super) fn has_receive_offload(interface: &str) -> io::Result<bool> {
    let socket = rustix::net::socket(AddressFamily::INET, SocketType::DGRAM, None)?;
    let mut value = Value {
        command: GET_RECEIVE_OFFLOAD,
        data: 0,
    };
    ask(&socket, interface, &mut value)?;
    Ok(value.data != 0)
}

fn ask(socket: &OwnedFd, interface: &str, value: &mut Value) -> io::Result<()> {
    let mut name = [0; libc::IFNAMSIZ];
    if interface.len() >= name.len() {
        return Err(io::Error::from_raw_os_error(libc::ENODEV));
    }
    for (place, byte) in name.iter_mut().zip(interface.bytes()) {
        *place = byte as libc::c_char;
    }
    let data = std::ptr::from_mut(value).cast();
    let mut request = libc::ifreq {
        ifr_name: name,
        ifr_ifru: libc::__c_anonymous_ifr_ifru { ifru_data: data },
    };
    // SAFETY: the request lives until after the call; its name is closed by a zero, because it is shorter than its room;
    // its data is a live `ethtool_value`, the structure that this command reads and writes.
    let result = unsafe { libc::ioctl(socket.as_raw_fd(), libc::SIOCETHTOOL, &raw mut request) };
    if result < 0 {
        Err(io::Error::last_os_error())
    } else {
        Ok(())
    }
}
