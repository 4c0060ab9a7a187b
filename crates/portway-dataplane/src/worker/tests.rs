//! Workers over ports in memory.

use std::{
    sync::{
        Arc,
        atomic::{AtomicU64, Ordering},
    },
    time::{Duration, Instant},
};

use super::*;
use crate::{
    AccessFilter, AccessPolicy, Arrival, Burst, DiscardReason, Forward, Generator, Link, Loopback,
    Mode, Outputs, Port, Region, SendOnly, Sink,
};

/// No wait is longer.
const LIMIT: Duration = Duration::from_secs(20);

fn region() -> Region {
    Region::builder().chunks(8192).build().unwrap()
}

/// Sends packets with a number each, whose hardware address names a port.
fn send(port: &mut Port, to: u8, numbers: std::ops::Range<u32>) {
    let mut burst = Burst::new();
    let deadline = Instant::now() + LIMIT;
    for number in numbers {
        while port.prepare(&mut burst, 1) == 0 {
            assert!(Instant::now() < deadline, "no frame is free");
        }
        let mut bytes = [0; 60];
        bytes[..6].copy_from_slice(&[2, 0, 0, 0, 0, to]);
        bytes[14..18].copy_from_slice(&number.to_be_bytes());
        burst[0].append(&bytes).unwrap();
        while port.tx_burst(&mut burst) == 0 {
            assert!(Instant::now() < deadline, "the port takes nothing");
        }
    }
}

/// Receives so many packets and gives their numbers.
fn receive(port: &mut Port, count: usize) -> Vec<u32> {
    let mut numbers = Vec::new();
    let mut burst = Burst::new();
    let deadline = Instant::now() + LIMIT;
    while numbers.len() < count {
        assert!(
            Instant::now() < deadline,
            "{} of {count} came",
            numbers.len()
        );
        port.rx_burst(&mut burst);
        for frame in burst.drain(burst.len()) {
            numbers.push(u32::from_be_bytes(frame[14..18].try_into().unwrap()));
        }
    }
    numbers
}

fn eventually(what: &str, condition: impl Fn() -> bool) {
    let deadline = Instant::now() + LIMIT;
    while !condition() {
        assert!(Instant::now() < deadline, "{what}");
        std::thread::yield_now();
    }
}

/// Panics on the packet that it is told to.
#[derive(Debug)]
struct Fragile(AtomicU64);

impl Mode for Fragile {
    fn name(&self) -> &'static str {
        "fragile"
    }

    fn handle(&mut self, burst: &mut Burst, arrival: Arrival, outputs: &mut Outputs) {
        for frame in burst.drain(burst.len()) {
            assert!(self.0.fetch_sub(1, Ordering::Relaxed) > 1, "it broke");
            outputs.send(arrival.port, frame);
        }
    }
}

#[test]
fn packets_reach_ports_of_other_threads_in_their_order() {
    let region = region();
    let mut builder = Workers::builder();
    let mut ends = Vec::new();
    for number in 0..3 {
        let (near, far) = Link::new()
            .names("near", format!("port {number}"))
            .pair(&region);
        let index = builder.port(far, Box::new(Forward));
        builder.thread(ThreadSettings::new(format!("fwd:{number}")).ports([index]));
        ends.push(near);
    }
    let workers = builder.start().unwrap();
    let [first, second, third] = &mut ends[..] else {
        panic!("three ends")
    };
    let expected: Vec<_> = (0..2000).collect();
    for part in 0..10 {
        send(first, 2, part * 200..(part + 1) * 200);
        assert_eq!(receive(third, 200), expected[part as usize * 200..][..200]);
    }
    send(second, 1, 7..8);
    assert_eq!(receive(second, 1), [7]);
    let report = workers.report();
    assert_eq!(report.ports[0].statistics.received.in_packets, 2000);
    assert_eq!(report.ports[2].statistics.sent.out_packets, 2000);
    assert_eq!(report.ports[0].discards.total(), 0);
    assert!(workers.end());
}

