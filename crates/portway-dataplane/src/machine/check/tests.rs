//! Machines that lack something.

use std::collections::BTreeMap;

use portway_xdp::program::Redirection;

use super::{
    Lack, Plan, assess,
    facts::{Facts, Interface},
};
use crate::config::{Configuration, Source};

const PAIR: &str = r#"{
    "umems": { "u": { "bufcnt": 32, "mtype": "2MB" } },
    "lports": {
        "eth0:0": { "pmd": "net_af_xdp", "umem": "u" },
        "eth1:0": { "pmd": "net_af_xdp", "umem": "u", "skb_mode": true, "busy_poll": true },
    },
    "lcore-groups": { "default": [1] },
    "options": { "mode": "fwd" },
    "threads": { "fwd:0": { "lports": ["eth0:0", "eth1:0"] } },
}"#;

/// A machine that has everything.
fn complete() -> Facts {
    let interface = Interface {
        is_up: true,
        queues: 1,
        ..Interface::default()
    };
    Facts {
        capabilities: u64::MAX,
        memory_lock: Some(8 << 20),
        cores: (0..4).collect(),
        huge_pages: BTreeMap::from([(2048, 32)]),
        has_xdp: true,
        interfaces: ["eth0", "eth1"]
            .map(|name| (name.to_owned(), interface.clone()))
            .into(),
        has_tun: true,
        ..Facts::default()
    }
}

fn plan(text: &str, facts: &Facts) -> Plan {
    let source = Source::new("test.jsonc", text);
    let configuration = Configuration::parse(&source, |_| Some(1));
    assess(
        &configuration.unwrap_or_else(|rejected| panic!("{rejected}")),
        facts,
    )
}

/// What is lacking when the complete machine loses something.
fn without(text: &str, lose: impl FnOnce(&mut Facts)) -> Vec<Lack> {
    let mut facts = complete();
    lose(&mut facts);
    plan(text, &facts).lacks
}

#[track_caller]
fn assert_lacks(lacks: &[Lack], expected: &[(&str, &str)]) {
    let told = |lack: &Lack| format!("{}: {}", lack.names.join(", "), lack.problem);
    let found: Vec<String> = lacks.iter().map(told).collect();
    assert_eq!(found.len(), expected.len(), "{found:#?}");
    for ((problem, remedy), lack) in expected.iter().zip(lacks) {
        assert_eq!(told(lack), *problem);
        assert!(lack.remedy.contains(remedy), "{}", lack.remedy);
    }
}

#[test]
fn a_complete_machine_lacks_nothing_and_the_plan_says_how() {
    let plan = plan(PAIR, &complete());
    assert!(plan.is_possible() && plan.notes.is_empty(), "{plan:#?}");
    assert_eq!(plan.regions[0].pages, "2MB");
    assert_eq!(
        plan.ports[0].how,
        "queue 0 of eth0 by AF_XDP, driver mode (generic mode if the driver takes no program), \
         zero copy where the driver has it, else copy"
    );
    assert_eq!(
        plan.ports[1].how,
        "queue 0 of eth1 by AF_XDP, generic mode, copy"
    );
    assert_eq!(plan.threads[0].cores, Some(vec![1]));
}

#[test]
fn missing_privileges_are_named_once_for_all_lports() {
    let lacks = without(PAIR, |facts| facts.capabilities = 0);
    let remedy = "setcap";
    assert_lacks(
        &lacks,
        &[
            (
                "u: AF_XDP locks 65536 KiB up to here, and this process may lock 8192 KiB",
                "ulimit -l 65536",
            ),
            ("eth0:0, eth1:0: an AF_XDP socket needs CAP_NET_RAW", remedy),
            ("eth0:0, eth1:0: an XDP program needs CAP_BPF", remedy),
            ("eth0:0, eth1:0: an XDP program needs CAP_NET_ADMIN", remedy),
            ("eth1:0: busy polling needs CAP_NET_ADMIN", remedy),
        ],
    );
}

#[test]
fn interfaces_are_looked_at() {
    let lacks = without(PAIR, |facts| {
        facts.interfaces.remove("eth0");
        let eth1 = facts.interfaces.get_mut("eth1").unwrap();
        (eth1.is_up, eth1.queues, eth1.program) = (false, 0, Some(7));
    });
    assert_lacks(
        &lacks,
        &[
            (
                "eth0:0: there is no interface eth0 in this network namespace",
                "ip -brief link",
            ),
            (
                "eth1:0: an XDP program (id 7) is attached to eth1 already",
                "ip link set dev eth1 xdp off",
            ),
            ("eth1:0: eth1 is down", "ip link set dev eth1 up"),
            (
                "eth1:0: eth1 has 0 queues, and no queue 0",
                "ethtool -L eth1 combined 1",
            ),
        ],
    );
}

