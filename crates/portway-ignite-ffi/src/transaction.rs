//! Transactions.

use std::ffi::c_char;
use std::sync::{Mutex, PoisonError};
use std::time::Duration;

use portway_ignite::{Isolation, Transaction, TransactionOptions};

use crate::boundary::{self, Output};
use crate::cache::{Cache, IgniteCache};
use crate::client::{Connected, IgniteClient};
use crate::failure::{Failure, IgniteError};
use crate::handle::{self, Kind, Table};
use crate::input;
use crate::result::IgniteResult;
use crate::runtime::{Runtime, check_thread};

/// A transaction. Freeing it without a commit rolls it back.
///
/// What `ignite_transaction_cache` gives takes part in it, everything else does not. It belongs to
/// one connection, and is rolled back if that is lost. Use it from one thread at a time: the grid
/// carries out its operations one after the other.
pub struct IgniteTransaction {
    _private: [u8; 0],
}

/// When a transaction locks and checks: one of the `IGNITE_CONCURRENCY_` numbers.
pub type IgniteConcurrency = i32;

/// Locks each key when it is first used, or with read committed when it is first written.
pub const IGNITE_CONCURRENCY_PESSIMISTIC: IgniteConcurrency = 0;
/// Locks nothing before the commit.
pub const IGNITE_CONCURRENCY_OPTIMISTIC: IgniteConcurrency = 1;

/// What a transaction sees of others: one of the `IGNITE_ISOLATION_` numbers.
pub type IgniteIsolation = i32;

/// Each read gives what was committed last.
pub const IGNITE_ISOLATION_READ_COMMITTED: IgniteIsolation = 0;
/// A second read of a key gives what the first gave.
pub const IGNITE_ISOLATION_REPEATABLE_READ: IgniteIsolation = 1;
/// As if one transaction ran after the other; an optimistic one fails at its commit if it did not.
pub const IGNITE_ISOLATION_SERIALIZABLE: IgniteIsolation = 2;

/// How a transaction is begun.
#[repr(C)]
#[derive(Clone, Copy)]
pub struct IgniteTransactionOptions {
    /// When it locks and checks.
    pub concurrency: IgniteConcurrency,
    /// What it sees of others.
    pub isolation: IgniteIsolation,
    /// After how many milliseconds the grid rolls it back; 0 for the grid's default.
    pub timeout: u32,
    /// A name that the grid's own tools show, or null.
    pub label: *const c_char,
}

pub(crate) struct Running {
    /// None after the commit or the rollback.
    transaction: Mutex<Option<Transaction>>,
    runtime: Runtime,
}

impl Kind for Running {
    type Opaque = IgniteTransaction;
    const CODE: u8 = 7;
    const NAME: &'static str = "transaction";

    fn table() -> &'static Table<Self> {
        static TABLE: Table<Running> = Table::new();
        &TABLE
    }
}

impl Running {
    fn with<T>(&self, use_it: impl FnOnce(&Transaction) -> T) -> Result<T, Failure> {
        let transaction = self
            .transaction
            .lock()
            .unwrap_or_else(PoisonError::into_inner);
        transaction.as_ref().map(use_it).ok_or_else(ended)
    }

    /// Takes the transaction to end it, which waits: where that cannot be, it goes on.
    fn end(&self) -> Result<Transaction, Failure> {
        check_thread()?;
        let mut transaction = self
            .transaction
            .lock()
            .unwrap_or_else(PoisonError::into_inner);
        transaction.take().ok_or_else(ended)
    }
}

fn ended() -> Failure {
    let message = "the transaction was committed or rolled back before";
    Failure::new(IgniteResult::Ended, message)
}

/// # Safety
/// `given` is null or may be read, its label is null or a text with a final zero.
unsafe fn options(given: *const IgniteTransactionOptions) -> Result<TransactionOptions, Failure> {
    if given.is_null() {
        return Ok(TransactionOptions::pessimistic());
    }
    // SAFETY: as the caller promises.
    let given = unsafe { input::one(given, "options")? };
    let mut options = match given.concurrency {
        IGNITE_CONCURRENCY_PESSIMISTIC => TransactionOptions::pessimistic(),
        IGNITE_CONCURRENCY_OPTIMISTIC => TransactionOptions::optimistic(),
        other => {
            let message = format!("{other} is no IGNITE_CONCURRENCY_ number");
            return Err(Failure::argument(message));
        }
    };
    options = options.isolation(isolation(given.isolation)?);
    if given.timeout > 0 {
        options = options.timeout(Duration::from_millis(given.timeout.into()));
    }
    // SAFETY: as the caller promises.
    Ok(
        match unsafe { input::optional_text(given.label, "label")? } {
            Some(label) => options.label(label),
            None => options,
        },
    )
}

