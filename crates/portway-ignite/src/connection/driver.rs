//! The task that owns the socket of one connection.

use std::convert::Infallible;
use std::io;
use std::pin::Pin;
use std::sync::Arc;

use bytes::{Bytes, BytesMut};
use portway_ignite_protocol::{
    self as protocol, DecodeError, Dialect, Feature, Incoming, NotificationHeader, Operation,
    ResourceId, ResponseHeader, encode_request, split_frame,
};
use tokio::io::{AsyncReadExt, AsyncWriteExt};
use tokio::time::{Instant, Sleep};

use super::handshake::Agreement;
use super::heartbeat::{Heartbeat, Pulse};
use super::line::DriverEnd;
use super::listeners::{Delivered, Listeners, QueueLimit};
use super::pending::{Pending, Request};
use super::resource::Release;
use crate::address::Address;
use crate::configuration::ClientConfiguration;
use crate::error::{Delivery, Error, LossReason, Violation};
use crate::observe::Traffic;
use crate::transport::{ReadHalf, Transport, WriteHalf};

/// Room for one system call of reading: several small answers, and little memory when idle.
const READ_CHUNK: usize = 16 * 1024;
/// No further request is taken while so many bytes wait to be written: the queue of requests then
/// fills, and callers wait.
const OUTPUT_HIGH_WATER: usize = 256 * 1024;
/// A buffer that one long message made longer than this is not kept.
const KEPT_BUFFER: usize = 256 * 1024;
/// Ids of the driver's own requests are negative, so that they never meet those of callers. Their
/// answers are dropped by their ids alone: a node that never gives them costs no memory.
const FIRST_OWN_ID: i64 = -1;

/// Owns the socket of a connection and everything that waits on it. See the module
/// [`connection`](super) for the picture.
pub(crate) struct Driver {
    address: Address,
    dialect: Dialect,
    frame_limit: usize,
    reader: ReadHalf,
    writer: WriteHalf,
    line: DriverEnd,
    input: BytesMut,
    output: BytesMut,
    pending: Pending,
    listeners: Listeners,
    heartbeat: Heartbeat,
    timer: Pin<Box<Sleep>>,
    traffic: Traffic,
    next_own_id: i64,
    /// Whether there are handles left.
    requests_open: bool,
    /// Whether there are handles, cursors or streams left.
    releases_open: bool,
}

impl Driver {
    pub(crate) fn new(
        address: &Address,
        configuration: &ClientConfiguration,
        transport: Transport,
        agreement: &Agreement,
        line: DriverEnd,
        traffic: Traffic,
    ) -> Self {
        let now = Instant::now();
        let limit = QueueLimit {
            notifications: configuration.listener_queue,
            bytes: configuration.frame_limit,
        };
        Self {
            address: address.clone(),
            dialect: agreement.dialect,
            frame_limit: configuration.frame_limit,
            reader: transport.reader,
            writer: transport.writer,
            line,
            input: transport.input,
            output: BytesMut::new(),
            pending: Pending::default(),
            listeners: Listeners::new(limit),
            heartbeat: Heartbeat::new(agreement.heartbeat, configuration.request_timeout, now),
            timer: Box::pin(tokio::time::sleep_until(now)),
            traffic,
            next_own_id: FIRST_OWN_ID,
            requests_open: true,
            releases_open: true,
        }
    }

    /// Runs until the connection ends, and tells everyone who waits.
    pub(crate) async fn run(mut self) {
        let Err(reason) = self.drive().await;
        tracing::debug!(address = %self.address, %reason, "connection ended");
        self.finish(reason);
    }

    async fn drive(&mut self) -> Result<Infallible, LossReason> {
        loop {
            self.dispatch_received()?;
            self.take_queued();
            self.turn().await?;
        }
    }

    /// Takes all requests that are queued, so that one write carries them.
    fn take_queued(&mut self) {
        while self.output.len() < OUTPUT_HIGH_WATER {
            match self.line.requests.try_recv() {
                Ok(request) => self.enqueue(request),
                Err(_) => return,
            }
        }
    }

    /// Waits for the next event and handles it. Each branch can be dropped while it waits.
    async fn turn(&mut self) -> Result<(), LossReason> {
        let has_output = !self.output.is_empty();
        let has_room = self.output.len() < OUTPUT_HIGH_WATER;
        if !(self.requests_open || self.releases_open || has_output) {
            return Err(LossReason::ClosedHere);
        }
        if self.input.is_empty() && self.input.capacity() > KEPT_BUFFER {
            self.input = BytesMut::new();
        }
        self.input.reserve(READ_CHUNK);
        tokio::select! {
            read = self.reader.read_buf(&mut self.input) => self.received(read)?,
            written = self.writer.write_buf(&mut self.output), if has_output => {
                self.written(written)?;
            }
            request = self.line.requests.recv(), if self.requests_open && has_room => {
                self.requested(request);
            }
            release = self.line.releases.recv(), if self.releases_open && has_room => {
                self.released(release);
            }
            () = self.line.doubts.notified() => self.ask(),
            () = &mut self.timer => self.check_pulse()?,
        }
        Ok(())
    }

    fn requested(&mut self, request: Option<Request>) {
        match request {
            Some(request) => self.enqueue(request),
            None => self.requests_open = false,
        }
    }

    fn released(&mut self, release: Option<Release>) {
        let Some(release) = release else {
            self.releases_open = false;
            return;
        };
        if let Release::Resource(id) = release {
            self.listeners.close(id);
        }
        self.enqueue_own(&release.into_request());
    }

