//! What a file says is what the configuration is.

use std::{net::IpAddr, path::PathBuf, time::Duration};

use portway_dataplane::{
    BusyPoll, PageSize,
    config::{BackEnd, Configuration, Mode, SocketMapOrigin, XdpPath},
};

use portway_xdp::program::Match;

use super::parse;

/// Every section and key of CNDP's files, with both kinds of comments and trailing commas.
const WHOLE: &str = include_str!("whole.jsonc");

fn whole() -> Configuration {
    parse(WHOLE).unwrap_or_else(|rejected| panic!("{rejected}"))
}

#[test]
fn memory_is_counted_in_whole_units() {
    let configuration = whole();
    let umem = &configuration.umems[0];
    assert_eq!((umem.buffers, umem.buffer_size), (32 << 10, 2 << 10));
    assert_eq!(umem.regions, [16 << 10, 8 << 10]);
    assert_eq!(umem.bytes(), 64 << 20);
    assert_eq!((umem.receive_ring, umem.send_ring), (4096, 1024));
    assert_eq!(umem.pages, PageSize::Huge1G);
    assert!(umem.shared);
}

#[test]
fn defaults_are_in_the_same_units() {
    let configuration = whole();
    let umem = &configuration.umems[1];
    assert_eq!((umem.buffers, umem.buffer_size), (32 << 10, 4 << 10));
    assert_eq!(umem.regions, [32 << 10], "one region, if none is named");
    assert_eq!((umem.receive_ring, umem.send_ring), (2048, 1024));
    assert_eq!(umem.pages, PageSize::Huge2M);
}

#[test]
fn an_lport_is_what_its_keys_say() {
    let configuration = whole();
    let lport = &configuration.lports[0];
    assert_eq!(
        (lport.name.as_str(), lport.interface.as_str()),
        ("eth0:0", "eth0")
    );
    assert_eq!((lport.umem, lport.region), (0, 1));
    let BackEnd::Xdp(options) = &lport.back_end else {
        panic!("{lport:?}")
    };
    let busy_poll = BusyPoll {
        interval: Duration::from_micros(50),
        budget: 128,
    };
    assert_eq!((options.queue, options.path), (3, XdpPath::Generic));
    assert_eq!(options.busy_poll, Some(busy_poll));
    assert!(options.always_wake && options.unaligned_chunks);
    let pinned = SocketMapOrigin::Pinned(PathBuf::from("/sys/fs/bpf/eth0/xsk_map"));
    assert_eq!(options.socket_map, pinned);
}

#[test]
fn an_lport_of_few_words_has_the_defaults() {
    let configuration = whole();
    let BackEnd::Xdp(options) = &configuration.lports[1].back_end else {
        panic!("{configuration:?}")
    };
    assert_eq!((options.queue, options.path), (0, XdpPath::Driver));
    assert_eq!(options.busy_poll, None);
    let prefix = "192.0.2.0/24".parse().unwrap();
    let rule = Match::any([Match::udp_port(7), Match::destination(prefix)]);
    assert_eq!(options.rule, Some(rule));
    let plugin = PathBuf::from("/tmp/afxdp_dp/all/afxdp.sock");
    assert_eq!(options.socket_map, SocketMapOrigin::DevicePlugin(plugin));
}

#[test]
fn every_driver_has_its_back_end() {
    let configuration = whole();
    let back_ends: Vec<&BackEnd> = configuration.lports[2..=9]
        .iter()
        .map(|lport| &lport.back_end)
        .collect();
    assert_eq!(*back_ends[0], BackEnd::PacketSocket);
    assert_eq!(*back_ends[1], BackEnd::Tap);
    assert_eq!(*back_ends[2], BackEnd::Tun);
    assert_eq!(*back_ends[3], BackEnd::Null);
    assert_eq!(*back_ends[4], BackEnd::Ring { peer: Some(7) });
    assert_eq!(*back_ends[5], BackEnd::Ring { peer: Some(6) });
    let (replayed, written) = (Some("in.pcap".into()), Some("out.pcap".into()));
    assert_eq!(*back_ends[6], BackEnd::Capture { replayed, written });
    assert_eq!(*back_ends[7], BackEnd::Udp("[::1]:7".parse().unwrap()));
}

