//! Calls that are repeated when they fail for a reason that passes.

use std::{future::Future, sync::Arc, time::Duration};

use tokio::time::{Instant, sleep};

use super::{Backoff, RetryBudget, random::Random};
use crate::{
    Call, CallOptions, Code, Deadline, Metadata, Method, Open, Request, Status, Streams,
    guard::until,
};

/// Attempts of one call, the first among them, unless told otherwise; as in gRPC's examples.
const DEFAULT_ATTEMPTS: u32 = 3;

/// The metadata with which an attempt tells how many went before it. Source: gRPC's proposal A6.
const PREVIOUS_ATTEMPTS: &str = "grpc-previous-rpc-attempts";

/// The metadata with which a server says when a call may be repeated, in milliseconds; a negative
/// number says never. Source: gRPC's proposal A6.
const PUSHBACK: &str = "grpc-retry-pushback-ms";

/// What is repeated, how often, and after which pause.
#[derive(Clone, Debug)]
#[non_exhaustive]
pub struct RetryOptions {
    attempts: u32,
    codes: Vec<Code>,
    attempt_timeout: Option<Duration>,
    backoff: Backoff,
    budget: RetryBudget,
    seed: Option<u64>,
}

impl Default for RetryOptions {
    fn default() -> Self {
        Self {
            attempts: DEFAULT_ATTEMPTS,
            codes: vec![Code::Unavailable],
            attempt_timeout: None,
            backoff: Backoff::default(),
            budget: RetryBudget::default(),
            seed: None,
        }
    }
}

impl RetryOptions {
    /// Starts with three attempts after [`Code::Unavailable`], within the default budget.
    pub fn new() -> Self {
        Self::default()
    }

    /// Sets how many attempts a call has, the first among them; at least one.
    #[must_use]
    pub fn attempts(mut self, attempts: u32) -> Self {
        self.attempts = attempts.max(1);
        self
    }

    /// Sets after which codes a call is repeated. Only codes of failures that pass belong here.
    #[must_use]
    pub fn codes(mut self, codes: impl IntoIterator<Item = Code>) -> Self {
        self.codes = codes.into_iter().collect();
        self
    }

    /// Sets how long one attempt may take. One that takes longer is repeated as if it had failed, as
    /// long as the deadline of the call is not reached.
    #[must_use]
    pub fn attempt_timeout(mut self, timeout: Duration) -> Self {
        self.attempt_timeout = Some(timeout);
        self
    }

    /// Sets the pauses; a server that asks for one by `grpc-retry-pushback-ms` is given that.
    #[must_use]
    pub fn backoff(mut self, backoff: Backoff) -> Self {
        self.backoff = backoff;
        self
    }

    /// Sets the budget, which channels to the same servers share.
    #[must_use]
    pub fn budget(mut self, budget: RetryBudget) -> Self {
        self.budget = budget;
        self
    }

    /// Makes the pauses repeatable, for tests.
    #[must_use]
    pub fn seed(mut self, seed: u64) -> Self {
        self.seed = Some(seed);
        self
    }
}

/// A channel that repeats calls which failed for a reason that passes.
///
/// Only methods that say so are repeated ([`Method::IDEMPOTENT`]); calls of others pass through, for
/// a server that cannot be reached any more may have carried them out. All attempts together have
/// the deadline of the call: each has what is left of it, and none is made that could not be
/// answered. Opening streams is repeated likewise; what happens on them once they are open is not.
///
/// ```
/// use portway_rpc::policy::{Retry, RetryOptions};
/// # use portway_rpc::{FramedChannel, Status};
///
/// # fn wrap(channel: FramedChannel) -> Retry<FramedChannel> {
/// Retry::new(channel, RetryOptions::new().attempts(4))
/// # }
/// ```
#[derive(Clone, Debug)]
pub struct Retry<C> {
    channel: C,
    rules: Arc<Rules>,
}

#[derive(Debug)]
struct Rules {
    options: RetryOptions,
    random: Random,
}

