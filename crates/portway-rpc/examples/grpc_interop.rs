//! The public service by which gRPC's implementations try each other: any interop client of
//! gRPC can be pointed at it.
//!
//! ```sh
//! cargo run --release --features grpc,reflection --example grpc_interop -- --listen 127.0.0.1:10000
//! ```

#![expect(clippy::print_stdout, reason = "an example speaks to a person")]

use std::time::Duration;

use portway_rpc::{
    Code, Context, GrpcListener, GrpcOptions, Receiving, Sending, Server, Status, health::Health,
    reflection::Reflection,
};

mod support;

#[allow(
    dead_code,
    missing_docs,
    unreachable_pub,
    reason = "made by portway-rpc-build"
)]
mod testing {
    include!("../generated/testing/grpc.testing.rs");
}

use testing::{
    EchoStatus, Empty, Payload, SimpleRequest, SimpleResponse, StreamingInputCallRequest,
    StreamingInputCallResponse, StreamingOutputCallRequest, StreamingOutputCallResponse,
    TestService, TestServiceServer,
};

const DESCRIPTORS: &[u8] = include_bytes!("../generated/testing/descriptors.bin");

/// The largest answer that may be asked for.
const MAXIMUM_SIZE: i32 = 4_000_000;

struct Interop;

impl TestService for Interop {
    async fn empty_call(&self, context: Context, _: Empty) -> Result<Empty, Status> {
        echo_metadata(&context)?;
        Ok(Empty {})
    }

    async fn unary_call(
        &self,
        context: Context,
        request: SimpleRequest,
    ) -> Result<SimpleResponse, Status> {
        echo_metadata(&context)?;
        asked_status(request.response_status.as_ref())?;
        Ok(SimpleResponse {
            payload: Some(payload(request.response_size)?),
            ..SimpleResponse::default()
        })
    }

    async fn cacheable_unary_call(
        &self,
        context: Context,
        request: SimpleRequest,
    ) -> Result<SimpleResponse, Status> {
        self.unary_call(context, request).await
    }

    async fn streaming_output_call(
        &self,
        context: Context,
        request: StreamingOutputCallRequest,
        mut responses: Sending<StreamingOutputCallResponse>,
    ) -> Result<(), Status> {
        echo_metadata(&context)?;
        send_all(request, &mut responses).await
    }

    async fn streaming_input_call(
        &self,
        context: Context,
        mut requests: Receiving<StreamingInputCallRequest>,
    ) -> Result<StreamingInputCallResponse, Status> {
        echo_metadata(&context)?;
        let mut size = 0_usize;
        while let Some(request) = requests.receive().await? {
            size += request.payload.map_or(0, |payload| payload.body.len());
        }
        Ok(StreamingInputCallResponse {
            aggregated_payload_size: i32::try_from(size).unwrap_or(i32::MAX),
        })
    }

    async fn full_duplex_call(
        &self,
        context: Context,
        mut requests: Receiving<StreamingOutputCallRequest>,
        mut responses: Sending<StreamingOutputCallResponse>,
    ) -> Result<(), Status> {
        echo_metadata(&context)?;
        while let Some(request) = requests.receive().await? {
            send_all(request, &mut responses).await?;
        }
        Ok(())
    }

    async fn half_duplex_call(
        &self,
        context: Context,
        mut requests: Receiving<StreamingOutputCallRequest>,
        mut responses: Sending<StreamingOutputCallResponse>,
    ) -> Result<(), Status> {
        echo_metadata(&context)?;
        let mut all = Vec::new();
        while let Some(request) = requests.receive().await? {
            if all.len() == 1000 {
                return Err(Status::resource_exhausted("a thousand requests are enough"));
            }
            all.push(request);
        }
        for request in all {
            send_all(request, &mut responses).await?;
        }
        Ok(())
    }

    async fn unimplemented_call(&self, _: Context, _: Empty) -> Result<Empty, Status> {
        Err(Status::unimplemented("no server does this"))
    }
}

/// Gives back the metadata that interop clients send for it.
fn echo_metadata(context: &Context) -> Result<(), Status> {
    const LEADING: &str = "x-grpc-test-echo-initial";
    const TRAILING: &str = "x-grpc-test-echo-trailing-bin";
    let full = |error: portway_rpc::MetadataError| Status::internal(error.to_string());
    if let Some(value) = context.metadata().value(LEADING) {
        context
            .append_leading(LEADING, value.clone())
            .map_err(full)?;
    }
    if let Some(value) = context.metadata().value(TRAILING) {
        context
            .append_trailing(TRAILING, value.clone())
            .map_err(full)?;
    }
    Ok(())
}

/// Fails with the status that was asked for.
fn asked_status(status: Option<&EchoStatus>) -> Result<(), Status> {
    match status {
        Some(status) if status.code != 0 => {
            let code = Code::from_number(u32::try_from(status.code).unwrap_or(u32::MAX));
            Err(Status::new(code, status.message.clone()))
        }
        _ => Ok(()),
    }
}

fn payload(size: i32) -> Result<Payload, Status> {
    let sound = (0..=MAXIMUM_SIZE).contains(&size);
    let size = usize::try_from(size).ok().filter(|_| sound);
    let size = size.ok_or_else(|| Status::invalid_argument("no such size is given"))?;
    Ok(Payload {
        body: vec![0; size].into(),
        ..Payload::default()
    })
}

async fn send_all(
    request: StreamingOutputCallRequest,
    responses: &mut Sending<StreamingOutputCallResponse>,
) -> Result<(), Status> {
    for wanted in request.response_parameters {
        let wait = u64::try_from(wanted.interval_us).unwrap_or(0);
        tokio::time::sleep(Duration::from_micros(wait)).await;
        let payload = Some(payload(wanted.size)?);
        responses
            .send(StreamingOutputCallResponse { payload })
            .await?;
    }
    asked_status(request.response_status.as_ref())
}

#[tokio::main]
async fn main() -> Result<(), support::Failure> {
    let address = support::listen("127.0.0.1:10000")?;
    let listener = GrpcListener::tcp(address, GrpcOptions::new());
    let listener = support::bound(address, listener).await?;
    let address = listener.address().ok_or("a TCP listener has an address")?;
    let server = Server::builder()
        .service(TestServiceServer::new(Interop))
        .with_health(&Health::new())
        .with_reflection(Reflection::new().descriptors(DESCRIPTORS)?)
        .listen(listener);
    let stop = support::stop()?;
    println!("ready listen={address}");
    Ok(server.drain(support::DRAIN).serve(stop).await?)
}
