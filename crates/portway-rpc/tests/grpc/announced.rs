//! Health and reflection, over gRPC and framed connections.

use std::time::Duration;

use portway_rpc::{
    Call, Code, FramedChannel, FramedListener, FramedOptions, GrpcChannel, GrpcListener,
    GrpcOptions, GrpcTarget, Open, Request, Server, Target,
    health::{Check, Health, HealthCheckRequest, HealthClient, ServingStatus, Watch},
    reflection::{
        AlphaServerReflectionInfo, MessageRequest, MessageResponse, Reflection,
        ServerReflectionInfo, ServerReflectionRequest,
    },
};
use tokio::{sync::oneshot, task::JoinHandle, time::timeout};

use crate::service::{Everything, LIMIT};

struct Running {
    grpc: GrpcChannel,
    framed: FramedChannel,
    stop: oneshot::Sender<()>,
    server: JoinHandle<std::io::Result<()>>,
}

async fn run(health: &Health) -> Running {
    let grpc = GrpcListener::tcp("127.0.0.1:0", GrpcOptions::new()).await;
    let framed = FramedListener::tcp("127.0.0.1:0", FramedOptions::new()).await;
    let (grpc, framed) = (grpc.unwrap(), framed.unwrap());
    let grpc_target = GrpcTarget::Tcp(grpc.address().unwrap().to_string());
    let framed_target = Target::Tcp(framed.address().unwrap().to_string());
    let (stop, stopped) = oneshot::channel::<()>();
    let server = Server::builder()
        .with_health(health)
        .with_reflection(Reflection::new())
        .service(Everything::default())
        .listen(grpc)
        .listen(framed)
        .drain(Duration::from_secs(30))
        .serve(async { stopped.await.unwrap_or_default() });
    let server = tokio::spawn(server);
    let grpc = GrpcChannel::connect(grpc_target, GrpcOptions::new()).await;
    let framed = FramedChannel::connect(framed_target, FramedOptions::new()).await;
    Running {
        grpc: grpc.unwrap(),
        framed: framed.unwrap(),
        stop,
        server,
    }
}

fn of(service: &str) -> HealthCheckRequest {
    HealthCheckRequest {
        service: service.to_owned(),
    }
}

async fn check<C: Call<Check> + Open<Watch>>(channel: C, service: &str) -> ServingStatus {
    let answer = HealthClient::new(channel).check(of(service)).await.unwrap();
    answer.status()
}

#[tokio::test]
async fn health_is_told_for_each_service_on_every_transport() {
    let health = Health::new();
    let running = run(&health).await;
    for service in ["", "test.Service", "grpc.health.v1.Health"] {
        let serving = ServingStatus::Serving;
        assert_eq!(check(running.grpc.clone(), service).await, serving);
        assert_eq!(check(running.framed.clone(), service).await, serving);
    }
    let client = HealthClient::new(running.grpc.clone());
    let unknown = client.check(of("test.Other")).await.unwrap_err();
    assert_eq!(unknown.code(), Code::NotFound);
    health.set("test.Service", ServingStatus::NotServing);
    let not_serving = ServingStatus::NotServing;
    assert_eq!(check(running.framed, "test.Service").await, not_serving);
    running.server.abort();
}

#[tokio::test]
async fn who_watches_is_told_of_each_change_and_of_the_end_and_holds_nothing_up() {
    let health = Health::new();
    let running = run(&health).await;
    let client = HealthClient::new(running.grpc.clone());
    let mut watch = client.watch(of("test.Service")).await.unwrap();
    let mut unknown = client.watch(of("test.Other")).await.unwrap();
    let told = unknown.receive().await.unwrap().unwrap().status();
    assert_eq!(told, ServingStatus::ServiceUnknown);
    let told = watch.receive().await.unwrap().unwrap().status();
    assert_eq!(told, ServingStatus::Serving);
    health.set("test.Service", ServingStatus::NotServing);
    let told = watch.receive().await.unwrap().unwrap().status();
    assert_eq!(told, ServingStatus::NotServing);
    health.set("test.Service", ServingStatus::Serving);
    let told = watch.receive().await.unwrap().unwrap().status();
    assert_eq!(told, ServingStatus::Serving);

    drop(running.stop);
    let told = watch.receive().await.unwrap().unwrap().status();
    assert_eq!(told, ServingStatus::NotServing);
    assert_eq!(watch.receive().await.unwrap_err().code(), Code::Unavailable);
    drop((client, running.grpc, running.framed));
    timeout(LIMIT, running.server)
        .await
        .unwrap()
        .unwrap()
        .unwrap();
    assert_eq!(
        health.status("test.Service"),
        Some(ServingStatus::NotServing)
    );
}

#[tokio::test]
async fn what_was_set_before_the_server_begins_stays() {
    let health = Health::new();
    health.set("test.Service", ServingStatus::NotServing);
    let running = run(&health).await;
    let status = check(running.grpc, "test.Service").await;
    assert_eq!(status, ServingStatus::NotServing);
    running.server.abort();
}

/// Asks one question.
async fn ask<M>(channel: &impl Open<M>, question: MessageRequest) -> MessageResponse
where
    M: portway_rpc::Method<
            Request = ServerReflectionRequest,
            Response = portway_rpc::reflection::ServerReflectionResponse,
        >,
{
    let request = ServerReflectionRequest {
        host: String::new(),
        message_request: Some(question),
    };
    let opened = channel.open(Request::new(Some(request))).await;
    let answer = opened.unwrap().1.only().await.unwrap();
    answer.message_response.unwrap()
}

#[tokio::test]
async fn reflection_lists_what_is_served_and_finds_files_by_symbols() {
    let running = run(&Health::new()).await;
    let list = || MessageRequest::ListServices(String::new());
    for answer in [
        ask::<ServerReflectionInfo>(&running.grpc, list()).await,
        ask::<AlphaServerReflectionInfo>(&running.grpc, list()).await,
        ask::<ServerReflectionInfo>(&running.framed, list()).await,
    ] {
        let MessageResponse::ListServicesResponse(list) = answer else {
            panic!("{answer:?} is no list");
        };
        let names: Vec<_> = list.service.iter().map(|it| it.name.as_str()).collect();
        let expected = [
            "grpc.health.v1.Health",
            "grpc.reflection.v1.ServerReflection",
            "grpc.reflection.v1alpha.ServerReflection",
            "test.Service",
        ];
        assert_eq!(names, expected);
    }
    let symbol = "grpc.reflection.v1alpha.ServerReflection".to_owned();
    let question = MessageRequest::FileContainingSymbol(symbol);
    let answer = ask::<ServerReflectionInfo>(&running.grpc, question).await;
    let MessageResponse::FileDescriptorResponse(files) = answer else {
        panic!("{answer:?} is no file");
    };
    assert_eq!(
        files.file_descriptor_proto.len(),
        2,
        "the file and its import"
    );
    let question = MessageRequest::FileByFilename("nothing.proto".to_owned());
    let answer = ask::<ServerReflectionInfo>(&running.grpc, question).await;
    assert!(matches!(answer, MessageResponse::ErrorResponse(error) if error.error_code == 5));
    running.server.abort();
}
