//! Tasks that are used again: each carries out one call at a time and waits for the next.

use std::{
    any::Any,
    collections::VecDeque,
    future::Future,
    marker::PhantomData,
    pin::Pin,
    sync::{
        Arc, Mutex, MutexGuard, PoisonError,
        atomic::{AtomicUsize, Ordering},
    },
    task::{Context, Poll, Waker, ready},
};

use pin_project_lite::pin_project;
use tokio::runtime::{Handle, Id};

/// The most tasks of one channel that wait for a call; beyond it those end that waited longest.
///
/// A task that waits is some hundred bytes. There are never more of them than calls that were
/// under way at the same time.
const MAXIMUM_IDLE: usize = 128;

/// How many lists they wait in: threads that call at the same time seldom meet at one.
const LISTS: usize = 8;

thread_local! {
    static LIST: usize = {
        static THREADS: AtomicUsize = AtomicUsize::new(0);
        THREADS.fetch_add(1, Ordering::Relaxed) % LISTS
    };
}

/// Tasks for the calls of one channel.
///
/// To make a task for every call costs more than everything else about a call within the process:
/// its memory, for whose alignment the allocator has to make room, and its place among all tasks
/// of the runtime. Each call has a task to itself nevertheless, and never waits for one.
#[derive(Default)]
pub(crate) struct Workers {
    idle: [Idle; LISTS],
}

/// The one that waited longest is in front.
type Idle = Mutex<VecDeque<Arc<Worker>>>;

/// What a task and the call that has it share.
struct Worker {
    /// A task runs where it was spawned, so it serves callers of that runtime only.
    runtime: Id,
    desk: Mutex<Desk>,
}

#[derive(Default)]
struct Desk {
    /// What the task is to do.
    given: Option<Job>,
    /// What it has done.
    done: Option<Job>,
    task: Option<Waker>,
    caller: Option<Waker>,
    /// The task has ended, or is to end and to drop what it does.
    closed: bool,
}

fn lock<T>(mutex: &Mutex<T>) -> MutexGuard<'_, T> {
    mutex.lock().unwrap_or_else(PoisonError::into_inner)
}

fn keep(place: &mut Option<Waker>, waker: &Waker) {
    match place {
        Some(kept) => kept.clone_from(waker),
        None => *place = Some(waker.clone()),
    }
}

impl Workers {
    /// Carries `work` out in a task that does nothing else meanwhile, once it is awaited.
    ///
    /// It is done inside of the Tokio runtime that awaits it, and nowhere else.
    pub(crate) fn run<F>(&self, work: F) -> Running<'_, F::Output>
    where
        F: Future<Output: Send> + Send + 'static,
    {
        Running {
            workers: self,
            job: Some(Box::pin(Task { work, output: None })),
            worker: None,
            output: PhantomData,
        }
    }

    fn start(&self, mut job: Job, caller: &Waker) -> Arc<Worker> {
        let handle = Handle::current();
        let runtime = handle.id();
        while let Some(worker) = self.idle_in(runtime) {
            match worker.give(job, caller) {
                Ok(()) => return worker,
                Err(refused) => job = refused,
            }
        }
        let desk = Desk {
            given: Some(job),
            caller: Some(caller.clone()),
            ..Desk::default()
        };
        let worker = Arc::new(Worker {
            runtime,
            desk: Mutex::new(desk),
        });
        drop(handle.spawn(Working {
            worker: Arc::clone(&worker),
            job: None,
        }));
        worker
    }

    fn idle(&self) -> MutexGuard<'_, VecDeque<Arc<Worker>>> {
        lock(&self.idle[LIST.with(|list| *list)])
    }

    fn idle_in(&self, runtime: Id) -> Option<Arc<Worker>> {
        let mut idle = self.idle();
        let place = idle.iter().rposition(|it| it.runtime == runtime)?;
        idle.remove(place)
    }

    fn put_back(&self, worker: Arc<Worker>) {
        let mut idle = self.idle();
        idle.push_back(worker);
        let too_many = idle.len() > MAXIMUM_IDLE / LISTS;
        let oldest = if too_many { idle.pop_front() } else { None };
        drop(idle);
        if let Some(worker) = oldest {
            worker.close();
        }
    }
}

impl Drop for Workers {
    fn drop(&mut self) {
        for idle in &self.idle {
            lock(idle).drain(..).for_each(|worker| worker.close());
        }
    }
}

