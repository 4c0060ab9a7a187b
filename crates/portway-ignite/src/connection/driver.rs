//! The task that owns the socket of one connection.

mod gathering;
mod own_requests;
mod sorting;

use std::pin::{Pin, pin};
use std::sync::Arc;
use std::task::{Context, Poll, Waker};

use bytes::BytesMut;
use portway_ignite_protocol::{BinaryConfiguration, Dialect, Feature};
use tokio::io::{AsyncReadExt, AsyncWrite as _};
use tokio::time::{Instant, Sleep};

use super::exchange::{Exchange, KEPT_BUFFER};
use super::first_questions;
use super::gathering::Gathering;
use super::handshake::Agreement;
use super::heartbeat::{Heartbeat, Pulse};
use super::line::DriverEnd;
use super::listeners::{Listeners, QueueLimit};
use super::read_size::ReadSize;
use super::resource::Release;
use super::transaction::TransactionPart;
use crate::address::Address;
use crate::configuration::ClientConfiguration;
use crate::error::{Delivery, Error, LossReason};
use crate::observe::Traffic;
use crate::transport::{Stream, Transport};

/// Ids of the driver's own requests are negative, so that they never meet those of callers. The
/// first are those of the first questions. Answers are known by their ids alone: a node that never
/// gives them costs no memory.
const FIRST_OWN_ID: i64 = -1;

/// Owns the socket of a connection and hands out what arrives. See the module
/// [`connection`](super) for the picture.
pub(crate) struct Driver {
    address: Address,
    dialect: Dialect,
    frame_limit: usize,
    stream: Box<dyn Stream>,
    exchange: Arc<Exchange>,
    line: DriverEnd,
    input: BytesMut,
    read_size: ReadSize,
    /// What was taken out of the outbox.
    output: Vec<u8>,
    /// How much of `output` is written.
    written: usize,
    /// The bytes that were ever written.
    written_in_all: u64,
    sends_ahead: bool,
    /// No byte behind this place in the stream of all that is sent has left this process.
    left_at_most: u64,
    gathering: Gathering,
    /// When the socket must wait no longer, while it was asked to.
    gathers_until: Option<Pin<Box<Sleep>>>,
    listeners: Listeners,
    heartbeat: Heartbeat,
    timer: Pin<Box<Sleep>>,
    traffic: Traffic,
    next_own_id: i64,
    /// When the first questions are asked, while they are not.
    questions_due: Option<Instant>,
    /// Whether there are handles, cursors or streams left.
    is_wanted: bool,
    /// Those who got answers, until they are woken.
    wakers: Vec<Waker>,
    /// What ends with the answers, until the table is free.
    parts: Vec<TransactionPart>,
    answers: usize,
    end: Option<LossReason>,
}

impl Driver {
    pub(crate) fn new(
        address: &Address,
        configuration: &ClientConfiguration,
        transport: Transport,
        agreement: &Agreement,
        exchange: Arc<Exchange>,
        line: DriverEnd,
        traffic: Traffic,
    ) -> Box<Self> {
        let now = Instant::now();
        let dialect = agreement.dialect;
        let heartbeat = heartbeat(dialect, configuration, now);
        if !first_questions::tells_binary(dialect) {
            // Nobody else has the other end yet, so it is not set.
            let _ = line.binary.set(BinaryConfiguration::default());
        }
        let questions_due = now + first_questions::SETTLE;
        let limit = QueueLimit {
            notifications: configuration.listener_queue,
            bytes: configuration.frame_limit,
        };
        Box::new(Self {
            address: address.clone(),
            dialect,
            frame_limit: configuration.frame_limit,
            stream: transport.stream,
            exchange,
            line,
            input: transport.input,
            read_size: ReadSize::default(),
            output: Vec::new(),
            written: 0,
            written_in_all: 0,
            sends_ahead: transport.sends_ahead,
            left_at_most: 0,
            gathering: Gathering::new(configuration.gather_answers),
            gathers_until: None,
            listeners: Listeners::new(limit),
            timer: Box::pin(tokio::time::sleep_until(questions_due)),
            heartbeat,
            traffic,
            next_own_id: first_questions::LAST_ID - 1,
            questions_due: Some(questions_due),
            is_wanted: true,
            wakers: Vec::new(),
            parts: Vec::new(),
            answers: 0,
            end: None,
        })
    }

    /// Runs until the connection ends. Everyone who waits is told when the driver is dropped, which
    /// comes after this, or with the runtime.
    pub(crate) async fn run(mut self: Box<Self>) {
        let reason = std::future::poll_fn(|context| self.poll(context)).await;
        tracing::debug!(address = %self.address, %reason, "connection ended");
        self.end = Some(reason);
    }

    fn poll(&mut self, context: &mut Context<'_>) -> Poll<LossReason> {
        match self.work(context) {
            Ok(()) => Poll::Pending,
            Err(reason) => Poll::Ready(reason),
        }
    }

    /// Does what can be done now. The budget that tokio gives to the task bounds one turn.
    fn work(&mut self, context: &mut Context<'_>) -> Result<(), LossReason> {
        self.dispatch_received()?;
        loop {
            self.release(context);
            self.write(context)?;
            self.bound_farewell();
            let has_read = self.read(context)?;
            let has_rung = self.watch_time(context)?;
            self.watch_gathering(context);
            if !has_read && !has_rung {
                break;
            }
        }
        let is_idle = self.output.is_empty();
        if is_idle && !self.is_wanted {
            return Err(LossReason::ClosedHere);
        }
        Ok(())
    }

