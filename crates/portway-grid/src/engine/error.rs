//! Why an operation failed, and the status a client is told.

use portway_ignite_protocol::{ResourceId, ServerError, Status, TypeConflict};

use super::JournalError;

/// An operation that was refused and changed nothing.
#[derive(Debug, thiserror::Error)]
pub(crate) enum EngineError {
    #[error("Cache does not exist [cacheId={0}]; create it first")]
    CacheNotFound(i32),
    #[error("Failed to start cache (a cache with the same name is already started): {0}")]
    CacheExists(String),
    #[error("Cache name must not be empty")]
    EmptyCacheName,
    #[error("The names {0} and {1} have the same id; choose another name")]
    CacheIdTaken(String, String),
    #[error("This grid holds at most {limit} caches; destroy one or raise the limit")]
    TooManyCaches { limit: usize },
    #[error("Too many open cursors and listeners (limit {limit}); close some first")]
    TooManyResources { limit: usize },
    #[error("Resource does not exist: {}", .0.0)]
    ResourceNotFound(ResourceId),
    #[error("The grid holds {limit} bytes, its limit; remove entries or raise the limit")]
    Full { limit: u64 },
    #[error("Null keys are not allowed")]
    NullKey,
    #[error("Null values are not allowed")]
    NullValue,
    #[error(transparent)]
    TypeConflict(#[from] TypeConflict),
    #[error(transparent)]
    Journal(#[from] JournalError),
    #[error("the data directory holds {0} that cannot be read; restore it from a backup")]
    Unreadable(&'static str),
}

impl EngineError {
    fn status(&self) -> Status {
        match self {
            Self::CacheNotFound(_) => Status::CACHE_DOES_NOT_EXIST,
            Self::CacheExists(_) => Status::CACHE_EXISTS,
            Self::EmptyCacheName | Self::CacheIdTaken(..) => Status::CACHE_CONFIGURATION_INVALID,
            Self::TooManyResources { .. } => Status::TOO_MANY_CURSORS,
            Self::ResourceNotFound(_) => Status::RESOURCE_DOES_NOT_EXIST,
            Self::TooManyCaches { .. }
            | Self::Full { .. }
            | Self::NullKey
            | Self::NullValue
            | Self::TypeConflict(_)
            | Self::Journal(_)
            | Self::Unreadable(_) => Status::FAILED,
        }
    }
}

impl From<EngineError> for ServerError {
    fn from(error: EngineError) -> Self {
        Self::new(error.status(), error.to_string())
    }
}
