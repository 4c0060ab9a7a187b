//! What a handler knows about the call that it serves.

use std::{
    borrow::Cow,
    fmt,
    future::Future,
    sync::{Arc, Mutex, MutexGuard, OnceLock, PoisonError},
    time::Duration,
};

use bytes::Bytes;
use tokio::time::Instant;

use crate::{
    CancelReason, Cancellation, DEFAULT_TIMEOUT, Deadline, Metadata, MetadataError, Peer,
    TraceParent, trace::TRACEPARENT,
};

tokio::task_local! {
    static CURRENT: Context;
}

/// What a handler knows about the call that it serves: until when, for whom, in which trace.
///
/// Clones are the same context. A call that a handler makes inherits it without a word: its
/// deadline is not later, it belongs to the same trace, and it ends with the call. What a handler
/// spawns is outside of that; [`Context::scope`] takes it along.
#[derive(Clone)]
pub struct Context {
    inner: Arc<Inner>,
}

struct Inner {
    deadline: Deadline,
    metadata: Metadata,
    trace: Option<TraceParent>,
    peer: Option<Arc<Peer>>,
    /// The cancellation of the call that this one is made for.
    parent: Option<Cancellation>,
    /// Made when somebody asks: most handlers are done before.
    cancellation: OnceLock<Cancellation>,
    /// Made when a handler adds metadata, which few do.
    reply: OnceLock<Box<Mutex<Reply>>>,
}

/// Metadata for the caller.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub(crate) struct Reply {
    /// In front of the first message.
    pub(crate) leading: Metadata,
    /// Behind the last one.
    pub(crate) trailing: Metadata,
}

impl Context {
    /// Makes the context of a call that comes from nowhere: with [`DEFAULT_TIMEOUT`], untraced.
    pub fn root() -> Self {
        Self::incoming(Deadline::after(DEFAULT_TIMEOUT), Metadata::new(), None)
    }

    /// Makes the context of a call that came over a transport.
    ///
    /// The trace is the metadata's `traceparent`; one that is malformed is as good as none, as
    /// the standard wants it. A `peer` of `None` is this process.
    pub fn incoming(deadline: Deadline, metadata: Metadata, peer: Option<Arc<Peer>>) -> Self {
        let trace = metadata
            .text(TRACEPARENT)
            .and_then(|text| text.parse().ok());
        Self::of_parts(deadline, metadata, trace, peer, None)
    }

    /// Makes the context of a call that came over a transport, ended by `parent` too.
    #[cfg(feature = "grpc")]
    pub(crate) fn incoming_within(
        deadline: Deadline,
        metadata: Metadata,
        peer: Arc<Peer>,
        parent: &Cancellation,
    ) -> Self {
        let trace = metadata
            .text(TRACEPARENT)
            .and_then(|text| text.parse().ok());
        Self::of_parts(deadline, metadata, trace, Some(peer), Some(parent.clone()))
    }

    fn of_parts(
        deadline: Deadline,
        metadata: Metadata,
        trace: Option<TraceParent>,
        peer: Option<Arc<Peer>>,
        parent: Option<Cancellation>,
    ) -> Self {
        let inner = Inner {
            deadline,
            metadata,
            trace,
            peer,
            parent,
            cancellation: OnceLock::new(),
            reply: OnceLock::new(),
        };
        Self {
            inner: Arc::new(inner),
        }
    }

    /// Returns the context of the call that the running task serves, if it serves one.
    pub fn current() -> Option<Self> {
        CURRENT.try_with(Self::clone).ok()
    }

    /// Runs `work` inside of this context: calls that it makes inherit from it.
    pub fn scope<F: Future>(&self, work: F) -> impl Future<Output = F::Output> + use<F> {
        CURRENT.scope(self.clone(), work)
    }

    /// Makes the context of a call that this one makes: not later, in the same trace, ended with it.
    ///
    /// A `traceparent` in `metadata` says more exactly where in the trace the call stands.
    #[must_use]
    pub fn child(&self, timeout: Option<Duration>, metadata: Metadata) -> Self {
        self.child_until(timeout.map(Deadline::after), metadata)
    }

    /// Makes the context of a call that this one makes, with a deadline of its own if it has one.
    pub(crate) fn child_until(&self, deadline: Option<Deadline>, metadata: Metadata) -> Self {
        let deadline = match deadline {
            Some(deadline) => deadline.earlier(self.inner.deadline),
            None => self.inner.deadline,
        };
        let stated = metadata.text(TRACEPARENT);
        let trace = stated
            .and_then(|text| text.parse().ok())
            .or_else(|| self.inner.trace.map(TraceParent::child));
        Self::of_parts(
            deadline,
            metadata,
            trace,
            None,
            Some(self.cancellation().clone()),
        )
    }

    /// Returns the same call as another handler within it sees it: with an earlier deadline.
    #[must_use]
    pub fn with_timeout(&self, timeout: Duration) -> Self {
        let deadline = Deadline::after(timeout).earlier(self.inner.deadline);
        let inner = &self.inner;
        let parent = Some(self.cancellation().clone());
        Self::of_parts(
            deadline,
            inner.metadata.clone(),
            inner.trace,
            inner.peer.clone(),
            parent,
        )
    }

    /// Returns until when the call may take.
    pub fn deadline(&self) -> Deadline {
        self.inner.deadline
    }

    /// Returns what is left until the deadline.
    pub fn remaining(&self) -> Duration {
        self.inner.deadline.remaining(Instant::now())
    }

