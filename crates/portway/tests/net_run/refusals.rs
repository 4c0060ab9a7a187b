//! What a machine lacks, as `net run` refuses it and `net check` foretells it: each with what mends it.

use portway_xdp::program::{Attached, Match};
use serde_json::{Value, json};

use crate::lab::Lab;

/// All privileges but those that keep memory from being counted.
const LITTLE_MEMORY: &str =
    "prlimit --memlock=1048576:1048576 setpriv --bounding-set=-ipc_lock --inh-caps=-ipc_lock";
const NO_RAW_SOCKETS: &str = "setpriv --bounding-set=-net_raw --inh-caps=-net_raw";
const NO_PROGRAMS: &str = "setpriv --bounding-set=-bpf,-sys_admin --inh-caps=-bpf,-sys_admin";

fn echo(lab: &Lab) -> Value {
    lab.configuration(&json!({"mode": "echo"}))
}

/// Runs a configuration, which must fail with these texts, and checks it, which must tell these.
#[track_caller]
fn refused(lab: &Lab, configuration: &Value, by: &str, run: &[&str], check: &[&str]) {
    let file = lab.write("refused.jsonc", configuration);
    let finished = lab.finish(by, &["net", "run", &file, "--control", "c"]);
    finished.refused(1, &[run, &["\nhint: "]].concat());
    assert!(
        !lab.place.path().join("c").exists(),
        "nothing is left behind"
    );

    let checked = lab.finish(by, &["net", "check", &file]);
    let told = checked.stdout + &checked.stderr;
    assert_eq!(checked.code, Some(1), "{told}");
    for text in check {
        assert!(told.contains(text), "{text:?} is missing in {told}");
    }
}

#[test]
fn a_umem_that_is_too_small_says_how_large_it_has_to_be() {
    let Some(lab) = Lab::new("small", 1) else {
        return;
    };
    let mut configuration = echo(&lab);
    let umem = json!({"bufcnt": 1, "bufsz": 2, "rxdesc": 1, "txdesc": 1});
    configuration["umems"]["umem0"] = umem;
    let lport = configuration["lports"]["p0:0"].clone();
    for queue in 1..16 {
        let name = format!("p0:{queue}");
        configuration["lports"][&name] = lport.clone();
        configuration["lports"][&name]["qid"] = queue.into();
    }
    let told = [
        "umem `umem0` has 1024 buffers, which is too few for lports: 16",
        "`\"bufcnt\": 32` is enough for all",
    ];
    refused(&lab, &configuration, "", &told, &told);
}

#[test]
fn memory_that_may_not_be_locked_names_the_limit_and_what_raises_it() {
    let Some(lab) = Lab::new("lock", 1) else {
        return;
    };
    refused(
        &lab,
        &echo(&lab),
        LITTLE_MEMORY,
        &["`p0:0`: ", "ulimit -l", "LimitMEMLOCK="],
        &[
            "AF_XDP locks 8192 KiB up to here, and this process may lock 1024 KiB",
            "mend: ulimit -l 8192",
        ],
    );
}

#[test]
fn privileges_that_are_missing_are_named() {
    let Some(lab) = Lab::new("rights", 1) else {
        return;
    };
    refused(
        &lab,
        &echo(&lab),
        NO_RAW_SOCKETS,
        &["`p0:0`: ", "CAP_NET_RAW"],
        &["an AF_XDP socket needs CAP_NET_RAW", "mend: run as root"],
    );
    refused(
        &lab,
        &echo(&lab),
        NO_PROGRAMS,
        &["`p0:0`: ", "CAP_BPF and CAP_NET_ADMIN", "setcap"],
        &["an XDP program needs CAP_BPF", "mend: run as root"],
    );
}

#[test]
fn a_queue_and_an_interface_that_are_not_there_are_named() {
    let Some(lab) = Lab::new("absent", 1) else {
        return;
    };
    let mut configuration = echo(&lab);
    configuration["lports"]["p0:0"]["qid"] = 9.into();
    refused(
        &lab,
        &configuration,
        "",
        &["`p0:0`: p0 has no queue 9", "`ethtool -L` changes it"],
        &["p0 has 1 queues, and no queue 9", "mend: ethtool -L p0"],
    );
    lab.own_ip("link set p0 down");
    lab.own_ip("link set p0 name other");
    refused(
        &lab,
        &echo(&lab),
        "",
        &["there is no interface \"p0\"", "`ip link`"],
        &[
            "there is no interface p0 in this network namespace",
            "mend: ip -brief link",
        ],
    );
}

#[test]
fn a_program_of_somebody_else_is_left_alone_and_told() {
    let Some(lab) = Lab::new("other", 1) else {
        return;
    };
    let attach = || Attached::builder("p0", Match::everything()).attach();
    let other = lab.inside_own(attach).join().unwrap().unwrap();
    let id = other.program_id().unwrap();
    refused(
        &lab,
        &echo(&lab),
        "",
        &[
            &format!("an XDP program (id {id}) is attached to p0 already"),
            "ip -details link show dev p0",
        ],
        &[
            &format!("an XDP program (id {id}) is attached to p0 already"),
            "mend: end the process that holds it",
        ],
    );
    assert!(lab.has_program(0), "it is still there");
    drop(other);
    lab.start_with(&echo(&lab)).end();
}

#[test]
fn a_process_that_wants_other_frames_of_the_interface_is_refused() {
    let Some(lab) = Lab::with_queues("frames", 1, 2) else {
        return;
    };
    let _plane = lab.start_with(&echo(&lab));
    let mut configuration = echo(&lab);
    configuration["lports"]["p0:0"]["qid"] = 1.into();
    configuration["lports"]["p0:0"]["match"] = json!(["udp:7"]);
    let file = lab.write("refused.jsonc", &configuration);
    let finished = lab.finish("", &["net", "run", &file, "--control", "c"]);
    finished.refused(1, &["is attached to p0 already"]);
    let checked = lab.finish("", &["net", "check", &file]);
    let told = "it is shared if both take the same frames";
    assert!(checked.stdout.contains(told), "{}", checked.stdout);
}
