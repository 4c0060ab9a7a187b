//! When a query that was lost is registered again.

use std::time::Duration;

use portway_ignite_protocol::TopologyVersion;
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

/// When to try again.
#[derive(Debug)]
pub(super) struct Retry {
    backoff: Backoff,
    at: Instant,
    unrest: Option<Unrest>,
}

/// Caches and nodes that come and go, as the connection tells that the query was on.
#[derive(Debug)]
struct Unrest {
    topology: watch::Receiver<Option<TopologyVersion>>,
    until: Instant,
}

impl Retry {
    /// Tries at once.
    pub(super) fn at_once() -> Self {
        Self {
            backoff: Backoff::new(ReconnectPolicy::default()),
            at: Instant::now(),
            unrest: None,
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
        if !error.passes() {
            return Err(error);
        }
        tracing::debug!(%error, "a watch tries again");
        self.at = Instant::now() + self.backoff.pause();
        Ok(())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

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
