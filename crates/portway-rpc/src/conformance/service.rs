//! The service that transports are tried with.

use std::{
    fmt,
    future::Future,
    pin::Pin,
    sync::{
        Arc, Mutex, PoisonError,
        atomic::{AtomicU64, Ordering},
    },
    time::Duration,
};

use tokio::{sync::watch, time::Instant};

use super::{Item, Order, ProbeMethods, Report, probe};
use crate::{Call, CancelReason, Code, Context, Receiving, Request, Sending, Status};

/// The service that transports are tried with. It does what its requests tell it, and counts what
/// its handlers see; clones count together.
#[derive(Clone, Default)]
pub struct Probe {
    state: Arc<State>,
}

#[derive(Default)]
struct State {
    begun: AtomicU64,
    finished: AtomicU64,
    sent: AtomicU64,
    /// By how many milliseconds the latest handler of `Act` began after its deadline.
    latest: AtomicU64,
    cancelled: watch::Sender<Vec<CancelReason>>,
    uploads: watch::Sender<Vec<Option<Code>>>,
    nested: Mutex<Option<Nested>>,
}

type Reported = Pin<Box<dyn Future<Output = Result<Report, Status>> + Send>>;
type Nested = Arc<dyn Fn(Order) -> Reported + Send + Sync>;

/// Metadata that begin so come back in front of the answer.
pub(super) const LEADING: &str = "leading-";

/// Metadata that begin so come back behind the answer.
pub(super) const TRAILING: &str = "trailing-";

impl Probe {
    /// Makes one that has seen nothing.
    pub fn new() -> Self {
        Self::default()
    }

    /// Returns how many handlers were begun.
    pub fn begun(&self) -> u64 {
        self.state.begun.load(Ordering::SeqCst)
    }

    /// Returns how many handlers of `Act` came to their end.
    pub fn finished(&self) -> u64 {
        self.state.finished.load(Ordering::SeqCst)
    }

    /// Returns how many items were sent in streams.
    pub fn sent(&self) -> u64 {
        self.state.sent.load(Ordering::SeqCst)
    }

    /// Returns how long after its deadline a handler of `Act` was begun, of all the latest.
    pub fn latest(&self) -> Duration {
        Duration::from_millis(self.state.latest.load(Ordering::SeqCst))
    }

    /// Waits until so many handlers that hang were cancelled; returns for which reasons.
    pub async fn cancelled(&self, count: usize) -> Vec<CancelReason> {
        let mut cancelled = self.state.cancelled.subscribe();
        let reached = cancelled.wait_for(|reasons| reasons.len() >= count).await;
        reached.map(|reasons| reasons.clone()).unwrap_or_default()
    }

    /// Waits for the end of an upload; returns the code that it ended with, or nothing if it is whole.
    pub async fn upload(&self) -> Option<Code> {
        let mut uploads = self.state.uploads.subscribe();
        let ended = uploads.wait_for(|ends| !ends.is_empty()).await;
        ended.ok().and_then(|ends| ends.last().copied().flatten())
    }

    /// Gives handlers a channel for the calls that they make.
    pub fn call_over<C>(&self, channel: C)
    where
        C: Call<probe::Act> + Clone + 'static,
    {
        let nested: Nested = Arc::new(move |order| {
            let channel = channel.clone();
            Box::pin(async move { channel.call(Request::new(order)).await })
        });
        let mut place = self
            .state
            .nested
            .lock()
            .unwrap_or_else(PoisonError::into_inner);
        *place = Some(nested);
    }

    async fn call_nested(&self, order: Option<Box<Order>>) -> Result<Option<Box<Report>>, Status> {
        let Some(order) = order else { return Ok(None) };
        let missing = || Status::failed_precondition("there is no channel to call over");
        let nested = self
            .state
            .nested
            .lock()
            .unwrap_or_else(PoisonError::into_inner)
            .clone();
        let report = nested.ok_or_else(missing)?(*order).await?;
        Ok(Some(Box::new(report)))
    }

    /// Keeps the reason for which a call is cancelled, in a task that outlives its handler.
    fn watch(&self, context: &Context) {
        let (state, cancelled) = (Arc::clone(&self.state), context.cancellation().cancelled());
        tokio::spawn(async move {
            let reason = cancelled.await;
            state.cancelled.send_modify(|reasons| reasons.push(reason));
        });
    }

