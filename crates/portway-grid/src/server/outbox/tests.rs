use super::*;
use crate::store::{Refused, WalMode};

#[tokio::test]
async fn a_listener_that_does_not_keep_up_is_given_up_and_stays_bounded() {
    let outbox = Outbox::new(10, Durability::none());
    assert_eq!(
        outbox.push_notification(&Bytes::from_static(&[0; 8])),
        Ok(())
    );
    assert_eq!(
        outbox.push_notification(&Bytes::from_static(&[0; 8])),
        Err(Overflowed)
    );
    assert_eq!(outbox.take().await, Err(Overflowed));
    assert!(lock(&outbox.queue).waiting.len() <= 10);
}

#[tokio::test]
async fn a_listener_that_keeps_up_is_told_of_a_value_over_the_limit() {
    let outbox = Outbox::new(10, Durability::none());
    assert_eq!(
        outbox.push_notification(&Bytes::from_static(&[0; 50])),
        Ok(())
    );
    assert_eq!(outbox.take().await.unwrap().into_bytes().len(), 50);
}

#[tokio::test]
async fn messages_leave_in_the_order_they_came() {
    let outbox = Outbox::new(10, Durability::none());
    outbox
        .push_notification(&Bytes::from_static(b"ab"))
        .unwrap();
    outbox.push_answer(&Bytes::from_static(b"cd"));
    assert_eq!(outbox.take().await.unwrap().into_bytes(), &b"abcd"[..]);
    assert_eq!(outbox.take_rest().await, None);
}

fn answer(request_id: i64, frame: &'static [u8]) -> Answer {
    Answer {
        frame: Bytes::from_static(frame),
        failed: false,
        request_id,
    }
}

const DIALECT: Dialect = Dialect {
    version: portway_ignite_protocol::Version::LATEST,
    features: portway_ignite_protocol::Features::NONE,
};

#[tokio::test]
async fn an_answer_is_held_until_its_change_is_safe_and_others_overtake_it() {
    let (disk, progress) = watch::channel(SyncProgress::default());
    let outbox = Outbox::new(10, Durability::new(WalMode::Fsync, progress));
    outbox.hold_answer(Position(7), answer(1, b"held"), DIALECT, 0);
    outbox.push_answer(&Bytes::from_static(b"read"));
    assert_eq!(outbox.take().await.unwrap().into_bytes(), &b"read"[..]);
    disk.send_modify(|progress| progress.synced = Position(6));
    let mut taking = std::pin::pin!(outbox.take());
    assert!(futures_poll(&mut taking).await.is_none());
    disk.send_modify(|progress| progress.synced = Position(7));
    assert_eq!(taking.await.unwrap().into_bytes(), &b"held"[..]);
}

#[tokio::test]
async fn a_change_that_the_disk_refused_is_answered_with_its_reason() {
    let (disk, progress) = watch::channel(SyncProgress::default());
    let outbox = Outbox::new(10, Durability::new(WalMode::Fsync, progress));
    outbox.hold_answer(Position(7), answer(1, b"held"), DIALECT, 0);
    disk.send_modify(|progress| {
        progress.refused = Some(Refused {
            up_to: Position(9),
            reason: "the disk is broken".into(),
        });
    });
    let told = outbox.take().await.unwrap().into_bytes();
    assert!(String::from_utf8_lossy(&told).contains("the disk is broken"));
    assert_eq!(outbox.take_rest().await, None);
}

#[tokio::test]
async fn what_comes_while_others_send_waits_for_what_they_could_not_send() {
    let outbox = Outbox::new(10, Durability::none());
    outbox.push_answer(&Bytes::from_static(b"abcd"));
    let lent = outbox.take().await.unwrap().into_bytes();
    outbox.lend();
    outbox.push_answer(&Bytes::from_static(b"ef"));
    let mut taking = std::pin::pin!(outbox.take());
    assert!(futures_poll(&mut taking).await.is_none());
    outbox.give_back(lent.slice(3..));
    let rest = Taken::Back(Bytes::from_static(b"d"));
    assert_eq!(taking.await, Ok(rest));
    let next = Taken::New(Bytes::from_static(b"ef"));
    assert_eq!(outbox.take().await, Ok(next));
}

#[tokio::test]
async fn the_rest_is_not_taken_to_its_end_while_others_send() {
    let outbox = Outbox::new(10, Durability::none());
    outbox.lend();
    let mut taking = std::pin::pin!(outbox.take_rest());
    assert!(futures_poll(&mut taking).await.is_none());
    outbox.give_back(Bytes::new());
    assert_eq!(taking.await, None);
}

/// What a future answers at once, if anything.
async fn futures_poll<F: Future + Unpin>(future: &mut F) -> Option<F::Output> {
    std::future::poll_fn(|context| {
        let polled = std::pin::Pin::new(&mut *future).poll(context);
        std::task::Poll::Ready(match polled {
            std::task::Poll::Ready(output) => Some(output),
            std::task::Poll::Pending => None,
        })
    })
    .await
}
