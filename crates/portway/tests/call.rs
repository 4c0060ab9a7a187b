//! `portway call`, on a server of health and reflection, which have methods of most shapes.

#![cfg(test)]

mod common;
#[path = "call/nats.rs"]
mod nats;

use std::{sync::mpsc, thread};

use common::{Place, limit::Part};
use portway_rpc::{
    FramedListener, FramedOptions, GrpcListener, GrpcOptions, Server, health::Health,
    reflection::Reflection,
};
use serde_json::{Value, json};
use tokio::sync::oneshot;

/// A server on both transports, which ends with it.
struct Served {
    grpc: String,
    framed: String,
    stop: Option<oneshot::Sender<()>>,
    thread: Option<Part<()>>,
}

impl Served {
    fn start() -> Self {
        let (tell, told) = mpsc::channel();
        let (stop, stopped) = oneshot::channel();
        let thread = thread::spawn(move || {
            let mut runtime = tokio::runtime::Builder::new_current_thread();
            let runtime = runtime.enable_all().build().unwrap();
            runtime.block_on(async move {
                let grpc = GrpcListener::tcp("127.0.0.1:0", GrpcOptions::new());
                let framed = FramedListener::tcp("127.0.0.1:0", FramedOptions::new());
                let (grpc, framed) = (grpc.await.unwrap(), framed.await.unwrap());
                tell.send([grpc.address(), framed.address()]).unwrap();
                let server = Server::builder()
                    .with_health(&Health::new())
                    .with_reflection(Reflection::new())
                    .listen(grpc)
                    .listen(framed);
                let stopped = async { stopped.await.unwrap_or_default() };
                server.serve(stopped).await.unwrap();
            });
        });
        let [grpc, framed] = told.recv().unwrap().map(Option::unwrap);
        Self {
            grpc: format!("grpc://{grpc}"),
            framed: format!("framed://{framed}"),
            stop: Some(stop),
            thread: Some(Part(thread)),
        }
    }
}

impl Drop for Served {
    fn drop(&mut self) {
        drop(self.stop.take());
        self.thread.take().unwrap().join().unwrap();
    }
}

fn lines(text: &str) -> Vec<Value> {
    let lines = text.lines();
    lines
        .map(|line| serde_json::from_str(line).unwrap())
        .collect()
}

#[test]
fn without_a_method_it_tells_what_there_is_on_every_transport() {
    let (place, served) = (Place::new(), Served::start());
    for target in [&served.grpc, &served.framed] {
        let services = place.run(&["call", target]);
        assert_eq!(services.code, Some(0), "{}", services.stderr);
        assert_eq!(
            services.stdout,
            "grpc.health.v1.Health\ngrpc.reflection.v1.ServerReflection\n\
             grpc.reflection.v1alpha.ServerReflection\n"
        );
        let health = format!("{target}/grpc.health.v1.Health");
        let methods = place.run(&["call", &health]);
        let check = "grpc.health.v1.Health/Check (grpc.health.v1.HealthCheckRequest) \
                     returns (grpc.health.v1.HealthCheckResponse)";
        assert_eq!(methods.stdout.lines().next(), Some(check));
        let described = place.run(&["call", &format!("{health}/Check"), "--describe"]);
        let field = "  status: UNKNOWN | SERVING | NOT_SERVING | SERVICE_UNKNOWN\n";
        assert!(described.stdout.contains(field), "{}", described.stdout);
    }
}

#[test]
fn a_method_is_called_with_json_from_arguments_files_and_standard_input() {
    let (place, served) = (Place::new(), Served::start());
    let body = "{\"service\": \"grpc.health.v1.Health\"}";
    let file = place.path().join("request.json");
    std::fs::write(&file, body).unwrap();
    for target in [&served.grpc, &served.framed] {
        let check = format!("{target}/grpc.health.v1.Health/Check");
        for body in [body, &format!("@{}", file.display())] {
            let answered = place.run(&["call", &check, "--json", body]);
            assert_eq!(answered.code, Some(0), "{}", answered.stderr);
            assert_eq!(lines(&answered.stdout), [json!({ "status": "SERVING" })]);
        }
        let nothing = place.run(&["call", &check]);
        assert_eq!(lines(&nothing.stdout), [json!({ "status": "SERVING" })]);

        let reflection = "grpc.reflection.v1.ServerReflection/ServerReflectionInfo";
        let ask = "{\"listServices\": \"\"} {\"fileByFilename\": \"nothing.proto\"}";
        let answers = place.run(&["call", &format!("{target}/{reflection}"), "--json", ask]);
        let answers = lines(&answers.stdout);
        let first = &answers[0]["listServicesResponse"]["service"][0]["name"];
        assert_eq!(first, "grpc.health.v1.Health");
        assert_eq!(answers[1]["errorResponse"]["errorCode"], 5);
    }
}

#[test]
fn files_say_what_messages_look_like_where_no_server_does() {
    let (place, served) = (Place::new(), Served::start());
    let proto = "syntax = \"proto3\"; package grpc.health.v1;
        message Asked { string service = 1; } message Told { int32 status = 1; }
        service Health { rpc Check(Asked) returns (Told); }";
    std::fs::write(place.path().join("mine.proto"), proto).unwrap();
    let check = format!("{}/grpc.health.v1.Health/Check", served.framed);
    let answered = place.run(&["call", &check, "--proto", "mine.proto"]);
    assert_eq!(answered.code, Some(0), "{}", answered.stderr);
    assert_eq!(lines(&answered.stdout), [json!({ "status": 1 })]);
}

#[test]
fn errors_say_what_to_do_and_whose_fault_it_is() {
    let (place, served) = (Place::new(), Served::start());
    let health = format!("{}/grpc.health.v1.Health", served.grpc);
    let run = |method: &str, rest: &[&str]| {
        let target = format!("{health}/{method}");
        place.run(&[&["call", target.as_str()], rest].concat())
    };
    let unknown = run("Check", &["--json", "{\"service\": \"nobody\"}"]);
    unknown.refused(1, &["NOT_FOUND", "there is no service \"nobody\" here"]);
    run("Ask", &[]).refused(2, &["has no method Ask", "it has Check, Watch"]);
    run("Check", &["--json", "{\"name\": 1}"]).refused(2, &["'name'", "--describe"]);
    run("Check", &["--json", "{"]).refused(2, &["that is no JSON"]);
    let late = run("Watch", &["--deadline", "1.5"]);
    assert_eq!(late.code, Some(1), "{}", late.stderr);
    assert_eq!(lines(&late.stdout), [json!({ "status": "SERVING" })]);
    assert!(late.stderr.contains("--deadline"), "{}", late.stderr);
    let nobody = place.run(&["call", "grpc://127.0.0.1:1/a.B/C"]);
    nobody.refused(1, &["UNAVAILABLE", "look whether the server runs"]);
    place
        .run(&["call", "http://host"])
        .refused(2, &["that is no target"]);
}
