//! Which node an operation goes to.

use portway_ignite_protocol::{CacheId, WriteValue};
use uuid::Uuid;

use crate::connection::Connection;

use super::Client;
use super::operation::Operation;

/// Where an operation goes.
#[derive(Clone, Copy, Debug)]
pub(crate) enum Route<'t> {
    /// To any node.
    Any,
    /// To this connection and no other: what the operation is about lives there, such as a
    /// transaction. It is never repeated.
    Pinned(&'t Connection),
    /// To this node, which does it best; to any other while that one is away.
    Node(Uuid),
}

impl Route<'_> {
    pub(super) const fn is_pinned(self) -> bool {
        matches!(self, Self::Pinned(_))
    }
}

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
        let _ = (cache, key);
        operation
    }

    /// The node that holds a key, if that is known and the client may choose nodes. A
    /// [`RawValue`](portway_ignite_protocol::RawValue) is a key, too.
    pub(crate) fn owner<Q>(&self, cache: CacheId, key: &Q) -> Option<Uuid>
    where
        Q: WriteValue + ?Sized,
    {
        let _ = (cache, key);
        None
    }
}
