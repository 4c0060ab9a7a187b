//! Metadata as properties and headers of AMQP.

use bytes::Bytes;
use lapin::{
    BasicProperties,
    message::Delivery,
    types::{AMQPValue, FieldTable, ShortString},
};
use uuid::Uuid;

use crate::{
    header::CONTENT_TYPE,
    pattern::wire::{Incoming, Outgoing},
};

/// The delivery mode of messages that are written to disk.
const PERSISTENT: u8 = 2;

/// What the broker adds to a message on its way.
const OF_THE_BROKER: [&str; 3] = ["x-death", "x-first-death-", "x-delivery-count"];

/// The header in which a quorum queue counts how often a message came back.
const RETURNS: &str = "x-delivery-count";

/// The properties of a message that goes out. The id is the same when it is sent again, so that a
/// receiver can recognize it.
pub(super) fn properties(message: &Outgoing) -> BasicProperties {
    let mut headers = FieldTable::default();
    for (name, value) in message.headers() {
        if let Ok(name) = ShortString::try_new(name) {
            headers.insert(name, AMQPValue::LongString(value.into()));
        }
    }
    BasicProperties::default()
        .with_content_type(message.content_type.into())
        .with_delivery_mode(PERSISTENT)
        .with_message_id(Uuid::new_v4().to_string().into())
        .with_headers(headers)
}

/// A message that came in, and how often it was delivered, this time included.
pub(super) fn incoming(delivery: &mut Delivery) -> (Incoming, u32) {
    let body = Bytes::from(std::mem::take(&mut delivery.data));
    let (mut incoming, mut returns) = (Incoming::new(body), 0);
    if let Some(content_type) = delivery.properties.content_type() {
        incoming.add_header(CONTENT_TYPE, content_type.as_str());
    }
    for (name, value) in headers(&delivery.properties) {
        let name = name.as_str();
        if name == RETURNS {
            returns = number(value);
        } else if !OF_THE_BROKER.iter().any(|own| name.starts_with(own)) {
            add(&mut incoming, name, value);
        }
    }
    (incoming, returns.saturating_add(1))
}

fn headers(properties: &BasicProperties) -> impl Iterator<Item = (&ShortString, &AMQPValue)> {
    let tables = properties.headers().iter();
    tables.flat_map(|table| table.inner().iter())
}

/// Texts are metadata; other values of foreign programs have no form there and are left out.
fn add(incoming: &mut Incoming, name: &str, value: &AMQPValue) {
    match value {
        AMQPValue::LongString(text) => {
            incoming.add_header(name, &String::from_utf8_lossy(text.as_bytes()));
        }
        AMQPValue::ShortString(text) => incoming.add_header(name, text.as_str()),
        _ => tracing::debug!(name, "a header of a message is no text and was left out"),
    }
}

fn number(value: &AMQPValue) -> u32 {
    let number = match value {
        AMQPValue::LongLongInt(number) => *number,
        AMQPValue::LongInt(number) => i64::from(*number),
        AMQPValue::LongUInt(number) => i64::from(*number),
        AMQPValue::ShortInt(number) => i64::from(*number),
        AMQPValue::ShortShortInt(number) => i64::from(*number),
        AMQPValue::ShortShortUInt(number) => i64::from(*number),
        AMQPValue::ShortUInt(number) => i64::from(*number),
        _ => 0,
    };
    u32::try_from(number).unwrap_or(0)
}
