use std::{
    io::{Read as _, Write as _},
    net::{TcpListener, TcpStream},
};

use serde_json::json;

use crate::lab::{Lab, eventually, host_mac, text};

/// Bytes of the transfer.
const TRANSFER: usize = 20 << 20;

/// Two hosts in different networks, with the data plane as their router.
fn lab(name: &str) -> Option<Lab> {
    let lab = Lab::new(name, 2)?;
    for link in 0..2 {
        lab.own_ip(&format!("addr add 10.{link}.0.254/24 dev p{link}"));
        lab.own_ip(&format!("addr add fd0{link}::fe/64 dev p{link} nodad"));
        lab.ip(link, &format!("addr add 10.{link}.0.1/24 dev eth0"));
        lab.ip(link, &format!("addr add fd0{link}::1/64 dev eth0 nodad"));
        lab.ip(link, &format!("route add default via 10.{link}.0.254"));
        lab.ip(link, &format!("-6 route add default via fd0{link}::fe"));
    }
    Some(lab)
}

fn routes() -> Vec<String> {
    let routes = (0..2).flat_map(|link| {
        let mac = text(host_mac(link));
        [
            format!("10.{link}.0.0/24,{mac},{link}"),
            format!("fd0{link}::/64,{mac},{link}"),
        ]
    });
    routes.collect()
}

#[test]
fn l3fwd_joins_two_networks() {
    let Some(lab) = lab("l3") else { return };
    let plane = lab.start(&json!({"mode": "l3fwd", "l3fwd-fib-rules": routes()}));
    for address in ["10.1.0.1", "fd01::1"] {
        let said = lab
            .try_in(0, &format!("ping -c 5 -i 0.05 -w 20 {address}"))
            .unwrap();
        assert!(
            said.contains("5 received") && said.contains("ttl=63"),
            "{said}"
        );
    }
    let gateway = lab.try_in(0, "ping -c 1 -W 5 10.0.0.254").unwrap();
    assert!(gateway.contains("1 received"), "{gateway}");
    transfer(&lab);
    assert!(plane.counter(0, "in_bytes") as usize > TRANSFER);
    plane.end();
}

/// A TCP transfer from host 0 to host 1.
fn transfer(lab: &Lab) {
    let listening = lab.inside(1, || TcpListener::bind("10.1.0.1:5001").unwrap());
    let listener = listening.join().unwrap();
    let receiving = lab.inside(1, move || {
        let (mut stream, _) = listener.accept().unwrap();
        let mut bytes = Vec::new();
        stream.read_to_end(&mut bytes).unwrap();
        bytes
    });
    let bytes: Vec<u8> = (0..TRANSFER).map(|at| (at / 251 % 256) as u8).collect();
    let expected = bytes.clone();
    let sending = lab.inside(0, move || {
        let mut stream = TcpStream::connect("10.1.0.1:5001").unwrap();
        stream.write_all(&bytes).unwrap();
    });
    sending.join().unwrap();
    assert!(
        receiving.join().unwrap() == expected,
        "what was sent arrives"
    );
}

#[test]
fn an_expired_packet_is_answered_by_the_router() {
    let Some(lab) = lab("ttl") else { return };
    let plane = lab.start(&json!({"mode": "l3fwd", "l3fwd-fib-rules": routes()}));
    for (address, router) in [("10.1.0.1", "10.0.0.254"), ("fd01::1", "fd00::fe")] {
        let said = lab
            .try_in(0, &format!("ping -c 1 -t 1 -W 5 {address}"))
            .unwrap_err();
        let exceeded = said.contains("Time to live exceeded") || said.contains("Hop limit");
        assert!(exceeded && said.contains(router), "{said}");
    }
    eventually("both are counted", || plane.discards(0, "expired") == 2);
    let said = lab.try_in(0, "ping -c 1 -W 1 10.77.0.1").unwrap_err();
    assert!(said.contains("0 received"), "{said}");
    assert!(plane.discards(0, "no_route") > 0);
    plane.end();
}

/// Two hosts in one network, with the data plane between them as a switch that knows them by their address's last byte.
fn switch(name: &str) -> Option<Lab> {
    let lab = Lab::new(name, 2)?;
    for link in 0..2 {
        lab.ip(link, &format!("addr add 10.5.0.{link}/24 dev eth0"));
    }
    // `fwd` swaps the addresses of frames: what comes from host 1 seems to come from the port on which it left.
    for link in 0..2 {
        let other = 1 - link;
        lab.ip(
            link,
            &format!(
                "neigh add 10.5.0.{other} lladdr {} dev eth0",
                text(host_mac(other))
            ),
        );
    }
    Some(lab)
}

#[test]
fn access_rules_change_while_it_runs() {
    let Some(lab) = switch("acl") else { return };
    let plane =
        lab.start(&json!({"mode": "acl-strict", "acl-rules": ["10.6.0.0/16:0.0.0.0/0:allow"]}));
    let send = || lab.try_in(0, "ping -c 1 -W 0.2 10.5.0.1");
    assert!(send().is_err());
    eventually("it is not allowed", || {
        plane.discards(0, "not_allowed") >= 1
    });
    let passed = |count: u64| plane.counter(1, "out_packets") >= count;
    let rule = "10.5.0.0/24:10.5.0.0/24:allow";
    let answer = plane.ask(&json!({"command": "add-rules", "rules": [rule]}));
    assert_eq!(answer, json!({"ok": true, "count": 2}));
    eventually("it passes", || send().is_ok() || passed(1));
    let rules = plane.ask(&json!({"command": "rules"}));
    assert_eq!(rules["rules"], json!(["10.6.0.0/16:0.0.0.0/0:allow", rule]));
    let denied = plane.ask(&json!({"command": "set-rules", "rules": ["0.0.0.0/0:0.0.0.0/0:deny"]}));
    assert_eq!(denied["ok"], true);
    let before = plane.discards(0, "denied");
    eventually("it is denied", || {
        let _ = send();
        plane.discards(0, "denied") > before
    });
    let wrong = plane.ask(&json!({"command": "add-rules", "rules": ["nonsense"]}));
    assert_eq!(wrong["ok"], false);
    assert!(
        wrong["error"]
            .as_str()
            .unwrap()
            .contains("SRC-CIDR:DST-CIDR"),
        "{wrong}"
    );
    plane.end();
}

#[test]
fn ten_thousand_rules_are_taken_at_once() {
    let Some(lab) = switch("acl10k") else { return };
    let plane = lab.start(&json!({"mode": "acl-permissive"}));
    let rules: Vec<_> = (0..10_000)
        .map(|number| {
            format!(
                "10.{}.{}.0/24:192.168.0.0/16:deny",
                number / 256 + 6,
                number % 256
            )
        })
        .collect();
    let answer = plane.ask(&json!({"command": "set-rules", "rules": rules}));
    assert_eq!(answer, json!({"ok": true, "count": 10_000}));
    let _ = lab.try_in(0, "ping -c 1 -W 0.2 10.5.0.1");
    eventually("others go on", || plane.counter(1, "out_packets") >= 1);
    plane.end();
}

#[test]
fn cndps_demonstration_rules_come_when_they_are_asked_for() {
    let Some(lab) = switch("demo") else { return };
    let plane = lab.start(&json!({"mode": "acl-permissive", "acl-demo-rules": true}));
    let _ = lab.try_in(0, "ping -c 1 -W 0.2 10.5.0.1");
    eventually("10.0.0.0/8 is a denied source", || {
        plane.discards(0, "denied") >= 1
    });
    plane.end();
}
