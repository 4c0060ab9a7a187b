//! What calls promise that have a task of their own each.

use std::{
    future::{Future, pending},
    pin::pin,
    sync::{
        Arc,
        atomic::{AtomicUsize, Ordering},
    },
    task::{Context as TaskContext, Poll, Waker},
    time::Duration,
};

use bytes::Bytes;
use portway_rpc::{Call, Code, Context, Handle, InProcess, Method, Raw, Request, Shape, Status};
use tokio::{
    runtime::{Builder, Handle as RuntimeHandle, Runtime},
    sync::{Barrier, mpsc},
    task::JoinSet,
    time::timeout,
};

struct Act;

impl Method for Act {
    type Request = Bytes;
    type Response = Bytes;
    type Codec = Raw;
    const SERVICE: &'static str = "test.Service";
    const NAME: &'static str = "Act";
    const SHAPE: Shape = Shape::Unary;
}

/// Does what the message says.
#[derive(Clone)]
struct Acting {
    barrier: Arc<Barrier>,
    begun: mpsc::UnboundedSender<()>,
    ended: Arc<AtomicUsize>,
}

/// Counts the handlers whose futures are gone.
struct Ended(Arc<AtomicUsize>);

impl Drop for Ended {
    fn drop(&mut self) {
        self.0.fetch_add(1, Ordering::SeqCst);
    }
}

impl Handle<Act> for Acting {
    async fn handle(&self, _context: Context, request: Bytes) -> Result<Bytes, Status> {
        let _ended = Ended(Arc::clone(&self.ended));
        let _gone = self.begun.send(());
        match &request[..] {
            b"meet" => {
                self.barrier.wait().await;
            }
            b"hang" => pending().await,
            b"panic" => panic!("asked for"),
            _ => {}
        }
        Ok(request)
    }
}

/// How many calls meet: more than tasks that wait for further calls.
const MANY: usize = 200;

fn acting() -> (InProcess<Acting>, Acting, mpsc::UnboundedReceiver<()>) {
    let (begun, receiver) = mpsc::unbounded_channel();
    let service = Acting {
        barrier: Arc::new(Barrier::new(MANY)),
        begun,
        ended: Arc::default(),
    };
    let channel = InProcess::new(service.clone()).across_tasks();
    (channel, service, receiver)
}

async fn call(channel: &InProcess<Acting>, what: &'static str) -> Result<Bytes, Status> {
    let request = Request::new(Bytes::from_static(what.as_bytes()));
    Call::<Act>::call(channel, request).await
}

fn tasks() -> usize {
    RuntimeHandle::current().metrics().num_alive_tasks()
}

async fn until_tasks_are(count: usize) {
    let reached = async {
        while tasks() != count {
            tokio::task::yield_now().await;
        }
    };
    let in_time = timeout(Duration::from_secs(10), reached).await;
    assert!(in_time.is_ok(), "{} tasks rather than {count}", tasks());
}

fn runtime() -> Runtime {
    Builder::new_current_thread()
        .enable_all()
        .build()
        .expect("a runtime")
}

#[tokio::test]
async fn calls_that_follow_each_other_share_a_task_that_ends_with_the_channel() {
    let (channel, _service, _begun) = acting();
    let before = tasks();
    for _ in 0..100 {
        assert_eq!(call(&channel, "go").await.unwrap(), "go");
    }
    assert_eq!(tasks(), before + 1);
    let clone = channel.clone();
    drop(channel);
    assert_eq!(call(&clone, "go").await.unwrap(), "go");
    assert_eq!(tasks(), before + 1);
    drop(clone);
    until_tasks_are(before).await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 3)]
async fn no_call_waits_for_the_task_of_another() {
    let (channel, _service, _begun) = acting();
    let before = tasks();
    for _ in 0..20 {
        let mut calls = JoinSet::new();
        for _ in 0..MANY {
            let channel = channel.clone();
            calls.spawn(async move { call(&channel, "meet").await });
        }
        let all = timeout(Duration::from_secs(20), calls.join_all());
        let answers = all.await.expect("some call waits for another");
        assert!(answers.iter().all(Result::is_ok));
    }
    // The others, beyond those that are documented, end.
    let bounded = async {
        while tasks() > before + 128 {
            tokio::task::yield_now().await;
        }
    };
    let in_time = timeout(Duration::from_secs(10), bounded).await;
    assert!(in_time.is_ok(), "{} tasks are left", tasks());
}

#[tokio::test]
async fn a_panic_and_a_call_given_up_harm_no_later_call() {
    let (channel, service, mut begun) = acting();
    let before = tasks();
    for round in 1..=10 {
        assert_eq!(
            call(&channel, "panic").await.unwrap_err().code(),
            Code::Internal
        );
        assert!(
            timeout(Duration::from_millis(1), call(&channel, "hang"))
                .await
                .is_err()
        );
        assert_eq!(call(&channel, "go").await.unwrap(), "go");
        until_tasks_are(before + 1).await;
        assert_eq!(service.ended.load(Ordering::SeqCst), 3 * round);
    }
    drop((channel, service));
    begun.close();
    let mut count = 0;
    while begun.recv().await.is_some() {
        count += 1;
    }
    assert_eq!(count, 30);
}

#[test]
fn calls_are_carried_out_in_the_runtime_that_awaits_them() {
    let (channel, _service, _begun) = acting();
    let first = runtime();
    assert_eq!(first.block_on(call(&channel, "go")).unwrap(), "go");
    // Nobody drives the first one now.
    let second = runtime();
    assert_eq!(second.block_on(call(&channel, "go")).unwrap(), "go");
    drop(first);
    assert_eq!(second.block_on(call(&channel, "go")).unwrap(), "go");
    drop(second);
    assert_eq!(runtime().block_on(call(&channel, "go")).unwrap(), "go");
}

#[test]
fn a_runtime_that_stops_ends_its_calls() {
    let (channel, service, _begun) = acting();
    let runtime = runtime();
    let mut waiting = pin!(call(&channel, "hang"));
    let mut task = TaskContext::from_waker(Waker::noop());
    {
        let _entered = runtime.enter();
        assert!(waiting.as_mut().poll(&mut task).is_pending());
    }
    runtime.block_on(tokio::task::yield_now());
    drop(runtime);
    assert_eq!(service.ended.load(Ordering::SeqCst), 1);
    let Poll::Ready(Err(error)) = waiting.as_mut().poll(&mut task) else {
        panic!("the call has not ended");
    };
    assert_eq!(error.code(), Code::Unavailable);
}
