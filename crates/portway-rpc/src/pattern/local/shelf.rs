//! Where the jobs of a reliable queue lie: decided here without a clock or a task.

use std::{
    collections::{BTreeMap, VecDeque},
    time::Instant,
};

use tokio::sync::OwnedSemaphorePermit;

use crate::pattern::Message;

/// A job with the place that it takes of the queue's capacity until it is done.
#[derive(Debug)]
pub(super) struct Job<T> {
    pub(super) message: Message<T>,
    /// Deliveries until now.
    pub(super) attempts: u32,
    #[expect(dead_code, reason = "it gives the place back when it is dropped")]
    pub(super) place: OwnedSemaphorePermit,
}

/// What a worker that asks is told.
#[derive(Debug)]
pub(super) enum Turn<T> {
    /// Here is a job.
    Job(Job<T>),
    /// Ask again when something changes, or at this time.
    Wait(Option<Instant>),
    /// Nothing is left, and nobody is there who could bring more.
    Over,
}

/// Jobs that wait: those that may be taken in the order in which they came, and those that may not
/// be taken before their time.
#[derive(Debug)]
pub(super) struct Shelf<T> {
    ready: VecDeque<Job<T>>,
    /// The number tells jobs of the same time apart.
    delayed: BTreeMap<(Instant, u64), Job<T>>,
    numbers: u64,
    /// Jobs with a worker: each is done or comes back.
    taken: usize,
}

impl<T> Shelf<T> {
    pub(super) fn new() -> Self {
        Self {
            ready: VecDeque::new(),
            delayed: BTreeMap::new(),
            numbers: 0,
            taken: 0,
        }
    }

    pub(super) fn put(&mut self, job: Job<T>) {
        self.ready.push_back(job);
    }

    /// Hands out the next job; `fed` tells whether somebody can still put one here.
    pub(super) fn take(&mut self, now: Instant, fed: bool) -> Turn<T> {
        self.wake_delayed(now);
        match self.ready.pop_front() {
            Some(mut job) => {
                self.taken += 1;
                job.attempts = job.attempts.saturating_add(1);
                Turn::Job(job)
            }
            None if fed || self.taken > 0 || !self.delayed.is_empty() => {
                Turn::Wait(self.delayed.keys().next().map(|(due, _)| *due))
            }
            None => Turn::Over,
        }
    }

    /// Whether jobs are here or with a worker.
    pub(super) fn has_jobs(&self) -> bool {
        self.taken > 0 || !self.ready.is_empty() || !self.delayed.is_empty()
    }

    /// A worker is done with a job, or it goes elsewhere.
    pub(super) fn remove_taken(&mut self) {
        self.taken -= 1;
    }

    /// A worker gives a job back.
    pub(super) fn give_back(&mut self, job: Job<T>, due: Instant) {
        self.taken -= 1;
        self.numbers += 1;
        self.delayed.insert((due, self.numbers), job);
    }

    fn wake_delayed(&mut self, now: Instant) {
        while let Some(entry) = self.delayed.first_entry()
            && entry.key().0 <= now
        {
            self.ready.push_back(entry.remove());
        }
    }
}

#[cfg(test)]
mod tests {
    use std::{sync::Arc, time::Duration};

    use tokio::sync::Semaphore;

    use super::*;

    fn job(number: u32) -> Job<u32> {
        Job {
            message: Message::new(number),
            attempts: 0,
            place: Arc::new(Semaphore::new(1)).try_acquire_owned().unwrap(),
        }
    }

    fn taken(turn: Turn<u32>) -> Job<u32> {
        match turn {
            Turn::Job(job) => job,
            other => panic!("no job: {other:?}"),
        }
    }

    #[test]
    fn a_job_that_was_given_back_waits_for_its_time_and_counts_its_deliveries() {
        let (mut shelf, now) = (Shelf::new(), Instant::now());
        shelf.put(job(1));
        let first = taken(shelf.take(now, false));
        let due = now + Duration::from_secs(5);
        shelf.give_back(first, due);
        assert!(matches!(shelf.take(now, false), Turn::Wait(Some(at)) if at == due));
        assert_eq!(taken(shelf.take(due, false)).attempts, 2);
    }

    #[test]
    fn it_is_over_only_when_no_worker_can_give_a_job_back() {
        let (mut shelf, now) = (Shelf::new(), Instant::now());
        shelf.put(job(1));
        assert!(matches!(shelf.take(now, true), Turn::Job(_)));
        assert!(matches!(shelf.take(now, false), Turn::Wait(None)));
        shelf.remove_taken();
        assert!(matches!(shelf.take(now, true), Turn::Wait(None)));
        assert!(matches!(shelf.take(now, false), Turn::Over));
    }

    #[test]
    fn what_waits_for_its_time_holds_nobody_up() {
        let (mut shelf, now) = (Shelf::new(), Instant::now());
        shelf.put(job(1));
        shelf.put(job(2));
        let first = taken(shelf.take(now, true));
        shelf.give_back(first, now + Duration::from_secs(1));
        assert_eq!(taken(shelf.take(now, true)).message.body, 2);
    }
}
