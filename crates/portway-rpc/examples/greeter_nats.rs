//! `hello.Greeter` over NATS: its method with one request and one answer, in a queue group, listed by
//! NATS' own tools; the streams of the service stay unserved there.
//!
//! ```sh
//! cargo run --features nats --example greeter_nats -- nats://127.0.0.1:4222
//! portway call nats://127.0.0.1/hello.Greeter/SayHello --proto proto/hello.proto --json '{"name": "Ada"}'
//! nats micro list
//! ```

#![expect(clippy::print_stdout, reason = "an example speaks to a person")]

use std::time::Duration;

use portway_rpc::{NatsListenOptions, NatsListener, Server, pattern::nats::Nats};

mod polite;
#[allow(dead_code, reason = "the address is the broker's")]
mod support;

use polite::{Polite, hello::GreeterServer};

/// How long NATS may take to hear of the service.
const PATIENCE: Duration = Duration::from_secs(10);

#[tokio::main]
async fn main() -> Result<(), support::Failure> {
    let broker = std::env::args().nth(1);
    let broker = broker.unwrap_or_else(|| "nats://127.0.0.1:4222".to_owned());
    let nats = Nats::connect(broker.as_str()).await?;
    let options = NatsListenOptions::new().description("greets whoever asks");
    let listener = NatsListener::new(&nats, options);
    let ready = listener.ready();
    let stop = support::stop()?;
    let server = Server::builder()
        .service(GreeterServer::new(Polite))
        .listen(listener);
    let serving = tokio::spawn(server.drain(support::DRAIN).serve(stop));
    tokio::time::timeout(PATIENCE, ready).await?;
    println!("ready service=hello-Greeter");
    Ok(serving.await??)
}
