//! When a query that was lost is registered again.

use std::time::Duration;

use portway_ignite_protocol::{Status, TopologyVersion};
use tokio::sync::watch;
use tokio::time::Instant;

use crate::error::Error;
use crate::reconnect::{Backoff, ReconnectPolicy};

/// How long no cache and no node must have come or gone before a query is registered after a doubt.
///
/// A node of Ignite 2.17 locks up if a cache is destroyed while a continuous query on it is being
/// registered: the one waits for the other, and all that follows for both. Caches that come and go
/// are when that happens.
const QUIET: Duration = Duration::from_millis(200);
/// A grid that is never quiet for that long is not waited for longer than this.
const LONGEST_QUIET: Duration = Duration::from_secs(2);

/// How long nodes may refuse, without a status that says why, what they did before. While a node
/// joins, the others do so for moments ("Getting affinity for too old topology version").
const LONGEST_REFUSAL: Duration = Duration::from_secs(30);

/// When to try again, and whether.
#[derive(Debug)]
pub(super) struct Retry {
    backoff: Backoff,
    at: Instant,
    unrest: Option<Unrest>,
    /// For how long refusals are taken for passing ones.
    patience: Duration,
    refused_since: Option<Instant>,
}

/// Caches and nodes that come and go, as the connection tells that the query was on.
#[derive(Debug)]
struct Unrest {
    topology: watch::Receiver<Option<TopologyVersion>>,
    until: Instant,
}

impl Retry {
    /// Tries for the first time, at once: what a node refuses is not tried again.
    pub(super) fn first() -> Self {
        Self {
            backoff: Backoff::new(ReconnectPolicy::default()),
            at: Instant::now(),
            unrest: None,
            patience: Duration::ZERO,
            refused_since: None,
        }
    }

    /// Tries at once, after nodes came or went.
    pub(super) fn at_once() -> Self {
        Self {
            patience: LONGEST_REFUSAL,
            ..Self::first()
        }
    }

    /// Tries when the topology has not changed for a while.
    pub(super) fn when_quiet(topology: watch::Receiver<Option<TopologyVersion>>) -> Self {
        let now = Instant::now();
        Self {
            at: now + QUIET,
            unrest: Some(Unrest {
                topology,
                until: now + LONGEST_QUIET,
            }),
            ..Self::at_once()
        }
    }

    /// Waits until it is time for an attempt. Cancel safe.
    pub(super) async fn pause(&mut self) {
        while let Some(unrest) = &mut self.unrest {
            tokio::select! {
                changed = unrest.topology.changed() => match changed {
                    Ok(()) => self.at = (Instant::now() + QUIET).min(unrest.until),
                    // The connection has ended, and tells nothing any more.
                    Err(_) => self.unrest = None,
                },
                () = tokio::time::sleep_until(self.at) => self.unrest = None,
            }
        }
        tokio::time::sleep_until(self.at).await;
    }

    /// Notes that an attempt failed; an error that another attempt would meet, too, is given back.
    pub(super) fn after(&mut self, error: Error) -> Result<(), Error> {
        if error.passes() {
            // Nodes come and go, so that others may refuse for moments.
            self.patience = LONGEST_REFUSAL;
        } else if !self.may_pass(&error, Instant::now()) {
            return Err(error);
        }
        tracing::debug!(%error, "a watch tries again");
        self.at = Instant::now() + self.backoff.pause();
        Ok(())
    }

    /// Whether a node may have refused only because others come and go.
    fn may_pass(&mut self, error: &Error, now: Instant) -> bool {
        let since = *self.refused_since.get_or_insert(now);
        error.status() == Some(Status::FAILED) && now - since < self.patience
    }
}

#[cfg(test)]
mod tests {
    use portway_ignite_protocol::ServerError;

    use super::*;

    fn refused(status: Status) -> Error {
        Error::server("watch", ServerError::new(status, "too old"))
    }

    #[test]
    fn a_refusal_without_a_reason_may_pass_but_not_for_ever() {
        let mut retry = Retry::at_once();
        let start = Instant::now();
        let mut may_pass = |after| retry.may_pass(&refused(Status::FAILED), start + after);
        assert!(may_pass(Duration::ZERO));
        assert!(may_pass(LONGEST_REFUSAL / 2));
        assert!(!may_pass(LONGEST_REFUSAL));
    }

    #[test]
    fn a_refusal_at_first_or_with_a_reason_does_not_pass() {
        let gone = refused(Status::CACHE_DOES_NOT_EXIST);
        assert!(Retry::at_once().after(gone).is_err());
        assert!(Retry::first().after(refused(Status::FAILED)).is_err());
    }

    fn version(minor: i32) -> Option<TopologyVersion> {
        Some(TopologyVersion { major: 1, minor })
    }

    #[tokio::test]
    async fn a_grid_that_changes_is_waited_for_but_not_for_ever() {
        let (tell, topology) = watch::channel(version(0));
        let mut retry = Retry::when_quiet(topology);
        let start = Instant::now();
        let (mut told, mut longest) = (start, Duration::ZERO);
        let restless = async {
            for minor in 1.. {
                tell.send_replace(version(minor));
                told = Instant::now();
                tokio::time::sleep(QUIET / 4).await;
                longest = longest.max(told.elapsed());
            }
        };
        tokio::select! {
            () = retry.pause() => {}
            () = restless => {}
        }
        let waited = start.elapsed();
        // A machine that stalls for so long is quiet.
        let was_quiet = longest.max(told.elapsed()) >= QUIET;
        assert!(waited >= LONGEST_QUIET - QUIET || was_quiet, "{waited:?}");
    }

    #[tokio::test]
    async fn a_quiet_grid_is_waited_for_once() {
        let (_tell, topology) = watch::channel(version(0));
        let mut retry = Retry::when_quiet(topology);
        let start = Instant::now();
        retry.pause().await;
        let waited = start.elapsed();
        assert!((QUIET..LONGEST_QUIET).contains(&waited), "{waited:?}");
        let again = Instant::now();
        retry.pause().await;
        assert!(again.elapsed() < QUIET, "{:?}", again.elapsed());
    }
}
