//! Configurations opened on a machine: a veth pair in a network namespace of each test.
#![cfg(target_os = "linux")]
#![expect(clippy::unwrap_used, reason = "a test helper's panic is the report")]
#![expect(clippy::print_stderr, reason = "a test that skips says why")]

mod network;
#[path = "../../portway-xdp/tests/plugin/mod.rs"]
#[expect(
    dead_code,
    reason = "the tests of the handshake itself choose among all faults"
)]
mod plugin;

use std::{
    os::fd::AsFd as _,
    time::{Duration, Instant},
};

use network::{in_network, ip};
use plugin::{Fault, Plugin};
use portway_dataplane::PacketPort;
use portway_dataplane::{
    Burst, Port,
    config::{Configuration, Source},
    machine::{OpenError, OpenReason, Opened, open},
};
use portway_xdp::{
    Copying, Region,
    program::{AttachMode, Attached, InterfaceFacts, Match, SocketMap},
};
use rustix::thread::{CapabilitySet, capabilities, set_capabilities};

/// No wait is longer.
const PATIENCE: Duration = Duration::from_secs(10);

fn parse(text: &str) -> Configuration {
    let source = Source::new("test.jsonc", text);
    let queues = |name: &str| {
        InterfaceFacts::of(name)
            .ok()
            .map(|facts| facts.receive_queues)
    };
    Configuration::parse(&source, queues).unwrap_or_else(|rejected| panic!("{rejected}"))
}

fn start(text: &str) -> Result<Opened, OpenError> {
    open(&parse(text), "test")
}

/// Sends frames out of one port until one of their number has come out of the other.
fn pass(from: &mut Port, to: &mut Port) {
    let (mut sent, mut received) = (Burst::new(), Burst::new());
    let end = Instant::now() + PATIENCE;
    while to.rx_burst(&mut received) == 0 {
        assert!(Instant::now() < end, "nothing came");
        from.prepare(&mut sent, 1);
        sent[0].append(&[0xFF; 60]).unwrap();
        from.tx_burst(&mut sent);
    }
    assert_eq!(received[0][..], [0xFF; 60]);
}

const PAIR: &str = r#"{
    "umems": { "u": { "bufcnt": 8 } },
    "lports": {
        "left:0": { "pmd": "net_af_xdp", "umem": "u" },
        "right:0": { "pmd": "net_af_xdp", "umem": "u", "skb_mode": true },
    },
    "threads": { "fwd:0": { "lports": ["left:0", "right:0"] } },
}"#;

#[test]
fn driver_mode_falls_back_to_a_copy_and_generic_mode_is_generic() {
    in_network("modes", || {
        let mut opened = start(PAIR).unwrap();
        let ways: Vec<_> = opened.ways.iter().flatten().collect();
        assert_eq!(ways[0].mode, Some(AttachMode::Driver));
        assert_eq!(ways[1].mode, Some(AttachMode::Generic));
        assert!(ways.iter().all(|way| way.copying == Copying::Copy));
        let [left, right] = opened.ports.as_mut_slice() else {
            panic!("two ports")
        };
        pass(left, right);
        pass(right, left);
    });
}

#[test]
fn no_program_stays_after_the_ports() {
    in_network("gone", || {
        let attached = || InterfaceFacts::of("left").unwrap().program.is_some();
        let opened = start(PAIR).unwrap();
        assert!(attached());
        drop(opened);
        let end = Instant::now() + PATIENCE;
        while attached() {
            assert!(Instant::now() < end);
            std::thread::yield_now();
        }
    });
}

#[test]
fn a_second_start_is_refused_with_the_name_of_the_first() {
    in_network("claims", || {
        let first = open(&parse(PAIR), "first").unwrap();
        let other = PAIR.replace("\"u\"", "\"v\"").replace(":0", ":1");
        let other = other.replace("\"pmd\"", "\"qid\": 0, \"pmd\"");
        let told = open(&parse(&other), "second").unwrap_err().to_string();
        let expected =
            "`left:1`: queue 0 of left belongs to `first` in this process: end that one first";
        assert_eq!(told, expected);
        drop(first);
        open(&parse(&other), "second").unwrap();
    });
}

