use std::{
    io::{Read, Write},
    net::{Shutdown, SocketAddr, TcpListener, TcpStream},
    time::Duration,
};

use smoltcp::{iface::SocketHandle, socket::tcp::State};

use super::{
    ExitWorld, GATEWAY, configuration, count, echo, pattern, publishing, reaching_loopback,
    serve_once,
};
use crate::{
    InnerStack, PeerId,
    exit::{Exit, ExitEvent, ExitMode},
    stack::testing::{PEER, Weather, World},
};

const BUFFER: usize = 64 << 10;
const TRANSFER: usize = 10 << 20;

/// Sends all of `data` from the far host, then the end, and returns what comes back.
fn converse(world: &mut ExitWorld, socket: SocketHandle, data: &[u8]) -> Vec<u8> {
    let mut sent = 0;
    let mut received = Vec::new();
    world.run_until("the conversation ends", |world| {
        let socket = world.far.socket(socket);
        if sent < data.len() && socket.can_send() {
            sent += socket.send_slice(&data[sent..]).unwrap();
            if sent == data.len() {
                socket.close();
            }
        }
        while socket.can_recv() {
            socket
                .recv(|bytes| (bytes.len(), received.extend_from_slice(bytes)))
                .unwrap();
        }
        sent == data.len() && !socket.is_active()
    });
    received
}

fn open(world: &mut ExitWorld, destination: SocketAddr) -> SocketHandle {
    let socket = world.far.connect(destination, BUFFER);
    world.run_until("the connection opens", |world| {
        let state = world.far.socket(socket).state();
        assert_ne!(state, State::Closed, "refused");
        state == State::Established
    });
    socket
}

fn assert_refused(world: &mut ExitWorld, destination: SocketAddr) {
    let socket = world.far.connect(destination, BUFFER);
    world.run_until("the connection is refused", |world| {
        let state = world.far.socket(socket).state();
        assert_ne!(state, State::Established, "{destination} was reached");
        state == State::Closed
    });
}

#[test]
fn a_published_service_answers_at_the_tunnel_addresses() {
    for gateway in GATEWAY {
        let (target, server) = serve_once(echo);
        let exit = Exit::new(publishing(80, target));
        let counters = exit.counters();
        let mut world = World::new(exit);

        let socket = open(&mut world, SocketAddr::new(gateway, 80));
        assert_eq!(converse(&mut world, socket, b"hello"), b"hello");
        server.join().unwrap();
        world.run_until("the account is closed", |_| counters.open_tcp() == 0);
        assert_eq!(count(&counters, ExitEvent::TcpOpened), 1);
    }
}

#[test]
fn ten_megabytes_pass_both_ways_through_loss_and_disorder() {
    let weather = Weather {
        lost: 1,
        overtaken: 3,
    };
    for seed in [11, 12] {
        let (target, server) = serve_once(echo);
        let exit = reaching_loopback(configuration());
        let mut world = World::with_weather(exit, weather, seed);
        let socket = open(&mut world, target);
        let data = pattern(TRANSFER);
        let back = converse(&mut world, socket, &data);
        server.join().unwrap();
        assert!(
            back == data,
            "seed {seed}: {} of {} bytes",
            back.len(),
            data.len()
        );
    }
}

#[test]
fn an_answer_follows_after_the_question_has_ended() {
    let (target, server) = serve_once(|mut stream: TcpStream| {
        let mut question = String::new();
        stream.read_to_string(&mut question).unwrap();
        stream.write_all(b"an answer to ").unwrap();
        stream.write_all(question.as_bytes()).unwrap();
    });
    let mut world = World::new(reaching_loopback(configuration()));
    let socket = open(&mut world, target);
    assert_eq!(converse(&mut world, socket, b"this"), b"an answer to this");
    server.join().unwrap();
}

#[test]
fn a_destination_may_end_first_and_still_listen() {
    let (target, server) = serve_once(|mut stream: TcpStream| {
        stream.write_all(b"go on").unwrap();
        stream.shutdown(Shutdown::Write).unwrap();
        let mut rest = Vec::new();
        stream.read_to_end(&mut rest).unwrap();
        rest
    });
    let mut world = World::new(reaching_loopback(configuration()));
    let socket = open(&mut world, target);
    world.run_until("the destination ends", |world| {
        world.far.socket(socket).state() == State::CloseWait
    });
    let data = pattern(300_000);
    assert_eq!(converse(&mut world, socket, &data), b"go on");
    assert!(server.join().unwrap() == data);
}

#[test]
fn what_a_destination_sent_arrives_though_it_leaves_at_once() {
    let data = pattern(200_000);
    let sent = data.clone();
    let (target, server) = serve_once(move |mut stream: TcpStream| {
        stream.write_all(&sent).unwrap();
    });
    let mut world = World::new(reaching_loopback(configuration()));
    let socket = open(&mut world, target);
    server.join().unwrap();
    assert!(converse(&mut world, socket, b"") == data);
}

