//! The thread: one turn after another, each bounded, so that no side starves another.

use std::{
    io,
    net::SocketAddr,
    sync::{Arc, Mutex},
    thread,
    time::{Duration, Instant, SystemTime},
};

use mio::{Events, Poll, Token, Waker};
use ring::rand::{SecureRandom as _, SystemRandom};
use tokio::sync::mpsc;

use super::{
    DataPathConfiguration, DataPathError, Inner, ListenAddress,
    alarm::Alarm,
    handle::Command,
    held::Held,
    incoming::Incoming,
    inner_side::{InnerSide, StackSide},
    moderation::{Came, LINGER, Moderation},
    outgoing::Outgoing,
    sockets::Sockets,
    tun::TunSide,
    tunnels::Tunnels,
};
use crate::{
    Change,
    state::{Action, Counters, Device, DropReason, PeerEvent, Random},
};

const WAKE: Token = Token(0);
const OUTER: [Token; 2] = [Token(1), Token(2)];
const ALARM: Token = Token(3);
/// Tokens from here on belong to the inner side.
const FIRST_INNER: usize = 16;
/// Readiness events of one turn.
const EVENTS: usize = 256;

/// The thread's ends of what the handle holds.
pub(super) struct Reception {
    pub(super) commands: mpsc::Receiver<Command>,
    pub(super) events: mpsc::Sender<PeerEvent>,
    pub(super) address: Arc<Mutex<SocketAddr>>,
}

/// Everything that the thread owns. Decisions are the device's; all side effects are here.
pub(super) struct Worker {
    pub(super) device: Device,
    pub(super) tunnels: Tunnels,
    pub(super) sockets: Sockets,
    pub(super) inner: InnerSide,
    pub(super) incoming: Incoming,
    pub(super) outgoing: Outgoing,
    pub(super) held: Held,
    pub(super) counters: Arc<Counters>,
    pub(super) reception: Reception,
    pub(super) poll: Poll,
    events: Events,
    alarm: Alarm,
    waker: Arc<Waker>,
    pub(super) work: Work,
    /// Packets of this turn.
    pub(super) came: Came,
    moderation: Moderation,
}

/// What is left to do before the thread may wait.
#[derive(Default)]
pub(super) struct Work {
    pub(super) outer: [bool; 2],
    pub(super) inner: bool,
    pub(super) commands: bool,
}

impl Work {
    fn is_left(&self) -> bool {
        self.outer.contains(&true) || self.inner || self.commands
    }
}

impl Worker {
    /// Binds the outer side and opens the inner one.
    pub(super) fn new(
        configuration: DataPathConfiguration,
        inner: Inner,
        reception: Reception,
    ) -> io::Result<Self> {
        let poll = Poll::new()?;
        let waker = Arc::new(Waker::new(poll.registry(), WAKE)?);
        let alarm = Alarm::new(poll.registry(), ALARM)?;
        let DataPathConfiguration {
            listen,
            private_key,
            firewall_mark,
            mtu,
        } = configuration;
        let sockets = Sockets::bind(listen, firewall_mark, poll.registry(), OUTER)
            .map_err(|error| explain_bind(listen, &error))?;
        let inner = open_inner(inner, mtu, &poll)?;
        let counters = Arc::new(Counters::default());
        let now = Instant::now();
        let device = Device::new(counters.clone(), system_random(), now, SystemTime::now());
        let mut worker = Self {
            device,
            tunnels: Tunnels::default(),
            sockets,
            inner,
            incoming: Incoming::new(),
            outgoing: Outgoing::new(mtu),
            held: Held::default(),
            counters,
            reception,
            poll,
            events: Events::with_capacity(EVENTS),
            alarm,
            waker,
            work: Work {
                inner: true,
                ..Work::default()
            },
            came: Came::default(),
            moderation: Moderation::new(),
        };
        worker.device.apply(Change::PrivateKey(private_key), now);
        worker.tunnels.identify_as(&worker.device);
        worker.device.set_firewall_mark(firewall_mark);
        worker.note_address()?;
        Ok(worker)
    }

    pub(super) fn waker(&self) -> Arc<Waker> {
        Arc::clone(&self.waker)
    }

    pub(super) fn counters(&self) -> Arc<Counters> {
        Arc::clone(&self.counters)
    }

    /// Works until told to stop, or until it cannot.
    pub(super) fn run(&mut self) -> DataPathError {
        let mut now = Instant::now();
        loop {
            if let Err(end) = self.turn(&mut now) {
                return end;
            }
        }
    }

    /// One turn: wait, then give each side its share. The clock is read once.
    fn turn(&mut self, now: &mut Instant) -> Result<(), DataPathError> {
        self.wait(*now)
            .map_err(DataPathError::io("waited for packets"))?;
        *now = Instant::now();
        self.note_events(*now);
        if self.work.commands {
            self.handle_commands(*now)?;
        }
        for (which, token) in OUTER.into_iter().enumerate() {
            if self.work.outer[which] {
                self.work.outer[which] = self.receive(token, *now)?;
            }
        }
        self.handle_timeouts(*now);
        self.read_inner(*now)?;
        self.let_packets_gather(*now);
        Ok(())
    }

