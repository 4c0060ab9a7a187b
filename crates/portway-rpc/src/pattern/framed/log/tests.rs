use bytes::BufMut as _;

use super::*;

fn append(log: &Log, byte: u8, count: usize) {
    let written = log.append(|pack| {
        pack.put_bytes(byte, count);
        Ok(())
    });
    written.unwrap();
}

#[tokio::test]
async fn messages_gather_in_one_pack_until_somebody_reads() {
    let log = Log::new();
    let mut cursor = log.join();
    append(&log, 1, 1);
    append(&log, 2, 1);
    let pack = Entry::Pack(Bytes::from_static(&[1, 2]));
    assert_eq!(log.read(&mut cursor).await, pack);
    append(&log, 3, 1);
    let pack = Entry::Pack(Bytes::from_static(&[3]));
    assert_eq!(log.read(&mut cursor).await, pack);
    log.close();
    assert_eq!(log.read(&mut cursor).await, Entry::Closed);
}

#[tokio::test]
async fn what_is_forgotten_is_counted_for_each_reader() {
    let log = Log::new();
    let (mut slow, mut quick) = (log.join(), log.join());
    let packs = KEPT / PACK + 10;
    for _ in 0..packs {
        append(&log, 0, PACK);
        assert!(matches!(log.read(&mut quick).await, Entry::Pack(_)));
    }
    assert_eq!(log.read(&mut slow).await, Entry::Missed(10));
    assert!(matches!(log.read(&mut slow).await, Entry::Pack(_)));
}

/// Appends packs until there are too many ahead of the readers.
fn run_ahead(log: &Log) {
    for _ in 0..=AHEAD / PACK {
        append(log, 0, PACK);
    }
}

#[tokio::test(start_paused = true)]
async fn a_publisher_waits_for_the_quickest_reader_while_it_reads() {
    let log = Log::new();
    let (_slow, mut quick) = (log.join(), log.join());
    run_ahead(&log);
    let begun = tokio::time::Instant::now();
    let ((), entry) = tokio::join!(log.wait_for_quickest(), log.read(&mut quick));
    assert!(matches!(entry, Entry::Pack(_)));
    assert_eq!(begun.elapsed(), Duration::ZERO);
}

#[tokio::test(start_paused = true)]
async fn a_reader_that_is_stuck_is_waited_for_once_until_it_reads_on() {
    let log = Log::new();
    let mut cursor = log.join();
    run_ahead(&log);
    assert_eq!(log.state().pace(), Pace::Ahead);
    let begun = tokio::time::Instant::now();
    log.wait_for_quickest().await;
    assert!(begun.elapsed() >= PATIENCE);
    append(&log, 0, PACK);
    assert_eq!(log.state().pace(), Pace::Good);
    log.read(&mut cursor).await;
    append(&log, 0, PACK);
    assert_eq!(log.state().pace(), Pace::Ahead);
}

#[tokio::test]
async fn nothing_is_kept_while_nobody_is_subscribed() {
    let log = Log::new();
    append(&log, 1, 1);
    let mut cursor = log.join();
    append(&log, 2, 1);
    let pack = Entry::Pack(Bytes::from_static(&[2]));
    assert_eq!(log.read(&mut cursor).await, pack);
}
