use std::{
    io::{ErrorKind, Read, Write},
    net::{Shutdown, TcpListener, TcpStream},
    time::Duration,
};

use smoltcp::socket::tcp::State;

use super::{OWN, client};
use crate::{
    ClientConfiguration, ClientError, ClientStack,
    stack::testing::{Weather, World},
};

const BUFFER: usize = 64 << 10;

#[test]
fn a_connection_to_the_local_port_comes_out_behind_the_tunnel() {
    for target in ["10.77.0.2:80", "[fd77::2]:80"] {
        let (stack, handle) = client(&[&format!("0:{target}")]);
        let weather = Weather {
            lost: 1,
            overtaken: 2,
        };
        let mut world = World::with_weather(stack, weather, 5);
        let far = world.far.listen(80, BUFFER);

        let listen = handle.forwards()[0].listen;
        let program = std::thread::spawn(move || {
            let mut stream = TcpStream::connect(listen).unwrap();
            stream.write_all(b"question").unwrap();
            stream.shutdown(Shutdown::Write).unwrap();
            let mut answer = Vec::new();
            stream.read_to_end(&mut answer).unwrap();
            answer
        });
        let mut question = Vec::new();
        world.run_until("the question has ended", |world| {
            let socket = world.far.socket(far);
            while socket.can_recv() {
                let take = |bytes: &mut [u8]| (bytes.len(), question.extend_from_slice(bytes));
                socket.recv(take).unwrap();
            }
            socket.state() == State::CloseWait
        });
        assert_eq!(question, b"question");

        let answer = vec![9; 300_000];
        let mut sent = 0;
        world.run_until("the program has its answer", |world| {
            let socket = world.far.socket(far);
            if sent < answer.len() {
                sent += socket.send_slice(&answer[sent..]).unwrap();
            } else {
                socket.close();
            }
            program.is_finished()
        });
        assert!(program.join().unwrap() == answer);
    }
}

#[test]
fn a_target_that_refuses_resets_the_local_connection() {
    let (stack, handle) = client(&["0:10.77.0.2:81"]);
    let mut world = World::new(stack);
    let mut program = TcpStream::connect(handle.forwards()[0].listen).unwrap();
    program.set_nonblocking(true).unwrap();
    world.run_until("the reset arrives", |_| {
        let result = program.read(&mut [0]);
        let error = result.expect_err("no byte and no orderly end");
        error.kind() == ErrorKind::ConnectionReset
    });
}

#[test]
fn connections_over_the_limit_wait_for_a_place() {
    let (stack, handle) = client(&["0:10.77.0.2:80"]);
    let listen = handle.forwards()[0].listen;
    let mut world = World::new(stack);
    let mut programs = std::collections::VecDeque::new();
    for _ in 0..40 {
        programs.push_back(TcpStream::connect(listen).unwrap());
        world.pass(Duration::from_millis(2));
    }
    // Nobody listens behind the tunnel: each gets its reset, and the next takes its place.
    while let Some(mut program) = programs.pop_front() {
        program.set_nonblocking(true).unwrap();
        world.run_until("it is reset", |_| {
            program.read(&mut [0]).unwrap_err().kind() == ErrorKind::ConnectionReset
        });
    }
}

#[test]
fn a_used_port_and_an_unreachable_target_are_named_before_the_start() {
    let taken = TcpListener::bind("127.0.0.1:0").unwrap();
    let listen = taken.local_addr().unwrap();
    let mut configuration = ClientConfiguration::new(OWN[..1].to_vec(), 1);
    configuration.forwards = vec![format!("{}:10.77.0.2:80", listen.port()).parse().unwrap()];
    let error = ClientStack::new(configuration.clone()).err().unwrap();
    assert!(matches!(error, ClientError::Listen { listen: named, .. } if named == listen));

    configuration.forwards = vec!["0:[fd77::2]:80".parse().unwrap()];
    let error = ClientStack::new(configuration).err().unwrap();
    assert!(matches!(error, ClientError::NoAddress(_)));
}
