//! What librdkafka tells, as events of `tracing`.

use rdkafka::{
    ClientContext,
    config::RDKafkaLogLevel as Level,
    consumer::{BaseConsumer, ConsumerContext, Rebalance},
    error::KafkaError,
};

#[derive(Clone, Copy, Debug)]
pub(crate) struct Logs;

impl ClientContext for Logs {
    fn log(&self, level: Level, facility: &str, message: &str) {
        match level {
            Level::Emerg | Level::Alert | Level::Critical | Level::Error | Level::Warning => {
                tracing::warn!(facility, "Kafka: {message}");
            }
            Level::Notice | Level::Info => tracing::info!(facility, "Kafka: {message}"),
            Level::Debug => tracing::debug!(facility, "Kafka: {message}"),
        }
    }

    fn error(&self, error: KafkaError, reason: &str) {
        tracing::warn!(%error, "Kafka: {reason}");
    }
}

impl ConsumerContext for Logs {
    fn post_rebalance(&self, _: &BaseConsumer<Self>, rebalance: &Rebalance<'_>) {
        tracing::info!(?rebalance, "the group has shared its partitions anew");
    }
}
