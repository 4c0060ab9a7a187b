//! Ports: interfaces, queues, programs, privileges, files.

use std::path::Path;

use portway_xdp::program::Redirection;

use super::{
    Plan, PortPlan,
    facts::{Capability, Facts, Interface},
};
use crate::config::{BackEnd, Configuration, Lport, SocketMapOrigin, XdpOptions, XdpPath};

pub(super) fn assess(configuration: &Configuration, facts: &Facts, plan: &mut Plan) {
    for lport in &configuration.lports {
        let mut assessing = Assessing {
            configuration,
            lport,
            facts,
            plan,
        };
        assessing.lacks();
        plan.ports.push(PortPlan {
            name: lport.name.clone(),
            how: how(lport, configuration, facts),
            region: configuration.umems[lport.umem].name.clone(),
        });
    }
}

/// One lport that is looked at.
struct Assessing<'a> {
    configuration: &'a Configuration,
    lport: &'a Lport,
    facts: &'a Facts,
    plan: &'a mut Plan,
}

impl<'a> Assessing<'a> {
    fn lacks(&mut self) {
        match &self.lport.back_end {
            BackEnd::Xdp(options) => self.xdp(options),
            BackEnd::PacketSocket => {
                self.privilege(Capability::NetRaw, "a packet socket");
                self.interface();
            }
            BackEnd::Tap | BackEnd::Tun => self.tunnel(),
            BackEnd::Udp(address) => {
                if let Some(reason) = self.facts.refused_addresses.get(address) {
                    let problem = format!("UDP {address} cannot be bound: {reason}");
                    self.lack(problem, "ss -lunp shows who has it; choose another address");
                }
            }
            BackEnd::Capture {
                replayed: Some(path),
                ..
            } => self.path(path, "the capture file", "name a file that is there"),
            _ => {}
        }
    }

    fn xdp(&mut self, options: &XdpOptions) {
        if !self.facts.has_xdp {
            let problem = "this kernel has no AF_XDP sockets".to_owned();
            self.lack(
                problem,
                "a kernel with CONFIG_XDP_SOCKETS, Linux 5.11 or newer",
            );
        }
        self.privilege(Capability::NetRaw, "an AF_XDP socket");
        if options.busy_poll.is_some()
            && !matches!(options.socket_map, SocketMapOrigin::DevicePlugin(_))
        {
            self.privilege(Capability::NetAdmin, "busy polling");
        }
        self.origin(&options.socket_map);
        if let Some(interface) = self.interface() {
            self.queue(options.queue, interface);
            self.veth(interface);
        }
    }

    fn origin(&mut self, origin: &SocketMapOrigin) {
        match origin {
            SocketMapOrigin::OwnProgram => {
                self.privilege(Capability::Bpf, "an XDP program");
                self.privilege(Capability::NetAdmin, "an XDP program");
                self.foreign_program();
            }
            SocketMapOrigin::Pinned(path) => self.path(
                path,
                "the pinned map",
                "start the program that pins it, or leave out `xsk_pin_path`",
            ),
            SocketMapOrigin::DevicePlugin(path) => self.path(
                path,
                "the device plugin's socket",
                "ask for `afxdp/POOL` in the pod's resources, or leave out `uds_path`",
            ),
        }
    }

    fn foreign_program(&mut self) {
        let name = &self.lport.interface;
        let found = self.facts.interfaces.get(name);
        let Some((found, program)) = found.and_then(|found| Some((found, found.program?))) else {
            return;
        };
        if found.may_share_program {
            let problem = format!(
                "another process of Portway has its XDP program (id {program}) on {name}: it is shared if both take the \
                 same frames"
            );
            let remedy = "give both the same `match` and `skb_mode`, and each its own queues";
            let subject = (self.lport.name.as_str(), self.lport.span);
            return self.plan.note(subject, problem, remedy);
        }
        let problem = format!("an XDP program (id {program}) is attached to {name} already");
        let remedy = format!(
            "end the process that holds it; if there is none: ip link set dev {name} xdp off"
        );
        self.lack(problem, remedy);
    }

