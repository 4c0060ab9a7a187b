//! Checks of push-pull and publish-subscribe at least once.

use std::{collections::BTreeSet, time::Duration};

use tokio::time::Instant;

use super::{
    job::{DELIVERY_LIMIT, Job},
    passed, soon,
};
use crate::pattern::{
    AtLeastOnce, Delivery, Message, Publisher, Pull, Push, SettleError, Subscriber,
};

/// Jobs of a check.
const COUNT: u64 = 50;

/// A delay that is told from none also on a busy machine.
const DELAY: Duration = Duration::from_millis(800);

/// How long nothing must come, where nothing may.
const QUIET: Duration = Duration::from_millis(500);

async fn push(push: &impl Push<Job, AtLeastOnce>, number: u64) {
    let pushed = soon("pushing", push.push(Job::new(number))).await;
    pushed.expect("it is taken on");
}

async fn pull(worker: &mut impl Pull<Job, AtLeastOnce>) -> Delivery<Job> {
    soon("a job", worker.pull()).await.expect("a job")
}

async fn nothing_comes(worker: &mut impl Pull<Job, AtLeastOnce>) {
    if let Ok(found) = tokio::time::timeout(QUIET, worker.pull()).await {
        panic!("the queue should be empty: {found:?}");
    }
}

fn settled(result: Result<(), SettleError>) {
    result.expect("the transport hears it");
}

/// A job that is acknowledged is gone; each comes once while nothing fails.
///
/// # Panics
///
/// When a job is missing or comes twice.
pub async fn acknowledged_jobs_do_not_come_again(
    queue: &impl Push<Job, AtLeastOnce>,
    worker: &mut impl Pull<Job, AtLeastOnce>,
) {
    for number in 0..COUNT {
        push(queue, number).await;
    }
    let mut done = BTreeSet::new();
    for _ in 0..COUNT {
        let job = pull(worker).await;
        assert_eq!(job.attempt(), 1);
        assert!(done.insert(job.body().number), "{job:?} came twice");
        settled(job.ack().await);
    }
    nothing_comes(worker).await;
    passed("acknowledged_jobs_do_not_come_again", worker);
}

/// A job that is given back comes again, not before its delay, and counts its deliveries.
///
/// # Panics
///
/// When it comes too early, or never.
pub async fn given_back_jobs_come_again_after_their_delay(
    queue: &impl Push<Job, AtLeastOnce>,
    worker: &mut impl Pull<Job, AtLeastOnce>,
) {
    push(queue, 7).await;
    let given_back = Instant::now();
    settled(pull(worker).await.nack(DELAY).await);
    let again = pull(worker).await;
    assert!(given_back.elapsed() >= DELAY, "it came too early");
    assert_eq!((again.body().number, again.attempt()), (7, 2));
    settled(again.ack().await);
    nothing_comes(worker).await;
    passed("given_back_jobs_come_again_after_their_delay", worker);
}

/// A job whose worker says nothing, because it panicked or was cancelled, comes again.
///
/// # Panics
///
/// When it does not.
pub async fn jobs_of_a_dropped_worker_come_again(
    queue: &impl Push<Job, AtLeastOnce>,
    worker: &mut impl Pull<Job, AtLeastOnce>,
) {
    push(queue, 8).await;
    drop(pull(worker).await);
    let again = pull(worker).await;
    assert_eq!((again.body().number, again.attempt()), (8, 2));
    settled(again.ack().await);
    passed("jobs_of_a_dropped_worker_come_again", worker);
}

/// A job that fails as often as is allowed is not tried again: the dead letters have it, with its
/// metadata.
///
/// # Panics
///
/// When it is tried more or less often, or lost.
pub async fn jobs_beyond_the_limit_become_dead_letters(
    queue: &impl Push<Job, AtLeastOnce>,
    worker: &mut impl Pull<Job, AtLeastOnce>,
    dead_letters: &mut impl Pull<Job, AtLeastOnce>,
) {
    let mut message = Message::new(Job::new(9));
    let tenant = message.metadata.append("tenant", "north");
    tenant.expect("it is metadata");
    let pushed = soon("pushing", queue.push(message)).await;
    pushed.expect("it is taken on");
    for attempt in 1..=DELIVERY_LIMIT {
        let job = pull(worker).await;
        assert_eq!(job.attempt(), attempt);
        settled(job.nack(Duration::ZERO).await);
    }
    let dead = pull(dead_letters).await;
    assert_eq!(dead.body().number, 9);
    assert_eq!(dead.message().metadata.text("tenant"), Some("north"));
    settled(dead.ack().await);
    nothing_comes(worker).await;
    passed("jobs_beyond_the_limit_become_dead_letters", worker);
}

/// A job that nobody can do is a dead letter at once.
///
/// # Panics
///
/// When it comes again, or is lost.
pub async fn terminated_jobs_become_dead_letters(
    queue: &impl Push<Job, AtLeastOnce>,
    worker: &mut impl Pull<Job, AtLeastOnce>,
    dead_letters: &mut impl Pull<Job, AtLeastOnce>,
) {
    push(queue, 10).await;
    settled(pull(worker).await.term().await);
    let dead = pull(dead_letters).await;
    assert_eq!(dead.body().number, 10);
    settled(dead.ack().await);
    nothing_comes(worker).await;
    passed("terminated_jobs_become_dead_letters", worker);
}

/// The pipeline: a job is acknowledged only when the next queue has its result, so a refused result
/// leaves the job where it is.
///
/// # Panics
///
/// When a job is acknowledged without its result.
pub async fn results_are_accepted_before_jobs_are_acknowledged(
    jobs: &impl Push<Job, AtLeastOnce>,
    worker: &mut impl Pull<Job, AtLeastOnce>,
    results: &impl Push<Job, AtLeastOnce>,
    refused: &impl Push<Job, AtLeastOnce>,
    collector: &mut impl Pull<Job, AtLeastOnce>,
) {
    push(jobs, 20).await;
    let job = pull(worker).await;
    let lost = job.ack_after_push(refused, Job::new(21)).await;
    lost.expect_err("the result was refused");
    let again = pull(worker).await;
    assert_eq!((again.body().number, again.attempt()), (20, 2));
    let passed_on = again.ack_after_push(results, Job::new(21)).await;
    passed_on.expect("the result is accepted");
    let result = pull(collector).await;
    assert_eq!(result.body().number, 21);
    settled(result.ack().await);
    nothing_comes(worker).await;
    passed("results_are_accepted_before_jobs_are_acknowledged", worker);
}

/// Each of two subscriptions gets every message, whatever the other one does.
///
/// # Panics
///
/// When one misses a message.
pub async fn every_subscription_gets_every_message<S: Subscriber<Job, AtLeastOnce>>(
    publisher: &impl Publisher<Job, AtLeastOnce>,
    first: &mut S,
    second: &mut S,
) {
    for number in 0..COUNT {
        let published = soon("publishing", publisher.publish(Job::new(number))).await;
        published.expect("it is taken on");
    }
    for subscriber in [&mut *first, second] {
        for number in 0..COUNT {
            let delivery = soon("a message", subscriber.next()).await;
            let delivery = delivery.expect("a message");
            assert_eq!(delivery.body().number, number);
            settled(delivery.ack().await);
        }
    }
    passed("every_subscription_gets_every_message", first);
}
