//! The thread of one queue of each side.

use std::{
    io,
    net::IpAddr,
    sync::{
        Arc,
        atomic::{AtomicBool, Ordering},
    },
    thread,
    time::Instant,
};

use mio::{Events, Interest, Poll, Token, Waker, unix::SourceFd};
use portway_dataplane::{Burst, Frame, PortReceiver};

use super::{
    departures::Departures,
    inner_end::{InnerEnd, Passed},
    lan::{self, Judged, Replies},
    outer_end::OuterEnd,
    runs::{self, Sorted},
};
use crate::{
    io::{
        moderation::{Came, Moderation, Pace},
        path::{SharedWorker, lock},
    },
    state::{Counters, DropReason},
};

const WAKE: Token = Token(0);
const OUTER: Token = Token(1);
const INNER: Token = Token(2);

/// The sending halves of both sides, as far as they are on AF_XDP.
pub(super) type Ends = (Option<Arc<OuterEnd>>, Option<Arc<InnerEnd>>);

/// What a thread begins with.
pub(in crate::io) struct Queue {
    pub(super) number: usize,
    /// The receiving halves of its queue of either side, as far as there are.
    pub(super) outer: Option<PortReceiver>,
    pub(super) inner: Option<PortReceiver>,
    pub(super) ends: Ends,
    /// That of the tunnel.
    pub(super) mtu: usize,
}

/// The running form of a queue.
pub(super) struct QueueThread {
    queue: Queue,
    worker: SharedWorker,
    counters: Arc<Counters>,
    poll: Poll,
    stopped: Arc<AtomicBool>,
    burst: Burst,
    replies: Replies,
    moderation: Moderation,
}

impl QueueThread {
    /// Prepares the thread, and what wakes it.
    pub(super) fn new(
        queue: Queue,
        worker: SharedWorker,
        stopped: Arc<AtomicBool>,
    ) -> io::Result<(Self, Waker)> {
        let poll = Poll::new()?;
        for (receiver, token) in [(&queue.outer, OUTER), (&queue.inner, INNER)] {
            let descriptor = receiver.as_ref().and_then(PortReceiver::descriptor);
            if let Some(descriptor) = descriptor {
                let mut source = SourceFd(&descriptor);
                poll.registry()
                    .register(&mut source, token, Interest::READABLE)?;
            }
        }
        let waker = Waker::new(poll.registry(), WAKE)?;
        let counters = lock(&worker).counters();
        let thread = Self {
            queue,
            worker,
            counters,
            poll,
            stopped,
            burst: Burst::new(),
            replies: Replies::default(),
            moderation: Moderation::new(Pace::QUEUE),
        };
        Ok((thread, waker))
    }

    /// Works until it is stopped.
    pub(super) fn run(&mut self) -> io::Result<()> {
        let mut events = Events::with_capacity(4);
        while !self.stopped.load(Ordering::Acquire) {
            let now = Instant::now();
            let came = Came {
                from_outside: self.take_outer(now),
                from_inside: self.take_inner(now),
            };
            if came.is_nothing() {
                wait(&mut self.poll, &mut events)?;
            } else if self.moderation.lingers_after(came, now) {
                thread::sleep(self.moderation.linger());
            }
        }
        Ok(())
    }

    /// Takes a burst of messages; tells how many there were.
    fn take_outer(&mut self, now: Instant) -> usize {
        let count = receive(self.queue.outer.as_mut(), &mut self.burst);
        if count == 0 {
            return 0;
        }
        let (Some(outer), inner) = self.queue.ends.clone() else {
            return 0;
        };
        if let Some(inner) = inner {
            self.pass_inward(&outer, &inner, now);
        } else {
            let messages = runs::messages(&mut self.burst, outer.own(), &self.counters);
            let mut worker = lock(&self.worker);
            worker.take_messages(messages, now);
            worker.finish(now);
        }
        count
    }

