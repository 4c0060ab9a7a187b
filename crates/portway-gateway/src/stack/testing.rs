//! A world for tests of the stacks: a host behind the tunnel in virtual time, a link that loses and
//! reorders by a seed, and the real sockets of this machine on the other side.

use std::{
    collections::VecDeque,
    net::{IpAddr, SocketAddr},
    time::{Duration, Instant},
};

use mio::{Events, Poll};
use portway_dataplane::StackClock;
use smoltcp::{
    iface::{Config, Interface, SocketHandle, SocketSet},
    phy::{Device, DeviceCapabilities, Medium, RxToken, TxToken},
    socket::tcp,
    time::Instant as StackInstant,
    wire::{HardwareAddress, IpCidr, IpProtocol, Ipv4Packet, Ipv6Packet, TcpPacket},
};

use crate::{InnerStack, PeerId};

/// The peer that the far host is.
pub(crate) const PEER: PeerId = PeerId(7);
/// The far host's addresses.
pub(crate) const FAR: [IpAddr; 2] = [
    IpAddr::V4(std::net::Ipv4Addr::new(10, 77, 0, 2)),
    IpAddr::V6(std::net::Ipv6Addr::new(0xfd77, 0, 0, 0, 0, 0, 0, 2)),
];
/// The far host's first port.
pub(crate) const FIRST_PORT: u16 = 40_000;
/// Tokens below this belong to the driver.
const FIRST_TOKEN: usize = 10;
const MTU: usize = 1420;
/// How long a packet travels.
const LATENCY: Duration = Duration::from_millis(1);
/// How long, in real time, a test waits for the sockets of this machine before virtual time goes
/// on; and after how many such turns without success it gives up.
const REAL_WAIT: Duration = Duration::from_millis(1);
const TURNS: usize = 60_000;

/// What a link does to packets.
#[derive(Clone, Copy, Debug, Default)]
pub(crate) struct Weather {
    /// How many of a hundred are lost.
    pub(crate) lost: u64,
    /// How many of a hundred are overtaken by the next one.
    pub(crate) overtaken: u64,
}

/// A small generator, so that a seed repeats a run.
#[derive(Debug)]
pub(crate) struct Dice(u64);

impl Dice {
    pub(crate) fn new(seed: u64) -> Self {
        Self(seed | 1)
    }

    fn hits(&mut self, percent: u64) -> bool {
        self.0 ^= self.0 << 13;
        self.0 ^= self.0 >> 7;
        self.0 ^= self.0 << 17;
        self.0 % 100 < percent
    }
}

/// A stack, its driver, and the far host.
pub(crate) struct World<S> {
    pub(crate) stack: S,
    pub(crate) far: FarHost,
    pub(crate) now: Instant,
    pub(crate) weather: Weather,
    dice: Dice,
    poll: Poll,
    events: Events,
}

impl<S: InnerStack> World<S> {
    pub(crate) fn new(stack: S) -> Self {
        Self::with_weather(stack, Weather::default(), 1)
    }

    pub(crate) fn with_weather(mut stack: S, weather: Weather, seed: u64) -> Self {
        let poll = Poll::new().unwrap();
        let registry = poll.registry().try_clone().unwrap();
        stack.attach(registry, FIRST_TOKEN).unwrap();
        Self {
            stack,
            far: FarHost::new(),
            now: Instant::now(),
            weather,
            dice: Dice::new(seed),
            poll,
            events: Events::with_capacity(64),
        }
    }

    /// Runs until `done` is content, or fails the test.
    pub(crate) fn run_until(&mut self, what: &str, mut done: impl FnMut(&mut Self) -> bool) {
        for _ in 0..TURNS {
            if done(self) {
                return;
            }
            self.turn();
        }
        panic!("in vain: {what}");
    }

    /// Lets virtual time pass with everything that happens meanwhile.
    pub(crate) fn pass(&mut self, time: Duration) {
        let end = self.now + time;
        self.run_until("time passes", |world| world.now >= end);
    }

