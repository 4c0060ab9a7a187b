//! What a client is told before it connects.

mod limits;

use std::collections::BTreeMap;
use std::fmt;
use std::num::NonZeroU32;
use std::sync::Arc;
use std::time::Duration;

use portway_ignite_protocol::{Credentials, DEFAULT_FRAME_LIMIT, Version};

use crate::address::Address;
use crate::error::{ConfigurationError, Error};
use crate::observe::{ClientListener, Observer};
use crate::reconnect::ReconnectPolicy;
use crate::retry::RetryPolicy;
use crate::tls::Tls;
#[cfg(feature = "tls")]
use crate::tls::TlsOptions;
use crate::topology::TopologyOptions;

/// Long enough for a node in another region, short enough that the next address is tried soon.
const CONNECT_TIMEOUT: Duration = Duration::from_secs(5);
/// A node answers the handshake at once, but may check a password first.
const HANDSHAKE_TIMEOUT: Duration = Duration::from_secs(5);
/// Twice the usual pause of a busy JVM's garbage collector, and below what a person would wait.
const REQUEST_TIMEOUT: Duration = Duration::from_secs(10);
/// The interval of Ignite's own Java client.
const HEARTBEAT_INTERVAL: Duration = Duration::from_secs(30);
/// Enough to fill a link of 100 ms with small requests, and little memory when all wait.
const REQUESTS_IN_FLIGHT: usize = 1024;
/// Some seconds of a busy cache for a listener that is briefly slow.
const LISTENER_QUEUE: usize = 1024;

/// How to reach a grid and how to behave towards it.
///
/// ```
/// # use portway_ignite::{ClientConfiguration, RetryPolicy};
/// # use std::time::Duration;
/// let configuration = ClientConfiguration::new(["grid-1:10800", "grid-2:10800"])
///     .credentials("gateway", "a password from a file")
///     .request_timeout(Duration::from_secs(3))
///     .retry(RetryPolicy::RetryAll);
/// assert!(!format!("{configuration:?}").contains("a password"));
/// ```
#[derive(Clone, Debug)]
pub struct ClientConfiguration {
    addresses: Vec<String>,
    pub(crate) credentials: Option<Credentials>,
    pub(crate) attributes: BTreeMap<String, String>,
    pub(crate) highest_version: Version,
    pub(crate) tls: Option<Arc<Tls>>,
    pub(crate) connect_timeout: Duration,
    pub(crate) handshake_timeout: Duration,
    pub(crate) request_timeout: Duration,
    pub(crate) heartbeat_interval: Duration,
    pub(crate) requests_in_flight: usize,
    pub(crate) gather_answers: bool,
    pub(crate) frame_limit: usize,
    pub(crate) listener_queue: usize,
    pub(crate) retry: RetryPolicy,
    attempts: Option<NonZeroU32>,
    pub(crate) reconnect: ReconnectPolicy,
    pub(crate) observer: Observer,
    pub(crate) topology: TopologyOptions,
}

impl ClientConfiguration {
    /// Names nodes of the grid, each as `HOST:PORT`, `HOST:FROM..TO` for a range of ports,
    /// `[V6]:PORT` or `unix:PATH`. One is enough where the grid tells of the others
    /// ([`discovery`](Self::discovery)).
    ///
    /// They are tried in this order, beginning with the first, and after the loss of all with the
    /// one behind the lost one. The texts are checked when the client connects.
    pub fn new<A: fmt::Display>(addresses: impl IntoIterator<Item = A>) -> Self {
        Self {
            addresses: addresses
                .into_iter()
                .map(|address| address.to_string())
                .collect(),
            credentials: None,
            attributes: BTreeMap::new(),
            highest_version: Version::LATEST,
            tls: None,
            connect_timeout: CONNECT_TIMEOUT,
            handshake_timeout: HANDSHAKE_TIMEOUT,
            request_timeout: REQUEST_TIMEOUT,
            heartbeat_interval: HEARTBEAT_INTERVAL,
            requests_in_flight: REQUESTS_IN_FLIGHT,
            gather_answers: true,
            frame_limit: DEFAULT_FRAME_LIMIT,
            listener_queue: LISTENER_QUEUE,
            retry: RetryPolicy::default(),
            attempts: None,
            reconnect: ReconnectPolicy::default(),
            observer: Observer::default(),
            topology: TopologyOptions::default(),
        }
    }

