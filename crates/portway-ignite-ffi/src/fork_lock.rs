//! Locks that a child finds free, whoever held them in its parent.

use std::any::Any;
use std::sync::atomic::{AtomicBool, Ordering};
use std::sync::{Mutex, MutexGuard, PoisonError, RwLock, RwLockReadGuard, RwLockWriteGuard};

use crate::process::notice_forks;

/// A lock that is held by the thread that forks while it does. Otherwise another thread, which the
/// child does not have, may hold it there for ever.
///
/// Nothing that waits, and nothing of the caller's, may happen under it: the caller's fork waits for
/// it, and would wait for itself.
#[derive(Debug)]
pub(crate) struct ForkLock<T> {
    lock: RwLock<T>,
    is_known: AtomicBool,
}

/// All locks that have been used.
static KNOWN: Mutex<Vec<&'static dyn Hold>> = Mutex::new(Vec::new());

/// A lock as long as this is kept.
pub(crate) type Held = Box<dyn Any>;

trait Hold: Sync {
    fn hold(&'static self) -> Held;
}

impl<T: Send + Sync> Hold for ForkLock<T> {
    fn hold(&'static self) -> Held {
        Box::new(self.write())
    }
}

impl<T: Send + Sync> ForkLock<T> {
    pub(crate) const fn new(kept: T) -> Self {
        Self {
            lock: RwLock::new(kept),
            is_known: AtomicBool::new(false),
        }
    }

    pub(crate) fn read(&'static self) -> RwLockReadGuard<'static, T> {
        self.tell();
        // Nothing that can panic happens under the lock.
        self.lock.read().unwrap_or_else(PoisonError::into_inner)
    }

    pub(crate) fn write(&'static self) -> RwLockWriteGuard<'static, T> {
        self.tell();
        self.lock.write().unwrap_or_else(PoisonError::into_inner)
    }

    fn tell(&'static self) {
        if !self.is_known.load(Ordering::Acquire) {
            self.tell_first();
        }
    }

    #[cold]
    fn tell_first(&'static self) {
        notice_forks();
        let mut known = known();
        if !self.is_known.swap(true, Ordering::AcqRel) {
            known.push(self);
        }
    }
}

fn known() -> MutexGuard<'static, Vec<&'static dyn Hold>> {
    KNOWN.lock().unwrap_or_else(PoisonError::into_inner)
}

/// Waits for all locks that have been used, and for none to be used for the first time.
#[cfg_attr(not(unix), expect(dead_code, reason = "no process forks there"))]
pub(crate) fn hold_all() -> Vec<Held> {
    let known = known();
    let mut held: Vec<Held> = known.iter().map(|lock| lock.hold()).collect();
    held.push(Box::new(known));
    held
}
