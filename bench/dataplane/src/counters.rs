//! What a veth interface counts for its first queue.

use std::{
    ffi::c_char,
    fs::File,
    io,
    os::fd::{AsRawFd, FromRawFd, OwnedFd},
};

use crate::system::checked;

const GET_SET_INFORMATION: u32 = 0x37;
const GET_STRINGS: u32 = 0x1b;
const GET_STATISTICS: u32 = 0x1d;
const STATISTICS_SET: u32 = 1;
const NAME: usize = 32;
/// veth has some twenty for each queue.
const MOST: usize = 512;

/// Reads the counters of one interface, from any network namespace.
#[derive(Debug)]
pub struct Counters {
    socket: OwnedFd,
    interface: String,
    names: Vec<String>,
}

#[repr(C)]
struct Names {
    command: u32,
    set: u32,
    count: u32,
    names: [u8; MOST * NAME],
}

#[repr(C)]
struct Values {
    command: u32,
    count: u32,
    values: [u64; MOST],
}

#[repr(C)]
struct SetInformation {
    command: u32,
    reserved: u32,
    mask: u64,
    counts: [u32; 2],
}

impl Counters {
    /// Looks at an interface of this thread's network namespace.
    ///
    /// # Errors
    ///
    /// The system's reason.
    pub fn here(interface: &str) -> io::Result<Self> {
        // SAFETY: the call takes numbers only.
        let socket = checked(unsafe { libc::socket(libc::AF_INET, libc::SOCK_DGRAM, 0) })?;
        // SAFETY: the descriptor is new and nobody else's.
        let socket = unsafe { OwnedFd::from_raw_fd(socket as i32) };
        let mut counters = Self {
            socket,
            interface: interface.to_owned(),
            names: Vec::new(),
        };
        counters.names = counters.read_names()?;
        Ok(counters)
    }

    /// Looks at an interface of a named network namespace (`ip netns`).
    ///
    /// # Errors
    ///
    /// The system's reason.
    pub fn of_namespace(namespace: &str, interface: &str) -> io::Result<Self> {
        let home = File::open("/proc/thread-self/ns/net")?;
        enter(&File::open(format!("/run/netns/{namespace}"))?)?;
        let counters = Self::here(interface);
        enter(&home)?;
        counters
    }

    /// The value of a counter of the first queue, such as `xdp_redirect`.
    ///
    /// # Errors
    ///
    /// The interface is gone, or has no such counter.
    pub fn read(&self, name: &str) -> io::Result<u64> {
        let wanted = format!("rx_queue_0_{name}");
        let position = self.names.iter().position(|known| *known == wanted);
        let position = position.ok_or_else(|| io::Error::other(format!("no counter {wanted}")))?;
        let mut values = Values {
            command: GET_STATISTICS,
            count: self.names.len() as u32,
            values: [0; MOST],
        };
        self.ask(&mut values)?;
        Ok(values.values[position])
    }

    fn read_names(&self) -> io::Result<Vec<String>> {
        let mut information = SetInformation {
            command: GET_SET_INFORMATION,
            reserved: 0,
            mask: 1 << STATISTICS_SET,
            counts: [0; 2],
        };
        self.ask(&mut information)?;
        let count = (information.counts[0] as usize).min(MOST);
        let mut names = Box::new(Names {
            command: GET_STRINGS,
            set: STATISTICS_SET,
            count: count as u32,
            names: [0; MOST * NAME],
        });
        self.ask(&mut *names)?;
        let all = names.names.as_chunks::<NAME>().0.iter().take(count);
        Ok(all.map(text).collect())
    }

    fn ask<Request>(&self, request: &mut Request) -> io::Result<()> {
        let mut name = [0 as c_char; libc::IFNAMSIZ];
        for (place, byte) in name.iter_mut().zip(self.interface.bytes()) {
            *place = byte as c_char;
        }
        let mut asked = libc::ifreq {
            ifr_name: name,
            ifr_ifru: libc::__c_anonymous_ifr_ifru {
                ifru_data: std::ptr::from_mut(request).cast(),
            },
        };
        // SAFETY: the kernel writes no more than what the request says it has room for: every request here says less
        // than its array holds.
        checked(unsafe { libc::ioctl(self.socket.as_raw_fd(), 0x8946, &raw mut asked) }).map(drop)
    }
}

fn text(name: &[u8; NAME]) -> String {
    let bytes = name.split(|byte| *byte == 0).next().unwrap_or_default();
    String::from_utf8_lossy(bytes).into_owned()
}

fn enter(namespace: &File) -> io::Result<()> {
    // SAFETY: the call takes numbers only, and moves this thread alone.
    checked(unsafe { libc::setns(namespace.as_raw_fd(), libc::CLONE_NEWNET) }).map(drop)
}
