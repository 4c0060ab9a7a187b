//! What this machine has, as far as a configuration asks for it.

use std::{
    collections::{BTreeMap, BTreeSet},
    fs,
    net::{SocketAddr, UdpSocket},
    path::PathBuf,
};

use portway_xdp::program::{InterfaceFacts, Redirection, can_redirect, may_be_shared};
use rustix::{
    net::{AddressFamily, SocketType, socket},
    process::{Resource, getrlimit},
    thread::sched_getaffinity,
};

use crate::config::{BackEnd, Configuration, SocketMapOrigin};

/// Numbers of capabilities (capabilities(7)).
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
pub(super) enum Capability {
    NetAdmin = 12,
    NetRaw = 13,
    IpcLock = 14,
    SysAdmin = 21,
    Bpf = 39,
}

/// The device that TAP and TUN interfaces are made with.
const TUN_DEVICE: &str = "/dev/net/tun";

/// What was found out.
#[derive(Clone, Debug, Default)]
pub(super) struct Facts {
    /// The effective capabilities, a bit each.
    pub(super) capabilities: u64,
    /// Bytes that this process may lock; none: as many as it wants.
    pub(super) memory_lock: Option<u64>,
    /// Processors that this process may run on.
    pub(super) cores: BTreeSet<usize>,
    /// Free huge pages by their size in KiB.
    pub(super) huge_pages: BTreeMap<u64, u64>,
    /// Whether the kernel has AF_XDP sockets.
    pub(super) has_xdp: bool,
    /// The interfaces that the configuration names and that are there.
    pub(super) interfaces: BTreeMap<String, Interface>,
    /// Paths that the configuration names and that are there.
    pub(super) paths: BTreeSet<PathBuf>,
    /// UDP addresses that the configuration names and that cannot be bound, with the system's reason.
    pub(super) refused_addresses: BTreeMap<SocketAddr, String>,
    /// Whether TAP and TUN interfaces can be made.
    pub(super) has_tun: bool,
}

/// What is known of an interface.
#[derive(Clone, Debug, Default)]
pub(super) struct Interface {
    pub(super) is_up: bool,
    pub(super) is_veth: bool,
    pub(super) queues: u32,
    pub(super) program: Option<u32>,
    /// Whether that program is another process's of ours.
    pub(super) may_share_program: bool,
    /// What becomes of frames that XDP sends out of it.
    pub(super) redirection: Option<Redirection>,
}

impl Facts {
    pub(super) fn gather(configuration: &Configuration) -> Self {
        let mut facts = Self {
            capabilities: capabilities(),
            memory_lock: getrlimit(Resource::Memlock).maximum,
            cores: cores(),
            huge_pages: [2048, 1 << 20].map(|size| (size, free_pages(size))).into(),
            has_xdp: has_xdp(),
            has_tun: fs::metadata(TUN_DEVICE).is_ok(),
            ..Self::default()
        };
        for lport in &configuration.lports {
            facts.look_at(&lport.interface, &lport.back_end);
        }
        facts.note_path(configuration.options.replay_file.as_ref());
        facts
    }

    pub(super) fn may(&self, capability: Capability) -> bool {
        let has = |capability: Capability| self.capabilities >> capability as u32 & 1 == 1;
        // The older one includes the newer one.
        has(capability) || (capability == Capability::Bpf && has(Capability::SysAdmin))
    }

    fn look_at(&mut self, interface: &str, back_end: &BackEnd) {
        match back_end {
            BackEnd::Xdp(options) => match &options.socket_map {
                SocketMapOrigin::OwnProgram => {}
                SocketMapOrigin::Pinned(path) | SocketMapOrigin::DevicePlugin(path) => {
                    self.note_path(Some(path));
                }
            },
            BackEnd::Capture { replayed, .. } => self.note_path(replayed.as_ref()),
            BackEnd::Udp(address) => {
                if let Err(error) = UdpSocket::bind(address) {
                    self.refused_addresses.insert(*address, error.to_string());
                }
            }
            _ => {}
        }
        if let Some(found) = Interface::of(interface) {
            self.interfaces.insert(interface.to_owned(), found);
        }
    }

    fn note_path(&mut self, path: Option<&PathBuf>) {
        self.paths
            .extend(path.filter(|path| path.exists()).cloned());
    }
}

impl Interface {
    fn of(name: &str) -> Option<Self> {
        let facts = InterfaceFacts::of(name).ok()?;
        Some(Self {
            is_up: facts.is_up,
            is_veth: facts.kind.as_deref() == Some("veth"),
            queues: facts.receive_queues,
            program: facts.program,
            may_share_program: facts.program.is_some_and(may_be_shared),
            redirection: can_redirect(name).ok(),
        })
    }
}

fn capabilities() -> u64 {
    let status = fs::read_to_string("/proc/thread-self/status").unwrap_or_default();
    let line = status.lines().find_map(|line| line.strip_prefix("CapEff:"));
    line.and_then(|digits| u64::from_str_radix(digits.trim(), 16).ok())
        .unwrap_or(0)
}

fn cores() -> BTreeSet<usize> {
    let Ok(set) = sched_getaffinity(None) else {
        return BTreeSet::new();
    };
    (0..rustix::thread::CpuSet::MAX_CPU)
        .filter(|core| set.is_set(*core))
        .collect()
}

fn free_pages(kilobytes: u64) -> u64 {
    let path = format!("/sys/kernel/mm/hugepages/hugepages-{kilobytes}kB/free_hugepages");
    let text = fs::read_to_string(path).unwrap_or_default();
    text.trim().parse().unwrap_or(0)
}

/// A kernel without AF_XDP does not know the family; one that has it may still refuse it to this process.
fn has_xdp() -> bool {
    let made = socket(AddressFamily::XDP, SocketType::RAW, None);
    !matches!(made, Err(error) if error == rustix::io::Errno::AFNOSUPPORT)
}
