use std::{
    sync::{
        Arc,
        atomic::{AtomicUsize, Ordering},
    },
    time::Duration,
};

use bytes::Bytes;
use portway_rpc::{
    Call, Code, Context, Handle, HandleStream, InProcess, Intercepted, Method, Open, Raw,
    Receiving, Request, Sending, Shape, Status,
    policy::{Limit, LimitOptions, Limiter, Retry, RetryOptions},
};
use tokio::{task::JoinSet, time::Instant};

use crate::scripted::{Read, Scripted, call};

/// How long an answer takes.
const WORK: Duration = Duration::from_millis(10);

/// A service that counts how many of its handlers run at once, and keeps the most.
#[derive(Clone, Default)]
struct Counting {
    now: Arc<AtomicUsize>,
    most: Arc<AtomicUsize>,
}

impl Counting {
    async fn work(&self) -> Result<Bytes, Status> {
        let now = self.now.fetch_add(1, Ordering::SeqCst) + 1;
        self.most.fetch_max(now, Ordering::SeqCst);
        tokio::time::sleep(WORK).await;
        self.now.fetch_sub(1, Ordering::SeqCst);
        Ok(Bytes::new())
    }

    fn most(&self) -> usize {
        self.most.load(Ordering::SeqCst)
    }
}

impl Handle<Read> for Counting {
    async fn handle(&self, _: Context, _: Bytes) -> Result<Bytes, Status> {
        self.work().await
    }
}

struct Hold;

impl Method for Hold {
    type Request = Bytes;
    type Response = Bytes;
    type Codec = Raw;
    const SERVICE: &'static str = "test.Store";
    const NAME: &'static str = "Hold";
    const SHAPE: Shape = Shape::Bidirectional;
}

impl HandleStream<Hold> for Counting {
    async fn handle_stream(
        &self,
        _: Context,
        mut requests: Receiving<Bytes>,
        _: Sending<Bytes>,
    ) -> Result<(), Status> {
        while requests.receive().await?.is_some() {}
        Ok(())
    }
}

/// Makes `count` calls at once; returns how many were answered and how many refused with `code`.
async fn flood<C>(channel: &C, count: usize, code: Code) -> (usize, usize)
where
    C: Call<Read> + Clone + 'static,
{
    let mut calls = JoinSet::new();
    for _ in 0..count {
        let channel = channel.clone();
        calls.spawn(async move { call::<Read>(&channel).await });
    }
    let (mut answered, mut refused) = (0, 0);
    while let Some(result) = calls.join_next().await {
        match result.unwrap() {
            Ok(_) => answered += 1,
            Err(status) => {
                assert_eq!(status.code(), code, "{status}");
                refused += 1;
            }
        }
    }
    (answered, refused)
}

#[tokio::test(start_paused = true)]
async fn a_client_has_no_more_calls_under_way_than_its_limit() {
    let service = Counting::default();
    let limiter = Limiter::new(LimitOptions::new(5).queue(20));
    let channel = Limit::new(InProcess::new(service.clone()), limiter.clone());
    let outcome = flood(&channel, 100, Code::ResourceExhausted).await;
    assert_eq!(outcome, (25, 75));
    assert_eq!((service.most(), limiter.refused()), (5, 75));
    assert_eq!((limiter.under_way(), limiter.waiting()), (0, 0));
}

#[tokio::test(start_paused = true)]
async fn a_server_that_is_flooded_keeps_few_and_sends_the_rest_elsewhere() {
    let service = Counting::default();
    let limiter = Limiter::new(LimitOptions::new(5).queue(20));
    let server = Intercepted::new(service.clone(), limiter.clone());
    let channel = InProcess::new(server).across_tasks();
    for _ in 0..10 {
        let outcome = flood(&channel, 1000, Code::Unavailable).await;
        assert_eq!(outcome, (25, 975));
    }
    assert_eq!(service.most(), 5);
    assert_eq!(limiter.waiting(), 0);
}

#[tokio::test(start_paused = true)]
async fn what_one_server_refuses_is_repeated() {
    let server = Intercepted::new(Counting::default(), Limiter::new(LimitOptions::new(1)));
    let channel = InProcess::new(server).across_tasks();
    let channel = Retry::new(channel, RetryOptions::new().attempts(10).seed(3));
    assert_eq!(flood(&channel, 3, Code::Unavailable).await, (3, 0));
}

#[tokio::test(start_paused = true)]
async fn a_call_waits_no_longer_than_its_deadline_and_the_limit_let_it() {
    let never = Scripted::new(|_| std::future::pending());
    let wait = Duration::from_millis(500);
    let limiter = Limiter::new(LimitOptions::new(1).queue(5).wait(wait));
    let channel = Limit::new(never, limiter.clone());
    let held = channel.clone();
    let holder = tokio::spawn(async move { call::<Read>(&held).await });
    tokio::task::yield_now().await;
    for (timeout, code) in [
        (Duration::from_millis(100), Code::DeadlineExceeded),
        (Duration::from_secs(9), Code::ResourceExhausted),
    ] {
        let begun = Instant::now();
        let request = Request::new(Bytes::new()).timeout(timeout);
        let error = Call::<Read>::call(&channel, request).await.unwrap_err();
        assert_eq!(error.code(), code);
        assert!(begun.elapsed() <= timeout.min(wait) + Duration::from_millis(1));
    }
    assert_eq!(
        limiter.waiting(),
        0,
        "those who gave up do not wait any more"
    );
    holder.abort();
    let _aborted = holder.await;
    assert_eq!(limiter.under_way(), 0, "a dropped call leaves its place");
}

#[tokio::test]
async fn streams_keep_their_place_until_they_end() {
    let limiter = Limiter::new(LimitOptions::new(1));
    let channel = Limit::new(InProcess::new(Counting::default()), limiter.clone());
    let open = || Open::<Hold>::open(&channel, Request::new(None));
    let (requests, mut responses) = open().await.unwrap();
    assert_eq!(open().await.unwrap_err().code(), Code::ResourceExhausted);
    requests.finish();
    assert!(responses.receive().await.unwrap().is_none());
    assert_eq!(limiter.under_way(), 0, "it ended");
    drop(open().await.unwrap());
    assert_eq!(limiter.under_way(), 0, "it was dropped");
}