    /// Sends a packet of the far host.
    pub(crate) fn send(&mut self, packet: &[u8]) {
        self.stack.handle_packet(PEER, packet, self.now);
        self.fetch();
    }

    fn turn(&mut self) {
        let busy = self.exchange();
        let wait = if busy { Duration::ZERO } else { REAL_WAIT };
        self.poll.poll(&mut self.events, Some(wait)).unwrap();
        for event in &self.events {
            self.stack.handle_event(event, self.now);
        }
        let sockets_idle = self.events.is_empty();
        self.now = if busy || !sockets_idle {
            self.now + LATENCY
        } else {
            self.next_moment()
        };
        if self.stack.next_timeout().is_some_and(|at| at <= self.now) {
            self.stack.handle_timeout(self.now);
        }
        self.fetch();
    }

    /// Carries packets both ways; tells whether there were any.
    fn exchange(&mut self) -> bool {
        self.far.poll(self.now);
        let outbound = std::mem::take(&mut self.far.wire.outbound);
        let busy = !outbound.is_empty();
        for packet in travel(outbound, self.weather, &mut self.dice) {
            let peer = self.far.speaks_as;
            self.stack.handle_packet(peer, &packet, self.now);
        }
        self.fetch() || busy
    }

    fn fetch(&mut self) -> bool {
        let mut fetched = VecDeque::new();
        let mut buffer = [0; MTU];
        while let Some(length) = self.stack.poll_packet(&mut buffer, self.now) {
            fetched.push_back(buffer[..length].to_vec());
        }
        let busy = !fetched.is_empty();
        for packet in travel(fetched, self.weather, &mut self.dice) {
            self.far.take(packet);
        }
        busy
    }

    /// Nothing moves: on to the next timer, in steps that let real sockets catch up.
    fn next_moment(&mut self) -> Instant {
        let far = self.far.deadline(self.now);
        let timers = [self.stack.next_timeout(), far];
        let step = self.now + Duration::from_millis(50);
        let next = timers.into_iter().flatten().min().unwrap_or(step);
        next.clamp(self.now + LATENCY, step)
    }
}

fn travel(packets: VecDeque<Vec<u8>>, weather: Weather, dice: &mut Dice) -> Vec<Vec<u8>> {
    let mut arrived: Vec<Vec<u8>> = Vec::new();
    for packet in packets {
        if dice.hits(weather.lost) {
            continue;
        }
        let place = match arrived.len() {
            0 => 0,
            length if dice.hits(weather.overtaken) => length - 1,
            length => length,
        };
        arrived.insert(place, packet);
    }
    arrived
}

/// A host behind the tunnel with a TCP stack; what is not TCP is kept for the test to look at.
pub(crate) struct FarHost {
    interface: Interface,
    pub(crate) sockets: SocketSet<'static>,
    wire: Queues,
    clock: StackClock,
    next_port: u16,
    /// Which peer its packets come from.
    pub(crate) speaks_as: PeerId,
    pub(crate) others: Vec<Vec<u8>>,
    /// The numbers that the last IPv4 segment expects next: its acknowledgement and its own.
    pub(crate) seen: Option<(u32, u32)>,
    /// TCP payload bytes that have arrived, repeated ones included.
    pub(crate) arrived: usize,
}

impl FarHost {
    fn new() -> Self {
        let mut wire = Queues::default();
        let config = Config::new(HardwareAddress::Ip);
        let mut interface = Interface::new(config, &mut wire, StackInstant::ZERO);
        interface.update_ip_addrs(|addresses| {
            for (address, length) in FAR.into_iter().zip([16, 64]) {
                addresses.push(IpCidr::new(address.into(), length)).unwrap();
            }
        });
        Self {
            interface,
            sockets: SocketSet::new(Vec::new()),
            wire,
            clock: StackClock::default(),
            next_port: FIRST_PORT,
            speaks_as: PEER,
            others: Vec::new(),
            seen: None,
            arrived: 0,
        }
    }

