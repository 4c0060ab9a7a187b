//! Both halves of a stream, as a handler holds them.

use std::{
    sync::Arc,
    task::{Context as TaskContext, Poll, ready},
};

use bytes::Bytes;

use crate::{
    CancelReason, Context, EncodeMessage, ReceiveMessages, SendEncoded, Status,
    frame::Body,
    framed::{batch::Batch, room::Senders as _, server::Connection},
};

pub(crate) struct HandlerReceiver {
    connection: Arc<Connection>,
    stream: u32,
    batch: Batch,
}

impl HandlerReceiver {
    pub(crate) fn new(connection: Arc<Connection>, stream: u32) -> Self {
        let batch = Batch::new(stream, connection.portion);
        Self {
            connection,
            stream,
            batch,
        }
    }
}

impl ReceiveMessages<Bytes> for HandlerReceiver {
    fn poll_receive(&mut self, task: &mut TaskContext<'_>) -> Poll<Result<Option<Bytes>, Status>> {
        if self.batch.is_due() {
            return self.batch.pause(&mut *self.connection.lock(), task);
        }
        if let Some(message) = self.batch.next() {
            return Poll::Ready(Ok(Some(message)));
        }
        let connection = Arc::clone(&self.connection);
        let mut core = connection.lock();
        self.batch.give_credit(&mut *core);
        let Some(slot) = core.frames.attachment(self.stream) else {
            return Poll::Ready(Err(CancelReason::Caller.status()));
        };
        std::mem::swap(&mut slot.messages, &mut self.batch.messages);
        if let Some(message) = self.batch.next() {
            return Poll::Ready(Ok(Some(message)));
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