#[test]
fn a_thread_that_sleeps_is_woken_by_frames_of_another_one() {
    let region = region();
    let (mut near, far) = Link::new().pair(&region);
    let (mut other, another) = Link::new().pair(&region);
    let mut builder = Workers::builder();
    let (first, second) = (
        builder.port(far, Box::new(Forward)),
        builder.port(another, Box::new(SendOnly)),
    );
    let moment = Duration::from_millis(1);
    builder.thread(ThreadSettings::new("busy").ports([first]));
    builder.thread(
        ThreadSettings::new("sleepy")
            .ports([second])
            .sleeps(moment, LIMIT),
    );
    let workers = builder.start().unwrap();
    eventually("it sleeps", || workers.report().threads[1].sleeps > 0);
    send(&mut near, 1, 0..100);
    assert_eq!(receive(&mut other, 100).len(), 100);
    assert!(workers.end());
}

#[test]
fn a_panicking_mode_ends_its_port_and_no_other() {
    let region = region();
    let (mut fragile, far) = Link::new().names("a", "fragile port").pair(&region);
    let (mut sound, other) = Link::new().pair(&region);
    let mut builder = Workers::builder();
    let ports = [
        builder.port(far, Box::new(Fragile(AtomicU64::new(3)))),
        builder.port(other, Box::new(Forward)),
    ];
    builder.thread(ThreadSettings::new("both").ports(ports));
    let workers = builder.start().unwrap();
    send(&mut fragile, 0, 0..2);
    assert_eq!(receive(&mut fragile, 2), [0, 1]);
    send(&mut fragile, 0, 2..3);
    eventually("the port ends", || workers.report().ports[0].end.is_some());
    let report = workers.report();
    let expected = PortEnd::Panicked {
        mode: "fragile",
        message: "it broke".to_owned(),
    };
    assert_eq!(report.ports[0].end, Some(expected));
    assert_eq!(report.ports[0].discards[DiscardReason::Panicked], 1);
    send(&mut sound, 1, 0..50);
    assert_eq!(receive(&mut sound, 50).len(), 50);
    send(&mut sound, 0, 50..51);
    assert_eq!(receive(&mut sound, 1), [50], "back, for port 0 is gone");
    assert!(!workers.is_over());
    assert!(workers.end());
}

#[test]
fn a_paused_thread_leaves_its_ports_alone_until_it_is_resumed() {
    let region = region();
    let (mut near, far) = Link::new().pair(&region);
    let mut builder = Workers::builder();
    let port = builder.port(far, Box::new(Loopback));
    builder.thread(ThreadSettings::new("one").ports([port]));
    let workers = builder.start().unwrap();
    workers.pause(Some("one")).unwrap();
    eventually("it pauses", || workers.report().threads[0].is_paused);
    let before = workers.report().threads[0].sleeps;
    eventually("it sleeps", || workers.report().threads[0].sleeps > before);
    send(&mut near, 0, 0..10);
    assert_eq!(workers.report().ports[0].statistics.received.in_packets, 0);
    workers.resume(None).unwrap();
    assert_eq!(receive(&mut near, 10).len(), 10);
    let error = workers.pause(Some("two")).unwrap_err().to_string();
    assert!(
        error.contains("\"two\"") && error.ends_with("there are one"),
        "{error}"
    );
    assert!(workers.end());
}

#[test]
fn rules_change_while_packets_come() {
    let region = region();
    let (mut near, far) = Link::new().pair(&region);
    let rules = Arc::new(AccessRules::new(Vec::new()));
    let mut builder = Workers::builder();
    let filter = AccessFilter::new(AccessPolicy::Strict, Arc::clone(&rules));
    let port = builder.port(far, Box::new(filter));
    builder.thread(ThreadSettings::new("one").ports([port]));
    let workers = builder.start().unwrap();
    let packet = crate::modes::tests::udp("10.0.0.1:1", "20.0.0.1:2", b"data");
    let send = |near: &mut Port| {
        let mut burst = Burst::new();
        near.prepare(&mut burst, 1);
        burst[0].append(&packet).unwrap();
        near.tx_burst(&mut burst);
    };
    send(&mut near);
    let count = |reason| workers.report().ports[0].discards[reason];
    eventually("it is not allowed", || {
        count(DiscardReason::NotAllowed) == 1
    });
    let allow = "10.0.0.0/8:0.0.0.0/0:allow".parse().unwrap();
    workers
        .replace_rules(&Arc::new(AccessRules::new(vec![allow])))
        .unwrap();
    // The thread obeys before its next turn; what is in its hands meets the old rules.
    let mut burst = Burst::new();
    let deadline = Instant::now() + LIMIT;
    while near.rx_burst(&mut burst) == 0 {
        assert!(Instant::now() < deadline, "nothing is allowed");
        send(&mut near);
    }
    assert!(workers.end());
}

