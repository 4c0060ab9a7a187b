//! Reading through a near cache.

use std::borrow::Borrow;
use std::hash::Hash;
use std::sync::Arc;

use portway_ignite_protocol::{RawValue, ReadValue, SchemaSource, WriteValue};

use super::NearCache;
use super::part::{Asking, Outcome, Part, Read};
use super::table::{Known, Loaded};
use crate::error::Error;

const GET: &str = "near_get";

impl<K, V> NearCache<K, V> {
    /// The value of a key if it is known here. Never asks the grid, and never waits for more than
    /// a lock that is held for a moment.
    ///
    /// `None` also stands for a key that is known to have no value; [`get`](Self::get) tells.
    pub fn peek<Q>(&self, key: &Q) -> Option<Arc<V>>
    where
        K: Borrow<Q>,
        Q: Hash + Eq + ?Sized,
    {
        let hash = self.shared.hash(key);
        self.shared.part(hash).get(hash, key).flatten()
    }
}

impl<K, V> NearCache<K, V>
where
    K: WriteValue + ReadValue,
    V: WriteValue + ReadValue,
{
    /// The value of a key, from here if it is known, else from the grid. Operation 1000.
    ///
    /// Of several that ask for one key at once, one asks the grid.
    ///
    /// # Errors
    /// As [`Cache::get`](crate::Cache::get), and only when the grid had to be asked.
    ///
    /// # Cancel safety
    /// The future can be dropped at any time. Who waits for its question asks again.
    pub async fn get<Q>(&self, key: &Q) -> Result<Option<Arc<V>>, Error>
    where
        K: Borrow<Q>,
        Q: WriteValue + Hash + Eq + ToOwned<Owned = K> + ?Sized,
    {
        let hash = self.shared.hash(key);
        let part = self.shared.part(hash);
        if let Some(known) = part.get(hash, key) {
            return Ok(known);
        }
        loop {
            match part.begin(hash, key) {
                Read::Known(known) => return Ok(known),
                Read::Ask(asking) => return self.ask(key, Question { part, hash, asking }).await,
                Read::Wait(mut outcome) => {
                    let answered = outcome.wait_for(Option::is_some).await;
                    // Whoever asked gave up if there is none.
                    if let Some(result) = answered.ok().and_then(|outcome| outcome.clone()) {
                        return result;
                    }
                }
            }
        }
    }

    async fn ask<Q>(&self, key: &Q, question: Question<'_, K, V>) -> Result<Known<V>, Error>
    where
        K: Borrow<Q>,
        Q: WriteValue + ?Sized,
    {
        match self.load(key).await {
            Ok(loaded) => {
                let known = loaded.known.clone();
                question.answer(Some(loaded), Some(Ok(known.clone())));
                Ok(known)
            }
            Err(error) => {
                question.answer(None, Some(Err(error.clone())));
                Err(error)
            }
        }
    }

    async fn load<Q>(&self, key: &Q) -> Result<Loaded<V>, Error>
    where
        K: Borrow<Q>,
        Q: WriteValue + ?Sized,
    {
        // The grid may answer at once what changes a moment later: age begins with the question.
        let until = self.shared.too_old();
        let key_bytes = RawValue::encode(key, Default::default()).as_bytes().len();
        let Some(raw) = self.raw_values.get(key).await? else {
            return Ok(Loaded {
                known: None,
                bytes: key_bytes,
                until,
            });
        };
        let read = |schemas: &dyn SchemaSource| raw.read_with(schemas);
        let value: V = self.cache.client().decode(GET, read).await?;
        Ok(Loaded {
            known: Some(Arc::new(value)),
            bytes: key_bytes + raw.as_bytes().len(),
            until,
        })
    }
}

/// A question to the grid. If it is dropped without an answer, others may ask.
struct Question<'p, K, V> {
    part: &'p Part<K, V>,
    hash: u64,
    asking: Asking<V>,
}

impl<K, V> Question<'_, K, V> {
    fn answer(self, loaded: Option<Loaded<V>>, outcome: Outcome<V>) {
        // First kept, then told: whoever is told and reads again finds it.
        self.part.end(self.hash, &self.asking, loaded);
        self.asking.tell.send_replace(outcome);
    }
}

impl<K, V> Drop for Question<'_, K, V> {
    fn drop(&mut self) {
        self.part.end(self.hash, &self.asking, None);
    }
}
