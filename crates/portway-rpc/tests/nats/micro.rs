//! Request and reply with the NATS client of Python on the other side, and what it learns of services.

use std::{future::Future, time::Duration};

use portway_rpc::{
    Call, CancelReason, Code, NatsChannel, NatsListenOptions, NatsListener,
    conformance::{Item, Order, PATIENCE, Probe, Running, probe},
    pattern::{Publisher as _, Topic, conformance::Job, nats::Nats},
};
use serde_json::{Value, json};

use crate::brokers::{
    foreign::{Foreign, script},
    nats::NatsServer,
};

/// The subject of the service of the checks, and its name as NATS lists it.
const SUBJECT: &str = "portway.conformance.Probe";
const NAME: &str = "portway-conformance-Probe";

/// Tells the client to go on.
const GO: Topic<Job> = Topic::new("go");

/// Calls that go each way.
const CALLS: u8 = 20;

/// Runs `test` while a probe is served, with a function that starts a client.
async fn with_service<F: Future<Output = ()>>(
    test: impl FnOnce(Probe, Nats, Box<dyn Fn(&str, &str) -> Foreign>) -> F,
) {
    let (Some(server), Some(script)) = (NatsServer::start(), script()) else {
        return;
    };
    let nats = server.connect().await;
    let options = NatsListenOptions::new()
        .version("2.5.0")
        .description("does as it is told");
    let listener = NatsListener::new(&nats, options);
    let (ready, probe) = (listener.ready(), Probe::new());
    let _running = Running::<()>::serve(probe.clone(), listener, Duration::ZERO);
    ready.await;
    let address = server.address();
    let start = move |command: &str, name: &str| {
        Foreign::start(
            &script,
            &["nats", &address, command, name, &CALLS.to_string()],
        )
    };
    test(probe, nats, Box::new(start)).await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn python_calls() {
    with_service(|_, _, start| async move {
        let mut python = start("call", SUBJECT);
        for number in 1..=CALLS {
            let reply = python.json().await;
            assert_eq!(reply["data"], json!([8, number]));
            assert_eq!(reply["headers"]["content-type"], "application/protobuf");
        }
        for (number, code, text) in [("404", "5", "gone"), ("504", "4", "the deadline passed")] {
            let reply = python.json().await;
            assert_eq!(reply["data"], json!([]));
            assert_eq!(reply["headers"]["Nats-Service-Error"], text);
            assert_eq!(reply["headers"]["Nats-Service-Error-Code"], number);
            assert_eq!(reply["headers"]["grpc-status"], code);
        }
        python.finish().await;
    })
    .await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn python_cancels() {
    with_service(|probe, nats, start| async move {
        let python = start("cancel", SUBJECT);
        while probe.begun() < u64::from(CALLS) {
            tokio::time::sleep(Duration::from_millis(1)).await;
        }
        nats.publisher(&GO).publish(Job::new(0)).await.unwrap();
        python.finish().await;
        let reasons = tokio::time::timeout(PATIENCE, probe.cancelled(CALLS.into())).await;
        assert_eq!(reasons.unwrap(), [CancelReason::Caller; CALLS as usize]);
    })
    .await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn python_discovers() {
    with_service(|_, _, start| async move {
        start("call", SUBJECT).finish().await;
        let mut python = start("discover", NAME);
        for kind in ["ping", "info", "stats"] {
            let (everybody, by_name) = (python.json().await, python.json().await);
            assert_eq!(everybody, by_name);
            assert_eq!(
                everybody["type"],
                format!("io.nats.micro.v1.{kind}_response")
            );
            assert_eq!(
                (&everybody["name"], &everybody["version"]),
                (&json!(NAME), &json!("2.5.0"))
            );
            match kind {
                "info" => check_information(&everybody),
                "stats" => check_statistics(&everybody),
                _ => {}
            }
        }
        python.finish().await;
    })
    .await;
}

fn check_information(info: &Value) {
    assert_eq!(info["description"], "does as it is told");
    let endpoints = info["endpoints"].as_array().unwrap();
    let names: Vec<_> = endpoints.iter().map(|endpoint| &endpoint["name"]).collect();
    assert_eq!(
        names,
        ["Act", "Echo"],
        "methods with streams are not on NATS"
    );
    assert_eq!(endpoints[1]["subject"], format!("{SUBJECT}.Echo"));
    assert_eq!(endpoints[1]["queue_group"], "q");
}

fn check_statistics(stats: &Value) {
    let endpoints = stats["endpoints"].as_array().unwrap();
    let (act, echo) = (&endpoints[0], &endpoints[1]);
    assert_eq!(
        (&echo["num_requests"], &echo["num_errors"]),
        (&json!(CALLS), &json!(0))
    );
    assert_eq!(
        (&act["num_requests"], &act["num_errors"]),
        (&json!(2), &json!(2))
    );
    assert_eq!(act["last_error"], "504:the deadline passed");
    assert!(
        act["processing_time"].as_u64().unwrap() > 200_000_000,
        "{act}"
    );
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn python_serves() {
    let (Some(server), Some(script)) = (NatsServer::start(), script()) else {
        return;
    };
    let count = (CALLS + 1).to_string();
    let address = server.address();
    let arguments = ["nats", &address, "serve", SUBJECT, &count];
    let mut python = Foreign::start(&script, &arguments);
    python.ready().await;
    let nats = server.connect().await;
    let channel = NatsChannel::new(&nats).await.unwrap();
    for number in 0..u64::from(CALLS) {
        let item = Item {
            number,
            ..Item::default()
        };
        let answer = Call::<probe::Echo>::call(&channel, item.clone().into()).await;
        assert_eq!(answer.unwrap(), item);
    }
    let error = Call::<probe::Act>::call(&channel, Order::default().into())
        .await
        .unwrap_err();
    assert_eq!(
        (error.code(), error.message()),
        (Code::NotFound, "no such picture")
    );
    python.finish().await;
}
