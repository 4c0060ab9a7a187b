//! What `net check` and `doctor` say of the other end of a veth pair.

use serde_json::{Value, json};

use crate::lab::Lab;

/// A pair of which both ends are in the data plane's namespace.
fn lab() -> Option<Lab> {
    let lab = Lab::new("veth", 1)?;
    lab.own_ip("link add near type veth peer name far");
    for end in ["near", "far"] {
        lab.own_ip(&format!("link set {end} addrgenmode none up"));
    }
    Some(lab)
}

/// What `portway doctor` says of the ends of pairs.
fn verdict(lab: &Lab) -> Value {
    let said = lab.finish("", &["doctor", "--json"]).stdout;
    let report: Value = serde_json::from_str(&said).unwrap();
    let checks = report["checks"].as_array().unwrap();
    let found = checks.iter().find(|check| check["name"] == "veth peers");
    found.unwrap().clone()
}

#[test]
fn a_peer_without_receive_offload_is_told_with_the_command_that_mends_it() {
    let Some(lab) = lab() else { return };
    let text = lab
        .configuration(&json!({"mode": "echo"}))
        .to_string()
        .replace("p0:0", "near:0");
    let file = lab.write("near.jsonc", &serde_json::from_str(&text).unwrap());
    let check = || lab.finish("", &["net", "check", &file]);

    let checked = check();
    assert_eq!(checked.code, Some(0), "copied frames arrive");
    let told = checked.stdout;
    for text in [
        "vanish, because its peer far has neither GRO nor an XDP program",
        "mend: ethtool -K far gro on",
    ] {
        assert!(told.contains(text), "{told}");
    }
    let found = verdict(&lab);
    assert_eq!(found["verdict"], "warn");
    assert!(
        found["detail"]
            .as_str()
            .unwrap()
            .contains("near (peer far)")
    );
    assert!(
        found["hint"]
            .as_str()
            .unwrap()
            .contains("ethtool -K PEER gro on")
    );

    for end in ["near", "far"] {
        lab.try_own(&format!("ethtool -K {end} gro on")).unwrap();
    }
    let told = check().stdout;
    assert!(!told.contains("vanish"), "{told}");
    assert_eq!(verdict(&lab)["verdict"], "ok");
}

#[test]
fn a_peer_in_another_namespace_is_pointed_at() {
    let Some(lab) = Lab::new("veth-away", 1) else {
        return;
    };
    let file = lab.write("p0.jsonc", &lab.configuration(&json!({"mode": "echo"})));
    let checked = lab.finish("", &["net", "check", &file]);
    assert_eq!(checked.code, Some(0), "{}", checked.stdout);
    let told = "the peer of this veth is in another network namespace";
    assert!(checked.stdout.contains(told), "{}", checked.stdout);
}