impl<C> Retry<C> {
    /// Repeats calls of `channel`.
    pub fn new(channel: C, options: RetryOptions) -> Self {
        let random = Random::new(options.seed);
        Self {
            channel,
            rules: Arc::new(Rules { options, random }),
        }
    }

    /// Returns the budget.
    pub fn budget(&self) -> &RetryBudget {
        &self.rules.options.budget
    }
}

impl<M: Method, C: Call<M>> Call<M> for Retry<C>
where
    M::Request: Clone,
{
    async fn call(&self, request: Request<M::Request>) -> Result<M::Response, Status> {
        if !M::IDEMPOTENT {
            return self.channel.call(request).await;
        }
        let (message, options) = request.into_parts();
        let attempt = move |options| {
            let request = Request::with_options(message.clone(), options);
            self.channel.call(request)
        };
        let timeout = self.rules.options.attempt_timeout;
        self.rules.repeat(options, timeout, attempt).await
    }
}

impl<M: Method, C: Open<M>> Open<M> for Retry<C>
where
    M::Request: Clone,
{
    async fn open(&self, request: Request<Option<M::Request>>) -> Result<Streams<M>, Status> {
        if !M::IDEMPOTENT {
            return self.channel.open(request).await;
        }
        let (first, options) = request.into_parts();
        let attempt = move |options| {
            let request = Request::with_options(first.clone(), options);
            self.channel.open(request)
        };
        // The streams live on after the opening: the time of one attempt is not theirs.
        self.rules.repeat(options, None, attempt).await
    }
}

impl Rules {
    async fn repeat<T, F>(
        &self,
        options: CallOptions,
        timeout: Option<Duration>,
        mut attempt: impl FnMut(CallOptions) -> F + Send,
    ) -> Result<T, Status>
    where
        F: Future<Output = Result<T, Status>> + Send,
    {
        let (deadline, parent) = (options.deadline(), options.parent_cancellation());
        self.options.budget.deposit();
        for failures in 1_u32.. {
            let now = options.clone().until(attempt_end(deadline, timeout));
            let status = match attempt(numbered(now, failures - 1)).await {
                Err(status) => status,
                result => return result,
            };
            let timed_out = timeout.is_some() && status.code() == Code::DeadlineExceeded;
            let Some(pause) = self.pause(&status, timed_out, failures, deadline) else {
                return Err(status);
            };
            tracing::debug!(%status, failures, ?pause, "a call is repeated");
            let waiting = async {
                sleep(pause).await;
                Ok(())
            };
            until(deadline, parent.as_ref(), waiting).await?;
        }
        Err(Status::internal("a call cannot fail so often"))
    }

    /// Returns the pause before the next attempt, if there is to be one; takes its token.
    fn pause(
        &self,
        status: &Status,
        timed_out: bool,
        failures: u32,
        deadline: Deadline,
    ) -> Option<Duration> {
        let options = &self.options;
        let passes = timed_out || options.codes.contains(&status.code());
        if !passes || failures >= options.attempts {
            return None;
        }
        let drawn = || Some(options.backoff.pause(failures, &self.random));
        let pause = pushback(status.metadata()).unwrap_or_else(drawn)?;
        let in_time = pause < deadline.remaining(Instant::now());
        (in_time && options.budget.withdraw()).then_some(pause)
    }
}

fn attempt_end(deadline: Deadline, timeout: Option<Duration>) -> Deadline {
    match timeout {
        Some(timeout) => Deadline::after(timeout).earlier(deadline),
        None => deadline,
    }
}

/// Tells the server how many attempts went before.
fn numbered(mut options: CallOptions, previous: u32) -> CallOptions {
    if previous > 0 {
        // Full metadata goes without it: it is for the server's figures only.
        let _full = options
            .metadata_mut()
            .insert(PREVIOUS_ATTEMPTS, previous.to_string());
    }
    options
}

/// Returns what the server wants: nothing said, never, or after a pause.
fn pushback(metadata: &Metadata) -> Option<Option<Duration>> {
    let text = metadata.text(PUSHBACK)?;
    // What is no number means never, as gRPC has it.
    Some(text.parse().ok().map(Duration::from_millis))
}
