use std::time::Duration;

use bytes::Bytes;
use portway_rpc::{
    Call, Code, Context, Handle, InProcess, Intercepted, Status,
    tower::{Layered, MethodService, ServiceChannel},
};
use tower::{Layer, ServiceBuilder, ServiceExt as _, timeout::TimeoutLayer};

use crate::scripted::{Read, Scripted, call};

struct Slow;

impl Handle<Read> for Slow {
    async fn handle(&self, _: Context, request: Bytes) -> Result<Bytes, Status> {
        tokio::time::sleep(Duration::from_millis(100)).await;
        Ok(request)
    }
}

#[tokio::test(start_paused = true)]
async fn a_method_is_a_service_of_tower_and_back() {
    let service = MethodService::<Read, _>::new(InProcess::new(Slow));
    let answer = service.clone().oneshot(Bytes::from("a").into()).await;
    assert_eq!(answer.unwrap(), "a");
    let limited = ServiceBuilder::new().concurrency_limit(1).service(service);
    let channel = ServiceChannel::new(limited);
    assert_eq!(
        Call::<Read>::call(&channel, Bytes::from("b").into())
            .await
            .unwrap(),
        "b"
    );
}

#[tokio::test(start_paused = true)]
async fn errors_of_handlers_keep_their_status_and_those_of_layers_their_text() {
    let failing = Scripted::failing(Status::not_found("gone"));
    let service =
        TimeoutLayer::new(Duration::from_millis(50)).layer(MethodService::<Read, _>::new(failing));
    let error = call::<Read>(&ServiceChannel::new(service))
        .await
        .unwrap_err();
    assert_eq!((error.code(), error.message()), (Code::NotFound, "gone"));
    let slow = MethodService::<Read, _>::new(InProcess::new(Slow));
    let service = TimeoutLayer::new(Duration::from_millis(50)).layer(slow);
    let error = call::<Read>(&ServiceChannel::new(service))
        .await
        .unwrap_err();
    assert_eq!(
        (error.code(), error.message()),
        (Code::Unknown, "request timed out")
    );
}

#[tokio::test(start_paused = true)]
async fn a_layer_stands_around_all_handlers_of_a_service() {
    let layer = TimeoutLayer::new(Duration::from_millis(50));
    let channel = InProcess::new(Intercepted::new(Slow, Layered::new(&layer)));
    assert_eq!(
        call::<Read>(&channel).await.unwrap_err().code(),
        Code::Unknown
    );
    let layer = TimeoutLayer::new(Duration::from_millis(500));
    let channel = InProcess::new(Intercepted::new(Slow, Layered::new(&layer)));
    call::<Read>(&channel).await.unwrap();
}

#[tokio::test(start_paused = true)]
async fn a_service_that_is_never_ready_holds_a_call_until_its_deadline() {
    let semaphore = std::sync::Arc::new(tokio::sync::Semaphore::new(0));
    let layer = tower::limit::GlobalConcurrencyLimitLayer::with_semaphore(semaphore);
    let service = layer.layer(MethodService::<Read, _>::new(InProcess::new(Slow)));
    let error = call::<Read>(&ServiceChannel::new(service))
        .await
        .unwrap_err();
    assert_eq!(error.code(), Code::DeadlineExceeded);
}
