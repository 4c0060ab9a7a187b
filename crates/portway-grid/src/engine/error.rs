//! Why an operation failed, and the status a client is told.

use std::fmt;

use portway_ignite_protocol::{ResourceId, ServerError, Status, TypeConflict};

use super::type_conflicts::TypeRefusal;
use super::{CacheInGroup, JournalError, TransactionDescription, Wait};

/// An operation that was refused and changed nothing.
#[derive(Debug, thiserror::Error)]
pub(crate) enum EngineError {
    #[error("Cache does not exist [cacheId= {0}]")]
    CacheNotFound(i32),
    #[error("Failed to start cache (a cache with the same name is already started): {0}")]
    CacheExists(String),
    #[error("Ouch! Argument is invalid: Cache name must not be null or empty.")]
    EmptyCacheName,
    #[error(
        "Ouch! Argument is invalid: Cache name cannot be \"{0}\" because it is reserved for internal \
         purposes."
    )]
    ReservedCacheName(String),
    #[error("Ouch! Argument is invalid: Query parallelism must be positive.")]
    NoParallelism,
    /// What a node says when it does not start a cache.
    #[error("{}", checked_exception(.0))]
    CacheRefused(String),
    #[error("Table already exists: {0}")]
    TableExists(String),
    #[error("The names {0} and {1} have the same id; choose another name")]
    CacheIdTaken(String, String),
    #[error("This grid holds at most {limit} caches; destroy one or raise the limit")]
    TooManyCaches { limit: usize },
    #[error(
        "Too many open cursors (either close other open cursors or increase the limit through \
         ClientConnectorConfiguration.maxOpenCursorsPerConnection) [maximum={limit}, \
         current={limit}]"
    )]
    TooManyResources { limit: usize },
    #[error("The rows that wait to be fetched hold {limit} bytes, their limit; close some cursors")]
    TooManyRowsWait { limit: usize },
    #[error("Failed to find resource with id: {}", .0.0)]
    ResourceNotFound(ResourceId),
    #[error("Failed to get next data row due to underlying cursor invalidation")]
    CursorInvalidated,
    #[error("Ouch! Argument cannot be null: item")]
    NullItem,
    #[error("AtomicLong with name '{0}' does not exist.")]
    NumberNotFound(String),
    #[error("IgniteSet with name '{0}' does not exist.")]
    SetNotFound(String),
    #[error("{0}")]
    StructureRefused(String),
    #[error("At most {limit} data streamers of one connection can be open; close some first")]
    TooManyStreamers { limit: usize },
    #[error(
        "Can not perform the operation because the cluster is inactive. Note, that the cluster is \
         considered inactive by default if Ignite Persistent Store is used to let all the nodes join \
         the cluster. To activate the cluster call Ignite.cluster().state(ClusterState.ACTIVE)."
    )]
    Inactive,
    #[error("Failed to perform cache operation (cluster is in read-only mode) {0}")]
    ReadOnly(CacheInGroup),
    #[error(
        "class org.apache.ignite.internal.processors.cache.distributed.dht.IgniteClusterReadOnlyException: \
         Failed to perform {operation} operation (cluster is in read-only mode) {cache}"
    )]
    ReadOnlyCaches {
        operation: &'static str,
        cache: CacheInGroup,
    },
    #[error(
        "Deactivation stopped. Deactivation clears in-memory caches (without persistence) including \
         the system caches. In memory caches: [{caches}] .To deactivate cluster pass '--force' flag."
    )]
    DeactivationLosesData { caches: String },
    #[error("Page size must be above zero.")]
    NoPageSize,
    #[error("{}", no_partition(*.0))]
    InvalidPartition(i32),
    #[error("Failed to resolve class name [platformId={platform}, platform={}, typeId={type_id}]", platform_name(*platform))]
    UnknownClass { platform: u8, type_id: i32 },
    #[error(
        "Duplicate ID [platformId={platform}, typeId={type_id}, oldCls={known}, newCls={offered}]"
    )]
    DuplicateTypeName {
        platform: u8,
        type_id: i32,
        known: String,
        offered: String,
    },
    #[error("The grid holds {limit} bytes, its limit; remove entries or raise the limit")]
    Full { limit: u64 },
    #[error("User name is empty")]
    EmptyUserName,
    #[error("User name is too long. The user name length must be less then 60 bytes in UTF8")]
    UserNameTooLong,
    #[error("User already exists [login={0}]")]
    UserExists(String),
    #[error("User doesn't exist [userName={0}]")]
    UserNotFound(String),
    #[error("User management operations are not allowed for user. [curUser={0}]")]
    UserChangeNotAllowed(String),
    #[error("Default user cannot be removed.")]
    DefaultUserDropped,
    #[error("Ouch! Argument cannot be null: key")]
    NullKey,
    #[error("Ouch! Argument cannot be null: val")]
    NullValue,
    /// Not told to a client: the operation waits and is executed again.
    #[error("a transaction holds the key")]
    Waits(Wait),
    #[error("At most {limit} operations of one connection can wait for locks; end a transaction")]
    TooManyWaiters { limit: usize },
    #[error(
        "Requests of one connection that wait for locks may hold {limit} bytes; end a transaction"
    )]
    TooManyWaitingBytes { limit: usize },
    #[error(
        "Active transactions per connection limit ({limit}) exceeded. To start a new transaction \
         you need to wait for some of currently active transactions complete. To change the limit \
         set up ThinClientConfiguration.MaxActiveTxPerConnection property."
    )]
    TooManyTransactions { limit: usize },
    #[error(
        "Compute grid functionality is disabled for thin clients on server node. To enable it set \
         up the ThinClientConfiguration.MaxActiveComputeTasksPerConnection property."
    )]
    ComputeDisabled,
    #[error(
        "Active compute tasks per connection limit ({limit}) exceeded. To start a new task you \
         need to wait for some of currently active tasks complete. To change the limit set up the \
         ThinClientConfiguration.MaxActiveComputeTasksPerConnection property."
    )]
    TooManyTasks { limit: usize },
    #[error("At most {limit} calls of services of one connection can run at once; await some")]
    TooManyCalls { limit: usize },
    #[error("Transaction with id {0} not found.")]
    TransactionNotFound(i32),
    #[error(
        "Transaction spans operations on atomic cache (don't use atomic cache inside a \
         transaction). Since 2.15.0 atomic operations inside transactions are not allowed by \
         default. Since 2.16.0 atomic operations inside transactions are finally forbidden."
    )]
    AtomicInTransaction,
    #[error(
        "Failed to invoke a non-transactional IgniteCache clear operation within a transaction."
    )]
    ClearInTransaction,
    #[error("Cache transaction timed out: {0}")]
    TransactionTimedOut(Box<TransactionDescription>),
    #[error(
        "Cache transaction is marked as rollback-only (will be rolled back automatically): {0}"
    )]
    TransactionKilled(Box<TransactionDescription>),
    #[error(
        "Failed to acquire lock within provided timeout for transaction [timeout={}, tx={}]",
        .0.timeout, .0
    )]
    LockTimedOut(Box<TransactionDescription>),
    #[error("Failed to prepare transaction (lock conflict): {0}")]
    LockConflict(Box<TransactionDescription>),
    #[error("Failed to prepare transaction, read/write conflict [cache={cache}]")]
    ReadWriteConflict { cache: String },
    #[error("Transaction has been rolled back while the operation waited for a lock")]
    TransactionRolledBack,
    #[error(transparent)]
    NoRandomness(#[from] crate::passwords::NoRandomness),
    #[error(transparent)]
    TypeConflict(#[from] TypeConflict),
    #[error(transparent)]
    TypeRefused(#[from] TypeRefusal),
    #[error(transparent)]
    Journal(#[from] JournalError),
    #[error("the data directory holds {0} that cannot be read; restore it from a backup")]
    Unreadable(&'static str),
}

/// What a node says of a failure that has no class of its own.
pub(crate) fn checked_exception(message: impl fmt::Display) -> String {
    format!("class org.apache.ignite.IgniteCheckedException: {message}")
}

impl EngineError {
    /// What a node says when it fails while a cache starts: the reason is in its log alone.
    pub(crate) fn cache_did_not_start() -> Self {
        Self::CacheRefused("Failed to complete exchange process.".to_owned())
    }

    fn status(&self) -> Status {
        match self {
            Self::CacheNotFound(_) => Status::CACHE_DOES_NOT_EXIST,
            Self::CacheExists(_) => Status::CACHE_EXISTS,
            Self::CacheIdTaken(..) => Status::CACHE_CONFIGURATION_INVALID,
            Self::TooManyTransactions { .. } => Status::TRANSACTION_LIMIT,
            Self::TransactionNotFound(_) => Status::TRANSACTION_NOT_FOUND,
            Self::ComputeDisabled => Status::FUNCTIONALITY_DISABLED,
            Self::TooManyTasks { .. } => Status::TOO_MANY_TASKS,
            Self::TooManyResources { .. } => Status::TOO_MANY_CURSORS,
            Self::ResourceNotFound(_) | Self::NumberNotFound(_) | Self::SetNotFound(_) => {
                Status::RESOURCE_DOES_NOT_EXIST
            }
            Self::EmptyCacheName
            | Self::ReservedCacheName(_)
            | Self::NoParallelism
            | Self::CursorInvalidated
            | Self::CacheRefused(_)
            | Self::StructureRefused(_)
            | Self::TableExists(_)
            | Self::NullItem
            | Self::TooManyStreamers { .. }
            | Self::NoPageSize
            | Self::Inactive
            | Self::ReadOnly(_)
            | Self::ReadOnlyCaches { .. }
            | Self::DeactivationLosesData { .. }
            | Self::InvalidPartition(_)
            | Self::UnknownClass { .. }
            | Self::DuplicateTypeName { .. }
            | Self::Waits(_)
            | Self::TooManyWaiters { .. }
            | Self::TooManyCalls { .. }
            | Self::TooManyWaitingBytes { .. }
            | Self::AtomicInTransaction
            | Self::ClearInTransaction
            | Self::TransactionTimedOut(_)
            | Self::TransactionKilled(_)
            | Self::LockTimedOut(_)
            | Self::LockConflict(_)
            | Self::ReadWriteConflict { .. }
            | Self::TransactionRolledBack
            | Self::TooManyCaches { .. }
            | Self::TooManyRowsWait { .. }
            | Self::Full { .. }
            | Self::EmptyUserName
            | Self::NoRandomness(_)
            | Self::UserNameTooLong
            | Self::UserExists(_)
            | Self::UserNotFound(_)
            | Self::UserChangeNotAllowed(_)
            | Self::DefaultUserDropped
            | Self::NullKey
            | Self::NullValue
            | Self::TypeConflict(_)
            | Self::TypeRefused(_)
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

fn no_partition(number: i32) -> String {
    checked_exception(format_args!("Invalid partition number: {number}"))
}

/// The name of an id space of types, as Ignite prints it.
fn platform_name(platform: u8) -> &'static str {
    match platform {
        0 => "Java",
        1 => ".NET",
        _ => "Unknown",
    }
}
