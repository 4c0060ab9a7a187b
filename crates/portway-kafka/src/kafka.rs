//! A cluster, and how it is reached.

use std::fmt;

use portway_rpc::{Codec, pattern::Topic};
use rdkafka::ClientConfig;

use crate::{Consumer, ConsumerOptions, OpenError, Producer, ProducerOptions};

/// A Kafka cluster, of which producers and consumers are made. It connects when they do.
///
/// Clones are the same cluster.
#[derive(Clone)]
pub struct Kafka {
    servers: String,
    properties: ClientConfig,
}

impl Kafka {
    /// The cluster with these brokers to begin with: `HOST:PORT`, with commas between them.
    pub fn new(servers: impl Into<String>) -> Self {
        let servers = servers.into();
        let mut properties = ClientConfig::new();
        properties.set("bootstrap.servers", &servers);
        Self {
            servers,
            properties,
        }
    }

    /// Reaches the brokers inside of TLS.
    #[cfg(feature = "tls")]
    #[must_use]
    pub fn tls(mut self, tls: &crate::Tls) -> Self {
        tls.apply(&mut self.properties);
        self
    }

    /// Tells the brokers who this client is, by name and password.
    #[cfg(feature = "tls")]
    #[must_use]
    pub fn sasl(mut self, sasl: &crate::Sasl) -> Self {
        sasl.apply(&mut self.properties);
        self
    }

    /// Sets an option of librdkafka: `client.id`, `compression.type`. What this crate
    /// sets itself (offsets, acks, time-outs, sizes of queues) it sets after that.
    #[must_use]
    pub fn property(mut self, name: &str, value: &str) -> Self {
        self.properties.set(name, value);
        self
    }

    /// Makes a producer for `topic`.
    ///
    /// # Errors
    /// When an option is not what librdkafka takes. Whether the brokers are there is seen later.
    pub fn producer<T, C: Codec<T>>(
        &self,
        topic: &Topic<T, C>,
        options: &ProducerOptions,
    ) -> Result<Producer<T, C>, OpenError> {
        Producer::new(self.properties.clone(), topic.name(), *options)
    }

    /// Becomes a member of the consumer group `group` for `topic`, whose partitions its members share.
    ///
    /// # Errors
    /// When an option is not what librdkafka takes. Whether the brokers are there is seen later.
    pub fn consumer<T, C: Codec<T>>(
        &self,
        topic: &Topic<T, C>,
        group: &str,
        options: &ConsumerOptions,
    ) -> Result<Consumer<T, C>, OpenError> {
        Consumer::new(self.properties.clone(), topic.name(), group, *options)
    }
}

/// Without the options: there may be passwords among them.
impl fmt::Debug for Kafka {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        formatter
            .debug_struct("Kafka")
            .field("servers", &self.servers)
            .finish_non_exhaustive()
    }
}
