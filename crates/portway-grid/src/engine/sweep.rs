//! Removal of expired entries, a bounded number at a time.

use super::batch::Batch;
use super::changes::expired_event;
use super::layout;
use super::{Engine, Segment};

/// Entries one sweep removes: well under a millisecond of work between two requests.
const SWEPT_AT_ONCE: usize = 256;

impl Engine {
    /// Removes the entries that expired first.
    ///
    /// The journal is not told: what it holds carries its expiry time, so a restart finds it
    /// expired again. A full disk therefore never stops the sweep.
    pub(super) fn sweep(&mut self, now: i64) {
        let keys: Vec<Box<[u8]>> = self
            .expiry
            .expired(now)
            .take(SWEPT_AT_ONCE)
            .map(Box::from)
            .collect();
        for key in keys {
            self.expire(key);
        }
    }

    fn expire(&mut self, key: Box<[u8]>) {
        let Some(stored) = self.stored(&key) else {
            return;
        };
        let (expires_at, value) = (stored.expires_at, Box::from(stored.value));
        self.expiry.remove(expires_at, &key);
        self.transactions.changed(&key);
        if let Some((cache, object)) = layout::split_entry_key(&key) {
            let object = Box::from(object);
            if let Some(cache) = self.caches.get_mut(&cache) {
                cache.entries -= 1;
            }
            if self.listeners.listens_to(cache) {
                self.listeners.publish(cache, expired_event(object, value));
            }
        }
        let mut batch = Batch::default();
        batch.delete(key);
        self.apply(&batch, Segment::default());
    }
}