#[test]
fn every_back_end_opens() {
    in_network("all", || {
        ip("link set lo up");
        let folder = tempfile::tempdir().unwrap();
        let file = folder.path().join("out.pcap");
        let text = r#"{
            "umems": { "u": { "bufcnt": 16 } },
            "lports": {
                "left": { "pmd": "net_af_packet", "umem": "u" },
                "right": { "pmd": "net_af_packet", "umem": "u" },
                "tap7": { "pmd": "net_tap", "umem": "u" },
                "tun7": { "pmd": "net_tun", "umem": "u" },
                "null": { "pmd": "net_null", "umem": "u" },
                "a": { "pmd": "net_ring:b", "umem": "u" },
                "b": { "pmd": "net_ring:a", "umem": "u" },
                "self": { "pmd": "net_ring", "umem": "u" },
                "file": { "pmd": "net_pcap:tx_pcap=FILE", "umem": "u" },
                "udp": { "pmd": "net_udp:[::1]:0", "umem": "u" },
            },
            "threads": { "fwd:0": { "lports": ["left", "right", "tap7", "tun7", "null", "a", "b", "self", "file", "udp"] } },
        }"#;
        let mut opened = start(&text.replace("FILE", file.to_str().unwrap())).unwrap();
        let names: Vec<&str> = opened.ports.iter().map(Port::name).collect();
        assert_eq!(
            names,
            [
                "left", "right", "tap7", "tun7", "null", "a", "b", "self", "file", "udp"
            ]
        );
        let [left, right, _, _, _, a, b, ..] = opened.ports.as_mut_slice() else {
            panic!("ten ports")
        };
        pass(left, right);
        pass(a, b);
        pass(b, a);
        assert!(InterfaceFacts::of("tap7").unwrap().is_up);
        drop(opened);
        assert!(file.metadata().unwrap().len() >= 24);
    });
}

#[test]
fn what_cannot_be_opened_names_the_lport_and_what_to_do() {
    in_network("errors", || {
        let of = |lport: &str| {
            let text = r#"{ "umems": { "u": { "bufcnt": 8 } }, "lports": { LPORT },
                "threads": { "fwd:0": {} } }"#;
            let error = start(&text.replace("LPORT", lport)).unwrap_err();
            (error.to_string(), *error.reason)
        };
        let (told, _) = of(r#""absent:0": { "pmd": "net_af_xdp", "umem": "u" }"#);
        assert!(
            told.starts_with("`absent:0`: there is no interface \"absent\""),
            "{told}"
        );
        let (told, reason) = of(r#""left:9": { "pmd": "net_af_xdp", "umem": "u", "qid": 9 }"#);
        assert!(told.starts_with("`left:9`: left has no queue 9"), "{told}");
        assert!(matches!(reason, OpenReason::Socket(_)));
        let pinned = r#""left:0": { "pmd": "net_af_xdp", "umem": "u", "xsk_pin_path": "/sys/fs/bpf/portway-absent" }"#;
        let (told, _) = of(pinned);
        assert!(told.contains("/sys/fs/bpf/portway-absent"), "{told}");
        let (told, _) =
            of(r#""left:0": { "pmd": "net_af_xdp", "umem": "u", "uds_path": "/absent" }"#);
        assert!(
            told.starts_with("`left:0`: the device plugin at /absent refuses"),
            "{told}"
        );
    });
}

#[test]
fn only_what_matches_is_taken_off_the_interface() {
    in_network("match", || {
        let text = r#"{
            "umems": { "u": { "bufcnt": 8 } },
            "lports": {
                "left:0": { "pmd": "net_af_xdp", "umem": "u", "match": ["ethertype:0xffff"] },
                "right": { "pmd": "net_af_packet", "umem": "u" },
            },
            "threads": { "fwd:0": { "lports": ["left:0", "right"] } },
        }"#;
        let region = Region::builder().build().unwrap();
        let mut kernel = PacketPort::open("kernel", "left", &region).unwrap();
        let mut opened = start(text).unwrap();
        let [left, right] = opened.ports.as_mut_slice() else {
            panic!("two ports")
        };
        // This is of EtherType 0xFFFF.
        pass(right, left);
        let mut other = Burst::new();
        right.prepare(&mut other, 1);
        other[0].append(&[0xEE; 60]).unwrap();
        right.tx_burst(&mut other);
        let end = Instant::now() + PATIENCE;
        while kernel.rx_burst(&mut other) == 0 {
            assert!(Instant::now() < end, "the kernel did not get it");
        }
        assert_eq!(other[0][..], [0xEE; 60]);
        assert_eq!(left.rx_burst(&mut Burst::new()), 0);
    });
}

#[test]
fn two_queues_of_an_interface_share_one_program() {
    in_network("queues", || {
        ip("link del left");
        ip(
            "link add left numrxqueues 2 numtxqueues 2 type veth peer name right numrxqueues 2 numtxqueues 2",
        );
        ip("link set left up");
        let text = r#"{
            "umems": { "u": { "bufcnt": 16 } },
            "threads": { "fwd:0": {}, "fwd:1": {} },
            "lport-groups": { "rss": { "netdevs": ["left"], "threads": ["fwd:0", "fwd:1"], "umem": "u" } },
        }"#;
        let configuration = parse(text);
        assert_eq!(configuration.threads[1].lports, [1]);
        let opened = open(&configuration, "test").unwrap();
        assert_eq!(opened.ports.len(), 2);
    });
}

