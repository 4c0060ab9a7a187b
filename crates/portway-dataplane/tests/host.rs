//! A host on a port: over a link in memory with faults, and over AF_XDP with the kernel as its peer.
#![cfg(target_os = "linux")]
#![expect(clippy::unwrap_used, reason = "a test helper's panic is the report")]
#![expect(clippy::print_stderr, reason = "a test that skips says why")]

mod network;

use std::{
    future::Future,
    io::{ErrorKind, Read as _, Write as _},
    net::{Shutdown, SocketAddr, TcpStream, UdpSocket},
    sync::Arc,
    thread::{self, JoinHandle},
    time::{Duration, Instant},
};

use network::{in_network, ip};
use portway_dataplane::{
    Host, HostConfiguration, HostError, HostTcpStream, Link, Port, Region, XdpPort,
    wire::EthernetAddress,
};
use portway_xdp::{
    Copying, Socket,
    program::{AttachPolicy, Attached, Match},
};
use tokio::io::{AsyncReadExt, AsyncWriteExt};

/// No wait is longer.
const PATIENCE: Duration = Duration::from_secs(30);

fn region() -> Region {
    Region::builder().chunks(4096).build().unwrap()
}

/// The configuration of host number `last`: 10.0.0.`last` and fd00::`last`.
fn configuration(last: u8) -> HostConfiguration {
    HostConfiguration::new()
        .mac(EthernetAddress([2, 0, 0, 0, 0, last]))
        .address(format!("10.0.0.{last}/24").parse().unwrap())
        .address(format!("fd00::{last}/64").parse().unwrap())
        .address(format!("fe80::{last}/64").parse().unwrap())
        .seed(last.into())
}

/// Makes a host and drives it on a thread.
fn start(port: Port, configuration: HostConfiguration) -> (Host, JoinHandle<std::io::Result<()>>) {
    let (host, driver) = Host::new(port, configuration).unwrap();
    (host, thread::spawn(|| driver.run()))
}

fn run<R>(test: impl Future<Output = R>) -> R {
    run_while_it_goes_on(in_time(test))
}

/// Runs a test that limits its waits itself, and takes as long as there is something to be done.
fn run_while_it_goes_on<R>(test: impl Future<Output = R>) -> R {
    let runtime = tokio::runtime::Builder::new_current_thread()
        .enable_time()
        .build();
    runtime.unwrap().block_on(test)
}

/// Waits for a driver that has nothing left to drive.
fn join_in_time(driver: JoinHandle<std::io::Result<()>>) {
    let end = Instant::now() + PATIENCE;
    while !driver.is_finished() {
        assert!(Instant::now() < end, "the driver goes on");
        thread::sleep(Duration::from_millis(1));
    }
    driver.join().unwrap().unwrap();
}

async fn in_time<R>(wait: impl Future<Output = R>) -> R {
    let waited = tokio::time::timeout(PATIENCE, wait).await;
    waited.expect("in time")
}

/// Two hosts on a link.
fn two_hosts(link: Link) -> [Host; 2] {
    let (near, far) = link.pair(&region());
    [
        start(near, configuration(1)).0,
        start(far, configuration(2)).0,
    ]
}

fn pattern(length: usize) -> Vec<u8> {
    (0..length).map(|at| (at * 7 + at / 251) as u8).collect()
}

async fn echo_connection(mut stream: HostTcpStream) {
    let mut bytes = vec![0; 8192];
    while let Ok(count @ 1..) = stream.read(&mut bytes).await {
        stream.write_all(&bytes[..count]).await.unwrap();
    }
}

/// Sends `bytes` to an echo server and reads what comes back.
async fn echoed(host: &Host, server: SocketAddr, bytes: &[u8]) -> Vec<u8> {
    let stream = in_time(host.connect(server)).await.unwrap();
    let (mut reader, mut writer) = tokio::io::split(stream);
    let mut back = Vec::new();
    let send = async {
        writer.write_all(bytes).await.unwrap();
        writer.shutdown().await.unwrap();
    };
    let receive = async { while in_time(reader.read_buf(&mut back)).await.unwrap() > 0 {} };
    tokio::join!(send, receive);
    back
}