    /// Opens messages in their frames and passes the packets on.
    fn pass_inward(&mut self, outer: &OuterEnd, inner: &InnerEnd, now: Instant) {
        let mut sorted = Sorted::from_burst(&mut self.burst, outer.own(), &self.counters);
        lock(&self.worker).admit(&mut sorted, now);
        for run in &mut sorted.runs {
            run.open(now, &self.counters);
        }
        let mut departures = Departures::default();
        let mut worker = lock(&self.worker);
        let inward = worker.accept(sorted.runs, inner, &mut departures, now);
        worker.prepare(&mut departures, now);
        worker.finish(now);
        drop(worker);
        self.enter(inward, inner, now);
        self.leave(departures, outer, now);
    }

    /// Sends packets of peers into the network.
    fn enter(&mut self, packets: Vec<Frame>, inner: &InnerEnd, now: Instant) {
        let number = self.queue.number;
        let mut refused = Vec::new();
        for frame in packets {
            match inner.pass(frame, now, &self.counters) {
                Passed::Addressed(frame) => {
                    inner.gather(frame, &mut self.burst, number, &self.counters);
                }
                Passed::Gone => {}
                Passed::Refused(frame, refusal) => refused.push((frame, refusal)),
            }
        }
        inner.transmit(number, &mut self.burst, &self.counters);
        if !refused.is_empty() {
            let mut worker = lock(&self.worker);
            worker.refuse(refused);
            worker.finish(now);
        }
    }

    /// Takes a burst of packets of the network; tells how many there were.
    fn take_inner(&mut self, now: Instant) -> usize {
        let count = receive(self.queue.inner.as_mut(), &mut self.burst);
        let (outer, Some(inner)) = self.queue.ends.clone() else {
            return 0;
        };
        if count == 0 {
            return 0;
        }
        let packets = self.judge(&inner);
        let mut worker = lock(&self.worker);
        let Some(outer) = outer else {
            worker.take_packets(packets, now);
            worker.finish(now);
            return count;
        };
        let mut departures = Departures::default();
        worker.depart(packets, &mut departures);
        worker.prepare(&mut departures, now);
        worker.finish(now);
        drop(worker);
        self.leave(departures, &outer, now);
        count
    }

    /// Decides about each packet of the network; what is to be answered is.
    fn judge(&mut self, end: &InnerEnd) -> Vec<(IpAddr, Frame)> {
        let (own, mtu, number) = (end.mac(), self.queue.mtu, self.queue.number);
        let mut packets = Vec::with_capacity(self.burst.len());
        let mut answers = Burst::new();
        for mut frame in self.burst.drain(self.burst.len()) {
            let Some(sender) = lan::take_packet(&mut frame, own) else {
                self.counters.count_drop(DropReason::MalformedInner);
                continue;
            };
            match lan::judge(&mut frame, end, mtu) {
                Judged::Forward(destination) => {
                    packets.push((destination, frame));
                    continue;
                }
                Judged::Own => self.replies.answer(&frame, &self.counters),
                Judged::Refused(refusal) => {
                    self.replies.refuse(&frame, refusal, end, &self.counters);
                }
                Judged::Dropped(reason) => self.counters.count_drop(reason),
            }
            self.replies
                .send(sender, end, &mut answers, number, &self.counters);
        }
        end.transmit(number, &mut answers, &self.counters);
        packets
    }

    /// Seals and sends departures, then tells the worker.
    fn leave(&self, mut departures: Departures, outer: &OuterEnd, now: Instant) {
        if departures.0.is_empty() {
            return;
        }
        for departure in &mut departures.0 {
            let (queue, mtu) = (self.queue.number, self.queue.mtu);
            departure.leave(outer, queue, mtu, &self.counters, now);
        }
        let mut worker = lock(&self.worker);
        worker.conclude(departures, now);
        worker.finish(now);
    }
}

/// Receives a burst, where there is a queue. Errors are counted by the port; they pass when the interface comes up again.
fn receive(receiver: Option<&mut PortReceiver>, burst: &mut Burst) -> usize {
    let Some(receiver) = receiver else {
        return 0;
    };
    let count = receiver.rx_burst(burst);
    if let Some(error) = receiver.take_error() {
        tracing::debug!(port = receiver.name(), %error, "receiving failed");
    }
    count
}

fn wait(poll: &mut Poll, events: &mut Events) -> io::Result<()> {
    match poll.poll(events, None) {
        Err(error) if error.kind() != io::ErrorKind::Interrupted => Err(error),
        _ => Ok(()),
    }
}