    fn enqueue(&mut self, request: Request) {
        let Request { id, frame, waiter } = request;
        // A caller that gave up before its request left need not cost the node anything.
        if waiter.reply.is_closed() {
            return;
        }
        self.output.extend_from_slice(&frame);
        self.traffic.queued();
        self.pending.insert(id, waiter, &mut self.listeners);
    }

    /// Queues a request of the driver itself, whose answer nobody reads.
    fn enqueue_own(&mut self, request: &protocol::Request) {
        let id = self.next_own_id;
        self.next_own_id -= 1;
        match encode_request(request, id, self.dialect) {
            Ok(frame) => self.output.extend_from_slice(&frame),
            Err(error) => tracing::error!(%error, "a request of the driver does not fit a frame"),
        }
    }

    fn written(&mut self, written: io::Result<usize>) -> Result<(), LossReason> {
        match written {
            Ok(0) => Err(LossReason::ClosedByNode),
            Ok(bytes) => {
                self.traffic.sent(bytes);
                self.heartbeat.sent(Instant::now());
                if self.output.is_empty() {
                    // A new buffer for each batch costs less than keeping the longest one.
                    self.output = BytesMut::new();
                }
                Ok(())
            }
            Err(error) => Err(LossReason::System(Arc::new(error))),
        }
    }

    fn received(&mut self, read: io::Result<usize>) -> Result<(), LossReason> {
        match read {
            Ok(0) => return Err(LossReason::ClosedByNode),
            Ok(bytes) => self.traffic.received(bytes),
            Err(error) => return Err(LossReason::System(Arc::new(error))),
        }
        if self.heartbeat.received(Instant::now()) {
            self.check_pulse()?;
        }
        Ok(())
    }

    fn dispatch_received(&mut self) -> Result<(), LossReason> {
        let wrong = |error| LossReason::Violation(Violation::Frame(error));
        while let Some(payload) = split_frame(&mut self.input, self.frame_limit).map_err(wrong)? {
            self.dispatch(&payload)?;
        }
        self.traffic.handled();
        Ok(())
    }

    fn dispatch(&mut self, payload: &Bytes) -> Result<(), LossReason> {
        match Incoming::from_payload(payload, self.dialect).map_err(unreadable)? {
            (Incoming::Response(header), body) => self.answered(header, body),
            (Incoming::Notification(header), body) => {
                self.notified(header, &body);
                Ok(())
            }
        }
    }

    fn answered(&mut self, header: ResponseHeader, body: Bytes) -> Result<(), LossReason> {
        if header.topology.is_some() {
            self.line.topology.send_replace(header.topology);
        }
        let id = header.request_id;
        if (self.next_own_id + 1..=FIRST_OWN_ID).contains(&id) {
            return Ok(());
        }
        let outcome = header.error.map_or(Ok(body), Err);
        let failed = outcome.is_err();
        if self.pending.settle(id, outcome, &mut self.listeners) {
            self.traffic.answered(failed);
            return Ok(());
        }
        Err(LossReason::Violation(Violation::UnknownRequest(id)))
    }

    fn notified(&mut self, header: NotificationHeader, body: &Bytes) {
        let ResourceId(id) = header.resource;
        let notification = match header.error {
            Some(error) => Err(Error::server(notifier(header.operation), error)),
            // A copy: a small event that waits must not hold the whole input buffer.
            None => Ok(Bytes::copy_from_slice(body)),
        };
        if self.listeners.deliver(id, notification) == Delivered::Overflow {
            tracing::warn!(address = %self.address, "events lost: their reader is too slow");
            self.enqueue_own(&protocol::Request::ResourceClose(ResourceId(id)));
        }
    }

    fn check_pulse(&mut self) -> Result<(), LossReason> {
        let now = Instant::now();
        match self.heartbeat.pulse(now) {
            Pulse::Wait(until) => self.timer.as_mut().reset(until),
            Pulse::Ask => self.ask(),
            Pulse::Lost => return Err(LossReason::Silent(self.heartbeat.patience())),
        }
        Ok(())
    }

    /// Asks the node whether it is still there, unless it is being asked already.
    fn ask(&mut self) {
        let now = Instant::now();
        if !self.heartbeat.ask(now) {
            return;
        }
        // Older nodes know no heartbeat; the list of caches is a cheap question to any.
        let knows_heartbeats = self.dialect.has(Feature::Heartbeat);
        let question = match knows_heartbeats {
            true => protocol::Request::Heartbeat(()),
            false => protocol::Request::CacheNames(()),
        };
        self.enqueue_own(&question);
        self.timer.as_mut().reset(now + self.heartbeat.patience());
    }

    fn finish(mut self, reason: LossReason) {
        let address = self.address.clone();
        let lost = Error::ConnectionLost {
            address,
            reason,
            delivery: Delivery::Unknown,
        };
        self.traffic.ended(&lost);
        // The reason is told first: who finds the queue closed asks for it.
        self.line.ended.send_replace(Some(lost.clone()));
        self.line.requests.close();
        self.line.room.close();
        self.pending.fail(&lost);
        self.listeners.finish(&lost);
        let undelivered = lost.undelivered();
        while let Ok(request) = self.line.requests.try_recv() {
            request.waiter.fail(undelivered.clone());
        }
    }
}

/// Who sends notifications of this operation.
fn notifier(operation: i16) -> &'static str {
    if operation == Operation::TaskFinished.code() {
        "a compute task"
    } else {
        "an event stream"
    }
}

fn unreadable(error: DecodeError) -> LossReason {
    LossReason::Violation(Violation::Header(error))
}