    /// Signs in with a user and a password. Default: without.
    ///
    /// The password is never shown by `Debug`, logged or part of an error, and its memory is
    /// overwritten when the last client that uses it ends.
    #[must_use]
    pub fn credentials(mut self, user: impl Into<String>, password: impl Into<String>) -> Self {
        self.credentials = Some(Credentials::new(user, password));
        self
    }

    /// Speaks TLS with the nodes. Default: without.
    #[cfg(feature = "tls")]
    #[must_use]
    pub fn tls(mut self, options: TlsOptions) -> Self {
        self.tls = Some(Arc::new(Tls::new(options)));
        self
    }

    /// Tells the nodes something about this client, such as the name of its program. Default:
    /// nothing.
    ///
    /// Nodes show it to their security plugins and in the system view `CLIENT_CONNECTION_ATTRIBUTES`.
    /// A name that is given again replaces its value. Nodes that speak a protocol before 1.7 are
    /// not told.
    #[must_use]
    pub fn user_attribute(mut self, name: impl Into<String>, value: impl Into<String>) -> Self {
        self.attributes.insert(name.into(), value.into());
        self
    }

    /// Offers no higher version of the protocol than this. Default: [`Version::LATEST`].
    ///
    /// Older nodes are spoken to in their own version without this: it is there to test a program
    /// as an older node would treat it.
    #[must_use]
    pub fn highest_version(mut self, version: Version) -> Self {
        self.highest_version = version;
        self
    }

    /// Limits the time to open a socket to one address. Default: 5 s.
    #[must_use]
    pub fn connect_timeout(mut self, limit: Duration) -> Self {
        self.connect_timeout = limit;
        self
    }

    /// Limits the time a node may take to answer the handshake, TLS and password check included.
    /// Default: 5 s.
    #[must_use]
    pub fn handshake_timeout(mut self, limit: Duration) -> Self {
        self.handshake_timeout = limit;
        self
    }

    /// Limits the time of one operation as a whole: waiting for a connection while the grid is
    /// away, for room among the requests in flight, for the answer, and all repetitions.
    /// Default: 10 s.
    ///
    /// An operation that writes may still run on the server after its time-out.
    #[must_use]
    pub fn request_timeout(mut self, limit: Duration) -> Self {
        self.request_timeout = limit;
        self
    }

    /// Sets the longest silence towards a node before a heartbeat is sent. Default: 30 s.
    ///
    /// A third of the server's idle time-out is used where that is shorter. A heartbeat that is
    /// not answered within [`request_timeout`](Self::request_timeout) ends the connection: this is
    /// how a node that vanished without a word is noticed. Old nodes know no
    /// heartbeat.
    #[must_use]
    pub fn heartbeat_interval(mut self, interval: Duration) -> Self {
        self.heartbeat_interval = interval;
        self
    }

    /// Limits the requests of one connection that wait for their answers. Default: 1024.
    ///
    /// Further operations wait for room. Each waiting request costs about 200 bytes beside its
    /// content. Zero is refused.
    #[must_use]
    pub fn requests_in_flight(mut self, limit: usize) -> Self {
        self.requests_in_flight = limit;
        self
    }

    /// Whether answers that come thick may gather in the socket before the client wakes up for them.
    /// Default: they may.
    ///
    /// With 256 requests or more in flight on one connection, the system is asked for some three
    /// hundredths of their answers at once, which costs less processor time than to wake up for
    /// each few. An answer waits for others for a millisecond at most. This is so on Linux and over plain TCP; elsewhere it
    /// changes nothing.
    #[must_use]
    pub fn gather_answers(mut self, may_gather: bool) -> Self {
        self.gather_answers = may_gather;
        self
    }

    /// Limits the size of one message in bytes, both ways. Default: 64 MiB.
    ///
    /// A node that announces a longer one loses its connection before memory is set aside; a
    /// longer request is refused before it is sent. It must be at least 1 KiB.
    #[must_use]
    pub fn frame_limit(mut self, bytes: usize) -> Self {
        self.frame_limit = bytes;
        self
    }

    /// Limits the notifications that wait in one event stream. Default: 1024.
    ///
    /// A stream whose reader falls further behind ends with [`Error::EventsLost`]. Their content
    /// is limited as well, to [`frame_limit`](Self::frame_limit) bytes. Zero is refused.
    #[must_use]
    pub fn listener_queue(mut self, notifications: usize) -> Self {
        self.listener_queue = notifications;
        self
    }

