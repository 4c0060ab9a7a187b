//! Namespaces, links, and a `portway net run` among them.

use std::{
    fs::{self, File},
    io::{BufRead as _, BufReader, Write as _},
    os::{fd::AsFd as _, unix::net::UnixStream},
    process::{Command, Stdio},
    thread,
    time::{Duration, Instant},
};

use portway_dataplane::{Burst, PacketPort, Port, Region};
use rustix::thread::{LinkNameSpaceType, move_into_link_name_space};
use serde_json::{Value, json};

use crate::{
    common::{
        Finished, PATIENCE, Place, Running,
        limit::{self, Part},
    },
    processors,
};

/// The hardware address of the end of link N that is in its host's namespace: the last byte is the link's number, by
/// which `fwd` finds the other port.
pub(crate) fn host_mac(link: usize) -> [u8; 6] {
    [2, 0, 0, 1, 0, link as u8]
}

pub(crate) fn port_mac(link: usize) -> [u8; 6] {
    [2, 0, 0, 2, 0, link as u8]
}

/// A namespace for the data plane, and one for the host at the other end of each link.
///
/// Link N is `pN` in the data plane's namespace and `eth0` in that of host N.
pub(crate) struct Lab {
    name: String,
    links: usize,
    pub(crate) place: Place,
}

impl Lab {
    /// Makes it; none where namespaces cannot be made.
    pub(crate) fn new(name: &str, links: usize) -> Option<Self> {
        Self::with_queues(name, links, 1)
    }

    /// Makes it with as many queues at both ends of each link.
    pub(crate) fn with_queues(name: &str, links: usize, queues: usize) -> Option<Self> {
        if !rustix::process::geteuid().is_root() {
            eprintln!("skipped: network namespaces need root");
            return None;
        }
        let name = format!("pw-{name}-{}", std::process::id());
        let lab = Self {
            name,
            links,
            place: Place::new(),
        };
        ip(&format!("netns add {}", lab.name));
        lab.own_ip("link set lo up");
        for link in 0..links {
            lab.add_link(link, queues);
        }
        Some(lab)
    }

    fn add_link(&self, link: usize, queues: usize) {
        let host = self.host(link);
        ip(&format!("netns add {host}"));
        let (near, far) = (text(port_mac(link)), text(host_mac(link)));
        let many = format!("numrxqueues {queues} numtxqueues {queues}");
        ip(&format!(
            "-n {} link add p{link} address {near} {many} type veth peer name eth0 netns {host} address {far} {many}",
            self.name
        ));
        // Hosts that merge what comes have fewer packets to take; and a checksum that is left to a device is left undone.
        run(&format!(
            "ip netns exec {host} ethtool -K eth0 gro on tx off"
        ));
        for (namespace, interface) in [(&self.name, format!("p{link}")), (&host, "eth0".to_owned())]
        {
            ip(&format!(
                "-n {namespace} link set {interface} addrgenmode none up"
            ));
        }
    }

    /// The namespace of the host at the other end of a link.
    pub(crate) fn host(&self, link: usize) -> String {
        format!("{}-{link}", self.name)
    }

    /// Runs `ip` in the namespace of a host.
    pub(crate) fn ip(&self, link: usize, arguments: &str) {
        ip(&format!("-n {} {arguments}", self.host(link)));
    }

    /// Runs `ip` in the namespace of the data plane.
    pub(crate) fn own_ip(&self, arguments: &str) {
        ip(&format!("-n {} {arguments}", self.name));
    }

    /// Runs a command in the namespace of a host; gives what it said, if it succeeded.
    pub(crate) fn try_in(&self, link: usize, command: &str) -> Result<String, String> {
        try_run(&format!("ip netns exec {} {command}", self.host(link)))
    }

    /// Runs a command in the namespace of the data plane; gives what it said, if it succeeded.
    pub(crate) fn try_own(&self, command: &str) -> Result<String, String> {
        try_run(&format!("ip netns exec {} {command}", self.name))
    }

    /// Whether an XDP program is on the data plane's end of a link.
    pub(crate) fn has_program(&self, link: usize) -> bool {
        let said = run(&format!("ip -n {} -j link show p{link}", self.name));
        let links: Value = serde_json::from_str(&said).unwrap();
        links[0].get("xdp").is_some()
    }