#[test]
fn a_stream_passes_a_link_that_loses_delays_and_reorders() {
    let link = Link::new().loss(0.01).delay(0..=2).reorder(0.02).seed(42);
    let [server, client] = two_hosts(link);
    // Each loss may cost smoltcp its least time-out, a second: some three of them in a hundred packets,
    // and more on a busy machine, where late acknowledgements are packets too. It has to go on, not to be quick.
    let sent = pattern(100_000);
    let back = run_while_it_goes_on(async {
        let mut listener = server.listen(7).unwrap();
        let accept = async { echo_connection(listener.accept().await.unwrap().0).await };
        let server = "10.0.0.1:7".parse().unwrap();
        tokio::join!(accept, echoed(&client, server, &sent)).1
    });
    assert!(
        back == sent,
        "{} of {} bytes are right",
        back.len(),
        sent.len()
    );
}

#[test]
fn many_connections_wait_for_one_listener_over_ipv6() {
    let [server, client] = two_hosts(Link::new());
    run(async {
        let mut listener = server.listen(80).unwrap();
        let server: SocketAddr = "[fd00::1]:80".parse().unwrap();
        let clients = async {
            for number in 0..40_usize {
                let sent = pattern(number * 100);
                assert_eq!(echoed(&client, server, &sent).await, sent);
            }
        };
        let accept = async {
            loop {
                echo_connection(listener.accept().await.unwrap().0).await;
            }
        };
        tokio::select! { () = clients => {}, () = accept => {} }
    });
}

#[test]
fn a_port_that_nobody_listens_on_refuses() {
    let [_server, client] = two_hosts(Link::new());
    let result = run(client.connect("10.0.0.1:9".parse().unwrap()));
    assert_eq!(result.unwrap_err().kind(), ErrorKind::ConnectionRefused);
}

#[test]
fn datagrams_go_to_the_socket_of_their_port_and_back() {
    let [server, client] = two_hosts(Link::new());
    run(async {
        let (server, client) = (server.bind_udp(53).unwrap(), client.bind_udp(0).unwrap());
        let mut buffer = [0; 2000];
        for length in [0, 1, 1472] {
            let sent = pattern(length);
            client
                .send_to(&sent, "10.0.0.1:53".parse().unwrap())
                .await
                .unwrap();
            let (count, from) = server.recv_from(&mut buffer).await.unwrap();
            assert_eq!((&buffer[..count], from.port()), (&sent[..], client.port()));
            server.send_to(&sent, from).await.unwrap();
            let (count, from) = client.recv_from(&mut buffer).await.unwrap();
            assert_eq!((&buffer[..count], from.port()), (&sent[..], 53));
        }
    });
}

#[test]
fn each_task_that_waits_for_a_datagram_gets_one() {
    let [server, client] = two_hosts(Link::new());
    run(async {
        let (server, client) = (server.bind_udp(53).unwrap(), client.bind_udp(0).unwrap());
        let server = Arc::new(server);
        let waiting = [(); 3].map(|()| {
            let server = Arc::clone(&server);
            tokio::spawn(async move { server.recv_from(&mut [0; 8]).await.unwrap() })
        });
        for _ in 0..3 {
            tokio::task::yield_now().await;
            let to = "10.0.0.1:53".parse().unwrap();
            client.send_to(b"datagram", to).await.unwrap();
            tokio::time::sleep(Duration::from_millis(20)).await;
        }
        for task in waiting {
            task.await.unwrap();
        }
    });
}

#[test]
fn a_host_without_room_for_sockets_says_so() {
    let (near, _far) = Link::new().pair(&region());
    let (host, _driver) = start(near, configuration(1).sockets(1));
    let _first = host.bind_udp(1).unwrap();
    assert_eq!(
        host.bind_udp(2).unwrap_err().kind(),
        ErrorKind::QuotaExceeded
    );
}

#[test]
fn the_driver_ends_with_the_last_handle_and_its_end_is_an_error_to_sockets() {
    let (near, far) = Link::new().pair(&region());
    let (host, thread) = start(near, configuration(1));
    drop(host);
    join_in_time(thread);

    let (host, driver) = Host::new(far, configuration(2)).unwrap();
    let socket = host.bind_udp(1).unwrap();
    drop(driver);
    let error = run(socket.recv_from(&mut [0])).unwrap_err();
    assert_eq!(error.kind(), ErrorKind::NotConnected);
    assert_eq!(host.listen(1).unwrap_err().kind(), ErrorKind::NotConnected);
}

