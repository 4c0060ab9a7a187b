//! The task that drops what the grid says has changed.

use std::hash::Hash;
use std::sync::Weak;
use std::time::Duration;

use portway_ignite_protocol::{RawValue, ReadValue, SchemaSource};
use tokio::sync::oneshot;
use tokio::time::sleep;

use super::shared::Shared;
use super::{SETTLING, watching};
use crate::cache::{Cache, Change, Watch};
use crate::error::Error;

/// After which time to look whether a cache that was destroyed is there again.
const RETURN_INTERVAL: Duration = Duration::from_secs(5);

/// Follows the changes of one cache on behalf of a near cache.
pub(super) struct Follower<K, V> {
    cache: Cache<RawValue, RawValue>,
    watch: Watch<RawValue, RawValue>,
    near: Weak<Shared<K, V>>,
}

impl<K: Hash + ReadValue, V> Follower<K, V> {
    pub(super) fn new(
        cache: Cache<RawValue, RawValue>,
        watch: Watch<RawValue, RawValue>,
        near: Weak<Shared<K, V>>,
    ) -> Self {
        Self { cache, watch, near }
    }

    /// Runs until the near cache is dropped or the client closed.
    pub(super) async fn run(mut self, dropped: oneshot::Receiver<()>) {
        tokio::select! {
            _ = dropped => {}
            () = self.follow() => {}
        }
    }

    async fn follow(&mut self) {
        loop {
            match self.watch.next().await {
                Some(Ok(Change::Event(event))) => self.changed(event.key()).await,
                Some(Ok(Change::Resumed { .. })) => self.follow_again().await,
                Some(Ok(Change::Gap { reason })) => self.lose(&reason),
                Some(Ok(_)) => {}
                Some(Err(error)) => {
                    self.lose(&error);
                    if matches!(error, Error::Closed) {
                        return;
                    }
                }
                None if self.watch_again().await => {}
                None => return,
            }
        }
    }

    async fn changed(&self, key: &RawValue) {
        let read = |schemas: &dyn SchemaSource| key.read_with::<K>(schemas);
        match self.cache.client().decode("near_cache", read).await {
            Ok(key) => {
                if let Some(near) = self.near.upgrade() {
                    near.invalidate(near.hash(&key));
                }
            }
            // No key of this near cache: another program uses the cache with other types.
            Err(Error::Decode { .. }) => {}
            Err(error) => {
                self.lose(&error);
                self.set_following(true);
            }
        }
    }

    fn lose(&self, reason: &Error) {
        tracing::debug!(cache = self.cache.name(), %reason, "a near cache forgets everything");
        if let Some(near) = self.near.upgrade() {
            near.gap();
            near.follow(false);
        }
    }

    async fn follow_again(&self) {
        sleep(SETTLING).await;
        self.set_following(true);
    }

    fn set_following(&self, following: bool) {
        if let Some(near) = self.near.upgrade() {
            near.follow(following);
        }
    }

    /// Waits until the cache can be watched again; it may have been destroyed. Answers false once the
    /// client is closed.
    async fn watch_again(&mut self) -> bool {
        self.set_following(false);
        loop {
            sleep(RETURN_INTERVAL).await;
            match self.cache.watch(watching()).await {
                Ok(watch) => {
                    self.watch = watch;
                    self.follow_again().await;
                    return true;
                }
                Err(Error::Closed) => return false,
                Err(error) => tracing::debug!(%error, "a near cache follows nothing yet"),
            }
        }
    }
}
