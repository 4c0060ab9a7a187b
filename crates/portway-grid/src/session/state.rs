//! What each state of the cluster lets through, and what is said of the rest. SQL looks itself: what
//! it is told depends on the statement.

use portway_ignite_protocol::{
    AtomicLongName, AtomicityMode, CacheId, ClusterState, KeyValueAction, KeyValueRequest, OpenSet,
    Request, ServerError, SetName, StreamerStartRequest,
};

use super::Context;
use super::answer::failed;
use crate::engine::{CacheInGroup, EngineError};

/// The class whose name stands before the text where a key-value operation writes.
const INVALID_STATE: &str =
    "class org.apache.ignite.internal.processors.cache.CacheInvalidStateException";
/// The group of numbers and sets that name none.
const STRUCTURES: &str = "default-ds-group";

impl Context<'_> {
    /// Refuses what the state of the cluster does not allow.
    pub(super) fn check_state(&mut self, request: &Request) -> Result<(), ServerError> {
        match self.engine.cluster_state() {
            ClusterState::ActiveReadOnly => self.check_read_only(request),
            ClusterState::Inactive => self.check_inactive(request),
            _ => Ok(()),
        }
    }

    fn check_inactive(&self, request: &Request) -> Result<(), ServerError> {
        let inactive = || Err(EngineError::Inactive.into());
        match request {
            Request::KeyValue(request) => self.of_inactive_cache(request.header.cache),
            Request::CacheConfiguration(header) | Request::CacheNodePartitions(header) => {
                self.of_inactive_cache(header.cache)
            }
            Request::DestroyCache(cache) => self.of_inactive_cache(*cache),
            Request::Scan(request) => self.of_inactive_cache(request.header.cache),
            Request::IndexQuery(request) => self.of_inactive_cache(request.header.cache),
            Request::ContinuousQuery(request) => self.of_inactive_cache(request.header.cache),
            Request::StreamerStart(request) => self.of_inactive_cache(request.cache),
            Request::Sql(request) => {
                let refused = self.of_inactive_cache(request.header.cache);
                refused.map_err(|error| {
                    ServerError::new(error.status, format!("50000: {}", error.message))
                })
            }
            Request::CacheNames(())
            | Request::CreateCacheWithName(_)
            | Request::GetOrCreateCacheWithName(_)
            | Request::CreateCache(_)
            | Request::GetOrCreateCache(_)
            | Request::StreamerData(_) => inactive(),
            Request::CachePartitions(_) => {
                let message = "Cannot perform cache operation because the cluster is inactive.";
                Err(failed(message))
            }
            of_number if is_of_number(of_number) => Err(failed("Ignite cluster is not active")),
            of_set if is_of_set(of_set) => inactive(),
            _ => Ok(()),
        }
    }

    /// A cache that is not there is told first.
    fn of_inactive_cache(&self, cache: CacheId) -> Result<(), ServerError> {
        self.engine.cache_configuration(cache.0)?;
        Err(EngineError::Inactive.into())
    }

    fn check_read_only(&mut self, request: &Request) -> Result<(), ServerError> {
        match request {
            Request::KeyValue(request) => self.check_reads(request),
            Request::StreamerStart(request) => self.check_streams_nothing(request),
            Request::CreateAtomicLong(request) => {
                let group = request.configuration.as_ref();
                let number = AtomicLongName {
                    name: request.name.clone(),
                    group: group.and_then(|configuration| configuration.group.clone()),
                };
                match self.number_exists(&number)? {
                    true => Ok(()),
                    false => Err(of_numbers(number.group.as_deref())),
                }
            }
            Request::RemoveAtomicLong(number) if self.number_exists(number)? => {
                Err(of_numbers(number.group.as_deref()))
            }
            Request::AddToAtomicLong((number, _)) | Request::SetAtomicLong((number, _)) => {
                self.check_number_unchanged(number)
            }
            Request::CompareAndSetAtomicLong(request)
            | Request::CompareAndSetAndGetAtomicLong(request) => {
                self.check_number_unchanged(&request.name)
            }
            Request::OpenSet(request) => self.check_opens(request),
            Request::CloseSet(set) if self.engine.set_exists(set) => Err(of_numbers(None)),
            Request::ClearSet(set) => self.check_set_unchanged(set),
            Request::AddToSet(request) | Request::RemoveFromSet(request) => {
                self.check_set_unchanged(&request.set)
            }
            Request::AddAllToSet(request)
            | Request::RemoveAllFromSet(request)
            | Request::RetainInSet(request) => self.check_set_unchanged(&request.set),
            _ => Ok(()),
        }
    }

    fn check_reads(&mut self, request: &KeyValueRequest) -> Result<(), ServerError> {
        use KeyValueAction as Action;

        let cache = request.header.cache.0;
        match &request.action {
            Action::Get { .. }
            | Action::GetAll { .. }
            | Action::ContainsKey { .. }
            | Action::ContainsKeys { .. }
            | Action::Size { .. }
            | Action::LocalPeek { .. } => Ok(()),
            Action::Clear | Action::ClearKey { .. } | Action::ClearKeys { .. } => {
                let configuration = self.engine.cache_configuration(cache)?;
                Ok(self
                    .engine
                    .check_changeable_cache("clear", &configuration)?)
            }
            action => match self.transaction(request.header.transaction) {
                Some(id) => Ok(self.engine.write_while_read_only(id, cache, self.now)?),
                None => self.refuse_write(cache, matches!(action, Action::RemoveAll)),
            },
        }
    }

    /// Caches that take part in transactions have words of their own.
    fn refuse_write(&self, cache: i32, of_all: bool) -> Result<(), ServerError> {
        let configuration = self.engine.cache_configuration(cache)?;
        let name = &configuration.name;
        Err(failed(match (configuration.atomicity, of_all) {
            (AtomicityMode::Atomic, _) => {
                let error = EngineError::ReadOnly(CacheInGroup::from(&configuration));
                format!("{INVALID_STATE}: {error}")
            }
            (_, true) => "Remote job threw exception.".to_owned(),
            (_, false) => {
                format!("Failed to perform cache operation (cache topology is not valid): {name}")
            }
        }))
    }

    fn check_streams_nothing(&self, request: &StreamerStartRequest) -> Result<(), ServerError> {
        if request.entries.entries().next().is_none() {
            return Ok(());
        }
        self.refuse_write(request.cache.0, false)
    }

    fn number_exists(&self, number: &AtomicLongName) -> Result<bool, EngineError> {
        let group = number.group.as_deref();
        self.engine.number_exists(&number.name, group)
    }

    /// A change of a number is a transaction of its own there.
    fn check_number_unchanged(&self, number: &AtomicLongName) -> Result<(), ServerError> {
        match self.number_exists(number)? {
            true => Err(failed("Transaction has been rolled back")),
            // That is told with its own status.
            false => Ok(()),
        }
    }

    fn check_opens(&self, request: &OpenSet) -> Result<(), ServerError> {
        let Some(configuration) = &request.configuration else {
            return Ok(());
        };
        if self.engine.finds_set(&request.name, configuration) {
            return Ok(());
        }
        let set = in_group(configuration.group.as_deref(), &request.name);
        Err(failed(format!(
            "Failed to perform start cache operation (cluster is in read-only mode) {set}"
        )))
    }

    fn check_set_unchanged(&self, set: &SetName) -> Result<(), ServerError> {
        if !self.engine.set_exists(set) {
            return Ok(());
        }
        Err(EngineError::ReadOnly(in_group(None, &set.name)).into())
    }
}