/// Only a port that rings lets the driver sleep without an end: over one of memory it looks every millisecond.
#[test]
fn a_sleeping_driver_ends_with_the_last_socket_whichever_it_is() {
    in_network("hostends", || {
        let region = region();
        ends_with("right", &region, Host::clone);
        ends_with("right", &region, |host| host.listen(1).unwrap());
        ends_with("right", &region, |host| host.bind_udp(1).unwrap());
    });
}

/// Drops what `open` makes of a host long after all else of it.
fn ends_with<T>(interface: &str, region: &Region, open: impl FnOnce(&Host) -> T) {
    let (host, driver) = start(everything_of(interface, region), configuration(2));
    let last = open(&host);
    drop(host);
    thread::sleep(Duration::from_millis(50));
    assert!(!driver.is_finished(), "something is left");
    drop(last);
    join_in_time(driver);
}

#[test]
fn frames_too_small_for_the_mtu_are_named() {
    let (near, _far) = Link::new().pair(&region());
    let error = Host::new(near, configuration(1).mtu(9000)).unwrap_err();
    assert!(
        matches!(error, HostError::FrameTooSmall { needed: 9014, .. }),
        "{error}"
    );
}

/// A port over AF_XDP that takes all of an interface.
fn everything_of(interface: &str, region: &Region) -> Port {
    let socket = Socket::builder(interface, 0).copying(Copying::Copy);
    let socket = socket.open(region).unwrap();
    // In driver mode, in which the kernel cuts what it sends to the MTU: generic mode would see larger packets.
    let program = Attached::builder(interface, Match::everything());
    let program = program.policy(AttachPolicy::Driver).attach().unwrap();
    program.insert(0, &socket).unwrap();
    XdpPort::open(interface, socket, Some(Arc::new(program)), region)
}

/// The kernel's half of an exchange with an echo server.
fn echoed_by_kernel(server: &str, bytes: &[u8]) -> Vec<u8> {
    let stream = TcpStream::connect(server).unwrap();
    stream.set_read_timeout(Some(PATIENCE)).unwrap();
    let (mut reader, mut writer) = (stream.try_clone().unwrap(), stream);
    thread::scope(|scope| {
        scope.spawn(move || {
            writer.write_all(bytes).unwrap();
            writer.shutdown(Shutdown::Write).unwrap();
        });
        let mut back = Vec::new();
        reader.read_to_end(&mut back).unwrap();
        back
    })
}

/// Opens connections over both versions of IP and sends a datagram.
fn speak_to_the_host() {
    let sent = pattern(1_000_000);
    for server in ["10.0.0.2:7", "[fd00::2]:7"] {
        assert!(echoed_by_kernel(server, &sent) == sent, "{server}");
    }
    let socket = UdpSocket::bind("10.0.0.1:0").unwrap();
    socket.set_read_timeout(Some(PATIENCE)).unwrap();
    socket.send_to(b"datagram", "10.0.0.2:7").unwrap();
    let mut buffer = [0; 100];
    let (count, from) = socket.recv_from(&mut buffer).unwrap();
    assert_eq!((&buffer[..count], from.port()), (&b"datagram"[..], 7));
}

/// An echo server beside the kernel, whose frames are of this memory.
fn serve_the_kernel(name: &str, region: Region) {
    in_network(name, move || {
        ip("address add 10.0.0.1/24 dev left");
        ip("address add fd00::1/64 dev left nodad");
        // The kernel leaves checksums to the card, which a veth pair has none of.
        let configuration = configuration(2).trust_checksums();
        let (host, driver) = start(everything_of("right", &region), configuration);
        let mut listener = host.listen(7).unwrap();
        let socket = host.bind_udp(7).unwrap();
        let kernel = thread::spawn(speak_to_the_host);
        run(async {
            for _ in 0..2 {
                echo_connection(listener.accept().await.unwrap().0).await;
            }
            let mut buffer = [0; 100];
            let (count, from) = socket.recv_from(&mut buffer).await.unwrap();
            socket.send_to(&buffer[..count], from).await.unwrap();
        });
        kernel.join().unwrap();
        drop((host, listener, socket));
        join_in_time(driver);
    });
}

#[test]
fn the_kernel_speaks_tcp_and_udp_to_a_host_on_af_xdp() {
    serve_the_kernel("host", region());
}

#[test]
fn a_host_leaves_checksums_to_whoever_sends_where_it_can_ask() {
    let asking = Region::builder().chunks(4096).send_metadata().build();
    serve_the_kernel("hostasks", asking.unwrap());
}
