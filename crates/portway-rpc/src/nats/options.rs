//! The settings of a server on NATS.

/// The group that the servers of a service share requests in: the default of NATS' service protocol.
const DEFAULT_GROUP: &str = "q";

/// The version of services that tell none.
const DEFAULT_VERSION: &str = "1.0.0";

/// Handlers that run at once. Each holds its request, of up to 1 MiB by NATS' default.
const DEFAULT_CONCURRENCY: usize = 1024;

/// How services are served on NATS.
#[derive(Clone, Debug)]
#[non_exhaustive]
pub struct NatsListenOptions {
    pub(super) prefix: String,
    pub(super) group: String,
    pub(super) version: String,
    pub(super) description: String,
    pub(super) concurrency: usize,
}

impl Default for NatsListenOptions {
    fn default() -> Self {
        Self {
            prefix: String::new(),
            group: DEFAULT_GROUP.to_owned(),
            version: DEFAULT_VERSION.to_owned(),
            description: String::new(),
            concurrency: DEFAULT_CONCURRENCY,
        }
    }
}

impl NatsListenOptions {
    /// Starts with the defaults.
    pub fn new() -> Self {
        Self::default()
    }

    /// Puts `prefix` and a dot before all subjects, for several systems on one NATS.
    #[must_use]
    pub fn prefix(mut self, prefix: &str) -> Self {
        self.prefix = format!("{prefix}.");
        self
    }

    /// Sets the queue group: of the servers in one group each request goes to one. `q` by default.
    #[must_use]
    pub fn group(mut self, group: impl Into<String>) -> Self {
        self.group = group.into();
        self
    }

    /// Sets the version that `nats micro` shows, as in Semantic Versioning. `1.0.0` by default.
    #[must_use]
    pub fn version(mut self, version: impl Into<String>) -> Self {
        self.version = version.into();
        self
    }

    /// Sets the description that `nats micro` shows.
    #[must_use]
    pub fn description(mut self, description: impl Into<String>) -> Self {
        self.description = description.into();
        self
    }

    /// Sets how many handlers run at once; 1024 by default, at least one. Requests above it are
    /// answered with [`Code::Unavailable`](crate::Code::Unavailable): NATS cannot hold them back.
    #[must_use]
    pub fn concurrency(mut self, handlers: usize) -> Self {
        self.concurrency = handlers.max(1);
        self
    }
}
