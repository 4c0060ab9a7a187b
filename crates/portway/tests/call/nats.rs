//! `portway call` over NATS, where it is installed.

use std::{sync::mpsc, thread};

use portway_rpc::{
    NatsListenOptions, NatsListener, Server, health::Health, pattern::nats::Nats as Connection,
};
use serde_json::json;
use tokio::sync::oneshot;

use crate::{
    common::{Place, limit::Part, nats::Nats},
    lines,
};

/// What is served: NATS has no reflection.
const PROTO: &str = "syntax = \"proto3\"; package grpc.health.v1;
    message Asked { string service = 1; }
    message Told { enum Status { UNKNOWN = 0; SERVING = 1; } Status status = 1; }
    service Health { rpc Check(Asked) returns (Told); rpc Watch(Asked) returns (stream Told); }";

/// A service on NATS, without a prefix and with one; it ends with the value.
struct Served {
    address: String,
    nats: Option<Nats>,
    stop: Option<oneshot::Sender<()>>,
    thread: Option<Part<()>>,
}

impl Served {
    fn start() -> Option<Self> {
        let nats = Nats::start()?;
        let address = format!("nats://127.0.0.1:{}", nats.port());
        let (stop, stopped) = oneshot::channel();
        let (tell, told) = mpsc::channel();
        let server = address.clone();
        let thread = thread::spawn(move || {
            let mut runtime = tokio::runtime::Builder::new_current_thread();
            let runtime = runtime.enable_all().build().unwrap();
            runtime.block_on(serve(&server, stopped, tell));
        });
        told.recv().unwrap();
        Some(Self {
            address,
            nats: Some(nats),
            stop: Some(stop),
            thread: Some(Part(thread)),
        })
    }

    fn at(&self, name: &str) -> String {
        format!("{}/{name}", self.address)
    }
}

async fn serve(address: &str, stopped: oneshot::Receiver<()>, tell: mpsc::Sender<()>) {
    let nats = Connection::connect(address).await.unwrap();
    let plain = NatsListener::new(&nats, NatsListenOptions::new());
    let north = NatsListener::new(&nats, NatsListenOptions::new().prefix("north"));
    let (first, second) = (plain.ready(), north.ready());
    let server = Server::builder()
        .with_health(&Health::new())
        .listen(plain)
        .listen(north);
    let stopped = async { stopped.await.unwrap_or_default() };
    let ready = async {
        first.await;
        second.await;
        tell.send(()).unwrap();
    };
    let (served, ()) = tokio::join!(server.serve(stopped), ready);
    served.unwrap();
}

impl Drop for Served {
    fn drop(&mut self) {
        drop(self.stop.take());
        self.thread.take().unwrap().join().unwrap();
        // Last: the service says goodbye to it.
        drop(self.nats.take());
    }
}

fn place() -> Place {
    let place = Place::new();
    std::fs::write(place.path().join("health.proto"), PROTO).unwrap();
    place
}

#[test]
fn a_service_on_nats_is_called_by_its_proto_and_by_its_subject() {
    let Some(served) = Served::start() else {
        return;
    };
    let place = place();
    for name in [
        "grpc.health.v1.Health/Check",
        "grpc.health.v1.Health.Check",
        "north.grpc.health.v1.Health/Check",
        "north.grpc.health.v1.Health.Check",
    ] {
        let target = served.at(name);
        let body = "{\"service\": \"grpc.health.v1.Health\"}";
        let arguments = ["call", &target, "--proto", "health.proto", "--json", body];
        let answered = place.run(&arguments);
        assert_eq!(answered.code, Some(0), "{name}: {}", answered.stderr);
        assert_eq!(lines(&answered.stdout), [json!({ "status": "SERVING" })]);
    }
}

#[test]
fn errors_over_nats_say_what_to_do() {
    let Some(served) = Served::start() else {
        return;
    };
    let place = place();
    let run = |target: &str, rest: &[&str]| {
        let proto = ["--proto", "health.proto"];
        place.run(&[&["call", target], &proto[..], rest].concat())
    };
    let check = served.at("grpc.health.v1.Health/Check");
    let unasked = place.run(&["call", &check]);
    unasked.refused(2, &["does not tell what it serves", "--proto FILE"]);
    let unknown = run(&check, &["--json", "{\"service\": \"nobody\"}"]);
    unknown.refused(1, &["NOT_FOUND", "there is no service \"nobody\" here"]);
    let streams = run(&served.at("grpc.health.v1.Health/Watch"), &[]);
    streams.refused(2, &["UNIMPLEMENTED", "streams", "grpc:// or framed://"]);
    let nobody = run(&served.at("south.grpc.health.v1.Health/Check"), &[]);
    nobody.refused(1, &["UNAVAILABLE", "nobody serves it", "nats micro list"]);
    let secret = run(
        "nats://me:secret@127.0.0.1:1/grpc.health.v1.Health/Check",
        &[],
    );
    secret.refused(1, &["cannot use nats://127.0.0.1:1", "look whether"]);
    assert!(!secret.stderr.contains("secret"), "{}", secret.stderr);
}
