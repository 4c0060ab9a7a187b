//! What stands around every handler: its context, its deadline, its panics.

use std::{
    future::Future,
    panic::{AssertUnwindSafe, catch_unwind},
    pin::Pin,
    task::{Context as TaskContext, Poll, ready},
};

use pin_project_lite::pin_project;
use tokio::time::{Instant, Sleep, sleep_until};

use crate::{CancelReason, Cancellation, Cancelled, Context, Deadline, Status};

/// Turns a panic of `work` into [`Code::Internal`](crate::Code::Internal): it must not take the
/// calls of others with it.
pub(crate) fn catch_panics<T, F>(work: F) -> CatchPanics<F>
where
    F: Future<Output = Result<T, Status>>,
{
    CatchPanics { work }
}

pin_project! {
    pub(crate) struct CatchPanics<F> {
        #[pin]
        work: F,
    }
}

impl<T, F: Future<Output = Result<T, Status>>> Future for CatchPanics<F> {
    type Output = Result<T, Status>;

    fn poll(self: Pin<&mut Self>, context: &mut TaskContext<'_>) -> Poll<Self::Output> {
        let work = self.project().work;
        catch_unwind(AssertUnwindSafe(|| work.poll(context))).unwrap_or_else(|_| {
            tracing::error!("a handler panicked");
            Poll::Ready(Err(Status::internal("the handler panicked")))
        })
    }
}

/// Ends `work` at the deadline of its context, or when the call that it is made for is cancelled.
///
/// Work that is late before it begins is not begun. The timer and the registration are made only
/// if the work is not done at once.
pub(crate) fn within<F>(context: Context, work: F) -> Within<F> {
    Within {
        work,
        context,
        stage: Stage::New,
        watch: None,
    }
}

/// Ends `work` at `deadline`, or when `parent` is cancelled.
pub(crate) fn until<F>(deadline: Deadline, parent: Option<&Cancellation>, work: F) -> Until<F> {
    Until {
        work,
        deadline,
        parent: parent.cloned(),
        watch: None,
    }
}

pin_project! {
    pub(crate) struct Until<F> {
        #[pin]
        work: F,
        deadline: Deadline,
        parent: Option<Cancellation>,
        watch: Option<Watch>,
    }
}

impl<T, F: Future<Output = Result<T, Status>>> Future for Until<F> {
    type Output = Result<T, Status>;

    fn poll(self: Pin<&mut Self>, task: &mut TaskContext<'_>) -> Poll<Self::Output> {
        let this = self.project();
        if let Poll::Ready(result) = this.work.poll(task) {
            return Poll::Ready(result);
        }
        let new = || Watch::new(*this.deadline, this.parent.as_ref());
        let reason = ready!(this.watch.get_or_insert_with(new).poll(task));
        Poll::Ready(Err(reason.status()))
    }
}

/// How far work is.
#[derive(Clone, Copy, PartialEq, Eq)]
enum Stage {
    /// It is not begun if it is late.
    New,
    Begun,
    Done,
}

struct Watch {
    timer: Pin<Box<Sleep>>,
    cancelled: Option<Cancelled>,
}

pin_project! {
    pub(crate) struct Within<F> {
        #[pin]
        work: F,
        context: Context,
        stage: Stage,
        watch: Option<Watch>,
    }

    impl<F> PinnedDrop for Within<F> {
        fn drop(this: Pin<&mut Self>) {
            if this.stage != Stage::Done {
                this.context.cancel(CancelReason::Caller);
            }
        }
    }
}

impl<F> Within<F> {
    /// Takes `now` for the time at which the work begins, for those who have just looked at the
    /// clock: to look costs as much as a small handler does.
    pub(crate) fn begun(mut self, now: Instant) -> Self {
        if !self.context.deadline().has_passed(now) {
            self.stage = Stage::Begun;
        }
        self
    }
}

impl<T, F: Future<Output = Result<T, Status>>> Future for Within<F> {
    type Output = Result<T, Status>;

    fn poll(self: Pin<&mut Self>, task: &mut TaskContext<'_>) -> Poll<Self::Output> {
        let this = self.project();
        if *this.stage == Stage::New {
            *this.stage = Stage::Begun;
            if this.context.deadline().has_passed(Instant::now()) {
                *this.stage = Stage::Done;
                this.context.cancel(CancelReason::Deadline);
                return Poll::Ready(Err(CancelReason::Deadline.status()));
            }
        }
        if let Poll::Ready(result) = this.work.poll(task) {
            *this.stage = Stage::Done;
            return Poll::Ready(result);
        }
        let watch = this
            .watch
            .get_or_insert_with(|| Watch::new(this.context.deadline(), this.context.parent()));
        let reason = ready!(watch.poll(task));
        *this.stage = Stage::Done;
        this.context.cancel(reason);
        Poll::Ready(Err(reason.status()))
    }
}

impl Watch {
    fn new(deadline: Deadline, parent: Option<&Cancellation>) -> Self {
        Self {
            timer: Box::pin(sleep_until(deadline.instant())),
            cancelled: parent.map(Cancellation::cancelled),
        }
    }

    fn poll(&mut self, task: &mut TaskContext<'_>) -> Poll<CancelReason> {
        if self.timer.as_mut().poll(task).is_ready() {
            return Poll::Ready(CancelReason::Deadline);
        }
        match &mut self.cancelled {
            Some(cancelled) => Pin::new(cancelled).poll(task),
            None => Poll::Pending,
        }
    }
}
