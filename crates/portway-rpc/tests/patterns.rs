//! The checks of every transport, in the process.

#![cfg(test)]

#[path = "patterns/framed.rs"]
mod framed;

use portway_rpc::pattern::{
    AtLeastOnce, Message, Notify as _, Push, SendError,
    conformance::{self as check, DELIVERY_LIMIT, Job},
    local::{self, LocalQueueOptions, ReliablePull, ReliablePush},
};

/// Messages that overrun a topic of 128.
const FLOOD: u64 = 50_000;

fn reliable_queue() -> (ReliablePush<Job>, ReliablePull<Job>) {
    local::reliable_queue(LocalQueueOptions::default().delivery_limit(DELIVERY_LIMIT))
}

/// A queue of one place, that is full; its worker is returned so that nobody takes the job.
fn refusing_queue() -> (Refusing, ReliablePull<Job>) {
    let (push, pull) = local::reliable_queue(LocalQueueOptions::default().capacity(1));
    push.notify(Job::new(0)).unwrap();
    (Refusing(push), pull)
}

/// Pushes as a notification: a full queue is an error at once.
struct Refusing(ReliablePush<Job>);

impl Push<Job, AtLeastOnce> for Refusing {
    async fn push(&self, job: impl Into<Message<Job>> + Send) -> Result<(), SendError> {
        self.0.notify(job)
    }
}

#[tokio::test]
async fn every_subscriber_gets_every_message() {
    let topic = local::topic(128);
    let (mut first, mut second) = (topic.subscribe(), topic.subscribe());
    check::every_subscriber_gets_every_message(&topic, &mut first, &mut second).await;
}

#[tokio::test]
async fn metadata_arrive() {
    let topic = local::topic(128);
    let mut subscriber = topic.subscribe();
    check::metadata_arrive(&topic, &mut subscriber).await;
}

#[tokio::test]
async fn slow_subscribers_are_told_how_much_they_missed() {
    let topic = local::topic(128);
    let mut subscriber = topic.subscribe();
    check::slow_subscribers_are_told_how_much_they_missed(&topic, &mut subscriber, FLOOD).await;
}

#[tokio::test]
async fn each_job_goes_to_one_worker() {
    let (push, mut first) = local::queue(128);
    let mut second = first.clone();
    check::each_job_goes_to_one_worker(&push, &mut first, &mut second).await;
}

#[tokio::test]
async fn notifications_do_not_wait() {
    let (push, _worker) = local::queue(128);
    check::notifications_do_not_wait(&push);
    let (push, _worker) = reliable_queue();
    check::notifications_do_not_wait(&push);
}

#[tokio::test]
async fn jobs_are_kept_until_they_are_acknowledged() {
    let (push, mut worker) = reliable_queue();
    check::acknowledged_jobs_do_not_come_again(&push, &mut worker).await;
    check::given_back_jobs_come_again_after_their_delay(&push, &mut worker).await;
    check::jobs_of_a_dropped_worker_come_again(&push, &mut worker).await;
}

#[tokio::test]
async fn jobs_that_cannot_be_done_become_dead_letters() {
    let (push, mut worker) = reliable_queue();
    let mut dead = worker.dead_letters();
    check::jobs_beyond_the_limit_become_dead_letters(&push, &mut worker, &mut dead).await;
    check::terminated_jobs_become_dead_letters(&push, &mut worker, &mut dead).await;
}

#[tokio::test]
async fn results_are_accepted_before_jobs_are_acknowledged() {
    let (jobs, mut worker) = reliable_queue();
    let (results, mut collector) = reliable_queue();
    let (refusing, _) = refusing_queue();
    check::results_are_accepted_before_jobs_are_acknowledged(
        &jobs,
        &mut worker,
        &results,
        &refusing,
        &mut collector,
    )
    .await;
}