    /// Connects to `destination` with buffers of `buffer` bytes.
    pub(crate) fn connect(&mut self, destination: SocketAddr, buffer: usize) -> SocketHandle {
        let mut socket = closed_socket(buffer);
        let source = FAR[usize::from(destination.is_ipv6())];
        let local = SocketAddr::new(source, self.next_port);
        self.next_port += 1;
        socket
            .connect(self.interface.context(), destination, local)
            .unwrap();
        self.sockets.add(socket)
    }

    /// Waits for one connection to `port`.
    pub(crate) fn listen(&mut self, port: u16, buffer: usize) -> SocketHandle {
        let mut socket = closed_socket(buffer);
        socket.listen(port).unwrap();
        self.sockets.add(socket)
    }

    pub(crate) fn socket(&mut self, handle: SocketHandle) -> &mut tcp::Socket<'static> {
        self.sockets.get_mut(handle)
    }

    fn take(&mut self, packet: Vec<u8>) {
        if is_tcp(&packet) {
            self.arrived += packet.len();
            self.seen = packet.get(20..40).map(numbers);
            self.wire.inbound.push_back(packet);
        } else {
            self.others.push(packet);
        }
    }

    fn poll(&mut self, now: Instant) {
        let now = self.clock.stack_time(now);
        self.interface.poll(now, &mut self.wire, &mut self.sockets);
    }

    fn deadline(&mut self, now: Instant) -> Option<Instant> {
        let now = self.clock.stack_time(now);
        let at = self.interface.poll_at(now, &self.sockets)?;
        self.clock.driver_time(at)
    }
}

fn numbers(segment: &[u8]) -> (u32, u32) {
    let segment = TcpPacket::new_unchecked(segment);
    (segment.ack_number().0 as u32, segment.seq_number().0 as u32)
}

fn closed_socket(buffer: usize) -> tcp::Socket<'static> {
    let ring = || tcp::SocketBuffer::new(vec![0; buffer]);
    tcp::Socket::new(ring(), ring())
}

fn is_tcp(packet: &[u8]) -> bool {
    let protocol = match packet[0] >> 4 {
        4 => Ipv4Packet::new_unchecked(packet).next_header(),
        _ => Ipv6Packet::new_unchecked(packet).next_header(),
    };
    protocol == IpProtocol::Tcp
}

#[derive(Default)]
struct Queues {
    inbound: VecDeque<Vec<u8>>,
    outbound: VecDeque<Vec<u8>>,
}

struct Inbound(Vec<u8>);
struct Outbound<'a>(&'a mut VecDeque<Vec<u8>>);

impl Device for Queues {
    type RxToken<'a> = Inbound;
    type TxToken<'a> = Outbound<'a>;

    fn receive(&mut self, _: StackInstant) -> Option<(Inbound, Outbound<'_>)> {
        let packet = self.inbound.pop_front()?;
        Some((Inbound(packet), Outbound(&mut self.outbound)))
    }

    fn transmit(&mut self, _: StackInstant) -> Option<Outbound<'_>> {
        Some(Outbound(&mut self.outbound))
    }

    fn capabilities(&self) -> DeviceCapabilities {
        let mut capabilities = DeviceCapabilities::default();
        capabilities.medium = Medium::Ip;
        capabilities.max_transmission_unit = MTU;
        capabilities
    }
}

impl RxToken for Inbound {
    fn consume<R, F: FnOnce(&[u8]) -> R>(self, read: F) -> R {
        read(&self.0)
    }
}

impl TxToken for Outbound<'_> {
    fn consume<R, F: FnOnce(&mut [u8]) -> R>(self, length: usize, write: F) -> R {
        let mut packet = vec![0; length];
        let result = write(&mut packet);
        self.0.push_back(packet);
        result
    }
}
