//! A message on its way out, with what the caller wants of the call.

use std::{
    sync::{Arc, Mutex, MutexGuard, PoisonError},
    time::Duration,
};

use tokio::time::Instant;

use crate::{Cancellation, Context, DEFAULT_TIMEOUT, Deadline, Metadata, context::Reply};

/// A message with what its caller wants of the call.
///
/// Methods of clients take the bare message as well; then the deadline is that of the call being
/// served, or [`DEFAULT_TIMEOUT`] from now.
///
/// ```
/// use std::time::Duration;
/// use portway_rpc::Request;
///
/// let request = Request::new("message").timeout(Duration::from_millis(200));
/// assert_eq!(request.message(), &"message");
/// ```
#[derive(Debug, Default)]
pub struct Request<T> {
    message: T,
    options: CallOptions,
}

/// What a caller wants of a call.
#[derive(Clone, Debug, Default)]
pub struct CallOptions {
    timeout: Option<Duration>,
    metadata: Metadata,
    context: Option<Context>,
    reply: Option<ReplyMetadata>,
}

impl<T> Request<T> {
    /// Makes a request without wishes.
    pub fn new(message: T) -> Self {
        Self {
            message,
            options: CallOptions::default(),
        }
    }

    /// Puts a message together with the options of another request.
    pub fn with_options(message: T, options: CallOptions) -> Self {
        Self { message, options }
    }

    /// Sets how long the call may take; a call being served that ends earlier ends this one too.
    #[must_use]
    pub fn timeout(mut self, timeout: Duration) -> Self {
        self.options.timeout = Some(timeout);
        self
    }

    /// Sets what travels beside the message.
    #[must_use]
    pub fn metadata(mut self, metadata: Metadata) -> Self {
        self.options.metadata = metadata;
        self
    }

    /// Gives access to what travels beside the message, for channels that add to it.
    pub fn metadata_mut(&mut self) -> &mut Metadata {
        &mut self.options.metadata
    }

    /// Inherits from `context` rather than from the call that the running task serves.
    #[must_use]
    pub fn context(mut self, context: &Context) -> Self {
        self.options.context = Some(context.clone());
        self
    }

    /// Puts the metadata that the server sends into `reply`.
    #[must_use]
    pub fn capture(mut self, reply: &ReplyMetadata) -> Self {
        self.options.reply = Some(reply.clone());
        self
    }

    /// Returns the message.
    pub fn message(&self) -> &T {
        &self.message
    }

    /// Puts another message into it.
    pub fn map<U>(self, change: impl FnOnce(T) -> U) -> Request<U> {
        Request {
            message: change(self.message),
            options: self.options,
        }
    }

    /// Takes it apart, for transports.
    pub fn into_parts(self) -> (T, CallOptions) {
        (self.message, self.options)
    }
}

impl<T> From<T> for Request<T> {
    fn from(message: T) -> Self {
        Self::new(message)
    }
}

impl CallOptions {
    /// Returns until when a call may take that is made with them now.
    pub fn deadline(&self) -> Deadline {
        let own = self.timeout.map(Deadline::after);
        match (own, self.parent()) {
            (Some(own), Some(parent)) => own.earlier(parent.deadline()),
            (None, Some(parent)) => parent.deadline(),
            (own, None) => own.unwrap_or_else(|| Deadline::after(DEFAULT_TIMEOUT)),
        }
    }

    /// Ends the call at `deadline`, unless what it inherits from ends earlier.
    #[must_use]
    pub fn until(mut self, deadline: Deadline) -> Self {
        self.timeout = Some(deadline.remaining(Instant::now()));
        self
    }

    /// Gives access to what travels beside the message.
    pub fn metadata_mut(&mut self) -> &mut Metadata {
        &mut self.metadata
    }

    /// Returns the context of the call that it is made for: the one given, or that of the call that
    /// the running task serves.
    pub(crate) fn parent(&self) -> Option<Context> {
        self.context.clone().or_else(Context::current)
    }

    /// Returns the cancellation of the call that it is made for.
    pub(crate) fn parent_cancellation(&self) -> Option<Cancellation> {
        self.parent().map(|parent| parent.cancellation().clone())
    }

    /// Makes the context of the call: inherited from the one given, or from the call that the
    /// running task serves, or from nobody.
    pub fn into_context(self) -> (Context, Option<ReplyMetadata>) {
        self.into_context_at(Instant::now())
    }

    /// Makes the context of a call that is made at `now`.
    pub(crate) fn into_context_at(self, now: Instant) -> (Context, Option<ReplyMetadata>) {
        let own = self.timeout.map(|timeout| Deadline::since(now, timeout));
        let context = match self.context.or_else(Context::current) {
            Some(parent) => parent.child_until(own, self.metadata),
            None => {
                let deadline = own.unwrap_or_else(|| Deadline::since(now, DEFAULT_TIMEOUT));
                Context::incoming(deadline, self.metadata, None)
            }
        };
        (context, self.reply)
    }
}

/// A call as a transport sends it: without what only a handler in this process would need.
#[derive(Debug)]
#[non_exhaustive]
pub struct OutgoingCall {
    /// Until when it may take.
    pub deadline: Deadline,
    /// What was left of that when the call was made.
    pub timeout: Duration,
    /// What travels beside the message, with the `traceparent`.
    pub metadata: Metadata,
    /// The cancellation of the call that this one is made for.
    pub parent: Option<Cancellation>,
    /// Where the metadata of the answer is wanted.
    pub reply: Option<ReplyMetadata>,
}

impl CallOptions {
    /// Makes what a transport sends, as [`into_context`](Self::into_context) does for a handler
    /// in this process.
    pub fn into_outgoing(self) -> OutgoingCall {
        if self.context.is_some() || Context::current().is_some() {
            let (context, reply) = self.into_context();
            return OutgoingCall {
                deadline: context.deadline(),
                timeout: context.remaining(),
                metadata: context.outgoing_metadata(),
                parent: context.parent().cloned(),
                reply,
            };
        }
        let timeout = self.timeout.unwrap_or(DEFAULT_TIMEOUT);
        let deadline = Deadline::after(timeout);
        OutgoingCall {
            timeout,
            deadline,
            metadata: self.metadata,
            parent: None,
            reply: self.reply,
        }
    }
}

/// Keeps the metadata that a server sends with its answer, if one asks for it by
/// [`Request::capture`].
#[derive(Clone, Debug, Default)]
pub struct ReplyMetadata {
    inner: Arc<Mutex<Reply>>,
}

impl ReplyMetadata {
    /// Makes one that has nothing yet.
    pub fn new() -> Self {
        Self::default()
    }

    /// Returns what came in front of the first message.
    pub fn leading(&self) -> Metadata {
        self.reply().leading.clone()
    }

    /// Returns what came behind the last message.
    pub fn trailing(&self) -> Metadata {
        self.reply().trailing.clone()
    }

    /// Keeps what came in front of the first message, for transports.
    pub fn set_leading(&self, metadata: Metadata) {
        self.reply().leading = metadata;
    }

    /// Keeps what came behind the last message, for transports.
    pub fn set_trailing(&self, metadata: Metadata) {
        self.reply().trailing = metadata;
    }

    fn reply(&self) -> MutexGuard<'_, Reply> {
        self.inner.lock().unwrap_or_else(PoisonError::into_inner)
    }
}
