//! Reads of several keys: each node that holds some of them is asked for those, all at once.

use std::collections::HashMap;

use portway_ignite_protocol::{KeyValueAction, Layout, RawValue, WriteValue};
use uuid::Uuid;

use super::Cache;
use super::remove::values;
use crate::client::{Encoder, Operation, all};
use crate::error::Error;

impl<K, V> Cache<K, V> {
    /// Asks for several keys, and answers what each of the asked nodes says, in no order.
    ///
    /// That is what a node does itself with the keys of others. So no more is lost by asking
    /// several nodes than if one was asked: reads of different keys have no common moment.
    pub(super) async fn ask_holders<'q, Q, T: Layout>(
        &self,
        operation: Operation<'_>,
        keys: Vec<&'q Q>,
        action: fn(Vec<RawValue>) -> KeyValueAction,
    ) -> Result<Vec<T>, Error>
    where
        Q: WriteValue + ?Sized + 'q,
    {
        let parts = self.by_holder(keys);
        let ask = |(node, keys): (Option<Uuid>, Vec<&'q Q>)| async move {
            let operation = operation.routed_to(node);
            let action = |encoder: &Encoder| action(values(encoder, &keys));
            self.tell(operation, action).await
        };
        all(parts.into_iter().map(ask)).await
    }

    /// Keys by the node that holds them, as far as known; those of which it is not known together.
    fn by_holder<'q, Q>(&self, keys: Vec<&'q Q>) -> HashMap<Option<Uuid>, Vec<&'q Q>>
    where
        Q: WriteValue + ?Sized,
    {
        // All of a transaction goes through its own connection.
        if self.within.is_some() {
            return HashMap::from([(None, keys)]);
        }
        let mut parts: HashMap<_, Vec<&Q>> = HashMap::new();
        for key in keys {
            let holder = self.client.holder_for_reads(self.id, key);
            parts.entry(holder).or_default().push(key);
        }
        parts
    }
}
