//! Both halves of a stream, as a handler holds them.

use std::{
    collections::VecDeque,
    sync::Arc,
    task::{Context as TaskContext, Poll, ready},
};

use bytes::Bytes;

use crate::{
    CancelReason, Context, EncodeMessage, ReceiveMessages, SendEncoded, Status,
    frame::{Body, cost},
    framed::{room::Senders as _, server::Connection},
};

pub(crate) struct HandlerReceiver {
    connection: Arc<Connection>,
    stream: u32,
    /// What was taken out under one lock.
    batch: VecDeque<Bytes>,
    /// What the messages cost that were given out of the batch.
    used: i64,
}

impl HandlerReceiver {
    pub(crate) fn new(connection: Arc<Connection>, stream: u32) -> Self {
        Self {
            connection,
            stream,
            batch: VecDeque::new(),
            used: 0,
        }
    }

    fn give(&mut self, message: Bytes) -> Poll<Result<Option<Bytes>, Status>> {
        self.used += cost(message.len());
        Poll::Ready(Ok(Some(message)))
    }
}

impl ReceiveMessages<Bytes> for HandlerReceiver {
    fn poll_receive(&mut self, task: &mut TaskContext<'_>) -> Poll<Result<Option<Bytes>, Status>> {
        if let Some(message) = self.batch.pop_front() {
            return self.give(message);
        }
        let connection = Arc::clone(&self.connection);
        let mut core = connection.lock();
        if self.used > 0 {
            core.frames
                .used_up(self.stream, std::mem::take(&mut self.used));
            if !core.frames.outbox().is_empty() {
                core.wake_driver();
            }
        }
        let Some(slot) = core.frames.attachment(self.stream) else {
            return Poll::Ready(Err(CancelReason::Caller.status()));
        };
        std::mem::swap(&mut slot.messages, &mut self.batch);
        if let Some(message) = self.batch.pop_front() {
            return self.give(message);
        }
        if slot.finished {
            return Poll::Ready(Ok(None));
        }
        slot.receiver = Some(task.waker().clone());
        Poll::Pending
    }
}

pub(crate) struct HandlerSender {
    connection: Arc<Connection>,
    stream: u32,
    context: Context,
    /// The credit as last seen; it may have grown since.
    credit: i64,
    /// A message was sent.
    begun: bool,
}

impl HandlerSender {
    pub(crate) fn new(connection: Arc<Connection>, stream: u32, context: Context) -> Self {
        Self {
            connection,
            stream,
            context,
            credit: 0,
            begun: false,
        }
    }
}

impl SendEncoded for HandlerSender {
    fn poll_ready(&mut self, task: &mut TaskContext<'_>) -> Poll<Result<(), Status>> {
        if self.credit > 0 {
            return Poll::Ready(Ok(()));
        }
        let mut core = self.connection.lock();
        let Some(credit) = ready!(core.poll_credit(self.stream, task)) else {
            let reason = self
                .context
                .cancellation()
                .reason()
                .unwrap_or(CancelReason::Caller);
            return Poll::Ready(Err(reason.status()));
        };
        self.credit = credit;
        Poll::Ready(Ok(()))
    }

    fn start_send(&mut self, message: &dyn EncodeMessage) -> Result<(), Status> {
        let body = Body::prepare(message)?;
        let mut core = self.connection.lock();
        if !std::mem::replace(&mut self.begun, true) {
            core.send_leading(self.stream, &self.context);
        }
        self.credit = core.frames.send(self.stream, body)?;
        if !self.connection.note_room(&mut core) {
            self.credit = 0;
        }
        core.wake_driver();
        Ok(())
    }

    /// The status behind the last message is what the handler returns.
    fn finish(&mut self) {}
}
