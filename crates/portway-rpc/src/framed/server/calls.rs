//! How a call becomes the work of a handler.

use std::{sync::Arc, task::Context as TaskContext};

use bytes::Bytes;

use crate::{
    Answer, Context, ReceiveMessages, Receiving, Route, Shape, Status, Work,
    framed::server::{
        Connection, Slot,
        stream::{HandlerReceiver, HandlerSender},
    },
};

/// A call that a client makes.
pub(crate) struct Call {
    pub(crate) stream: u32,
    pub(crate) context: Context,
    pub(crate) first: Option<Bytes>,
    /// The client sends no more messages.
    pub(crate) finished: bool,
}

impl Call {
    /// Serves the call by `route`. Returns its context if it is over already.
    pub(crate) fn serve(
        self,
        connection: &Arc<Connection>,
        route: &Route,
        in_task: bool,
        task: &mut TaskContext<'_>,
    ) -> Option<Context> {
        match (route.shape(), self.finished) {
            (Shape::Unary, true) if self.first.is_some() => {
                return self.serve_unary(connection, route, in_task, task);
            }
            (Shape::Unary, _) => self.serve_gathered(connection, route.clone()),
            _ => self.serve_streams(connection, route),
        }
        None
    }

    /// Starts a unary handler here; if it waits, it goes on in a task of its own.
    fn serve_unary(
        self,
        connection: &Arc<Connection>,
        route: &Route,
        in_task: bool,
        task: &mut TaskContext<'_>,
    ) -> Option<Context> {
        let Self {
            stream,
            context,
            first,
            ..
        } = self;
        let first = first.unwrap_or_default();
        let length = first.len();
        let mut work = route.unary(context.clone(), first, answer(connection, stream));
        if !in_task && work.as_mut().poll(task).is_ready() {
            return Some(context);
        }
        let slot = Slot::new(context, None, true);
        keep(connection, stream, Some(length), slot, work);
        None
    }

    /// Waits for the one message of a client that sends it behind the request.
    fn serve_gathered(self, connection: &Arc<Connection>, route: Route) {
        let (stream, context) = (self.stream, self.context.clone());
        let receiver = HandlerReceiver::new(Arc::clone(connection), stream);
        let owner = Arc::clone(connection);
        let work = Box::pin(async move {
            match Receiving::new(receiver).only().await {
                Ok(request) => route.unary(context, request, answer(&owner, stream)).await,
                Err(status) => finish(&owner, stream, &context, Err(status)),
            }
        });
        self.keep(connection, work);
    }

    fn serve_streams(self, connection: &Arc<Connection>, route: &Route) {
        let (stream, context) = (self.stream, self.context.clone());
        let requests: Box<dyn ReceiveMessages<Bytes>> =
            Box::new(HandlerReceiver::new(Arc::clone(connection), stream));
        let responses = HandlerSender::new(Arc::clone(connection), stream, context.clone());
        let handler = route.streaming(context.clone(), requests, Box::new(responses));
        let owner = Arc::clone(connection);
        let work = Box::pin(async move {
            let result = handler.await;
            finish(&owner, stream, &context, result);
        });
        self.keep(connection, work);
    }

    fn keep(self, connection: &Arc<Connection>, work: Work<()>) {
        let length = self.first.as_ref().map(Bytes::len);
        let slot = Slot::new(self.context, self.first, self.finished);
        keep(connection, self.stream, length, slot, work);
    }
}

fn answer(connection: &Arc<Connection>, stream: u32) -> Answer {
    let transport: Arc<dyn crate::Respond> = Arc::clone(connection) as _;
    Answer {
        transport,
        call: u64::from(stream),
    }
}

fn finish(connection: &Connection, stream: u32, context: &Context, result: Result<(), Status>) {
    let mut core = connection.lock();
    if core.frames.attachment(stream).is_some() {
        core.end(stream, context, result);
        core.wake_driver();
    }
}

/// Gives the work a task of its own, which ends with its stream.
fn keep(
    connection: &Arc<Connection>,
    stream: u32,
    first: Option<usize>,
    slot: Slot,
    work: Work<()>,
) {
    let mut core = connection.lock();
    core.watch(slot.context.deadline().instant());
    let finished = slot.finished;
    core.frames.insert(stream, finished, first, slot);
    // The task may be running before its handle is kept, and then waits for this lock.
    let handler = tokio::spawn(work).abort_handle();
    if let Some(slot) = core.frames.attachment(stream) {
        slot.handler = Some(handler);
    }
}
