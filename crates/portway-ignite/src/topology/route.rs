//! Which node an operation goes to.

use std::sync::Arc;

use uuid::Uuid;

use crate::connection::{Connection, TransactionPart, TransactionScope};
use crate::error::Error;

/// Where an operation goes.
#[derive(Clone, Copy, Debug)]
pub(crate) enum Route<'t> {
    /// To any node.
    Any,
    /// To this connection and no other: what the operation is about lives there, such as a
    /// transaction. It is never repeated.
    Pinned(&'t Connection),
    /// To the connection of this transaction, as a part of it. It is never repeated.
    Within(&'t Arc<TransactionScope>),
    /// To this node, which does it best; to any other while that one is away.
    Node(NodeKey),
}

/// The id of a node. It is aligned, so that a route is copied word by word: bytes that are read in
/// other pieces than they were written cost a processor more than the whole choice of a route.
#[derive(Clone, Copy, Debug)]
#[repr(align(8))]
pub(crate) struct NodeKey(pub(super) Uuid);

impl Route<'_> {
    /// To a node, which does it best.
    pub(crate) const fn to_node(id: Uuid) -> Self {
        Self::Node(NodeKey(id))
    }

    pub(crate) fn is_pinned(self) -> bool {
        self.pinned_to().is_some()
    }

    /// Whether it is a part of a transaction.
    pub(crate) fn is_within(self) -> bool {
        matches!(self, Self::Within(_))
    }

    /// The only connection that will do, if there is one.
    #[inline]
    pub(crate) fn pinned_to(&self) -> Option<&Connection> {
        match self {
            Self::Pinned(connection) => Some(connection),
            Self::Within(scope) => Some(scope.connection()),
            Self::Any | Self::Node(_) => None,
        }
    }

    /// Makes the next request a part of its transaction, if it has one.
    #[inline]
    pub(crate) fn enter(self) -> Result<Option<TransactionPart>, Error> {
        match self {
            Self::Within(scope) => scope.enter().map(Some),
            Self::Any | Self::Node(_) | Self::Pinned(_) => Ok(None),
        }
    }
}
