//! The side that sends.

use std::{fmt, marker::PhantomData, sync::Arc};

use bytes::BytesMut;
use portway_rpc::{
    Codec,
    pattern::{Json, Message, SendError},
};
use rdkafka::{
    ClientConfig,
    producer::{FutureProducer, FutureRecord, Producer as _},
};

use crate::{Acks, OpenError, Position, ProducerOptions, error::unsent, headers, logs::Logs};

/// KiB of records that may wait to be written; then a send waits, within its time-out.
const WAITING_KIBIBYTES: &str = "32768";

/// Milliseconds for which a record waits for others to travel with: none but those that are there.
const LINGER: &str = "0";

/// Sends records of type `T` to one topic. Clones share one connection.
pub struct Producer<T, C = Json> {
    producer: FutureProducer<Logs>,
    topic: Arc<str>,
    options: ProducerOptions,
    types: PhantomData<fn() -> (T, C)>,
}

impl<T, C: Codec<T>> Producer<T, C> {
    pub(crate) fn new(
        mut properties: ClientConfig,
        topic: &str,
        options: ProducerOptions,
    ) -> Result<Self, OpenError> {
        let acks = match options.acks {
            Acks::All => "all",
            Acks::Leader => "1",
            Acks::None => "0",
        };
        let idempotent = options.acks == Acks::All;
        properties
            .set("acks", acks)
            .set("enable.idempotence", idempotent.to_string())
            .set(
                "message.timeout.ms",
                options.timeout.as_millis().to_string(),
            )
            .set("message.max.bytes", options.maximum_size.to_string())
            .set("queue.buffering.max.kbytes", WAITING_KIBIBYTES)
            .set("linger.ms", LINGER);
        Ok(Self {
            producer: properties
                .create_with_context(Logs)
                .map_err(OpenError::new)?,
            topic: topic.into(),
            options,
            types: PhantomData,
        })
    }

    /// Sends a record without a key, to any partition. Returns its position; that of [`Acks::None`]
    /// has an offset below zero, for nobody has told it.
    ///
    /// Sends that are under way at the same time travel together, and keep their order within a
    /// partition.
    ///
    /// # Errors
    /// See [`SendError`]: after [`SendError::Unconfirmed`] the record may be there.
    ///
    /// # Cancel safety
    /// A record whose future is dropped may be sent.
    pub async fn send(&self, message: impl Into<Message<T>> + Send) -> Result<Position, SendError> {
        self.send_record(None, message.into()).await
    }

    /// Sends a record with a key, as [`send`](Self::send) does: records of one key go to one
    /// partition, where they keep their order.
    ///
    /// # Errors
    /// As [`send`](Self::send).
    ///
    /// # Cancel safety
    /// As [`send`](Self::send).
    pub async fn send_keyed(
        &self,
        key: impl AsRef<[u8]> + Send,
        message: impl Into<Message<T>> + Send,
    ) -> Result<Position, SendError> {
        let key = key.as_ref().to_vec();
        self.send_record(Some(&key), message.into()).await
    }

    async fn send_record(
        &self,
        key: Option<&[u8]>,
        message: Message<T>,
    ) -> Result<Position, SendError> {
        let mut body = BytesMut::with_capacity(C::size_hint(&message.body));
        C::encode(&message.body, &mut body).map_err(|source| SendError::Encode {
            content_type: C::CONTENT_TYPE,
            source,
        })?;
        let headers = headers::of(&message.metadata, C::CONTENT_TYPE);
        drop(message);
        let record = FutureRecord {
            topic: &self.topic,
            partition: None,
            payload: Some(&body[..]),
            key,
            timestamp: None,
            headers: Some(headers),
        };
        let sent = self.producer.send(record, self.options.timeout).await;
        match sent {
            Ok(at) => Ok(Position::new(at.partition, at.offset)),
            Err((error, _)) => Err(unsent(error, &self.topic, body.len(), &self.options)),
        }
    }

    /// Returns how many records are on their way.
    pub fn under_way(&self) -> usize {
        usize::try_from(self.producer.in_flight_count()).unwrap_or_default()
    }
}

impl<T, C> Clone for Producer<T, C> {
    fn clone(&self) -> Self {
        Self {
            producer: self.producer.clone(),
            topic: Arc::clone(&self.topic),
            options: self.options,
            types: PhantomData,
        }
    }
}

impl<T, C> fmt::Debug for Producer<T, C> {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        formatter
            .debug_struct("Producer")
            .field("topic", &self.topic)
            .field("options", &self.options)
            .finish_non_exhaustive()
    }
}
