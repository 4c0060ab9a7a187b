//! One call: JSON becomes messages, and messages become JSON.

use bytes::Bytes;
use portway_rpc::{MethodName, Receiving, Request, Sending};
use prost::Message as _;
use prost_reflect::{DynamicMessage, MessageDescriptor, MethodDescriptor, SerializeOptions};
use serde_json::Value;
use tokio::sync::mpsc;

use super::{
    CallOptions, Called,
    bodies::{self, Body},
    channel::Channel,
    outcome,
};
use crate::{
    failure::{Advise as _, Advised},
    output,
};

/// Calls a method with all messages, and writes the answers as they come.
pub(super) async fn hold(
    channel: &Channel,
    called: &Called,
    bodies: Vec<Body>,
    options: &CallOptions,
) -> anyhow::Result<()> {
    let method = &called.method;
    let input = method.input();
    let first = match method.is_client_streaming() {
        true => None,
        false => Some(encode(&input, bodies::only(&bodies).await?)?),
    };
    let many = first.is_none().then(|| bodies::all(bodies));
    let request = Request::new(first)
        .metadata(options.metadata.clone())
        .timeout(options.timeout);
    let name = MethodName {
        service: &called.service,
        method: method.name(),
    };
    let failed = |status| outcome::failed(channel.place(), status);
    let (requests, mut responses) = channel.open(name, request).await.map_err(failed)?;
    let answers = async {
        if !method.is_server_streaming() {
            let answer = responses.only().await.map_err(failed)?;
            return write(method, answer);
        }
        write_all(method, &mut responses, failed).await
    };
    let Some(many) = many else {
        return answers.await;
    };
    let sending = send_all(input, many, requests);
    let mut answers = std::pin::pin!(answers);
    tokio::select! {
        result = &mut answers => result,
        sent = sending => {
            sent?;
            answers.await
        }
    }
}

async fn write_all(
    method: &MethodDescriptor,
    responses: &mut Receiving<Bytes>,
    failed: impl Fn(portway_rpc::Status) -> Advised,
) -> anyhow::Result<()> {
    while let Some(answer) = responses.receive().await.map_err(&failed)? {
        write(method, answer)?;
    }
    Ok(())
}

/// Sends messages until there are no more. That the call is over is told by its answers.
async fn send_all(
    input: MessageDescriptor,
    mut values: mpsc::Receiver<Result<Value, Advised>>,
    mut requests: Sending<Bytes>,
) -> Result<(), Advised> {
    while let Some(value) = values.recv().await {
        let message = encode(&input, value?)?;
        if requests.send(message).await.is_err() {
            return Ok(());
        }
    }
    requests.finish();
    Ok(())
}

fn encode(descriptor: &MessageDescriptor, value: Value) -> Result<Bytes, Advised> {
    let message = DynamicMessage::deserialize(descriptor.clone(), value);
    let message = message.advise(
        format_args!("that is no {}", descriptor.full_name()),
        "--describe shows what the message looks like",
    );
    let message = message.map_err(Advised::into_wrong_use)?;
    Ok(message.encode_to_vec().into())
}

/// Writes an answer as a line of JSON, fields at their defaults included.
fn write(method: &MethodDescriptor, answer: Bytes) -> anyhow::Result<()> {
    let descriptor = method.output();
    let message = DynamicMessage::decode(descriptor.clone(), answer).advise(
        format_args!("the answer is no {}", descriptor.full_name()),
        "look whether server and --proto are of one version",
    )?;
    let mut json = serde_json::Serializer::new(Vec::new());
    let options = SerializeOptions::new().skip_default_fields(false);
    message.serialize_with_options(&mut json, &options)?;
    let mut line = json.into_inner();
    line.push(b'\n');
    output::print(&line)
}
