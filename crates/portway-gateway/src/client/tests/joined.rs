//! Both stacks back to back: a program of this machine speaks to a published service of this
//! machine through a client and an exit, without a packet leaving the process.

use std::{
    io::{Read, Write},
    net::{IpAddr, Shutdown, TcpListener, TcpStream},
    time::{Duration, Instant},
};

use mio::{Events, Poll};

use super::client;
use crate::{ClientStack, Exit, ExitConfiguration, InnerStack, PeerId, Publish};

const GATEWAY: IpAddr = IpAddr::V4(std::net::Ipv4Addr::new(10, 77, 0, 1));
const PEER: PeerId = PeerId(3);
const EXIT_TOKENS: usize = 1 << 20;
const PATIENCE: Duration = Duration::from_secs(30);

struct Joined {
    client: ClientStack,
    exit: Exit,
    poll: Poll,
    events: Events,
}

impl Joined {
    fn new(mut client: ClientStack, mut exit: Exit) -> Self {
        let poll = Poll::new().unwrap();
        let registry = || poll.registry().try_clone().unwrap();
        client.attach(registry(), 0).unwrap();
        exit.attach(registry(), EXIT_TOKENS).unwrap();
        Self {
            client,
            exit,
            events: Events::with_capacity(64),
            poll,
        }
    }

    fn run_until(&mut self, mut done: impl FnMut() -> bool) {
        let end = Instant::now() + PATIENCE;
        while !done() {
            assert!(Instant::now() < end, "in vain");
            let wait = Some(Duration::from_millis(2));
            self.poll.poll(&mut self.events, wait).unwrap();
            let now = Instant::now();
            for event in &self.events {
                if event.token().0 < EXIT_TOKENS {
                    self.client.handle_event(event, now);
                } else {
                    self.exit.handle_event(event, now);
                }
            }
            self.client.handle_timeout(now);
            self.exit.handle_timeout(now);
            while carry(&mut self.client, &mut self.exit, now)
                | carry(&mut self.exit, &mut self.client, now)
            {}
        }
    }
}

fn carry(from: &mut impl InnerStack, to: &mut impl InnerStack, now: Instant) -> bool {
    let mut packet = [0; 1420];
    let mut carried = false;
    while let Some(length) = from.poll_packet(&mut packet, now) {
        to.handle_packet(PEER, &packet[..length], now);
        carried = true;
    }
    carried
}

fn exit(target: std::net::SocketAddr) -> Exit {
    let networks = vec!["10.77.0.0/16".parse().unwrap()];
    let mut configuration = ExitConfiguration::new(vec![GATEWAY], networks, 5);
    configuration.publish = vec![Publish { port: 80, target }];
    Exit::new(configuration)
}

#[test]
fn a_forward_reaches_a_published_service() {
    let listener = TcpListener::bind("127.0.0.1:0").unwrap();
    let target = listener.local_addr().unwrap();
    let body = vec![5; 3_000_000];
    let sent = body.clone();
    let service = std::thread::spawn(move || {
        let (mut stream, _) = listener.accept().unwrap();
        let mut request = Vec::new();
        stream.read_to_end(&mut request).unwrap();
        stream.write_all(&sent).unwrap();
        request
    });
    let (stack, handle) = client(&["0:10.77.0.1:80"]);
    let listen = handle.forwards()[0].listen;
    let upload = vec![6; 2_000_000];
    let question = upload.clone();
    let program = std::thread::spawn(move || {
        let mut stream = TcpStream::connect(listen).unwrap();
        stream.write_all(&question).unwrap();
        stream.shutdown(Shutdown::Write).unwrap();
        let mut answer = Vec::new();
        stream.read_to_end(&mut answer).unwrap();
        answer
    });
    let exit = exit(target);
    let counters = exit.counters();
    let mut joined = Joined::new(stack, exit);
    joined.run_until(|| program.is_finished() && service.is_finished());
    assert!(program.join().unwrap() == body);
    assert!(service.join().unwrap() == upload);
    joined.run_until(|| counters.open_tcp() == 0);
}

#[test]
fn the_gateway_answers_the_clients_ping() {
    let (stack, handle) = client(&[]);
    let mut joined = Joined::new(stack, exit(([127, 0, 0, 1], 9).into()));
    let mut replies = handle.ping(GATEWAY, 1, PATIENCE).unwrap();
    let mut count = 0;
    joined.run_until(|| {
        while let Ok(reply) = replies.try_recv() {
            assert_eq!(reply.sequence, count);
            count += 1;
        }
        replies.is_closed()
    });
    assert_eq!(count, 1);
}