#[test]
fn a_port_where_nobody_listens_is_refused() {
    let free = TcpListener::bind("127.0.0.1:0")
        .unwrap()
        .local_addr()
        .unwrap();
    let exit = reaching_loopback(configuration());
    let counters = exit.counters();
    let mut world = World::new(exit);
    assert_refused(&mut world, free);
    assert_eq!(count(&counters, ExitEvent::Unanswered), 1);
    assert_eq!(count(&counters, ExitEvent::TcpOpened), 0);
}

#[test]
fn forbidden_destinations_are_refused_and_counted_by_reason() {
    let listener = TcpListener::bind("127.0.0.1:0").unwrap();
    let port = listener.local_addr().unwrap().port();
    for mode in [ExitMode::Default, ExitMode::All] {
        let mut configuration = configuration();
        configuration.mode = mode;
        let exit = Exit::new(configuration);
        let counters = exit.counters();
        let mut world = World::new(exit);
        let table = [
            ("169.254.169.254:80".to_owned(), ExitEvent::RefusedLinkLocal),
            (
                "[::ffff:169.254.169.254]:80".to_owned(),
                ExitEvent::RefusedLinkLocal,
            ),
            (format!("127.0.0.1:{port}"), ExitEvent::RefusedLoopback),
            (
                format!("[::ffff:127.0.0.1]:{port}"),
                ExitEvent::RefusedLoopback,
            ),
            ("[fd00:ec2::254]:80".to_owned(), ExitEvent::RefusedMetadata),
            ("10.77.0.9:80".to_owned(), ExitEvent::RefusedTunnelNetwork),
            ("10.77.0.1:81".to_owned(), ExitEvent::RefusedUnpublished),
        ];
        for (destination, event) in table {
            let before = count(&counters, event);
            assert_refused(&mut world, destination.parse().unwrap());
            assert_eq!(count(&counters, event), before + 1, "{destination}");
        }
    }
    listener.set_nonblocking(true).unwrap();
    assert!(listener.accept().is_err(), "somebody got through");
}

#[test]
fn an_exit_that_is_off_still_offers_what_is_published() {
    let (target, server) = serve_once(echo);
    let mut configuration = publishing(80, target);
    configuration.mode = ExitMode::Off;
    let mut world = World::new(Exit::new(configuration));
    assert_refused(&mut world, "198.51.100.1:80".parse().unwrap());
    let socket = open(&mut world, SocketAddr::new(GATEWAY[0], 80));
    assert_eq!(converse(&mut world, socket, b"hello"), b"hello");
    server.join().unwrap();
}

#[test]
fn a_reset_of_the_destination_reaches_the_peer() {
    let (target, server) = serve_once(|stream: TcpStream| {
        socket2::SockRef::from(&stream)
            .set_linger(Some(Duration::ZERO))
            .unwrap();
    });
    let exit = reaching_loopback(configuration());
    let counters = exit.counters();
    let mut world = World::new(exit);
    let socket = world.far.connect(target, BUFFER);
    world.run_until("the reset arrives", |world| {
        world.far.socket(socket).state() == State::Closed
    });
    server.join().unwrap();
    world.run_until("the account is closed", |_| counters.open_tcp() == 0);
}

#[test]
fn a_reset_of_the_peer_reaches_the_destination() {
    let (target, server) = serve_once(|mut stream: TcpStream| {
        let mut byte = [0];
        stream.read(&mut byte).unwrap_err().kind()
    });
    let mut world = World::new(reaching_loopback(configuration()));
    let socket = open(&mut world, target);
    world.far.socket(socket).abort();
    world.run_until("the destination hears of it", |_| server.is_finished());
    assert_eq!(server.join().unwrap(), std::io::ErrorKind::ConnectionReset);
}

#[test]
fn a_repeated_syn_makes_no_second_connection() {
    let listener = TcpListener::bind("127.0.0.1:0").unwrap();
    let target = listener.local_addr().unwrap();
    let mut world = World::new(reaching_loopback(configuration()));
    world.weather = Weather {
        lost: 40,
        overtaken: 0,
    };
    open(&mut world, target);
    listener.accept().unwrap();
    listener.set_nonblocking(true).unwrap();
    assert!(listener.accept().is_err(), "a second connection was made");
}