#[test]
fn threads_have_their_lports_processors_and_times() {
    let configuration = whole();
    let [main, first, second] = configuration.threads.as_slice() else {
        panic!("{configuration:?}")
    };
    assert!(main.is_main());
    assert_eq!(configuration.cores_of(main), Some([0].as_slice()));
    assert_eq!(first.lports[..2], [0, 2]);
    assert_eq!(configuration.cores_of(first), Some([1, 2, 4].as_slice()));
    assert_eq!(first.idle_timeout, Some(Duration::from_millis(10)));
    assert_eq!(first.interrupt_timeout, Some(Duration::from_secs(2)));
    assert_eq!(configuration.mode_of(first), Some(Mode::Forward));
    assert_eq!(
        configuration.cores_of(second),
        Some([15, 16].as_slice()),
        "the default group"
    );
    assert_eq!(second.idle_timeout, None, "zero is never");
    assert_eq!(configuration.mode_of(second), Some(Mode::Echo));
}

#[test]
fn groups_of_lports_are_dealt_out_in_turn() {
    let configuration = whole();
    let names: Vec<&str> = configuration.lports[10..]
        .iter()
        .map(|lport| lport.name.as_str())
        .collect();
    let [all, some] = [
        ["eth2:0", "eth2:1", "eth2:2", "eth2:3"],
        ["eth4:1", "eth4:2", "eth4:4", "eth4:8"],
    ];
    assert_eq!(names, [all, some].concat());
    let of_thread = |index: usize| {
        let lports = configuration.threads[index].lports.iter();
        lports
            .filter(|lport| **lport >= 10)
            .copied()
            .collect::<Vec<_>>()
    };
    assert_eq!(of_thread(1), [10, 12, 14, 15, 16, 17]);
    assert_eq!(of_thread(2), [11, 13]);
    let common = &configuration.umems[configuration.lports[14].umem];
    assert_eq!(
        (common.name.as_str(), common.buffers),
        ("lport-group", 32 << 10)
    );
    assert_eq!(configuration.lports[10].umem, 1);
}

#[test]
fn options_are_read() {
    let configuration = whole();
    let options = &configuration.options;
    assert_eq!((options.mode, options.burst), (Some(Mode::Forward), 64));
    assert!(!options.metrics && options.acl_demonstration);
    assert_eq!(options.routes.len(), 2);
    assert_eq!(options.patterns.len(), 2);
    assert_eq!(options.acl_rules.len(), 1);
    assert_eq!(
        options.echo_addresses,
        ["10.0.0.2".parse::<IpAddr>().unwrap()]
    );
    assert_eq!(configuration.name.as_deref(), Some("whole"));
    assert_eq!(configuration.users["limits"]["list"][1], 2);
}

#[test]
fn what_does_nothing_is_told() {
    let configuration = whole();
    let keys: Vec<&str> = configuration
        .warnings
        .iter()
        .map(|found| found.key())
        .collect();
    assert_eq!(keys, ["lports.eth0:0.netdev", "options.graph:0"]);
}

#[test]
fn an_lport_in_two_threads_belongs_to_the_first() {
    let configuration = parse(
        r#"{ "umems": { "u": { "bufcnt": 16 } },
             "lports": { "eth0": { "pmd": "net_af_xdp", "umem": "u" } },
             "threads": { "rx": { "lports": ["eth0"] }, "tx": { "lports": ["eth0"] } } }"#,
    );
    let configuration = configuration.unwrap();
    assert_eq!(configuration.threads[0].lports, [0]);
    assert_eq!(configuration.threads[1].lports, [0; 0]);
    let told = configuration.warnings[0].message();
    assert!(
        told.contains("`rx` already; `tx` does without it"),
        "{told}"
    );
}

#[test]
fn many_lports_in_little_memory_lend_less_each() {
    let configuration = parse(
        r#"{ "defaults": { "bufcnt": 16 },
             "threads": { "fwd:0": {} },
             "lport-groups": { "rss": { "netdevs": ["eth0"], "queues": "0-15", "threads": ["fwd:0"] } } }"#,
    );
    let configuration = configuration.unwrap();
    assert_eq!(configuration.umems[0].fill_ring(16), Some(512));
    assert!(
        configuration.warnings[0]
            .message()
            .ends_with("512 of them instead of 2048")
    );
}

#[test]
fn an_empty_configuration_has_nothing() {
    let configuration = parse("{}").unwrap();
    assert_eq!(configuration.lports.len() + configuration.threads.len(), 0);
    assert_eq!(configuration.options.mode, None);
}