    /// Lingers where what comes meanwhile is cheaper to handle together.
    fn let_packets_gather(&mut self, now: Instant) {
        let came = std::mem::take(&mut self.came);
        if self.moderation.lingers_after(came, now) && !self.work.is_left() {
            thread::sleep(LINGER);
        }
    }

    /// Waits for readiness or the next deadline; with work left it only looks.
    fn wait(&mut self, now: Instant) -> io::Result<()> {
        let limit = self.work.is_left().then_some(Duration::ZERO);
        let deadlines = [self.device.next_timeout(), self.inner.next_timeout()];
        if let (None, Some(first)) = (limit, deadlines.into_iter().flatten().min()) {
            self.alarm.wake_at(first, now)?;
        }
        match self.poll.poll(&mut self.events, limit) {
            Err(error) if error.kind() != io::ErrorKind::Interrupted => Err(error),
            _ => Ok(()),
        }
    }

    fn note_events(&mut self, now: Instant) {
        for event in &self.events {
            match event.token() {
                WAKE => self.work.commands = true,
                ALARM => self.alarm.note_fired(),
                token if token == OUTER[0] => self.work.outer[0] = true,
                token if token == OUTER[1] => self.work.outer[1] = true,
                _ => {
                    self.work.inner = true;
                    self.inner.handle_event(event, now);
                }
            }
        }
    }

    fn handle_timeouts(&mut self, now: Instant) {
        if self.device.next_timeout().is_some_and(|at| at <= now) {
            self.device.handle_timeout(now);
            self.carry_out_actions(now);
        }
        self.inner.handle_timeout(now);
    }

    fn read_inner(&mut self, now: Instant) -> Result<(), DataPathError> {
        if !self.work.inner && !self.inner.wants_to_speak() {
            return Ok(());
        }
        self.work.inner = self.inner.read(&mut self.outgoing, &self.device, now)?;
        self.came.from_inside = self.outgoing.count();
        if !self.outgoing.is_empty() {
            self.flush_outgoing(now);
        }
        Ok(())
    }

    /// Carries out what the decisions left to do.
    pub(super) fn carry_out_actions(&mut self, now: Instant) {
        while let Some(action) = self.device.poll_action() {
            match action {
                Action::Initiate(peer) => self.send_initiation(peer, now),
                Action::Keepalive(peer) => self.send_keepalive(peer, now),
                Action::SendHeld(peer) => self.send_held(peer, now),
                Action::DropHeld(peer) => self.drop_held(peer),
                Action::CloseTunnel(peer) => self.tunnels.close(peer),
                Action::Forget(peer) => {
                    self.tunnels.close(peer);
                    drop(self.held.take(peer));
                    self.inner.forget(peer);
                    self.work.inner = true;
                }
                Action::Emit(event) => self.emit(event),
            }
        }
    }

    fn emit(&self, event: PeerEvent) {
        // Nobody may listen at all, which is fine; a full queue is counted.
        if let Err(mpsc::error::TrySendError::Full(_)) = self.reception.events.try_send(event) {
            self.counters.count_drop(DropReason::EventLost);
        }
    }
}

fn explain_bind(listen: ListenAddress, error: &io::Error) -> io::Error {
    let address = match listen {
        ListenAddress::At(address) => address.to_string(),
        ListenAddress::Any(port) => format!("port {port} of all addresses"),
    };
    let hint = match error.kind() {
        io::ErrorKind::AddrInUse => "choose another port or stop the program that has it",
        io::ErrorKind::AddrNotAvailable => "this host has no such address",
        io::ErrorKind::PermissionDenied => "ports below 1024 and marks need more rights",
        _ => "see the system's reason",
    };
    io::Error::new(
        error.kind(),
        format!("cannot listen on UDP {address}: {error}; {hint}"),
    )
}

fn open_inner(inner: Inner, mtu: u16, poll: &Poll) -> io::Result<InnerSide> {
    match inner {
        Inner::Stack(stack) => {
            let registry = poll.registry().try_clone()?;
            Ok(InnerSide::Stack(StackSide::new(
                stack,
                mtu,
                registry,
                FIRST_INNER,
            )?))
        }
        Inner::Tun(configuration) => {
            let tun = TunSide::new(configuration, mtu, poll.registry(), Token(FIRST_INNER))?;
            Ok(InnerSide::Tun(Box::new(tun)))
        }
    }
}

/// The system's random source, as the decisions take it.
fn system_random() -> Random {
    let source = SystemRandom::new();
    Box::new(move || {
        let mut bytes = [0; 4];
        source
            .fill(&mut bytes)
            .expect("the system's random source gave the keys before");
        u32::from_ne_bytes(bytes)
    })
}