    /// Runs the binary to its end in the namespace of the data plane, by a program that takes something from it (as
    /// `setpriv`), if one is named.
    pub(crate) fn finish(&self, by: &str, arguments: &[&str]) -> Finished {
        let plain = self.place.command(arguments);
        let mut command = Command::new("ip");
        command.args(["netns", "exec", &self.name]);
        command.args(by.split_whitespace());
        command.arg(plain.get_program()).args(arguments);
        command.current_dir(self.place.path()).stdin(Stdio::null());
        Finished::new(&limit::output(&mut command))
    }

    /// Runs something in the namespace of a host, on a thread of its own.
    pub(crate) fn inside<T: Send + 'static>(
        &self,
        link: usize,
        work: impl FnOnce() -> T + Send + 'static,
    ) -> Part<T> {
        inside(&self.host(link), work)
    }

    /// Runs something in the namespace of the data plane, on a thread of its own.
    pub(crate) fn inside_own<T: Send + 'static>(
        &self,
        work: impl FnOnce() -> T + Send + 'static,
    ) -> Part<T> {
        inside(&self.name, work)
    }

    /// A port on the host's end of a link, for frames as they are.
    pub(crate) fn wire(&self, link: usize) -> Wire {
        let open = || {
            let region = Region::builder().build().unwrap();
            PacketPort::open("wire", "eth0", &region).unwrap()
        };
        Wire(self.inside(link, open).join().unwrap())
    }

    /// A configuration in CNDP's form: one thread and one AF_XDP port for each link, and these options.
    pub(crate) fn configuration(&self, options: &Value) -> Value {
        let mut lports = serde_json::Map::new();
        let mut threads = serde_json::Map::new();
        for link in 0..self.links {
            let name = format!("p{link}:0");
            let lport = json!({"pmd": "net_af_xdp", "qid": 0, "umem": format!("umem{link}"), "region": 0, "skb_mode": false});
            lports.insert(name.clone(), lport);
            let thread = json!({"group": "default", "lports": [name], "idle_timeout": 5, "intr_timeout": 100});
            threads.insert(format!("fwd:{link}"), thread);
        }
        let umem = json!({"bufcnt": 4, "bufsz": 2, "mtype": "4KB", "regions": [4], "rxdesc": 1, "txdesc": 1});
        let umems = (0..self.links).map(|link| (format!("umem{link}"), umem.clone()));
        json!({
            "application": {"name": "test"},
            "defaults": {"bufcnt": 4, "bufsz": 2, "rxdesc": 1, "txdesc": 1, "cache": 256, "mtype": "4KB"},
            "umems": umems.collect::<serde_json::Map<_, _>>(),
            "lports": lports,
            "lcore-groups": {"initial": [0], "default": processors::usable()},
            "options": options,
            "threads": threads,
        })
    }

    /// Starts the data plane with these options.
    pub(crate) fn start(&self, options: &Value) -> Plane {
        self.start_with(&self.configuration(options))
    }

    pub(crate) fn start_with(&self, configuration: &Value) -> Plane {
        self.start_named("plane", configuration)
    }

    /// Starts one of several data planes, whose files have this name.
    pub(crate) fn start_named(&self, name: &str, configuration: &Value) -> Plane {
        let file = self.write(&format!("{name}.jsonc"), configuration);
        let control = self.place.path().join(format!("{name}.sock"));
        let control = control.to_str().unwrap();
        let arguments = ["net", "run", &file, "--control", control];
        let running = self.start_command(&self.place.command(&arguments));
        assert!(
            running.ready.starts_with("ready control="),
            "{}",
            running.ready
        );
        Plane {
            control: control.to_owned(),
            running,
        }
    }

    /// Writes a configuration into a file of this name.
    pub(crate) fn write(&self, file: &str, configuration: &Value) -> String {
        let comments = "// A file as CNDP reads it.\n/* With comments of both kinds. */\n";
        let text = format!("{comments}{configuration:#}");
        fs::write(self.place.path().join(file), text).unwrap();
        file.to_owned()
    }

    /// Starts a long-running command in the namespace of the data plane.
    pub(crate) fn start_command(&self, command: &Command) -> Running {
        self.place.start_in(&self.name, command)
    }
}