    /// Closes on the server what was dropped here.
    fn release(&mut self, context: &mut Context<'_>) {
        while self.is_wanted {
            match self.line.releases.poll_recv(context) {
                Poll::Ready(Some(release)) => {
                    if let Release::Resource(id) = release {
                        self.listeners.close(id);
                    }
                    self.send_own(&release.into_request());
                }
                Poll::Ready(None) => self.is_wanted = false,
                Poll::Pending => return,
            }
        }
    }

    /// Writes until nothing waits or the socket takes no more.
    fn write(&mut self, context: &mut Context<'_>) -> Result<(), LossReason> {
        loop {
            if self.written == self.output.len() && !self.take_output(context.waker()) {
                return Ok(());
            }
            let rest = &self.output[self.written..];
            if self.sends_ahead {
                // A part of it may be with the node although the writer waits, or fails later.
                self.left_at_most = self.written_in_all + rest.len() as u64;
            }
            match Pin::new(&mut self.stream).poll_write(context, rest) {
                Poll::Pending => return Ok(()),
                Poll::Ready(Ok(0)) => return Err(LossReason::ClosedByNode),
                Poll::Ready(Ok(count)) => {
                    self.written += count;
                    self.written_in_all += count as u64;
                    self.left_at_most = self.left_at_most.max(self.written_in_all);
                    self.traffic.sent(count);
                    self.heartbeat.sent(Instant::now());
                }
                Poll::Ready(Err(error)) => return Err(LossReason::System(Arc::new(error))),
            }
        }
    }

    /// Nobody waits any more for what is left to write: a node that takes nothing of it for long is
    /// given up, whether or not it knows heartbeats.
    fn bound_farewell(&mut self) {
        if self.is_wanted || self.output.is_empty() {
            return;
        }
        let now = Instant::now();
        if self.heartbeat.ask(now) {
            self.ring_at(now + self.heartbeat.patience());
        }
    }

    /// Takes what is queued. Returns whether there is something to write.
    fn take_output(&mut self, waker: &Waker) -> bool {
        self.output.clear();
        self.output.shrink_to(KEPT_BUFFER);
        self.written = 0;
        let orders = self.exchange.take(&mut self.output, waker);
        self.traffic.queued(orders.requests);
        if let Some(watch) = orders.watch {
            self.ring_at(watch);
        }
        if orders.wants_binary {
            self.ask_first();
        }
        if orders.doubted {
            self.ask();
        }
        if orders.doubted || orders.wants_binary {
            return !self.output.is_empty() || self.take_output(waker);
        }
        !self.output.is_empty()
    }

    /// Reads once and hands out what came. Returns false if there is nothing to read.
    fn read(&mut self, context: &mut Context<'_>) -> Result<bool, LossReason> {
        let room = self.read_size.make_room(&mut self.input);
        let read = pin!(self.stream.read_buf(&mut self.input)).poll(context);
        let Poll::Ready(read) = read else {
            return Ok(false);
        };
        let count = read.map_err(|error| LossReason::System(Arc::new(error)))?;
        if count == 0 {
            return Err(LossReason::ClosedByNode);
        }
        self.read_size.learn(count, room);
        self.traffic.received(count);
        self.note_sign_of_life();
        let answers = self.dispatch_received()?;
        self.gathered(answers, count);
        Ok(true)
    }

    fn note_sign_of_life(&mut self) {
        let now = Instant::now();
        let was_asked = self.heartbeat.received(now);
        // The timer waits for the answer; the next question may be due before that.
        if was_asked && let Pulse::Wait(until) = self.heartbeat.pulse(now) {
            self.ring_at(until);
        }
    }

    /// Looks at the clock if its time has come, and returns whether it had.
    fn watch_time(&mut self, context: &mut Context<'_>) -> Result<bool, LossReason> {
        if self.timer.as_mut().poll(context).is_pending() {
            return Ok(false);
        }
        let now = Instant::now();
        if self.questions_due.is_some_and(|due| due <= now) {
            self.ask_first();
        }
        let next_deadline = self.exchange.expire(now, &mut self.wakers);
        if !self.wakers.is_empty() {
            // Who waited in vain is a reason to doubt that the node is still there.
            self.ask();
        }
        self.wakers.drain(..).for_each(Waker::wake);
        let next_pulse = match self.heartbeat.pulse(now) {
            Pulse::Wait(until) => until,
            Pulse::Lost => return Err(LossReason::Silent(self.heartbeat.patience())),
            Pulse::Ask => {
                self.ask();
                now + self.heartbeat.patience()
            }
        };
        let others = next_deadline.into_iter().chain(self.questions_due);
        let next = others.fold(next_pulse, Instant::min);
        self.timer.as_mut().reset(next);
        Ok(true)
    }

    /// Sets the timer to an earlier instant. A later one is found when it rings.
    fn ring_at(&mut self, at: Instant) {
        if at < self.timer.deadline() {
            self.timer.as_mut().reset(at);
        }
    }
}

fn heartbeat(dialect: Dialect, configuration: &ClientConfiguration, now: Instant) -> Heartbeat {
    let knows_heartbeats = dialect.has(Feature::Heartbeat);
    let interval = knows_heartbeats.then_some(configuration.heartbeat_interval);
    Heartbeat::new(interval, configuration.request_timeout, now)
}

impl Drop for Driver {
    fn drop(&mut self) {
        let lost = Error::ConnectionLost {
            address: self.address.clone(),
            reason: self.end.take().unwrap_or(LossReason::ClosedHere),
            delivery: Delivery::Unknown,
        };
        self.traffic.ended(&lost);
        // The reason is told first: who finds the exchange closed may ask for it.
        self.line.ended.send_replace(Some(lost.clone()));
        self.exchange.end(&lost, self.left_at_most);
        self.listeners.finish(&lost);
    }
}

#[cfg(test)]
mod tests;
