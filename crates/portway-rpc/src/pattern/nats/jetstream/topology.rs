//! Which streams and consumers stand behind queues and topics.

use std::{error::Error as _, iter::successors};

use async_nats::jetstream::{
    Context, ErrorCode,
    consumer::{self, AckPolicy, pull},
    context::{GetStreamByNameError, GetStreamByNameErrorKind, RequestError, RequestErrorKind},
    stream::{self, ConsumerErrorKind, DiscardPolicy, RetentionPolicy, StorageType},
};

use super::JetStreamOptions;
use crate::{
    Status,
    pattern::{Cause, ReceiveError, SendError},
};

/// Deliveries that all receivers of a consumer may have unsettled together; NATS' own default.
const MAXIMUM_UNSETTLED: i64 = 1000;

/// A consumer that nobody limits: the delivery limit is ours, see [`DeadLetters`](super::DeadLetters).
const WITHOUT_LIMIT: i64 = -1;

/// A stream that keeps one subject.
#[derive(Clone, Debug)]
pub(super) struct Stream {
    subject: String,
    retention: RetentionPolicy,
}

impl Stream {
    /// Keeps a job until one worker has acknowledged it.
    pub(super) fn of_work(subject: &str) -> Self {
        Self {
            subject: subject.to_owned(),
            retention: RetentionPolicy::WorkQueue,
        }
    }

    /// Keeps a message until every subscription has acknowledged it.
    pub(super) fn of_topic(subject: &str) -> Self {
        Self {
            subject: subject.to_owned(),
            retention: RetentionPolicy::Interest,
        }
    }

    pub(super) fn of_dead_letters(subject: &str) -> Self {
        Self::of_work(&format!("{subject}.dead"))
    }

    pub(super) fn dead_letters(&self) -> Self {
        Self::of_dead_letters(&self.subject)
    }

    pub(super) fn subject(&self) -> &str {
        &self.subject
    }

    /// Streams have names without dots, wildcards, spaces and slashes.
    fn name(&self) -> String {
        let allowed = |letter: char| letter.is_alphanumeric() || "-_".contains(letter);
        let letters = self.subject.chars();
        letters
            .map(|letter| if allowed(letter) { letter } else { '_' })
            .collect()
    }

    /// Finds the stream that has the subject, or makes one; tells its name.
    async fn declare(
        &self,
        context: &Context,
        options: &JetStreamOptions,
    ) -> Result<String, Cause> {
        match context.stream_by_subject(self.subject.as_str()).await {
            Ok(name) => return Ok(name),
            Err(error) if error.kind() == GetStreamByNameErrorKind::NotFound => {}
            Err(error) => return Err(unfound(context, error)),
        }
        let configuration = stream::Config {
            name: self.name(),
            subjects: vec![self.subject.clone()],
            retention: self.retention,
            max_messages: options.capacity.into(),
            // A full stream refuses, so that who sends waits; nothing that was taken is dropped.
            discard: DiscardPolicy::New,
            storage: StorageType::File,
            ..stream::Config::default()
        };
        let stream = context.get_or_create_stream(configuration).await?;
        Ok(stream.cached_info().config.name.clone())
    }

    pub(super) async fn declare_to_send(
        &self,
        context: &Context,
        options: &JetStreamOptions,
    ) -> Result<(), SendError> {
        let declared = self.declare(context, options).await;
        declared.map_err(|source| SendError::Unavailable { source })?;
        Ok(())
    }

    /// Makes the consumer of this name, or takes the one that is there.
    pub(super) async fn consumer(
        &self,
        context: &Context,
        name: &str,
        options: &JetStreamOptions,
    ) -> Result<consumer::Consumer<pull::Config>, ReceiveError> {
        let stream = self.declare(context, options).await;
        let stream = stream.map_err(|source| ReceiveError::Unavailable { source })?;
        let configuration = pull::Config {
            durable_name: Some(name.to_owned()),
            filter_subject: self.subject.clone(),
            ack_policy: AckPolicy::Explicit,
            ack_wait: options.acknowledgement_wait,
            max_deliver: WITHOUT_LIMIT,
            max_ack_pending: MAXIMUM_UNSETTLED,
            ..pull::Config::default()
        };
        let made = context.create_consumer_on_stream(configuration, stream);
        made.await.map_err(|error| match error.kind() {
            ConsumerErrorKind::JetStream(_)
            | ConsumerErrorKind::InvalidName
            | ConsumerErrorKind::InvalidConsumerType => ReceiveError::Refused {
                reason: error.to_string(),
            },
            _ => ReceiveError::Unavailable {
                source: error.into(),
            },
        })
    }

    /// Tells whether the consumer was there.
    pub(super) async fn remove_consumer(
        &self,
        context: &Context,
        name: &str,
    ) -> Result<bool, ReceiveError> {
        use async_nats::jetstream::stream::ConsumerErrorKind as Kind;
        let unavailable = |source: Cause| ReceiveError::Unavailable { source };
        let stream = context.stream_by_subject(self.subject.as_str()).await;
        let stream = stream.map_err(|error| unavailable(unfound(context, error)))?;
        match context.delete_consumer_from_stream(name, stream).await {
            Ok(_) => Ok(true),
            Err(error) => match error.kind() {
                Kind::JetStream(found) if found.error_code() == ErrorCode::CONSUMER_NOT_FOUND => {
                    Ok(false)
                }
                _ => Err(unavailable(error.into())),
            },
        }
    }
}

/// Why the server could not be asked for a stream. That nobody answers such questions there, the
/// library calls a missing resource.
fn unfound(context: &Context, error: GetStreamByNameError) -> Cause {
    let causes = successors(error.source(), |cause| (**cause).source());
    let mut requests = causes.filter_map(|cause| cause.downcast_ref::<RequestError>());
    let is_unheard = requests.any(|request| request.kind() == RequestErrorKind::NoResponders);
    if is_unheard && !context.client().server_info().jetstream {
        return Status::failed_precondition(
            "JetStream is not enabled on this NATS server: start it with `--jetstream`, or with \
             `jetstream {}` in its configuration",
        )
        .into();
    }
    error.into()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_stream_is_named_after_its_subject_without_what_names_may_not_have() {
        let name = |subject| Stream::of_work(subject).name();
        assert_eq!(name("orders.placed"), "orders_placed");
        assert_eq!(name("a.*.> /\\"), "a_______");
        assert_eq!(Stream::of_dead_letters("jobs").name(), "jobs_dead");
    }
}
