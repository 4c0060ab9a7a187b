//! Everything that the data path owns, and its turns: each bounded, so that no side starves another.

use std::{
    io,
    net::SocketAddr,
    os::fd::AsRawFd as _,
    sync::{Arc, Mutex},
    time::{Duration, Instant, SystemTime},
};

use mio::{Events, Interest, Registry, Token, Waker, unix::SourceFd};
use tokio::sync::mpsc;

use super::{
    DataPathConfiguration, DataPathError, Inner,
    alarm::Alarm,
    handle::Command,
    held::Held,
    incoming::Incoming,
    inner_side::InnerSide,
    moderation::{Came, Moderation, Pace},
    opening::{explain_bind, open_inner, system_random},
    outgoing::Outgoing,
    sockets::Sockets,
    tunnels::Tunnels,
    xdp::{self, Attachment, OuterEnd, OwnAddresses, Queue, Wanted},
};
use crate::{
    Change,
    flow::FlowRecorder,
    state::{Action, Counters, Device, DropReason, PeerEvent},
};

const WAKE: Token = Token(0);
const OUTER: [Token; 2] = [Token(1), Token(2)];
const ALARM: Token = Token(3);
/// Changes of routes and neighbours of the outer side.
const NEWS: Token = Token(4);
/// Tokens from here on belong to the inner side.
const FIRST_INNER: usize = 16;
/// The thread's ends of what the handle holds.
pub(super) struct Reception {
    pub(super) commands: mpsc::Receiver<Command>,
    pub(super) events: mpsc::Sender<PeerEvent>,
    pub(super) address: Arc<Mutex<SocketAddr>>,
}

/// Everything that the data path owns. Decisions are the device's; all side effects are here.
pub(super) struct Worker {
    pub(super) device: Device,
    pub(super) tunnels: Tunnels,
    pub(super) sockets: Sockets,
    pub(super) inner: InnerSide,
    pub(super) incoming: Incoming,
    pub(super) outgoing: Outgoing,
    pub(super) held: Held,
    pub(super) counters: Arc<Counters>,
    /// Counts conversations, if somebody wants to know of them.
    pub(super) flows: Option<FlowRecorder>,
    pub(super) reception: Reception,
    /// The outer side past the kernel, if there is one, and what feeds it.
    pub(super) outer_xdp: Option<(Arc<OuterEnd>, Attachment)>,
    /// Holds the program that feeds the inner side.
    _inner_xdp: Option<Attachment>,
    /// Queues whose threads are to be started.
    pub(super) queues: Vec<Queue>,
    /// Why the data path has to end.
    failure: Option<DataPathError>,
    pub(super) registry: Registry,
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
    pub(super) fn is_left(&self) -> bool {
        self.outer.contains(&true) || self.inner || self.commands
    }
}

