//! What a server keeps for us, and its release.

use portway_ignite_protocol::{EndTransaction, Request, ResourceId};
use tokio::sync::mpsc;

use crate::error::Error;

/// The largest number of cursors, event streams, tasks and transactions of one connection. A server
/// allows 128 cursors and 100 transactions unless configured otherwise, so its own answer comes
/// first; this bounds the queue of releases.
pub(crate) const RESOURCE_LIMIT: usize = 1024;

/// What is to be released on the server.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Release {
    /// A cursor, an event stream or a task.
    Resource(i64),
    /// A transaction, which is rolled back.
    Transaction(i32),
}

/// A reserved place in the queue of releases, taken before the resource exists.
///
/// With the place in hand a release can neither wait nor fail, so that it can be done on drop.
#[derive(Debug)]
pub(crate) struct ResourceSlot(mpsc::OwnedPermit<Release>);

/// Something that the server keeps for us. Dropping it releases it there.
#[derive(Debug)]
pub(crate) struct Resource {
    release: Release,
    slot: Option<ResourceSlot>,
}

impl Release {
    /// The request that does it.
    pub(crate) fn into_request(self) -> Request {
        match self {
            Self::Resource(id) => Request::ResourceClose(ResourceId(id)),
            Self::Transaction(transaction) => Request::EndTransaction(EndTransaction {
                transaction,
                commit: false,
            }),
        }
    }
}

impl ResourceSlot {
    pub(crate) fn reserve(releases: &mpsc::Sender<Release>) -> Result<Self, SlotError> {
        match releases.clone().try_reserve_owned() {
            Ok(permit) => Ok(Self(permit)),
            Err(mpsc::error::TrySendError::Full(_)) => Err(SlotError::AllTaken),
            Err(mpsc::error::TrySendError::Closed(_)) => Err(SlotError::ConnectionEnded),
        }
    }

    /// The resource that `release` releases.
    pub(crate) fn open(self, release: Release) -> Resource {
        Resource {
            release,
            slot: Some(self),
        }
    }
}

/// Why there is no place for another resource.
#[derive(Debug)]
pub(crate) enum SlotError {
    AllTaken,
    ConnectionEnded,
}

impl SlotError {
    pub(crate) fn into_error(self, lost: impl FnOnce() -> Error) -> Error {
        match self {
            Self::AllTaken => Error::TooManyResources {
                limit: RESOURCE_LIMIT,
            },
            Self::ConnectionEnded => lost(),
        }
    }
}

impl Resource {
    /// The number that requests name it by.
    pub(crate) fn id(&self) -> i64 {
        match self.release {
            Release::Resource(id) => id,
            Release::Transaction(id) => id.into(),
        }
    }

    /// Notes that the server has already released it.
    pub(crate) fn released(mut self) {
        self.slot = None;
    }
}

impl Drop for Resource {
    fn drop(&mut self) {
        if let Some(slot) = self.slot.take() {
            slot.0.send(self.release);
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_dropped_resource_is_released_and_a_released_one_is_not() {
        let (releases, mut released) = mpsc::channel(2);
        drop(
            ResourceSlot::reserve(&releases)
                .unwrap()
                .open(Release::Resource(7)),
        );
        ResourceSlot::reserve(&releases)
            .unwrap()
            .open(Release::Transaction(8))
            .released();
        assert_eq!(released.try_recv(), Ok(Release::Resource(7)));
        assert!(released.try_recv().is_err());
    }

    #[test]
    fn there_is_always_room_for_the_release_of_an_open_resource() {
        let (releases, mut released) = mpsc::channel(1);
        let resource = ResourceSlot::reserve(&releases)
            .unwrap()
            .open(Release::Resource(7));
        assert!(matches!(
            ResourceSlot::reserve(&releases),
            Err(SlotError::AllTaken)
        ));
        drop(resource);
        assert_eq!(released.try_recv(), Ok(Release::Resource(7)));
        assert!(ResourceSlot::reserve(&releases).is_ok());
    }
}
