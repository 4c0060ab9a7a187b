use std::{
    net::{SocketAddr, TcpListener},
    time::Duration,
};

use smoltcp::socket::tcp::State;

use super::{configuration, count, reaching_loopback};
use crate::{
    exit::{Exit, ExitEvent, engine::Denied},
    stack::testing::World,
};

#[test]
fn a_connection_over_the_limit_is_refused_until_another_ends() {
    let listener = TcpListener::bind("127.0.0.1:0").unwrap();
    let target = listener.local_addr().unwrap();
    let mut configuration = configuration();
    configuration.limits.connections_per_peer = 2;
    let exit = reaching_loopback(configuration);
    let counters = exit.counters();
    let mut world = World::new(exit);

    let sockets = [(); 3].map(|()| world.far.connect(target, 4096));
    world.run_until("two are open and one is refused", |world| {
        let states = sockets.map(|socket| world.far.socket(socket).state());
        states[..2] == [State::Established; 2] && states[2] == State::Closed
    });
    assert_eq!(count(&counters, ExitEvent::RefusedLimit), 1);

    world.far.socket(sockets[0]).abort();
    world.run_until("one has ended", |_| counters.open_tcp() == 1);
    let again = world.far.connect(target, 4096);
    world.run_until("another is open", |world| {
        world.far.socket(again).state() == State::Established
    });
}

#[test]
fn a_destination_that_does_not_answer_is_given_up() {
    // A full backlog: the kernel drops further SYNs.
    let listener =
        socket2::Socket::new(socket2::Domain::IPV4, socket2::Type::STREAM, None).unwrap();
    let any: std::net::SocketAddr = "127.0.0.1:0".parse().unwrap();
    listener.bind(&any.into()).unwrap();
    listener.listen(0).unwrap();
    let target = listener.local_addr().unwrap().as_socket().unwrap();
    let _fills_the_backlog = std::net::TcpStream::connect(target).unwrap();

    let mut configuration = configuration();
    configuration.limits.half_open_per_peer = 1;
    let exit = reaching_loopback(configuration);
    let counters = exit.counters();
    let mut world = World::new(exit);
    let first = world.far.connect(target, 4096);
    world.pass(Duration::from_secs(1));
    let second = world.far.connect(target, 4096);
    world.run_until("the second is refused", |world| {
        world.far.socket(second).state() == State::Closed
    });
    assert_eq!(count(&counters, ExitEvent::RefusedLimit), 1);
    assert_eq!(world.far.socket(first).state(), State::SynSent);

    let started = world.now;
    world.run_until("the first is given up", |world| {
        world.far.socket(first).state() == State::Closed
    });
    assert!((world.now - started).as_secs() < 11);
    assert_eq!(count(&counters, ExitEvent::Unanswered), 1);
}

#[test]
fn many_refusals_are_answered_only_in_part() {
    let exit = reaching_loopback(configuration());
    let counters = exit.counters();
    let mut world = World::new(exit);
    for _ in 0..200 {
        world.far.connect("169.254.169.254:80".parse().unwrap(), 64);
    }
    world.run_until("all have asked", |_| {
        count(&counters, ExitEvent::RefusedLinkLocal) >= 200
    });
    assert!(count(&counters, ExitEvent::DroppedRefusal) >= 140);
}

#[test]
fn a_destination_that_turns_out_to_be_the_host_is_refused() {
    let exit = Exit::new(configuration());
    let judge = |destination: &str, near: &str| {
        let near = Ok(SocketAddr::new(near.parse().unwrap(), 40_000));
        exit.judge_near_end(destination.parse().unwrap(), near)
    };
    let host = Err(Denied::Refused(ExitEvent::RefusedHostAddress));
    assert_eq!(judge("198.51.100.7:80", "198.51.100.7"), host);
    assert_eq!(
        judge("[::ffff:198.51.100.7]:80", "::ffff:198.51.100.7"),
        host
    );
    assert_eq!(judge("198.51.100.7:80", "192.0.2.10"), Ok(()));
}
