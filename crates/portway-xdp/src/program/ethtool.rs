//! Questions of ethtool(8).

use std::io;
use std::os::fd::AsRawFd;

use rustix::net::{AddressFamily, SocketType};

/// `ETHTOOL_GGRO`
const GET_RECEIVE_OFFLOAD: u32 = 0x2b;

/// `struct ethtool_value`
#[repr(C)]
struct Value {
    command: u32,
    data: u32,
}

/// `ETHTOOL_GCHANNELS`
const GET_CHANNELS: u32 = 0x3c;

/// `struct ethtool_channels`
#[repr(C)]
#[derive(Default)]
struct Channels {
    command: u32,
    greatest: [u32; 4],
    receive: u32,
    transmit: u32,
    other: u32,
    combined: u32,
}

/// Tells how many receive queues are in use.
pub(super) fn receive_queues(interface: &str) -> io::Result<u32> {
    let mut channels = Channels {
        command: GET_CHANNELS,
        ..Channels::default()
    };
    ask(interface, &mut channels)?;
    Ok(channels.receive + channels.combined)
}

/// Tells whether generic receive offload (GRO) is switched on.
pub(super) fn has_receive_offload(interface: &str) -> io::Result<bool> {
    let mut value = Value {
        command: GET_RECEIVE_OFFLOAD,
        data: 0,
    };
    ask(interface, &mut value)?;
    Ok(value.data != 0)
}

/// What ethtool is asked with.
///
/// # Safety
///
/// Its first field is the command, and the command reads and writes the whole of it and no more.
unsafe trait Question {}

// SAFETY: the structure that the commands which only have one value use.
unsafe impl Question for Value {}
// SAFETY: the structure of `ETHTOOL_GCHANNELS`, which is its only command here.
unsafe impl Question for Channels {}

fn ask(interface: &str, question: &mut impl Question) -> io::Result<()> {
    let socket = rustix::net::socket(AddressFamily::INET, SocketType::DGRAM, None)?;
    let mut name = [0; libc::IFNAMSIZ];
    if interface.len() >= name.len() {
        return Err(io::Error::from_raw_os_error(libc::ENODEV));
    }
    for (place, byte) in name.iter_mut().zip(interface.bytes()) {
        *place = byte as libc::c_char;
    }
    let data = std::ptr::from_mut(question).cast();
    let mut request = libc::ifreq {
        ifr_name: name,
        ifr_ifru: libc::__c_anonymous_ifr_ifru { ifru_data: data },
    };
    // SAFETY: the request lives until after the call; its name is closed by a zero, because it is shorter than its room;
    // its data is a live structure of the command that stands in it, as every `Question` is.
    let result = unsafe { libc::ioctl(socket.as_raw_fd(), libc::SIOCETHTOOL, &raw mut request) };
    if result < 0 {
        Err(io::Error::last_os_error())
    } else {
        Ok(())
    }
}
