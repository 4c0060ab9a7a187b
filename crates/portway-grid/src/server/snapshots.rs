//! Snapshots of a running grid, asked for by its program or by a client.

use std::path::Path;
use std::sync::atomic::{AtomicBool, Ordering};
use std::sync::{Arc, Weak};

use super::lock;
use super::shared::Shared;
use crate::functions::{TaskFunction, task_function};
use crate::store::{Held, Snapshot, SnapshotError};

/// The task by which clients have a snapshot made.
pub(super) fn task(shared: Weak<Shared>) -> Arc<TaskFunction> {
    task_function(move |_, name: String| {
        let making = make(Weak::clone(&shared), name);
        async move {
            let snapshot = making.await.map_err(|error| error.to_string())?;
            let folder = std::path::absolute(&snapshot.folder).unwrap_or(snapshot.folder);
            Ok(folder.display().to_string())
        }
    })
}

/// Makes a snapshot on a thread of its own, and gives it up when nobody waits for it any more.
pub(super) async fn make(shared: Weak<Shared>, name: String) -> Result<Snapshot, SnapshotError> {
    let wanted = Wanted::default();
    let is_wanted = Arc::clone(&wanted.0);
    let made = tokio::task::spawn_blocking(move || {
        let snapshots = shared.upgrade().map(|shared| shared.snapshots.clone());
        let Some(snapshots) = snapshots.ok_or(SnapshotError::GivenUp)? else {
            return Err(SnapshotError::NotDurable);
        };
        let hold = |data: &Path| match shared.upgrade() {
            Some(shared) => shared.hold(data),
            None => Err(SnapshotError::GivenUp),
        };
        snapshots.make(&name, hold, &|| is_wanted.load(Ordering::Relaxed))
    });
    // It ends without a result when the runtime ends.
    made.await.unwrap_or(Err(SnapshotError::GivenUp))
}

/// Whether somebody waits: until this is dropped.
struct Wanted(Arc<AtomicBool>);

impl Default for Wanted {
    fn default() -> Self {
        Self(Arc::new(AtomicBool::new(true)))
    }
}

impl Drop for Wanted {
    fn drop(&mut self) {
        self.0.store(false, Ordering::Relaxed);
    }
}

impl Shared {
    /// Opens the journal as it is now. Nobody writes meanwhile, and no file of it goes.
    fn hold(&self, data: &Path) -> Result<Held, SnapshotError> {
        let mut core = lock(&self.core);
        let extent = core.engine.journal_extent();
        let extent = extent.map_err(|error| SnapshotError::Journal(Box::new(error)))?;
        Held::open(data, &extent)
    }
}