fn inside<T: Send + 'static>(
    namespace: &str,
    work: impl FnOnce() -> T + Send + 'static,
) -> Part<T> {
    let file = File::open(format!("/run/netns/{namespace}")).unwrap();
    Part(thread::spawn(move || {
        move_into_link_name_space(file.as_fd(), Some(LinkNameSpaceType::Network)).unwrap();
        work()
    }))
}

impl Drop for Lab {
    fn drop(&mut self) {
        for link in 0..self.links {
            let _ = Command::new("ip")
                .args(["netns", "del", &self.host(link)])
                .status();
        }
        let _ = Command::new("ip")
            .args(["netns", "del", &self.name])
            .status();
    }
}

/// A data plane that runs.
pub(crate) struct Plane {
    control: String,
    pub(crate) running: Running,
}

impl Plane {
    /// Asks at the control socket.
    pub(crate) fn ask(&self, request: &Value) -> Value {
        let mut stream = UnixStream::connect(&self.control).unwrap();
        stream.set_read_timeout(Some(PATIENCE)).unwrap();
        writeln!(stream, "{request}").unwrap();
        let mut line = String::new();
        BufReader::new(stream).read_line(&mut line).unwrap();
        serde_json::from_str(&line).unwrap()
    }

    pub(crate) fn port(&self, index: usize) -> Value {
        self.ask(&json!({"command": "statistics"}))["ports"][index].clone()
    }

    /// One of the counters of a port.
    pub(crate) fn counter(&self, port: usize, name: &str) -> u64 {
        self.port(port)["counters"][name].as_u64().unwrap()
    }

    /// Packets that the mode of a port discarded for a reason.
    pub(crate) fn discards(&self, port: usize, reason: &str) -> u64 {
        self.port(port)["mode_drops"][reason].as_u64().unwrap_or(0)
    }

    /// Ends it, as promised: within two seconds and with success.
    pub(crate) fn end(self) {
        let (code, took, _) = self.running.terminate();
        assert_eq!(code, Some(0));
        assert!(took < Duration::from_secs(2), "{took:?}");
    }
}

/// Frames on a link, as the host at its end sends and receives them.
pub(crate) struct Wire(Port);

impl Wire {
    pub(crate) fn send(&mut self, packets: &[Vec<u8>]) {
        let mut burst = Burst::new();
        for packet in packets {
            self.0.prepare(&mut burst, 1);
            burst[0].append(packet).unwrap();
            assert_eq!(self.0.tx_burst(&mut burst), 1);
        }
    }

    /// The next frame that `is_meant`.
    pub(crate) fn receive(&mut self, is_meant: impl Fn(&[u8]) -> bool) -> Vec<u8> {
        let deadline = Instant::now() + PATIENCE;
        let mut burst = Burst::with_limit(1);
        loop {
            assert!(Instant::now() < deadline, "nothing came");
            self.0.rx_burst(&mut burst);
            if let Some(frame) = burst.pop().filter(|frame| is_meant(frame)) {
                return frame.to_vec();
            }
        }
    }
}

/// Waits until it is so.
#[track_caller]
pub(crate) fn eventually(what: &str, condition: impl Fn() -> bool) {
    let deadline = Instant::now() + PATIENCE;
    while !condition() {
        assert!(Instant::now() < deadline, "{what}");
        thread::sleep(Duration::from_millis(20));
    }
}

pub(crate) fn text(mac: [u8; 6]) -> String {
    mac.map(|byte| format!("{byte:02x}")).join(":")
}

fn ip(arguments: &str) {
    run(&format!("ip {arguments}"));
}

pub(crate) fn run(command: &str) -> String {
    try_run(command).unwrap_or_else(|said| panic!("{command}: {said}"))
}

fn try_run(command: &str) -> Result<String, String> {
    let mut words = command.split(' ');
    let output = limit::output(Command::new(words.next().unwrap()).args(words));
    let said = [&output.stdout[..], &output.stderr].concat();
    let said = String::from_utf8_lossy(&said).into_owned();
    if output.status.success() {
        Ok(said)
    } else {
        Err(said)
    }
}
