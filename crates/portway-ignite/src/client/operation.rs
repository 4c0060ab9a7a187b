//! What is the same for all attempts of an operation.

use portway_ignite_protocol::{Feature, ServerError, Status, Version};
use uuid::Uuid;

use crate::connection::Leaves;
use crate::error::Error;
use crate::retry::Effect;
use crate::topology::Route;

use super::creation::CacheIdentity;
use super::types::TypesOf;

/// What is the same for all attempts of an operation.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Operation<'t> {
    pub(super) name: &'static str,
    pub(super) effect: Effect,
    pub(super) leaves: Leaves,
    pub(super) types: Option<&'t TypesOf>,
    pub(super) need: Option<&'static Need>,
    pub(super) route: Route<'t>,
    pub(super) cache: Option<&'t CacheIdentity>,
}

/// What a node must know for an operation.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Need {
    pub(crate) of: NeedOf,
    pub(crate) what: &'static str,
}

/// How a node tells that it knows something.
#[derive(Clone, Copy, Debug)]
pub(crate) enum NeedOf {
    Version(Version),
    Feature(Feature),
}

impl Operation<'static> {
    pub(crate) const fn read(name: &'static str) -> Self {
        Self::new(name, Effect::Read)
    }

    pub(crate) const fn write(name: &'static str) -> Self {
        Self::new(name, Effect::Write)
    }

    /// A question of the client itself.
    pub(crate) const fn system(name: &'static str) -> Self {
        Self::new(name, Effect::System)
    }

    const fn new(name: &'static str, effect: Effect) -> Self {
        Self {
            name,
            effect,
            leaves: Leaves::Nothing,
            types: None,
            need: None,
            route: Route::Any,
            cache: None,
        }
    }
}

impl<'t> Operation<'t> {
    /// The same operation, whose answer names a cursor or an event stream.
    pub(crate) const fn leaving(self, leaves: Leaves) -> Self {
        Self { leaves, ..self }
    }

    /// The same operation for nodes that know enough.
    pub(crate) const fn needing(self, need: Option<&'static Need>) -> Self {
        Self { need, ..self }
    }

    /// The same operation with values of these types, which the grid is told of first.
    pub(crate) const fn with_types(self, types: &'t TypesOf) -> Self {
        Self {
            types: Some(types),
            ..self
        }
    }

    /// The same operation, on this cache.
    pub(crate) const fn of_cache(self, cache: &'t CacheIdentity) -> Self {
        Self {
            cache: Some(cache),
            ..self
        }
    }

    /// The same operation, which goes where `route` says.
    pub(crate) const fn routed(self, route: Route<'t>) -> Self {
        Self { route, ..self }
    }

    /// The same operation, which goes to the node that does it best, if one is known.
    pub(crate) fn routed_to(self, node: Option<Uuid>) -> Self {
        match node {
            Some(node) => self.routed(Route::to_node(node)),
            None => self,
        }
    }

    /// An error of this operation. A node that has no such cache tells a number made from its name:
    /// the name is told beside it.
    #[cold]
    pub(super) fn explained(&self, error: Error) -> Error {
        match (&error, self.cache) {
            (Error::Server { error: told, .. }, Some(cache))
                if told.status == Status::CACHE_DOES_NOT_EXIST =>
            {
                let message = format!("{} (named {})", told.message, cache.name());
                Error::server(self.name, ServerError::new(told.status, message))
            }
            _ => error,
        }
    }

    pub(crate) const fn name(self) -> &'static str {
        self.name
    }
}