    fn begin(&self, context: &Context) {
        self.state.begun.fetch_add(1, Ordering::SeqCst);
        for (name, value) in context.metadata().iter() {
            let added = if name.starts_with(LEADING) {
                context.append_leading(name.to_owned(), value.clone())
            } else if name.starts_with(TRAILING) {
                context.append_trailing(name.to_owned(), value.clone())
            } else {
                Ok(())
            };
            // What came in one request fits in one answer.
            debug_assert!(added.is_ok(), "{added:?}");
        }
    }
}

impl ProbeMethods for Probe {
    async fn echo(&self, context: Context, request: Item) -> Result<Item, Status> {
        self.begin(&context);
        Ok(request)
    }

    async fn act(&self, context: Context, order: Order) -> Result<Report, Status> {
        self.begin(&context);
        let remaining = context.remaining();
        let late = Instant::now().saturating_duration_since(context.deadline().instant());
        let late = u64::try_from(late.as_millis()).unwrap_or(u64::MAX);
        self.state.latest.fetch_max(late, Ordering::SeqCst);
        std::thread::sleep(Duration::from_millis(order.busy_milliseconds));
        assert!(!order.panic, "it was told to");
        if order.hang || order.nested.is_some() {
            self.watch(&context);
        }
        if order.hang {
            return std::future::pending().await;
        }
        tokio::time::sleep(Duration::from_millis(order.delay_milliseconds)).await;
        let nested = self.call_nested(order.nested.clone()).await?;
        self.state.finished.fetch_add(1, Ordering::SeqCst);
        end(&order)?;
        let traceparent = context.trace().map(|trace| trace.to_string());
        Ok(Report {
            remaining_milliseconds: u64::try_from(remaining.as_millis()).unwrap_or(u64::MAX),
            traceparent: traceparent.unwrap_or_default(),
            body: body(order.size),
            nested,
            ..Report::default()
        })
    }

    async fn count(
        &self,
        context: Context,
        order: Order,
        mut responses: Sending<Item>,
    ) -> Result<(), Status> {
        self.begin(&context);
        self.watch(&context);
        for number in 0..order.count {
            let body = body(order.size);
            responses.send(Item { number, body }).await?;
            self.state.sent.fetch_add(1, Ordering::SeqCst);
        }
        if order.hang {
            return std::future::pending().await;
        }
        end(&order)
    }

    async fn collect(
        &self,
        context: Context,
        mut requests: Receiving<Item>,
    ) -> Result<Report, Status> {
        self.begin(&context);
        let mut upload = Upload::new(&self.state);
        let mut report = Report::default();
        let received = loop {
            match requests.receive().await {
                Ok(Some(item)) => {
                    report.sum += item.number;
                    report.count += 1;
                }
                Ok(None) => break Ok(report),
                Err(status) => break Err(status),
            }
        };
        upload.end = received.as_ref().err().map(Status::code);
        received
    }

    async fn chat(
        &self,
        context: Context,
        mut requests: Receiving<Item>,
        mut responses: Sending<Item>,
    ) -> Result<(), Status> {
        self.begin(&context);
        while let Some(item) = requests.receive().await? {
            responses.send(item).await?;
        }
        Ok(())
    }
}

/// Tells how an upload ended; a handler that is dropped was cancelled.
struct Upload<'a> {
    state: &'a State,
    end: Option<Code>,
}

impl<'a> Upload<'a> {
    fn new(state: &'a State) -> Self {
        Self {
            state,
            end: Some(Code::Cancelled),
        }
    }
}

impl Drop for Upload<'_> {
    fn drop(&mut self) {
        let end = self.end;
        self.state.uploads.send_modify(|ends| ends.push(end));
    }
}

/// Ends as it is told.
fn end(order: &Order) -> Result<(), Status> {
    match Code::from_number(order.code) {
        Code::Ok => Ok(()),
        code => {
            let status = Status::new(code, order.message.clone());
            Err(status.with_details(order.details.clone()))
        }
    }
}

fn body(size: u64) -> bytes::Bytes {
    vec![7; usize::try_from(size).unwrap_or_default()].into()
}

impl fmt::Debug for Probe {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        formatter
            .debug_struct("Probe")
            .field("begun", &self.begun())
            .field("finished", &self.finished())
            .field("sent", &self.sent())
            .finish_non_exhaustive()
    }
}
