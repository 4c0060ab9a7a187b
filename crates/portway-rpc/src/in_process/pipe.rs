//! A bounded queue of typed messages between two tasks, with a status at its end.

use std::{
    collections::VecDeque,
    mem,
    sync::{Arc, Mutex, MutexGuard, PoisonError},
    task::{Context as TaskContext, Poll, Waker},
};

use crate::{
    CancelReason, Context, ReceiveMessages, Receiving, SendMessages, Sending, Status,
    in_process::Aborting,
};

/// Makes a pipe that holds `capacity` messages.
///
/// A sender that is dropped without finishing cancels `context`, if there is one.
pub(crate) fn pipe<T>(
    capacity: usize,
    context: Option<Context>,
) -> (PipeSender<T>, PipeReceiver<T>) {
    let state = State {
        queue: VecDeque::new(),
        end: None,
        abandoned: false,
        sender: None,
        receiver: None,
    };
    let shared = Arc::new(Mutex::new(state));
    let sender = PipeSender {
        shared: Arc::clone(&shared),
        capacity,
        context,
        finished: false,
    };
    let receiver = PipeReceiver {
        shared,
        batch: VecDeque::new(),
        task: None,
    };
    (sender, receiver)
}

struct State<T> {
    queue: VecDeque<T>,
    /// How the stream ends behind the queue.
    end: Option<Result<(), Status>>,
    /// Nobody receives any more.
    abandoned: bool,
    sender: Option<Waker>,
    receiver: Option<Waker>,
}

type Shared<T> = Arc<Mutex<State<T>>>;

fn lock<T>(shared: &Shared<T>) -> MutexGuard<'_, State<T>> {
    shared.lock().unwrap_or_else(PoisonError::into_inner)
}

impl<T> State<T> {
    fn wake_receiver(&mut self) {
        if let Some(waker) = self.receiver.take() {
            waker.wake();
        }
    }
}

pub(crate) struct PipeSender<T> {
    shared: Shared<T>,
    capacity: usize,
    context: Option<Context>,
    finished: bool,
}

impl<T: Send + 'static> PipeSender<T> {
    /// Sends the only message of a stream.
    pub(crate) fn push_only(&mut self, message: T) {
        lock(&self.shared).queue.push_back(message);
        self.finish();
    }

    /// Returns what ends the stream once the handler has returned.
    pub(crate) fn ending(&self) -> Ending<T> {
        Ending {
            shared: Arc::clone(&self.shared),
        }
    }
}

impl<T: Send> SendMessages<T> for PipeSender<T> {
    fn poll_ready(&mut self, task: &mut TaskContext<'_>) -> Poll<Result<(), Status>> {
        let mut state = lock(&self.shared);
        if let Some(error) = state.refusal() {
            return Poll::Ready(Err(error));
        }
        if state.queue.len() < self.capacity {
            return Poll::Ready(Ok(()));
        }
        state.sender = Some(task.waker().clone());
        Poll::Pending
    }

    fn start_send(&mut self, message: T) -> Result<(), Status> {
        let mut state = lock(&self.shared);
        if let Some(error) = state.refusal() {
            return Err(error);
        }
        state.queue.push_back(message);
        state.wake_receiver();
        Ok(())
    }

    fn finish(&mut self) {
        self.finished = true;
        let mut state = lock(&self.shared);
        state.end.get_or_insert(Ok(()));
        state.wake_receiver();
    }
}

impl<T> State<T> {
    /// Returns why no message can be sent any more.
    fn refusal(&self) -> Option<Status> {
        if self.abandoned {
            return Some(Status::cancelled("the receiver of the stream is gone"));
        }
        match &self.end {
            Some(Err(status)) => Some(status.clone()),
            Some(Ok(())) => Some(Status::failed_precondition("the stream is finished")),
            None => None,
        }
    }
}

impl<T> Drop for PipeSender<T> {
    fn drop(&mut self) {
        if let Some(context) = self.context.take_if(|_| !self.finished) {
            let mut state = lock(&self.shared);
            state.end.get_or_insert(Err(CancelReason::Caller.status()));
            state.wake_receiver();
            drop(state);
            context.cancel(CancelReason::Caller);
        }
    }
}

/// Ends a stream with the status of its handler; dropping it says that the handler was cancelled.
pub(crate) struct Ending<T> {
    shared: Shared<T>,
}

impl<T> Ending<T> {
    pub(crate) fn end(self, result: Result<(), Status>) {
        let mut state = lock(&self.shared);
        // A handler may have finished its stream and fail nevertheless.
        if state.end.as_ref().is_none_or(Result::is_ok) {
            state.end = Some(result);
        }
        state.wake_receiver();
    }
}

impl<T> Drop for Ending<T> {
    fn drop(&mut self) {
        let mut state = lock(&self.shared);
        state
            .end
            .get_or_insert_with(|| Err(CancelReason::Caller.status()));
        state.wake_receiver();
    }
}

pub(crate) struct PipeReceiver<T> {
    shared: Shared<T>,
    /// What was taken out under one lock.
    batch: VecDeque<T>,
    task: Option<Aborting<()>>,
}

impl<T> PipeReceiver<T> {
    /// Ends `task` when the receiver is dropped.
    pub(crate) fn keeping(mut self, task: Aborting<()>) -> Self {
        self.task = Some(task);
        self
    }
}

impl<T: Send> ReceiveMessages<T> for PipeReceiver<T> {
    fn poll_receive(&mut self, task: &mut TaskContext<'_>) -> Poll<Result<Option<T>, Status>> {
        if let Some(message) = self.batch.pop_front() {
            return Poll::Ready(Ok(Some(message)));
        }
        let mut state = lock(&self.shared);
        mem::swap(&mut state.queue, &mut self.batch);
        if let Some(waker) = state.sender.take() {
            waker.wake();
        }
        if let Some(message) = self.batch.pop_front() {
            return Poll::Ready(Ok(Some(message)));
        }
        match state.end.clone() {
            Some(end) => Poll::Ready(end.map(|()| None)),
            None => {
                state.receiver = Some(task.waker().clone());
                Poll::Pending
            }
        }
    }
}

impl<T> Drop for PipeReceiver<T> {
    fn drop(&mut self) {
        let mut state = lock(&self.shared);
        state.abandoned = true;
        if let Some(waker) = state.sender.take() {
            waker.wake();
        }
    }
}

impl<T: Send + 'static> From<PipeSender<T>> for Sending<T> {
    fn from(sender: PipeSender<T>) -> Self {
        Self::new(sender)
    }
}

impl<T: Send + 'static> From<PipeReceiver<T>> for Receiving<T> {
    fn from(receiver: PipeReceiver<T>) -> Self {
        Self::new(receiver)
    }
}