#[test]
fn rules_are_refused_where_nothing_judges_by_them() {
    let (_near, far) = Link::new().pair(&region());
    let mut builder = Workers::builder();
    let port = builder.port(far, Box::new(Sink));
    builder.thread(ThreadSettings::new("one").ports([port]));
    let workers = builder.start().unwrap();
    let rules = Arc::new(AccessRules::demonstration());
    assert_eq!(workers.replace_rules(&rules), Err(OrderError::NoRules));
}

#[test]
fn a_generator_fills_its_port_and_a_thread_knows_its_load() {
    let (mut near, far) = Link::new().pair(&region());
    let mut builder = Workers::builder();
    let port = builder.port(far, Box::new(Generator::new(None, 32)));
    builder.thread(ThreadSettings::new("one").ports([port]));
    let workers = builder.start().unwrap();
    let before = workers.report();
    receive(&mut near, 5000);
    eventually("time passes", || {
        let load = workers.report().threads[0].load_since(&before.threads[0]);
        load > 0.0 && load <= 1.0
    });
    assert!(workers.report().ports[0].statistics.sent.out_packets >= 5000);
    assert!(workers.end());
}

#[test]
fn what_does_not_fit_together_is_refused() {
    let region = region();
    let port =
        |builder: &mut WorkersBuilder| builder.port(Link::new().pair(&region).1, Box::new(Sink));
    let thread =
        |name: &str, ports: &[usize]| ThreadSettings::new(name).ports(ports.iter().copied());
    let mut builder = Workers::builder();
    port(&mut builder);
    assert!(matches!(builder.start(), Err(StartError::NoThread)));
    let mut builder = Workers::builder();
    builder.thread(thread("one", &[0]));
    assert!(matches!(
        builder.start(),
        Err(StartError::NoSuchPort { port: 0, .. })
    ));
    let mut builder = Workers::builder();
    let index = port(&mut builder);
    builder.thread(thread("one", &[index]));
    builder.thread(thread("two", &[index]));
    let error = builder.start().unwrap_err().to_string();
    assert!(
        error.contains("far is served by two threads, one and two"),
        "{error}"
    );
    let mut builder = Workers::builder();
    let index = port(&mut builder);
    builder.thread(thread("one", &[index]).cores([1000]));
    let error = builder.start().unwrap_err().to_string();
    assert!(error.contains("processors [1000]"), "{error}");
}

#[test]
fn the_end_of_all_threads_is_quick_and_ends_their_ports() {
    let region = region();
    let mut builder = Workers::builder();
    let mut ends = Vec::new();
    for number in 0..4 {
        let (near, far) = Link::new().pair(&region);
        let index = builder.port(far, Box::new(Loopback));
        let moment = Duration::from_millis(number);
        let thread = ThreadSettings::new(number.to_string()).ports([index]);
        builder.thread(thread.sleeps(moment, LIMIT));
        ends.push(near);
    }
    let workers = builder.start().unwrap();
    let reader = workers.reader();
    let begin = Instant::now();
    assert!(workers.end());
    assert!(begin.elapsed() < Duration::from_secs(2));
    let report = reader.report();
    assert!(
        report
            .ports
            .iter()
            .all(|port| port.end == Some(PortEnd::Stopped))
    );
    assert!(report.threads.iter().all(|thread| thread.has_ended));
    drop(ends);
    assert_eq!(
        region.free_frames(),
        region.frames(),
        "all frames came back"
    );
}