#[test]
fn a_program_that_another_process_shares_is_no_lack() {
    let mut facts = complete();
    let eth0 = facts.interfaces.get_mut("eth0").unwrap();
    (eth0.program, eth0.may_share_program) = (Some(7), true);
    let plan = plan(PAIR, &facts);
    assert_lacks(&plan.lacks, &[]);
    let problem = "eth0:0: another process of Portway has its XDP program (id 7) on eth0: it is shared if both take the \
                   same frames";
    assert_lacks(&plan.notes, &[(problem, "the same `match`")]);
}

#[test]
fn the_peer_of_a_veth_that_does_not_poll_is_worth_a_note() {
    let notes = |peer: &str| {
        let mut facts = complete();
        let eth0 = facts.interfaces.get_mut("eth0").unwrap();
        let peer = peer.to_owned();
        eth0.redirection = Some(Redirection::PeerNotReady { peer });
        let plan = plan(PAIR, &facts);
        assert_lacks(&plan.lacks, &[]);
        plan.notes
    };
    let problem = "eth0:0: frames that XDP sends or redirects out of this veth vanish, because its peer veth9 has \
                   neither GRO nor an XDP program; what this lport sends is copied, and arrives";
    assert_lacks(&notes("veth9"), &[(problem, "ethtool -K veth9 gro on")]);
    assert_lacks(&notes("eth1"), &[]);
}

#[test]
fn processors_that_are_not_there_are_lacking() {
    let lacks = without(PAIR, |facts| facts.cores = [0, 2, 3].into());
    let problem = "fwd:0: it wants processors 1, and this process may use 0,2-3";
    assert_lacks(&lacks, &[(problem, "`lcore-groups.default`")]);
}

#[test]
fn too_few_huge_pages_cost_speed_only() {
    let mut facts = complete();
    facts.huge_pages.insert(2048, 31);
    let plan = plan(PAIR, &facts);
    assert_eq!(plan.regions[0].pages, "4KB");
    assert_lacks(&plan.lacks, &[]);
    let problem = "u: it wants 32 pages of 2MB, and 31 are free: 4KB are used";
    let remedy = "echo 32 > /sys/kernel/mm/hugepages/hugepages-2048kB/nr_hugepages";
    assert_lacks(&plan.notes, &[(problem, remedy)]);
}

#[test]
fn modes_need_what_they_work_with() {
    let of = |options: &str| {
        let text = PAIR.replace(r#""mode": "fwd""#, options);
        plan(&text, &complete())
    };
    let lacks = of("").lacks;
    assert_lacks(
        &lacks,
        &[("fwd:0: nothing says what it does with packets", "\"mode\"")],
    );
    let lacks = of(r#""mode": "capture""#).lacks;
    assert_lacks(
        &lacks,
        &[("fwd:0: mode capture has no file to write", "capture-file")],
    );
    let lacks = of(r#""mode": "replay", "replay-file": "x""#).lacks;
    assert_lacks(
        &lacks,
        &[("fwd:0: the file to replay, x, is not there", "replay-file")],
    );
    let notes = of(r#""mode": "l3fwd""#).notes;
    assert_lacks(
        &notes,
        &[(
            "fwd:0: mode l3fwd has no routes: every packet is dropped",
            "l3fwd-fib-rules",
        )],
    );
}

#[test]
fn handed_over_maps_need_fewer_privileges_and_their_path() {
    let text = r#"{
        "umems": { "u": { "bufcnt": 1 } },
        "lports": { "eth0:0": { "pmd": "net_af_xdp", "umem": "u", "busy_poll": true, "uds_path": "/socket" } },
        "options": { "mode": "drop" },
        "threads": { "fwd:0": { "lports": ["eth0:0"] } },
    }"#;
    let net_raw = 1 << 13;
    let lacks = without(text, |facts| {
        facts.capabilities = net_raw;
        facts.interfaces.get_mut("eth0").unwrap().program = Some(7);
    });
    let problem = "eth0:0: the device plugin's socket /socket is not there";
    assert_lacks(&lacks, &[(problem, "afxdp/POOL")]);
    let lacks = without(text, |facts| {
        facts.capabilities = net_raw;
        facts.paths.insert("/socket".into());
    });
    assert_lacks(&lacks, &[]);
}
