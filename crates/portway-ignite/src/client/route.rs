//! Finding the node that an operation goes to.

use std::hash::{BuildHasher, RandomState};

use portway_ignite_protocol::{CacheId, WriteValue};
use uuid::Uuid;

use crate::retry::Effect;
use crate::topology::Access;

use super::Client;
use super::operation::Operation;

impl Client {
    /// Where an operation on a key goes: to the node that holds it, as far as that is known.
    ///
    /// An operation that is pinned already stays so.
    pub(crate) fn routed_to_key<'t, Q>(
        &self,
        operation: Operation<'t>,
        cache: CacheId,
        key: &Q,
    ) -> Operation<'t>
    where
        Q: WriteValue + ?Sized,
    {
        if operation.route.is_pinned() {
            return operation;
        }
        let access = access(operation.effect);
        operation.routed_to(self.shared.topology.holder(cache, key, access))
    }

    /// As [`routed_to_key`](Self::routed_to_key), for an operation on one partition.
    pub(crate) fn routed_to_partition<'t>(
        &self,
        operation: Operation<'t>,
        cache: CacheId,
        partition: u32,
    ) -> Operation<'t> {
        if operation.route.is_pinned() {
            return operation;
        }
        let access = access(operation.effect);
        let topology = &self.shared.topology;
        operation.routed_to(topology.holder_of_partition(cache, partition, access))
    }

    /// Where a call of a service goes: to one of the nodes that run it, as far as known.
    pub(crate) fn routed_to_service<'t>(
        &self,
        operation: Operation<'t>,
        service: &str,
    ) -> Operation<'t> {
        let nodes = self.shared.topology.nodes_of_service(service);
        operation.routed_to(nodes.and_then(|nodes| any_of(&nodes)))
    }

    /// The node that is asked for the value of a key, if that is known and the client may choose
    /// nodes.
    pub(crate) fn holder_for_reads<Q>(&self, cache: CacheId, key: &Q) -> Option<Uuid>
    where
        Q: WriteValue + ?Sized,
    {
        self.shared.topology.holder(cache, key, Access::Read)
    }

    /// The node that holds a key, if that is known and the client may choose nodes. A
    /// [`RawValue`](portway_ignite_protocol::RawValue) is a key, too.
    pub(crate) fn owner<Q>(&self, cache: CacheId, key: &Q) -> Option<Uuid>
    where
        Q: WriteValue + ?Sized,
    {
        self.shared.topology.holder(cache, key, Access::Write)
    }
}

const fn access(effect: Effect) -> Access {
    match effect {
        Effect::Read => Access::Read,
        Effect::Write | Effect::System => Access::Write,
    }
}

/// One of several nodes at random, so that all clients together ask all of them.
fn any_of(nodes: &[Uuid]) -> Option<Uuid> {
    let count = u64::try_from(nodes.len()).ok().filter(|count| *count > 0)?;
    let place = RandomState::new().hash_one(nodes.len()) % count;
    nodes.get(usize::try_from(place).ok()?).copied()
}