fn of_numbers(group: Option<&str>) -> ServerError {
    let group = group.unwrap_or(STRUCTURES);
    let cache = CacheInGroup {
        cache: format!("ignite-sys-atomic-cache@{group}"),
        group: Some(group.to_owned()),
    };
    EngineError::ReadOnly(cache).into()
}

fn in_group(group: Option<&str>, set: &str) -> CacheInGroup {
    let group = group.unwrap_or(STRUCTURES);
    CacheInGroup {
        cache: format!("datastructures@{group}#SET_{set}"),
        group: Some(group.to_owned()),
    }
}

fn is_of_number(request: &Request) -> bool {
    matches!(
        request,
        Request::CreateAtomicLong(_)
            | Request::RemoveAtomicLong(_)
            | Request::AtomicLongExists(_)
            | Request::AtomicLongValue(_)
            | Request::AddToAtomicLong(_)
            | Request::SetAtomicLong(_)
            | Request::CompareAndSetAtomicLong(_)
            | Request::CompareAndSetAndGetAtomicLong(_)
    )
}

fn is_of_set(request: &Request) -> bool {
    matches!(
        request,
        Request::OpenSet(_)
            | Request::CloseSet(_)
            | Request::SetExists(_)
            | Request::SetSize(_)
            | Request::ClearSet(_)
            | Request::AddToSet(_)
            | Request::AddAllToSet(_)
            | Request::RemoveFromSet(_)
            | Request::RemoveAllFromSet(_)
            | Request::RetainInSet(_)
            | Request::SetContains(_)
            | Request::SetContainsAll(_)
            | Request::IterateSet(_)
            | Request::SetPage(_)
    )
}