/// Leaves the thread the one capability that a pod has.
fn keep_raw_sockets_only() {
    let mut sets = capabilities(None).unwrap();
    sets.effective = CapabilitySet::NET_RAW;
    set_capabilities(None, sets).unwrap();
}

/// Starts a device plugin that has taken all frames off eth1, and an lport that asks it.
fn with_plugin(
    name: &str,
    fault: Option<Fault>,
    test: impl FnOnce(Plugin, String) + Send + 'static,
) {
    in_network(name, move || {
        ip("link set left name eth1");
        let attached = Attached::builder("eth1", Match::everything())
            .attach()
            .unwrap();
        let map = attached.socket_map().as_fd().try_clone_to_owned().unwrap();
        let map = SocketMap::from_descriptor(map).unwrap();
        let pod = rustix::system::uname()
            .nodename()
            .to_string_lossy()
            .into_owned();
        let plugin = Plugin::start(&pod, Some(map), fault);
        let lport = r#"{
            "umems": { "u": { "bufcnt": 2, "rxdesc": 1, "txdesc": 1 } },
            "lports": { "eth1:0": { "pmd": "net_af_xdp", "umem": "u", "uds_path": "PATH", "busy_poll": true } },
            "threads": { "fwd:0": { "lports": ["eth1:0"] } },
        }"#;
        let text = lport.replace("PATH", plugin.path().to_str().unwrap());
        test(plugin, text);
    });
}

#[test]
fn a_pod_with_raw_sockets_alone_gets_its_frames_from_the_device_plugin() {
    with_plugin("pod", None, |plugin, text| {
        let region = Region::builder().build().unwrap();
        let mut outside = PacketPort::open("outside", "right", &region).unwrap();
        keep_raw_sockets_only();
        let mut opened = start(&text).unwrap();
        assert_eq!(plugin.join().busy_poll.as_deref(), Some("20,64"));
        assert_eq!(opened.ways[0].as_ref().unwrap().mode, None);
        pass(&mut outside, &mut opened.ports[0]);
        pass(&mut opened.ports[0], &mut outside);
    });
}

#[test]
fn a_plugin_that_refuses_is_named() {
    with_plugin("refused", Some(Fault::FailValidation), |plugin, text| {
        keep_raw_sockets_only();
        let error = start(&text).unwrap_err();
        let told = error.diagnostic().message().to_owned();
        let path = plugin.path();
        let begins = format!(
            "`eth1:0`: the device plugin at {} refuses: ",
            path.display()
        );
        assert!(told.starts_with(&begins), "{told}");
        plugin.join();
    });
}