    /// Chooses what is repeated after a lost connection. Default: [`RetryPolicy::RetryReads`].
    #[must_use]
    pub fn retry(mut self, policy: RetryPolicy) -> Self {
        self.retry = policy;
        self
    }

    /// Limits how often one operation is tried in all. Default: the number of addresses or of
    /// connected nodes, but at least twice, so that a node that was restarted is asked again.
    #[must_use]
    pub fn attempts(mut self, attempts: NonZeroU32) -> Self {
        self.attempts = Some(attempts);
        self
    }

    /// Sets the pauses between attempts to reach a grid that is away. Default: 100 ms up to 5 s.
    #[must_use]
    pub fn reconnect(mut self, policy: ReconnectPolicy) -> Self {
        self.reconnect = policy;
        self
    }

    /// Adds a listener to what happens in the client. Default: none.
    ///
    /// Listeners cost each operation a little; without one it costs nothing that there could be.
    #[must_use]
    pub fn listener(mut self, listener: impl ClientListener) -> Self {
        self.observer.add(Arc::new(listener));
        self
    }

    /// Sets how long an operation may take before listeners and the log are told that it is slow.
    /// Default: 1 s.
    #[must_use]
    pub fn slow_request(mut self, limit: Duration) -> Self {
        self.observer.slow_request = limit;
        self
    }

    /// The same configuration for a client that is counted on its own.
    pub(crate) fn for_new_client(self) -> Self {
        Self {
            observer: self.observer.for_new_client(),
            ..self
        }
    }

    /// Checks all that does not depend on the grid.
    pub(crate) fn check(&self) -> Result<(), Error> {
        if self.topology.address_finder.is_none() || !self.addresses.is_empty() {
            self.named_addresses()?;
        }
        self.check_limits()?;
        if let Some(tls) = &self.tls {
            tls.check()?;
        }
        Ok(())
    }

    /// The addresses that it names, ranges of ports spelt out.
    pub(crate) fn named_addresses(&self) -> Result<Vec<Address>, Error> {
        if self.addresses.is_empty() {
            return Err(ConfigurationError::NoAddress.into());
        }
        let mut addresses = Vec::with_capacity(self.addresses.len());
        for text in &self.addresses {
            addresses.extend(Address::range(text).map_err(ConfigurationError::Address)?);
        }
        Ok(addresses)
    }

    /// How often one operation is tried in all, if there are connections to `nodes`.
    pub(crate) fn attempt_limit(&self, nodes: usize) -> u32 {
        let places = u32::try_from(self.addresses.len().max(nodes)).unwrap_or(u32::MAX);
        self.attempts.map_or(places.max(2), NonZeroU32::get)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn refusal(configuration: &ClientConfiguration) -> String {
        configuration.check().unwrap_err().to_string()
    }

    #[test]
    fn the_password_is_never_shown() {
        let configuration = ClientConfiguration::new(["a:1"]).credentials("user", "swordfish");
        let shown = format!("{configuration:?}");
        assert!(
            shown.contains("user") && !shown.contains("swordfish"),
            "{shown}"
        );
    }

    #[test]
    fn a_bad_address_is_named() {
        let shown = refusal(&ClientConfiguration::new(["grid:10800", "grid:0"]));
        assert!(shown.contains("\"grid:0\""), "{shown}");
    }

    #[test]
    fn at_least_one_address_is_needed() {
        let none: [&str; 0] = [];
        assert!(refusal(&ClientConfiguration::new(none)).contains("HOST:PORT"));
    }

    #[test]
    fn a_limit_out_of_range_is_named_with_its_range() {
        let shown = refusal(&ClientConfiguration::new(["a:1"]).frame_limit(100));
        assert!(
            shown.contains("frame_limit") && shown.contains("1024"),
            "{shown}"
        );
        let shown = refusal(&ClientConfiguration::new(["a:1"]).requests_in_flight(0));
        assert!(shown.contains("requests_in_flight"), "{shown}");
    }

    #[test]
    fn operations_are_tried_once_per_node_but_at_least_twice() {
        let one = ClientConfiguration::new(["a"]);
        assert_eq!((one.attempt_limit(1), one.attempt_limit(3)), (2, 3));
        let three = ClientConfiguration::new(["a", "b", "c"]);
        assert_eq!(three.attempt_limit(1), 3);
        assert_eq!(three.attempts(NonZeroU32::MIN).attempt_limit(3), 1);
    }
}
