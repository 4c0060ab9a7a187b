//! Processes beside each other, and what is left of one that is killed.

use std::{net::UdpSocket, time::Duration};

use serde_json::{Value, json};

use crate::lab::{Lab, eventually};

/// How long a datagram may be under way before it is sent again.
const PAUSE: Duration = Duration::from_millis(200);

/// A socket of host 0 towards a port of the data plane's interface.
fn towards(lab: &Lab, port: u16) -> UdpSocket {
    let connected = move || {
        let socket = UdpSocket::bind("10.0.0.1:0").unwrap();
        socket.connect(("10.0.0.2", port)).unwrap();
        socket.set_read_timeout(Some(PAUSE)).unwrap();
        socket
    };
    lab.inside(0, connected).join().unwrap()
}

/// Whether a datagram comes back.
fn is_echoed(socket: &UdpSocket) -> bool {
    let mut bytes = [0; 16];
    // Refused, as long as nobody listens there.
    socket.send(b"there and back").is_ok() && socket.recv(&mut bytes).is_ok()
}

/// A kernel's socket of the data plane's namespace, which has been asked something.
fn has_arrived(socket: &UdpSocket, from: &UdpSocket) -> bool {
    let mut bytes = [0; 16];
    from.send(b"to the kernel").is_ok() && socket.recv(&mut bytes).is_ok()
}

fn listening(lab: &Lab, port: u16) -> UdpSocket {
    let bound = move || {
        let socket = UdpSocket::bind(("10.0.0.2", port)).unwrap();
        socket.set_read_timeout(Some(PAUSE)).unwrap();
        socket
    };
    lab.inside_own(bound).join().unwrap()
}

fn lab(name: &str, queues: usize) -> Option<Lab> {
    let lab = Lab::with_queues(name, 1, queues)?;
    lab.ip(0, "addr add 10.0.0.1/24 dev eth0");
    lab.own_ip("addr add 10.0.0.2/24 dev p0");
    Some(lab)
}

/// Echoes port 7 of a queue of the first link, and leaves the rest to the kernel.
fn echo(lab: &Lab, queue: usize) -> Value {
    let mut configuration = lab.configuration(&json!({"mode": "echo"}));
    let lport = configuration["lports"]["p0:0"].take();
    let name = format!("p0:{queue}");
    configuration["lports"] = json!({ &name: lport });
    configuration["lports"][&name]["qid"] = queue.into();
    configuration["lports"][&name]["match"] = json!(["udp:7"]);
    configuration["threads"]["fwd:0"]["lports"] = json!([name]);
    configuration
}

#[test]
fn a_killed_process_leaves_no_program_and_the_kernels_sockets_go_on() {
    let Some(lab) = lab("killed", 1) else { return };
    let (echo_port, kernel_port) = (towards(&lab, 7), towards(&lab, 9));
    let listener = listening(&lab, 9);
    let plane = lab.start_with(&echo(&lab, 0));
    eventually("the data plane echoes", || is_echoed(&echo_port));
    eventually("the kernel gets what is not matched", || {
        has_arrived(&listener, &kernel_port)
    });
    assert!(lab.has_program(0));

    plane.running.kill();
    eventually("no program is attached", || !lab.has_program(0));
    eventually("the kernel's socket goes on", || {
        has_arrived(&listener, &kernel_port)
    });
    let heir = listening(&lab, 7);
    eventually("what was matched is the kernel's", || {
        has_arrived(&heir, &echo_port)
    });
    drop(heir);

    // At once: the program of the one before may still be about to go.
    let plane = lab.start_with(&echo(&lab, 0));
    plane.running.kill();
    let plane = lab.start_with(&echo(&lab, 0));
    eventually("the next one echoes", || is_echoed(&echo_port));
    plane.end();
}

/// So many flows are dealt out to both of two queues but for once in some millions of times.
const FLOWS: usize = 24;

#[test]
fn two_processes_have_a_queue_each_and_one_goes_on_when_the_other_is_killed() {
    let Some(lab) = lab("queues", 2) else { return };
    let flows: Vec<_> = (0..FLOWS).map(|_| towards(&lab, 7)).collect();
    let first = lab.start_named("first", &echo(&lab, 0));
    let second = lab.start_named("second", &echo(&lab, 1));
    for flow in &flows {
        eventually("every flow is echoed", || is_echoed(flow));
    }
    for plane in [&first, &second] {
        eventually("both have flows", || plane.counter(0, "out_packets") > 0);
    }

    first.running.kill();
    let echoed = || flows.iter().filter(|flow| is_echoed(flow)).count();
    eventually("the other one goes on", || echoed() > 0);
    assert!(
        echoed() < FLOWS,
        "a queue without a process is the kernel's"
    );
    let heir = lab.start_named("first", &echo(&lab, 0));
    for flow in &flows {
        eventually("every flow is echoed again", || is_echoed(flow));
    }
    heir.end();
    second.running.kill();
    eventually("the last one takes the program along", || {
        !lab.has_program(0)
    });
}