    /// Returns what tells those who work on the call to stop.
    pub fn cancellation(&self) -> &Cancellation {
        self.inner
            .cancellation
            .get_or_init(|| match &self.inner.parent {
                Some(parent) => parent.child(),
                None => Cancellation::new(),
            })
    }

    /// Returns the cancellation of the call that this one is made for, if it is made for one.
    pub(crate) fn parent(&self) -> Option<&Cancellation> {
        self.inner.parent.as_ref()
    }

    /// Cancels the call, for transports.
    pub fn cancel(&self, reason: CancelReason) {
        self.cancellation().cancel(reason);
    }

    /// Returns what the caller sent beside the message.
    pub fn metadata(&self) -> &Metadata {
        &self.inner.metadata
    }

    /// Returns the metadata as a transport sends it: with the `traceparent` of this call.
    pub fn outgoing_metadata(&self) -> Metadata {
        let mut metadata = self.inner.metadata.clone();
        if let Some(trace) = self.inner.trace {
            // Full metadata goes without its trace rather than not at all.
            let _full = metadata.insert(TRACEPARENT, trace.to_string());
        }
        metadata
    }

    /// Returns the place of the call in a trace.
    pub fn trace(&self) -> Option<TraceParent> {
        self.inner.trace
    }

    /// Returns who called; `None` is this process.
    pub fn peer(&self) -> Option<&Peer> {
        self.inner.peer.as_deref()
    }

    /// Adds metadata for the caller in front of the first message.
    ///
    /// # Errors
    /// See [`MetadataError`].
    pub fn append_leading(
        &self,
        name: impl Into<Cow<'static, str>>,
        value: impl Into<Bytes>,
    ) -> Result<(), MetadataError> {
        self.reply().leading.append_value(name, value.into())
    }

    /// Adds metadata for the caller behind the last message.
    ///
    /// # Errors
    /// See [`MetadataError`].
    pub fn append_trailing(
        &self,
        name: impl Into<Cow<'static, str>>,
        value: impl Into<Bytes>,
    ) -> Result<(), MetadataError> {
        self.reply().trailing.append_value(name, value.into())
    }

    /// Takes the metadata for in front of the first message, for transports.
    pub fn take_leading(&self) -> Metadata {
        self.written_reply()
            .map(|mut reply| std::mem::take(&mut reply.leading))
            .unwrap_or_default()
    }

    /// Takes the metadata for behind the last message, for transports.
    pub fn take_trailing(&self) -> Metadata {
        self.written_reply()
            .map(|mut reply| std::mem::take(&mut reply.trailing))
            .unwrap_or_default()
    }

    fn reply(&self) -> MutexGuard<'_, Reply> {
        let reply = self.inner.reply.get_or_init(Box::default);
        reply.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// Returns the metadata for the caller, if there ever was some.
    fn written_reply(&self) -> Option<MutexGuard<'_, Reply>> {
        let reply = self.inner.reply.get()?;
        Some(reply.lock().unwrap_or_else(PoisonError::into_inner))
    }

    /// Makes the context of the next call of a connection out of one that nobody holds any more,
    /// so that most calls need no memory for it. Gives the metadata back if somebody does.
    pub(crate) fn renewed(
        mut self,
        deadline: Deadline,
        metadata: Metadata,
    ) -> Result<Self, Metadata> {
        let Some(inner) = Arc::get_mut(&mut self.inner) else {
            return Err(metadata);
        };
        inner.trace = metadata
            .text(TRACEPARENT)
            .and_then(|text| text.parse().ok());
        inner.deadline = deadline;
        inner.metadata = metadata;
        inner.parent = None;
        inner.cancellation.take();
        inner.reply.take();
        Ok(self)
    }
}

impl fmt::Debug for Context {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        formatter
            .debug_struct("Context")
            .field("deadline", &self.inner.deadline)
            .field("metadata", &self.inner.metadata)
            .field("trace", &self.inner.trace)
            .field("peer", &self.inner.peer)
            .field("cancellation", &self.inner.cancellation.get())
            .finish_non_exhaustive()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[tokio::test]
    async fn a_nested_context_is_never_later_and_ends_with_its_parent() {
        let parent = Context::root().with_timeout(Duration::from_secs(1));
        let child = parent.child(Some(Duration::from_secs(60)), Metadata::new());
        assert_eq!(child.deadline(), parent.deadline());
        parent.cancel(CancelReason::Caller);
        assert!(child.cancellation().is_cancelled());
    }

    #[tokio::test]
    async fn the_current_context_is_there_inside_of_its_scope_only() {
        let context = Context::root();
        let deadline = context
            .scope(async { Context::current().map(|it| it.deadline()) })
            .await;
        assert_eq!(deadline, Some(context.deadline()));
        assert!(Context::current().is_none());
    }

    #[tokio::test]
    async fn the_trace_comes_from_the_metadata_and_goes_on_in_children() {
        let trace = TraceParent::start(true);
        let mut metadata = Metadata::new();
        metadata.insert(TRACEPARENT, trace.to_string()).unwrap();
        let context = Context::incoming(Deadline::after(DEFAULT_TIMEOUT), metadata, None);
        assert_eq!(context.trace(), Some(trace));
        let child = context.child(None, Metadata::new());
        assert_eq!(child.trace().unwrap().trace(), trace.trace());
        let stated = trace.child();
        let mut metadata = Metadata::new();
        metadata.insert(TRACEPARENT, stated.to_string()).unwrap();
        assert_eq!(context.child(None, metadata).trace(), Some(stated));
    }
}
