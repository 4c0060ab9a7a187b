//! Checks of publish-subscribe, push-pull and notifications at most once.

use std::{collections::BTreeSet, time::Duration};

use super::{
    job::{Job, message},
    passed, soon,
};
use crate::{
    TraceParent,
    pattern::{
        AtMostOnce, Message, Missed, Notify, Publisher, Pull, Push, Received, SendError, Subscriber,
    },
};

/// Messages of a check; fewer than any backlog holds.
const COUNT: u64 = 100;

/// Notifications that no queue has room for.
const FLOOD: u64 = 50_000;

/// Two subscribers are both told everything, in the order of the publisher.
///
/// # Panics
///
/// When they are not.
pub async fn every_subscriber_gets_every_message<S: Subscriber<Job, AtMostOnce>>(
    publisher: &impl Publisher<Job, AtMostOnce>,
    first: &mut S,
    second: &mut S,
) {
    for number in 0..COUNT {
        let published = publisher.publish(Job::new(number));
        soon("publishing", published).await.expect("it is taken on");
    }
    for number in 0..COUNT {
        for subscriber in [&mut *first, &mut *second] {
            let received = soon("a message", subscriber.next()).await;
            let job = message(received.expect("a message")).body;
            assert_eq!(job.number, number);
        }
    }
    passed("every_subscriber_gets_every_message", first);
}

/// A message brings its metadata, binary ones too, its trace and its time-out.
///
/// # Panics
///
/// When something is missing or changed.
pub async fn metadata_arrive(
    publisher: &impl Publisher<Job, AtMostOnce>,
    subscriber: &mut impl Subscriber<Job, AtMostOnce>,
) {
    let trace = TraceParent::start(true);
    let mut sent = Message::new(Job::new(1)).with_trace(trace);
    sent = sent.with_timeout(Duration::from_millis(1500));
    let text = sent.metadata.append("tenant", "north");
    text.expect("it is metadata");
    let binary = sent.metadata.append_binary("key-bin", vec![0, 10, 255]);
    binary.expect("it is metadata");
    let published = publisher.publish(sent.clone());
    soon("publishing", published).await.expect("it is taken on");
    let found = soon("a message", subscriber.next()).await;
    let found = message(found.expect("a message"));
    assert_eq!(found.body, sent.body);
    assert_eq!(found.trace(), Some(trace));
    assert_eq!(found.timeout(), sent.timeout());
    for name in ["tenant", "key-bin"] {
        assert_eq!(found.metadata.value(name), sent.metadata.value(name));
    }
    passed("metadata_arrive", subscriber);
}

/// What a subscriber that does not read is too slow for is counted: what it gets and what it is told
/// it missed make up all that was published. `flood` messages must be more than are kept for it.
///
/// # Panics
///
/// When messages went by without a word.
pub async fn slow_subscribers_are_told_how_much_they_missed(
    publisher: &impl Publisher<Job, AtMostOnce>,
    subscriber: &mut impl Subscriber<Job, AtMostOnce>,
    flood: u64,
) {
    for number in 0..flood {
        let published = publisher.publish(Job::new(number));
        soon("publishing", published).await.expect("it is taken on");
    }
    let (mut accounted, mut missed) = (0, 0);
    while accounted < flood {
        match soon("a message", subscriber.next())
            .await
            .expect("a message")
        {
            Received::Message(found) => {
                assert_eq!(found.body.number, accounted, "messages vanished");
                accounted += 1;
            }
            Received::Missed(Missed::Counted(count)) => {
                missed += count;
                accounted += count;
            }
            Received::Missed(other) => panic!("nobody cut the connection: {other}"),
        }
    }
    assert!(missed > 0, "the subscriber was not slow enough");
    passed("slow_subscribers_are_told_how_much_they_missed", subscriber);
}

/// Two workers share the jobs: each job goes to one of them.
///
/// # Panics
///
/// When a job is done twice or by nobody.
pub async fn each_job_goes_to_one_worker<W: Pull<Job, AtMostOnce>>(
    push: &impl Push<Job, AtMostOnce>,
    first: &mut W,
    second: &mut W,
) {
    let mut done = BTreeSet::new();
    for number in 0..COUNT {
        soon("pushing", push.push(Job::new(number)))
            .await
            .expect("it is taken on");
        let job = soon("a job", async {
            tokio::select! {
                job = first.pull() => job,
                job = second.pull() => job,
            }
        });
        let job = message(job.await.expect("a job")).body;
        assert!(done.insert(job.number), "job {} came twice", job.number);
    }
    assert_eq!(done.len() as u64, COUNT);
    passed("each_job_goes_to_one_worker", first);
}

/// A notification returns at once, also when nobody makes room, and says so.
///
/// # Panics
///
/// When the transport has room without bounds, or another error than a full queue.
pub fn notifications_do_not_wait(notify: &impl Notify<Job>) {
    for number in 0..FLOOD {
        match notify.notify(Job::new(number)) {
            Ok(()) => {}
            Err(SendError::Full) => return passed("notifications_do_not_wait", notify),
            Err(error) => panic!("not a full queue: {error}"),
        }
    }
    panic!("{FLOOD} notifications were taken, and nobody has received one");
}