impl Worker {
    /// Hands a job to the idle task; gives it back if the task has ended, as with its runtime.
    fn give(&self, job: Job, caller: &Waker) -> Result<(), Job> {
        let mut desk = lock(&self.desk);
        if desk.closed {
            return Err(job);
        }
        desk.given = Some(job);
        desk.caller = Some(caller.clone());
        let task = desk.task.take();
        drop(desk);
        if let Some(task) = task {
            task.wake();
        }
        Ok(())
    }

    /// Hands back what the task has done.
    fn finish(&self, job: Option<Job>) {
        let mut desk = lock(&self.desk);
        desk.done = job;
        let caller = desk.caller.take();
        drop(desk);
        if let Some(caller) = caller {
            caller.wake();
        }
    }

    /// Ends the task, and what it does.
    fn close(&self) {
        let mut desk = lock(&self.desk);
        desk.closed = true;
        if let Some(task) = desk.task.take() {
            task.wake();
        }
    }
}

/// A call that a task carries out; dropping it ends the work.
pub(crate) struct Running<'a, T> {
    workers: &'a Workers,
    /// Until it is begun.
    job: Option<Job>,
    /// From then on until the answer is there.
    worker: Option<Arc<Worker>>,
    output: PhantomData<fn() -> T>,
}

impl<T: 'static> Future for Running<'_, T> {
    /// Nothing if the runtime stopped before.
    type Output = Option<T>;

    fn poll(mut self: Pin<&mut Self>, context: &mut Context<'_>) -> Poll<Option<T>> {
        if let Some(job) = self.job.take() {
            self.worker = Some(self.workers.start(job, context.waker()));
            return Poll::Pending;
        }
        let Some(worker) = &self.worker else {
            return Poll::Ready(None);
        };
        let mut desk = lock(&worker.desk);
        let done = desk.done.take();
        if done.is_none() && !desk.closed {
            keep(&mut desk.caller, context.waker());
            return Poll::Pending;
        }
        drop(desk);
        let worker = self.worker.take();
        let Some(mut job) = done else {
            return Poll::Ready(None);
        };
        if let Some(worker) = worker {
            self.workers.put_back(worker);
        }
        let output = job.as_mut().output().downcast_mut::<Option<T>>();
        Poll::Ready(output.and_then(Option::take))
    }
}

impl<T> Drop for Running<'_, T> {
    fn drop(&mut self) {
        if let Some(worker) = self.worker.take() {
            worker.close();
        }
    }
}

/// The task of a worker; dropping it, as a runtime that stops does, tells the caller.
struct Working {
    worker: Arc<Worker>,
    job: Option<Job>,
}

impl Future for Working {
    type Output = ();

    fn poll(mut self: Pin<&mut Self>, context: &mut Context<'_>) -> Poll<()> {
        let this = &mut *self;
        let mut desk = lock(&this.worker.desk);
        if desk.closed {
            return Poll::Ready(());
        }
        this.job = this.job.take().or_else(|| desk.given.take());
        keep(&mut desk.task, context.waker());
        drop(desk);
        if let Some(job) = &mut this.job {
            ready!(job.as_mut().poll(context));
            this.worker.finish(this.job.take());
        }
        Poll::Pending
    }
}

impl Drop for Working {
    fn drop(&mut self) {
        let mut desk = lock(&self.worker.desk);
        desk.closed = true;
        let (given, caller) = (desk.given.take(), desk.caller.take());
        drop(desk);
        drop(given);
        if let Some(caller) = caller {
            caller.wake();
        }
    }
}

type Job = Pin<Box<dyn Work>>;

/// Work whose result stays with it, of whatever type it is.
trait Work: Send {
    fn poll(self: Pin<&mut Self>, context: &mut Context<'_>) -> Poll<()>;

    /// Returns the place of the result, an `Option`.
    fn output(self: Pin<&mut Self>) -> &mut dyn Any;
}

pin_project! {
    struct Task<F: Future> {
        #[pin]
        work: F,
        output: Option<F::Output>,
    }
}

impl<F: Future<Output: Send> + Send + 'static> Work for Task<F> {
    fn poll(self: Pin<&mut Self>, context: &mut Context<'_>) -> Poll<()> {
        let this = self.project();
        *this.output = Some(ready!(this.work.poll(context)));
        Poll::Ready(())
    }

    fn output(self: Pin<&mut Self>) -> &mut dyn Any {
        self.project().output
    }
}
