//! Which stream gets what, and what happens to what nobody waits for.

use super::*;

fn listeners() -> Listeners {
    Listeners::new(QueueLimit {
        notifications: 2,
        bytes: 10,
    })
}

fn text(content: &'static str) -> Notification {
    Ok(Bytes::from_static(content.as_bytes()))
}

async fn next(queue: &mut NotificationQueue) -> Bytes {
    queue.next().await.unwrap().unwrap()
}

async fn end(queue: &mut NotificationQueue) -> Option<Error> {
    queue.next().await.unwrap_err()
}

#[tokio::test]
async fn a_notification_before_its_response_is_kept_for_its_stream() {
    let mut listeners = listeners();
    listeners.deliver(7, text("early"), true);
    listeners.deliver(8, text("other"), true);
    let mut queue = listeners.open(7);
    listeners.deliver(7, text("late"), true);
    assert_eq!(next(&mut queue).await, "early");
    assert_eq!(next(&mut queue).await, "late");
}

#[tokio::test]
async fn a_stream_for_one_notification_is_forgotten_after_it() {
    let mut listeners = listeners();
    let mut late = listeners.open_for_one(7);
    listeners.deliver(7, text("late"), true);
    listeners.deliver(8, text("early"), true);
    let mut early = listeners.open_for_one(8);
    assert!(listeners.streams.is_empty());
    assert_eq!(next(&mut late).await, "late");
    assert_eq!(next(&mut early).await, "early");
    assert!(end(&mut early).await.is_none());
}

#[tokio::test]
async fn a_notification_for_a_closed_stream_is_forgotten() {
    let mut listeners = listeners();
    listeners.deliver(7, text("stale"), false);
    listeners.deliver(8, text("of an abandoned stream"), true);
    listeners.forget_early();
    assert!(listeners.early.waiting.is_empty());
    let mut queue = listeners.open(7);
    listeners.finish(&Error::EventsLost);
    assert!(matches!(end(&mut queue).await, Some(Error::EventsLost)));
}

#[tokio::test]
async fn a_stream_that_overflows_gives_what_it_had_and_then_says_that_events_were_lost() {
    let mut listeners = listeners();
    let mut queue = listeners.open(7);
    assert_eq!(listeners.deliver(7, text("a"), true), Delivered::Done);
    assert_eq!(listeners.deliver(7, text("b"), true), Delivered::Done);
    assert_eq!(listeners.deliver(7, text("c"), true), Delivered::Overflow);
    assert_eq!(next(&mut queue).await, "a");
    assert_eq!(next(&mut queue).await, "b");
    assert!(matches!(end(&mut queue).await, Some(Error::EventsLost)));
}

#[tokio::test]
async fn the_content_of_a_stream_is_limited_too() {
    let mut listeners = listeners();
    let mut queue = listeners.open(7);
    listeners.deliver(7, text("123456"), true);
    assert_eq!(next(&mut queue).await, "123456");
    assert_eq!(
        listeners.deliver(7, text("123456"), true),
        Delivered::Done,
        "room was given back"
    );
    assert_eq!(
        listeners.deliver(7, text("123456"), true),
        Delivered::Overflow
    );
}

#[tokio::test]
async fn a_stream_whose_early_notifications_did_not_fit_begins_with_the_loss() {
    let mut listeners = listeners();
    for content in ["a", "b", "c"] {
        listeners.deliver(7, text(content), true);
    }
    let mut queue = listeners.open(7);
    while let Ok(notification) = queue.next().await {
        assert!(notification.is_ok());
    }
    assert!(matches!(end(&mut queue).await, Some(Error::EventsLost)));
}

#[tokio::test]
async fn what_still_comes_for_closed_streams_takes_no_room_from_new_ones() {
    let mut listeners = listeners();
    drop(listeners.open(7));
    listeners.close(7);
    for _ in 0..3 {
        listeners.deliver(7, text("stale"), true);
    }
    listeners.deliver(8, text("early"), true);
    let mut queue = listeners.open(8);
    assert_eq!(next(&mut queue).await, "early");
    listeners.deliver(8, text("late"), true);
    assert_eq!(next(&mut queue).await, "late");
}
