//! What modes do with packets of any kind, and the texts of their rules.

use std::{cell::RefCell, fmt::Display, str::FromStr, sync::Arc, time::Instant};

use portway_dataplane::{
    AccessFilter, AccessPolicy, AccessRule, AccessRules, Arrival, Burst, Echo, Forward, Identity,
    Loopback, Mode, Outputs, Packet, PatternClassifier, PatternRule, Patterns, Region, RouteRule,
    RouteTable, Router, wire::EthernetAddress,
};

/// Ports of the outputs.
const PORTS: usize = 2;
/// Frames of the region; more than a run needs.
const FRAMES: usize = 64;

thread_local! {
    static MODES: RefCell<(Region, Vec<Box<dyn Mode>>)> = RefCell::new((region(), all()));
}

/// The first byte chooses the mode; then come packets, each behind a byte that says its length, the last one without an
/// end. Each packet is sent once, or counted as discarded, or (what expires at a router) both; what echo and router send is
/// well-formed; and all frames come back.
pub fn modes(input: &[u8]) {
    let Some((choice, packets)) = input.split_first() else {
        return;
    };
    MODES.with_borrow_mut(|(region, modes)| {
        let at = usize::from(*choice) % modes.len();
        run(&mut *modes[at], region, packets);
        assert_eq!(region.free_frames(), FRAMES, "all frames come back");
    });
}

fn run(mode: &mut dyn Mode, region: &Region, mut packets: &[u8]) {
    let mut burst = Burst::new();
    while let Some((length, rest)) = packets.split_first().filter(|_| burst.len() < 8) {
        let length = if usize::from(*length) < rest.len() {
            usize::from(*length)
        } else {
            rest.len().min(1500)
        };
        let (packet, behind) = rest.split_at(length);
        let mut frame = region.frame().expect("a run needs fewer");
        frame.append(packet).expect("1500 bytes fit");
        let _ = burst.push(frame);
        packets = behind;
    }
    let received = burst.len() as u64;
    let mut outputs = Outputs::new(PORTS);
    let now = Instant::now();
    mode.handle(&mut burst, Arrival { port: 0, now }, &mut outputs);
    assert!(burst.is_empty(), "a mode takes all");
    let sent: usize = (0..PORTS).map(|port| outputs.burst(port).len()).sum();
    let discarded = outputs.discards().total();
    let both = if mode.name() == "l3fwd" { received } else { 0 };
    let done = sent as u64 + discarded;
    assert!(
        (received..=received + both).contains(&done),
        "{done} of {received}"
    );
    if matches!(mode.name(), "l3fwd" | "echo") {
        for port in 0..PORTS {
            for frame in outputs.burst(port).iter_mut() {
                let network = Packet::ethernet(frame).map(|packet| packet.layout().network);
                // A router does not look behind the IP header, and may pass on what ends too early there.
                assert!(network.is_ok() || mode.name() == "l3fwd", "{network:?}");
            }
        }
    }
}

fn region() -> Region {
    let region = Region::builder().chunks(FRAMES).build();
    region.expect("memory for a few frames")
}

fn all() -> Vec<Box<dyn Mode>> {
    let identity = Identity {
        mac: Some(EthernetAddress([2, 0, 0, 0, 0, 1])),
        addresses: ["10.0.0.1", "10.0.0.2", "fd00::1", "fd00::2"]
            .map(|address| address.parse().expect("an address"))
            .into(),
    };
    let routes = [
        "0.0.0.0/0,02:00:00:00:00:09,1",
        "::/0,02:00:00:00:00:09,1",
        "10.0.0.0/8,02:00:00:00:00:08,0",
    ];
    let rules = ["10.0.0.0/8:0.0.0.0/1:allow", "::/0:fd00::/8:deny"];
    let patterns = ["65536:/a+b/i", "0x80000000:/[\\x80-\\xff]{3}/"].map(parse::<PatternRule>);
    let rules = Arc::new(AccessRules::new(rules.map(parse::<AccessRule>).into()));
    let routes = Arc::new(RouteTable::new(&routes.map(parse::<RouteRule>)));
    let patterns = Arc::new(Patterns::new(&patterns).expect("patterns"));
    vec![
        Box::new(Echo::new(identity.clone())),
        Box::new(Router::new(routes, [identity.clone(), identity].into())),
        Box::new(AccessFilter::new(AccessPolicy::Strict, Arc::clone(&rules))),
        Box::new(AccessFilter::new(AccessPolicy::Permissive, rules)),
        Box::new(PatternClassifier::new(patterns)),
        Box::new(Forward),
        Box::new(Loopback),
    ]
}

fn parse<T: FromStr<Err: std::fmt::Debug>>(text: &str) -> T {
    text.parse().expect("a rule of this file")
}

/// Reads the input as a rule of each kind; what was understood says the same after it was written and read again.
pub fn rules(input: &[u8]) {
    let Ok(text) = std::str::from_utf8(input) else {
        return;
    };
    check::<RouteRule>(text);
    check::<AccessRule>(text);
    if let Ok(rule) = text.parse::<PatternRule>() {
        assert!(Patterns::new(&[rule]).is_ok(), "what was read can be used");
    }
}

fn check<T: FromStr<Err: Display> + Display + PartialEq>(text: &str) {
    if let Ok(rule) = text.parse::<T>() {
        assert!(rule.to_string().parse().ok() == Some(rule), "{text}");
    }
}
