//! What has to be done before an operation that failed is tried again.

use crate::connection::Deadline;
use crate::error::Error;
use crate::seldom::Boxed;

use super::Client;
use super::creation::MissingCache;
use super::operation::Operation;
use super::start::StartingCache;

/// What has to be done before an operation that failed is tried again.
#[derive(Clone, Copy, Debug)]
pub(super) enum Preparation<'t> {
    /// Its cache is to be made.
    Create(MissingCache<'t>),
    /// The node is to start its cache.
    Start(StartingCache<'t>),
}

impl<'t> Operation<'t> {
    /// What would let an operation succeed that failed with this error, if that is known.
    pub(super) fn preparation(&self, error: &Error) -> Option<Preparation<'t>> {
        let missed = self.missed_cache(error).map(Preparation::Create);
        missed.or_else(|| self.starting_cache(error).map(Preparation::Start))
    }
}

impl Client {
    pub(super) fn prepare<'f>(
        &'f self,
        preparation: Preparation<'f>,
        operation: &'static str,
        deadline: Deadline,
    ) -> Boxed<'f, Result<(), Error>> {
        match preparation {
            Preparation::Create(cache) => self.create_missing(cache, operation, deadline),
            Preparation::Start(cache) => self.await_start(cache, operation, deadline),
        }
    }
}