impl Worker {
    /// Binds the outer side and opens the inner one.
    pub(super) fn new(
        configuration: DataPathConfiguration,
        inner: Inner,
        reception: Reception,
        registry: Registry,
    ) -> io::Result<Self> {
        let waker = Arc::new(Waker::new(&registry, WAKE)?);
        let alarm = Alarm::new(&registry, ALARM)?;
        let DataPathConfiguration {
            listen,
            outer_xdp,
            private_key,
            firewall_mark,
            mtu,
            flows,
        } = configuration;
        let mut sockets = Sockets::bind(listen, firewall_mark, &registry, OUTER)
            .map_err(|error| explain_bind(listen, &error))?;
        let outer = outer_xdp.as_ref().map(|side| {
            let own = OwnAddresses::of(&side.name, listen)?;
            io::Result::Ok((side, own, sockets.local_address()?.port()))
        });
        let wanted = Wanted {
            outer: outer.transpose()?,
            inner: inner.xdp(),
            mtu,
        };
        let opened = xdp::open(&wanted, &registry, FIRST_INNER)?;
        if let Some((end, _)) = &opened.outer {
            let news = end.next_hops().as_raw_fd();
            registry.register(&mut SourceFd(&news), NEWS, Interest::READABLE)?;
            end.next_hops().set_mark(firewall_mark);
            sockets.send_past_kernel(Arc::clone(end));
        }
        let (side, inner_attachment) = opened.inner.unzip();
        let inner = open_inner(inner, side, mtu, (&registry, FIRST_INNER))?;
        let counters = Arc::new(Counters::default());
        let (now, wall) = (Instant::now(), SystemTime::now());
        let device = Device::new(counters.clone(), system_random(), now, wall);
        let mut worker = Self {
            device,
            tunnels: Tunnels::default(),
            sockets,
            inner,
            incoming: Incoming::new(),
            outgoing: Outgoing::new(mtu),
            held: Held::default(),
            counters,
            flows: flows.map(|export| FlowRecorder::new(export, now, wall)),
            reception,
            outer_xdp: opened.outer,
            _inner_xdp: inner_attachment,
            queues: opened.queues,
            failure: None,
            registry,
            alarm,
            waker,
            work: Work {
                inner: true,
                ..Work::default()
            },
            came: Came::default(),
            moderation: Moderation::new(Pace::SHARED),
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

    /// What the thread has to know before it waits: nothing where there is work left, or else the alarm is set.
    pub(super) fn prepare_to_wait(&mut self, now: Instant) -> io::Result<Option<Duration>> {
        if self.work.is_left() {
            return Ok(Some(Duration::ZERO));
        }
        self.set_alarm(now)?;
        Ok(None)
    }

    /// Sees to it that the thread wakes at the next deadline.
    pub(super) fn set_alarm(&mut self, now: Instant) -> io::Result<()> {
        let flows = self.flows.as_ref().and_then(FlowRecorder::next_timeout);
        let deadlines = [self.device.next_timeout(), self.inner.next_timeout(), flows];
        match deadlines.into_iter().flatten().min() {
            Some(first) => self.alarm.wake_at(first, now),
            None => Ok(()),
        }
    }

    /// One turn after a wait: gives each side its share, and tells whether to linger.
    pub(super) fn turn(&mut self, events: &Events, now: Instant) -> Result<bool, DataPathError> {
        self.note_events(events, now);
        if let Some(failure) = self.failure.take() {
            return Err(failure);
        }
        if self.work.commands {
            self.handle_commands(now)?;
        }
        for (which, token) in OUTER.into_iter().enumerate() {
            if self.work.outer[which] {
                self.work.outer[which] = self.receive(token, now)?;
            }
        }
        self.handle_timeouts(now);
        self.read_inner(now)?;
        Ok(self.lets_packets_gather(now))
    }

    /// Whether to linger because what comes meanwhile is cheaper to handle together.
    fn lets_packets_gather(&mut self, now: Instant) -> bool {
        let came = std::mem::take(&mut self.came);
        self.moderation.lingers_after(came, now) && !self.work.is_left()
    }

    fn note_events(&mut self, events: &Events, now: Instant) {
        for event in events {
            match event.token() {
                WAKE => self.work.commands = true,
                ALARM => self.alarm.note_fired(),
                NEWS => self.read_news(),
                token if token == OUTER[0] => self.work.outer[0] = true,
                token if token == OUTER[1] => self.work.outer[1] = true,
                _ => {
                    self.work.inner = true;
                    self.inner.handle_event(event, now);
                }
            }
        }
    }

    /// Follows the routes and neighbours of the outer side.
    fn read_news(&mut self) {
        let Some((end, attachment)) = &self.outer_xdp else {
            return;
        };
        let mut next_hops = end.next_hops();
        if let Err(error) = next_hops.read_news() {
            tracing::debug!(%error, "news of neighbours were lost; they are asked for anew");
        }
        if next_hops.is_removed() {
            let interface = attachment.interface().to_owned();
            self.failure = Some(DataPathError::InterfaceRemoved(interface));
        }
    }

    /// Has the data path end, for a reason that another thread met.
    pub(super) fn fail(&mut self, error: DataPathError) {
        self.failure.get_or_insert(error);
        self.wake();
    }

    /// Has the data path's own thread take a turn.
    pub(super) fn wake(&self) {
        if let Err(error) = self.waker.wake() {
            tracing::error!(%error, "cannot wake the data path");
        }
    }

    fn handle_timeouts(&mut self, now: Instant) {
        if self.device.next_timeout().is_some_and(|at| at <= now) {
            self.device.handle_timeout(now);
            self.carry_out_actions(now);
        }
        self.inner.handle_timeout(now);
        if let Some(flows) = self.flows.as_mut() {
            flows.handle_timeout(now, SystemTime::now);
        }
    }

    pub(super) fn read_inner(&mut self, now: Instant) -> Result<(), DataPathError> {
        if !self.work.inner && !self.inner.wants_to_speak() {
            return Ok(());
        }
        self.work.inner = self
            .inner
            .read(&mut self.outgoing, &self.device, &self.counters, now)?;
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