    /// The interface, if it is there; it has to be up.
    fn interface(&mut self) -> Option<&'a Interface> {
        let name = self.lport.interface.clone();
        let facts = self.facts;
        let Some(found) = facts.interfaces.get(&name) else {
            let problem = format!("there is no interface {name} in this network namespace");
            self.lack(problem, "ip -brief link shows which there are");
            return None;
        };
        if !found.is_up {
            self.lack(
                format!("{name} is down"),
                format!("ip link set dev {name} up"),
            );
        }
        Some(found)
    }

    fn queue(&mut self, queue: u32, interface: &Interface) {
        let name = &self.lport.interface;
        if queue >= interface.queues {
            let problem = format!(
                "{name} has {} queues, and no queue {queue}",
                interface.queues
            );
            let remedy = format!("ethtool -L {name} combined {}", queue + 1);
            self.lack(problem, remedy);
        }
    }

    /// What an lport sends through a veth is copied, and arrives whatever the peer is like. Worth knowing it is for
    /// programs that send frames back by themselves.
    fn veth(&mut self, interface: &Interface) {
        let (problem, remedy) = match &interface.redirection {
            Some(found @ Redirection::PeerNotReady { peer }) if !self.gets_program(peer) => {
                let remedy = format!("ethtool -K {peer} gro on");
                (without_remedy(&found.to_string()), remedy)
            }
            Some(found @ Redirection::PeerElsewhere) => {
                let remedy = "ip netns exec NAMESPACE ethtool -K PEER gro on";
                (found.to_string(), remedy.to_owned())
            }
            _ => return,
        };
        let problem = format!("{problem}; what this lport sends is copied, and arrives");
        let subject = (self.lport.name.as_str(), self.lport.span);
        self.plan.note(subject, problem, remedy);
    }

    /// Whether this configuration attaches a program to an interface.
    fn gets_program(&self, interface: &str) -> bool {
        let lports = self.configuration.lports.iter();
        lports
            .filter(|lport| lport.interface == interface)
            .any(|lport| {
                matches!(&lport.back_end, BackEnd::Xdp(options)
                if options.socket_map == SocketMapOrigin::OwnProgram)
            })
    }

    fn tunnel(&mut self) {
        self.privilege(Capability::NetAdmin, "making an interface");
        if !self.facts.has_tun {
            let problem = "/dev/net/tun is missing".to_owned();
            self.lack(problem, "modprobe tun, or give the device to the container");
        }
        let name = &self.lport.interface;
        if self.facts.interfaces.contains_key(name) {
            let problem = format!("there is an interface {name} already");
            self.lack(problem, format!("ip link del dev {name}, or another name"));
        }
    }

    fn privilege(&mut self, capability: Capability, what: &str) {
        if self.facts.may(capability) {
            return;
        }
        let name = match capability {
            Capability::NetAdmin => "CAP_NET_ADMIN",
            Capability::NetRaw => "CAP_NET_RAW",
            Capability::IpcLock => "CAP_IPC_LOCK",
            Capability::SysAdmin => "CAP_SYS_ADMIN",
            Capability::Bpf => "CAP_BPF",
        };
        let remedy = "run as root, or: setcap cap_net_raw,cap_net_admin,cap_bpf,cap_ipc_lock+ep $(command -v portway)";
        self.lack(format!("{what} needs {name}"), remedy);
    }

    fn path(&mut self, path: &Path, what: &str, remedy: &str) {
        if !self.facts.paths.contains(path) {
            self.lack(format!("{what} {} is not there", path.display()), remedy);
        }
    }

    fn lack(&mut self, problem: String, remedy: impl Into<String>) {
        let subject = (self.lport.name.as_str(), self.lport.span);
        self.plan.lack(subject, problem, remedy);
    }
}

/// A text that ends with its remedy, after a colon, without that.
fn without_remedy(text: &str) -> String {
    let end = text.rfind(": `").unwrap_or(text.len());
    text[..end].to_owned()
}

/// What an lport would be.
fn how(lport: &Lport, configuration: &Configuration, facts: &Facts) -> String {
    let name = &lport.interface;
    match &lport.back_end {
        BackEnd::Xdp(options) => {
            let interface = facts.interfaces.get(name);
            let taken = options.rule.as_ref().map_or("", |_| ", what `match` says");
            let way = way(options, interface);
            format!("queue {} of {name} by AF_XDP, {way}{taken}", options.queue)
        }
        BackEnd::PacketSocket => format!("{name} by AF_PACKET, beside the kernel"),
        BackEnd::Tap => format!("a new TAP interface {name}"),
        BackEnd::Tun => format!("a new TUN interface {name}"),
        BackEnd::Ring { peer } => {
            let peer = peer.map_or(&lport.name, |peer| &configuration.lports[peer].name);
            format!("a ring to {peer}")
        }
        BackEnd::Null => "nothing: it receives none and forgets what is sent".to_owned(),
        BackEnd::Capture { replayed, written } => {
            let of = |path: &Option<std::path::PathBuf>| {
                let path = path.as_ref();
                path.map_or("nothing".to_owned(), |path| path.display().to_string())
            };
            format!(
                "capture files: receives {}, writes {}",
                of(replayed),
                of(written)
            )
        }
        BackEnd::Udp(address) => format!("UDP socket at {address}"),
    }
}

fn way(options: &XdpOptions, interface: Option<&Interface>) -> String {
    let program = match &options.socket_map {
        SocketMapOrigin::OwnProgram if options.path == XdpPath::Generic => {
            return "generic mode, copy".to_owned();
        }
        SocketMapOrigin::OwnProgram => {
            "driver mode (generic mode if the driver takes no program)".to_owned()
        }
        SocketMapOrigin::Pinned(path) => format!("program and map of {}", path.display()),
        SocketMapOrigin::DevicePlugin(path) => {
            format!("program and map of the device plugin at {}", path.display())
        }
    };
    let copies = options.path == XdpPath::Generic || interface.is_some_and(|found| found.is_veth);
    let copying = if copies {
        "copy"
    } else {
        "zero copy where the driver has it, else copy"
    };
    format!("{program}, {copying}")
}
