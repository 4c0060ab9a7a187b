//! One trace over two services: each greeting asks a second service for the time of day. Spans and
//! histograms go to standard output; with `opentelemetry-otlp` in place of `opentelemetry-stdout` they
//! go to a collector.
//!
//! `cargo run --features opentelemetry --example observed`

#![allow(clippy::print_stdout, reason = "an example shows what it does")]

use std::{error::Error, net::SocketAddr};

use opentelemetry_sdk::{
    metrics::{PeriodicReader, SdkMeterProvider},
    trace::SdkTracerProvider,
};
use portway_rpc::{
    Call, Context, FramedChannel, FramedListener, FramedOptions, InProcess, Intercepted, Server,
    Status, Target,
    policy::{Observe, Observer, OpenTelemetry},
};

/// Tells the time of day.
#[portway_rpc::service(name = "example.Clock")]
trait Clock {
    async fn time_of_day(&self, context: Context, request: ()) -> Result<String, Status>;
}

/// Greets.
#[portway_rpc::service(name = "example.Greeter")]
trait Greeter {
    async fn greet(&self, context: Context, request: String) -> Result<String, Status>;
}

struct Afternoon;

impl Clock for Afternoon {
    async fn time_of_day(&self, _: Context, (): ()) -> Result<String, Status> {
        Ok("afternoon".to_owned())
    }
}

/// Greets by the time of day that `clock` tells.
struct Polite<C> {
    clock: ClockClient<C>,
}

impl<C: Call<clock::TimeOfDay> + 'static> Greeter for Polite<C> {
    async fn greet(&self, _: Context, name: String) -> Result<String, Status> {
        let time = self.clock.time_of_day(()).await?;
        Ok(format!("Good {time}, {name}!"))
    }
}

#[tokio::main(flavor = "current_thread")]
async fn main() -> Result<(), Box<dyn Error>> {
    let (tracers, meters) = to_standard_output();
    let observer = Observer::new().opentelemetry(&OpenTelemetry::new(&tracers, &meters));

    let clock = Intercepted::new(ClockServer::new(Afternoon), observer.clone());
    let clock = Observe::new(InProcess::new(clock), observer.clone());
    let clock = ClockClient::new(clock);
    let greeter = Intercepted::new(GreeterServer::new(Polite { clock }), observer.clone());
    let listener = FramedListener::tcp("127.0.0.1:0", FramedOptions::new()).await?;
    let address = listener.address().ok_or("no address")?;
    let server = Server::builder().service(greeter).listen(listener);

    let greeted = tokio::select! {
        served = server.serve(std::future::pending()) => return Ok(served?),
        greeted = greet(address, observer) => greeted?,
    };
    println!("{greeted}");
    tracers.shutdown()?;
    meters.shutdown()?;
    Ok(())
}

async fn greet(address: SocketAddr, observer: Observer) -> Result<String, Status> {
    let target = Target::Tcp(address.to_string());
    let channel = FramedChannel::connect(target, FramedOptions::new()).await?;
    let client = GreeterClient::new(Observe::new(channel, observer));
    client.greet("Ada".to_owned()).await
}

fn to_standard_output() -> (SdkTracerProvider, SdkMeterProvider) {
    let spans = opentelemetry_stdout::SpanExporter::default();
    let tracers = SdkTracerProvider::builder().with_simple_exporter(spans);
    let histograms = opentelemetry_stdout::MetricExporter::default();
    let reader = PeriodicReader::builder(histograms).build();
    let meters = SdkMeterProvider::builder().with_reader(reader);
    (tracers.build(), meters.build())
}