fn isolation(given: IgniteIsolation) -> Result<Isolation, Failure> {
    match given {
        IGNITE_ISOLATION_READ_COMMITTED => Ok(Isolation::ReadCommitted),
        IGNITE_ISOLATION_REPEATABLE_READ => Ok(Isolation::RepeatableRead),
        IGNITE_ISOLATION_SERIALIZABLE => Ok(Isolation::Serializable),
        other => Err(Failure::argument(format!(
            "{other} is no IGNITE_ISOLATION_ number"
        ))),
    }
}

/// Begins a transaction. Without options (null) it is pessimistic with repeatable reads.
///
/// # Safety
/// `options` is null or may be read, `transaction` is room for a pointer, `error` is null or room
/// for an error.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn ignite_client_begin(
    client: *const IgniteClient,
    options: *const IgniteTransactionOptions,
    transaction: *mut *mut IgniteTransaction,
    error: *mut IgniteError,
) -> IgniteResult {
    let body = || {
        // SAFETY: as the caller promises.
        let (output, options) = unsafe {
            (
                Output::new(transaction, "transaction")?,
                self::options(options)?,
            )
        };
        let client = handle::find::<Connected>(client)?;
        let begun = client.runtime.wait(client.client.begin(options))?;
        output.write(handle::keep(Running {
            transaction: Mutex::new(Some(begun)),
            runtime: client.runtime.clone(),
        })?);
        Ok(())
    };
    // SAFETY: as the caller promises.
    unsafe { boundary::call(error, body) }
}

/// Opens a cache within a transaction: its calls take part in it. It must be transactional. Free it
/// as any cache; after the end of the transaction its calls fail.
///
/// # Safety
/// `inside` is room for a pointer, `error` is null or room for an error.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn ignite_transaction_cache(
    transaction: *const IgniteTransaction,
    cache: *const IgniteCache,
    inside: *mut *mut IgniteCache,
    error: *mut IgniteError,
) -> IgniteResult {
    let body = || {
        // SAFETY: as the caller promises.
        let output = unsafe { Output::new(inside, "inside")? };
        let transaction = handle::find::<Running>(transaction)?;
        let cache = handle::find::<Cache>(cache)?;
        let within = transaction.with(|transaction| cache.within(transaction))?;
        output.write(handle::keep(within)?);
        Ok(())
    };
    // SAFETY: as the caller promises.
    unsafe { boundary::call(error, body) }
}

/// Keeps what the transaction wrote, and ends it. After `IGNITE_RESULT_UNREACHABLE` or
/// `IGNITE_RESULT_TIMED_OUT` it may have been committed or not, but not in part.
///
/// # Safety
/// `error` is null or room for an error.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn ignite_transaction_commit(
    transaction: *const IgniteTransaction,
    error: *mut IgniteError,
) -> IgniteResult {
    let body = || {
        let running = handle::find::<Running>(transaction)?;
        running.runtime.wait(running.end()?.commit())
    };
    // SAFETY: as the caller promises.
    unsafe { boundary::call(error, body) }
}

/// Forgets what the transaction wrote, and ends it.
///
/// # Safety
/// `error` is null or room for an error.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn ignite_transaction_rollback(
    transaction: *const IgniteTransaction,
    error: *mut IgniteError,
) -> IgniteResult {
    let body = || {
        let running = handle::find::<Running>(transaction)?;
        running.runtime.wait(running.end()?.rollback())
    };
    // SAFETY: as the caller promises.
    unsafe { boundary::call(error, body) }
}

/// Frees a transaction, and rolls it back if it has not ended. Null is allowed.
///
/// # Safety
/// `error` is null or room for an error.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn ignite_transaction_free(
    transaction: *mut IgniteTransaction,
    error: *mut IgniteError,
) -> IgniteResult {
    // SAFETY: as the caller promises.
    unsafe { boundary::call(error, || handle::free::<Running>(transaction)) }
}
