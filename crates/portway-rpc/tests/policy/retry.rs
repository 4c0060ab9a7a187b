use std::{
    sync::{Arc, Mutex},
    time::Duration,
};

use bytes::Bytes;
use portway_rpc::{
    Call, CancelReason, Code, Context, Metadata, Request, Status,
    policy::{Backoff, Retry, RetryBudget, RetryOptions},
};
use proptest::prelude::*;
use tokio::time::Instant;

use crate::scripted::{Read, Scripted, Write, call};

fn options() -> RetryOptions {
    RetryOptions::new().seed(1)
}

fn away() -> Status {
    Status::unavailable("away")
}

#[tokio::test(start_paused = true)]
async fn only_methods_that_say_so_are_repeated() {
    let server = Scripted::failing(away());
    let channel = Retry::new(server.clone(), options().attempts(4));
    let error = call::<Read>(&channel).await.unwrap_err();
    assert_eq!((error.code(), server.calls()), (Code::Unavailable, 4));
    call::<Write>(&channel).await.unwrap_err();
    assert_eq!(server.calls(), 5);
}

#[tokio::test(start_paused = true)]
async fn failures_that_do_not_pass_are_not_repeated() {
    let server = Scripted::failing(Status::invalid_argument("never"));
    let channel = Retry::new(server.clone(), options());
    call::<Read>(&channel).await.unwrap_err();
    assert_eq!(server.calls(), 1);
}

#[tokio::test(start_paused = true)]
async fn attempts_are_numbered_and_share_one_deadline() {
    let seen = Arc::new(Mutex::new(Vec::new()));
    let kept = Arc::clone(&seen);
    let server = Scripted::new(move |context: Context| {
        let number = context.metadata().text("grpc-previous-rpc-attempts");
        let number = number.map(ToOwned::to_owned);
        kept.lock().unwrap().push((number, context.deadline()));
        std::future::ready(Err(away()))
    });
    let channel = Retry::new(server, options());
    call::<Read>(&channel).await.unwrap_err();
    let seen = seen.lock().unwrap();
    let numbers: Vec<_> = seen.iter().map(|(number, _)| number.as_deref()).collect();
    assert_eq!(numbers, [None, Some("1"), Some("2")]);
    assert!(seen.windows(2).all(|pair| pair[1].1 <= pair[0].1));
}

#[tokio::test(start_paused = true)]
async fn no_attempt_is_made_that_could_not_be_answered() {
    let server = Scripted::failing(away());
    let slow = Backoff::new(Duration::from_secs(3600), Duration::from_secs(3600));
    let channel = Retry::new(server.clone(), options().backoff(slow));
    let begun = Instant::now();
    let error = call::<Read>(&channel).await.unwrap_err();
    assert_eq!((error.code(), server.calls()), (Code::Unavailable, 1));
    assert_eq!(begun.elapsed(), Duration::ZERO);
}

#[tokio::test(start_paused = true)]
async fn an_attempt_that_hangs_is_repeated_within_the_deadline() {
    let server = Scripted::new(|context: Context| async move {
        tokio::time::sleep_until(context.deadline().instant()).await;
        Err(CancelReason::Deadline.status())
    });
    let rules = options()
        .attempts(100)
        .attempt_timeout(Duration::from_millis(300));
    let channel = Retry::new(server.clone(), rules);
    let begun = Instant::now();
    let request = Request::new(Bytes::new()).timeout(Duration::from_secs(1));
    let error = Call::<Read>::call(&channel, request).await.unwrap_err();
    assert_eq!(error.code(), Code::DeadlineExceeded);
    assert!(
        begun.elapsed() <= Duration::from_millis(1001),
        "{:?}",
        begun.elapsed()
    );
    assert!(
        (2..=4).contains(&server.calls()),
        "{} attempts",
        server.calls()
    );
}

#[tokio::test(start_paused = true)]
async fn a_server_says_when_and_whether_to_come_back() {
    for (asked, calls, waited) in [("700", 3, 1400), ("-1", 1, 0), ("soon", 1, 0)] {
        let mut metadata = Metadata::new();
        metadata.insert("grpc-retry-pushback-ms", asked).unwrap();
        let server = Scripted::failing(away().with_metadata(metadata));
        let channel = Retry::new(server.clone(), options());
        let begun = Instant::now();
        call::<Read>(&channel).await.unwrap_err();
        assert_eq!(server.calls(), calls, "{asked}");
        assert_eq!(begun.elapsed().as_millis(), waited, "{asked}");
    }
}

#[tokio::test(start_paused = true)]
async fn a_pause_ends_with_the_call_that_it_is_made_for() {
    let slow = Backoff::new(Duration::from_secs(20), Duration::from_secs(20));
    let channel = Retry::new(Scripted::failing(away()), options().backoff(slow));
    let parent = Context::root();
    let request = Request::new(Bytes::new()).context(&parent);
    let calling = Call::<Read>::call(&channel, request);
    let cancelling = async {
        tokio::time::sleep(Duration::from_millis(1)).await;
        parent.cancel(CancelReason::Caller);
    };
    let (result, ()) = tokio::join!(calling, cancelling);
    assert_eq!(result.unwrap_err().code(), Code::Cancelled);
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(64))]

    /// Whichever calls fail, and however often: the servers get no more than the budget allows.
    #[test]
    fn repetitions_never_exceed_the_budget(
        seed in any::<u64>(),
        capacity in 0_u32..20,
        percent in 0_u32..60,
        attempts in 1_u32..6,
        outcomes in prop::collection::vec(any::<bool>(), 1..200),
        calls in 1_u32..150,
    ) {
        let mut runtime = tokio::runtime::Builder::new_current_thread();
        let runtime = runtime.enable_time().start_paused(true).build().unwrap();
        runtime.block_on(async move {
            let turn = std::sync::atomic::AtomicUsize::new(0);
            let server = Scripted::new(move |_| {
                let number = turn.fetch_add(1, std::sync::atomic::Ordering::SeqCst);
                let well = outcomes[number % outcomes.len()];
                std::future::ready(if well { Ok(Bytes::new()) } else { Err(away()) })
            });
            let budget = RetryBudget::new(capacity, f64::from(percent) / 100.0);
            let rules = RetryOptions::new().seed(seed).attempts(attempts).budget(budget);
            let channel = Retry::new(server.clone(), rules);
            for call_number in 1..=calls {
                let _outcome = call::<Read>(&channel).await;
                let repeated = u64::from(server.calls() - call_number);
                let allowed = u64::from(capacity) * 100 + u64::from(percent * call_number);
                assert!(repeated * 100 <= allowed, "{repeated} repetitions of {call_number} calls");
                assert!(server.calls() <= call_number * attempts);
            }
        });
    }
}
