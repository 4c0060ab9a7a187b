//! The side that reads.

use std::{fmt, marker::PhantomData, sync::Arc, time::Duration};

use bytes::Bytes;
use portway_rpc::{
    Codec, Status,
    pattern::{Json, Message},
};
use rdkafka::{
    ClientConfig, Message as _, Offset, TopicPartitionList,
    consumer::{CommitMode, Consumer as _, StreamConsumer},
    error::{KafkaError, KafkaResult},
    message::BorrowedMessage,
};
use tokio::task::spawn_blocking;

use crate::{
    CommitError, ConsumerOptions, OpenError, PollError, Position, Record, Start, headers,
    logs::Logs,
};

/// KiB of records that librdkafka reads ahead.
const AHEAD_KIBIBYTES: &str = "16384";

/// How long a seek may take.
const SEEK_TIMEOUT: Duration = Duration::from_secs(10);

/// A member of a consumer group for one topic.
///
/// The group gives each partition to one member. A partition that it gives to another one is read on
/// there from the last committed offset: records that were read here and not committed come again. A
/// member that does not poll for five minutes (`max.poll.interval.ms`) is out of the group until it
/// polls again. Dropping it leaves the group, which may take as long as the broker takes to answer.
pub struct Consumer<T, C = Json> {
    consumer: Arc<StreamConsumer<Logs>>,
    topic: Arc<str>,
    types: PhantomData<fn() -> (T, C)>,
}

impl<T, C: Codec<T>> Consumer<T, C> {
    pub(crate) fn new(
        mut properties: ClientConfig,
        topic: &str,
        group: &str,
        options: ConsumerOptions,
    ) -> Result<Self, OpenError> {
        let start = match options.start {
            Start::Oldest => "earliest",
            Start::Next => "latest",
        };
        properties
            .set("group.id", group)
            .set("auto.offset.reset", start)
            // Offsets are committed when the program says so, and never by themselves.
            .set("enable.auto.commit", "false")
            .set("enable.auto.offset.store", "false")
            .set("queued.max.messages.kbytes", AHEAD_KIBIBYTES);
        if let Some(session) = options.session {
            properties.set("session.timeout.ms", session.as_millis().to_string());
        }
        let consumer: StreamConsumer<Logs> = properties
            .create_with_context(Logs)
            .map_err(OpenError::new)?;
        consumer.subscribe(&[topic]).map_err(OpenError::new)?;
        Ok(Self {
            consumer: Arc::new(consumer),
            topic: topic.into(),
            types: PhantomData,
        })
    }

    /// Waits for the next record of the partitions that the group gave to this member. Records of one
    /// partition come in their order.
    ///
    /// # Errors
    /// See [`PollError`]; after each of them polling goes on.
    ///
    /// # Cancel safety
    /// No record is lost.
    pub async fn poll(&mut self) -> Result<Record<T>, PollError> {
        let record = self.consumer.recv().await.map_err(PollError::new)?;
        let position = Position::new(record.partition(), record.offset());
        read::<T, C>(&record, position).map_err(|source| PollError::Malformed {
            position,
            size: record.payload_len(),
            source,
        })
    }

    /// Commits that all records of the partition up to the one at `position` are done, that one
    /// included: the group begins behind it next time. Waits until the broker has it.
    ///
    /// # Errors
    /// See [`CommitError`]: records may come again then.
    ///
    /// # Cancel safety
    /// When the future is dropped it may be committed or not.
    pub async fn commit(&self, position: Position) -> Result<(), CommitError> {
        self.commit_all([position]).await
    }

    /// Commits in several partitions at once, as [`commit`](Self::commit) does in one; of a partition
    /// that is there twice the last position counts.
    ///
    /// # Errors
    /// As [`commit`](Self::commit).
    ///
    /// # Cancel safety
    /// As [`commit`](Self::commit).
    pub async fn commit_all(
        &self,
        positions: impl IntoIterator<Item = Position>,
    ) -> Result<(), CommitError> {
        let mut offsets = TopicPartitionList::new();
        for Position { partition, offset } in positions {
            // What is committed is the offset that is read next.
            let next = Offset::Offset(offset.saturating_add(1));
            let added = offsets.add_partition_offset(&self.topic, partition, next);
            added.map_err(CommitError::new)?;
        }
        let committed = self.blocking(move |it| it.commit(&offsets, CommitMode::Sync));
        committed.await.map_err(CommitError::new)
    }

    /// Goes back, or forward: the record at `position` is the next one of its partition. What is
    /// committed stays as it is.
    ///
    /// # Errors
    /// [`PollError::Unavailable`], also if the group has not given the partition to this member.
    ///
    /// # Cancel safety
    /// When the future is dropped it may have gone there or not.
    pub async fn seek(&mut self, position: Position) -> Result<(), PollError> {
        let topic = Arc::clone(&self.topic);
        let Position { partition, offset } = position;
        let offset = Offset::Offset(offset);
        let sought = self.blocking(move |it| it.seek(&topic, partition, offset, SEEK_TIMEOUT));
        sought.await.map_err(PollError::new)
    }

    /// Returns the partitions that the group gave to this member.
    ///
    /// # Errors
    /// [`PollError::Unavailable`] when librdkafka cannot tell.
    pub fn assignment(&self) -> Result<Vec<i32>, PollError> {
        let assigned = self.consumer.assignment().map_err(PollError::new)?;
        let partitions = assigned.elements().into_iter().map(|it| it.partition());
        Ok(partitions.collect())
    }

    /// Does what waits for the broker where it holds up nobody.
    async fn blocking(
        &self,
        work: impl FnOnce(&StreamConsumer<Logs>) -> KafkaResult<()> + Send + 'static,
    ) -> KafkaResult<()> {
        let consumer = Arc::clone(&self.consumer);
        let done = spawn_blocking(move || work(&consumer)).await;
        done.unwrap_or(Err(KafkaError::Canceled))
    }
}

fn read<T, C: Codec<T>>(
    record: &BorrowedMessage<'_>,
    position: Position,
) -> Result<Record<T>, Status> {
    let metadata = headers::read(record.headers(), C::CONTENT_TYPE)?;
    let body = Bytes::copy_from_slice(record.payload().unwrap_or_default());
    let message = Message::new(C::decode(body)?).with_metadata(metadata);
    Ok(Record {
        position,
        key: record.key().map(Bytes::copy_from_slice),
        milliseconds: record.timestamp().to_millis(),
        message,
    })
}

impl<T, C> fmt::Debug for Consumer<T, C> {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        formatter
            .debug_struct("Consumer")
            .field("topic", &self.topic)
            .finish_non_exhaustive()
    }
}