#[test]
fn a_slow_reader_holds_the_sender_back() {
    let (target, _server) = serve_once(|mut stream: TcpStream| {
        let chunk = [7; 16 << 10];
        let mut sent = 0;
        while let Ok(length) = stream.write(&chunk) {
            sent += length;
        }
        sent
    });
    let mut world = World::new(reaching_loopback(configuration()));
    let socket = open(&mut world, target);
    world.pass(Duration::from_secs(20));
    let held = world.far.socket(socket).recv_queue();
    assert!(held <= BUFFER);
    // Zero-window probes repeat a byte now and then; anything more would be an unbounded buffer.
    assert!(
        world.far.arrived < 2 * BUFFER,
        "{} bytes arrived",
        world.far.arrived
    );
}

#[test]
fn a_slow_destination_holds_the_peer_back() {
    let (target, server) = serve_once(|stream: TcpStream| {
        std::thread::park();
        drop(stream);
    });
    let mut world = World::new(reaching_loopback(configuration()));
    let socket = open(&mut world, target);
    let mut sent = 0;
    let mut stuck_since = world.now;
    let chunk = [1; 16 << 10];
    world.run_until("the peer cannot send any more", |world| {
        let accepted = world.far.socket(socket).send_slice(&chunk).unwrap();
        sent += accepted;
        if accepted > 0 {
            stuck_since = world.now;
        }
        world.now - stuck_since > Duration::from_secs(2)
    });
    // Our window and what the kernel's two socket buffers take, which it bounds at 4 and 6 MiB.
    assert!(sent < 16 << 20, "{sent} bytes were taken");
    server.thread().unpark();
}

#[test]
fn an_address_that_moved_to_another_peer_takes_no_connection_along() {
    let (target, server) = serve_once(|mut stream: TcpStream| {
        let mut byte = [0];
        stream.read(&mut byte).unwrap_err().kind()
    });
    let exit = reaching_loopback(configuration());
    let counters = exit.counters();
    let mut world = World::new(exit);
    let socket = open(&mut world, target);
    world.far.speaks_as = PeerId(PEER.0 + 1);
    world.far.socket(socket).send_slice(b"let me in").unwrap();
    world.run_until("it is refused", |world| {
        world.far.socket(socket).state() == State::Closed
    });
    assert_eq!(counters.open_tcp(), 0);
    assert_eq!(server.join().unwrap(), std::io::ErrorKind::ConnectionReset);
}

#[test]
fn a_silent_connection_is_given_up() {
    let (target, server) = serve_once(|mut stream: TcpStream| {
        let mut byte = [0];
        stream.read(&mut byte).unwrap_err().kind()
    });
    let mut configuration = configuration();
    configuration.timeouts.idle = Duration::from_secs(30);
    let mut world = World::new(reaching_loopback(configuration));
    let socket = open(&mut world, target);
    let opened = world.now;
    world.run_until("it is given up", |world| {
        world.far.socket(socket).state() == State::Closed
    });
    let lasted = world.now - opened;
    assert!((30..32).contains(&lasted.as_secs()), "{lasted:?}");
    assert_eq!(server.join().unwrap(), std::io::ErrorKind::ConnectionReset);
}

#[test]
fn a_half_closed_connection_is_given_up_sooner() {
    let (target, _server) = serve_once(|mut stream: TcpStream| {
        let mut byte = [0];
        assert_eq!(stream.read(&mut byte).unwrap(), 0);
        // Never answers, never ends.
        std::thread::park();
    });
    let exit = reaching_loopback(configuration());
    let counters = exit.counters();
    let mut world = World::new(exit);
    let socket = open(&mut world, target);
    world.far.socket(socket).close();
    let closed = world.now;
    world.run_until("it is given up", |_| counters.open_tcp() == 0);
    let lasted = world.now - closed;
    assert!((60..62).contains(&lasted.as_secs()), "{lasted:?}");
}

#[test]
fn a_peer_that_vanished_is_given_up_though_bytes_wait_for_it() {
    let (target, _server) = serve_once(
        |mut stream: TcpStream| {
            while stream.write(&[1; 1024]).is_ok() {}
        },
    );
    let exit = reaching_loopback(configuration());
    let counters = exit.counters();
    let mut world = World::new(exit);
    open(&mut world, target);
    world.weather.lost = 100;
    let vanished = world.now;
    world.run_until("it is given up", |_| counters.open_tcp() == 0);
    assert!((world.now - vanished).as_secs() < 180);
}

#[test]
fn a_removed_peer_loses_its_connections_at_once() {
    let (target, server) = serve_once(|mut stream: TcpStream| {
        let mut byte = [0];
        stream.read(&mut byte).unwrap_err().kind()
    });
    let exit = reaching_loopback(configuration());
    let counters = exit.counters();
    let mut world = World::new(exit);
    open(&mut world, target);
    world.stack.forget_peer(PeerId(PEER.0 + 1));
    assert_eq!(counters.open_tcp(), 1);
    world.stack.forget_peer(PEER);
    assert_eq!(counters.open_tcp(), 0);
    assert_eq!(server.join().unwrap(), std::io::ErrorKind::ConnectionReset);
}
