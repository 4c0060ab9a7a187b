//! What a server keeps for us, and its release.

use tokio::sync::mpsc;

use crate::error::Error;

/// The largest number of cursors and event streams of one connection. A server allows 128 unless
/// configured otherwise, so its own answer comes first; this bounds the queue of releases.
pub(crate) const RESOURCE_LIMIT: usize = 1024;

/// A reserved place in the queue of releases, taken before the resource exists.
///
/// With the place in hand a release can neither wait nor fail, so that it can be done on drop.
#[derive(Debug)]
pub(crate) struct ResourceSlot(mpsc::OwnedPermit<i64>);

/// A cursor or a continuous query on the server. Dropping it releases it there.
#[derive(Debug)]
pub(crate) struct Resource {
    id: i64,
    slot: Option<ResourceSlot>,
}

impl ResourceSlot {
    pub(crate) fn reserve(releases: &mpsc::Sender<i64>) -> Result<Self, SlotError> {
        match releases.clone().try_reserve_owned() {
            Ok(permit) => Ok(Self(permit)),
            Err(mpsc::error::TrySendError::Full(_)) => Err(SlotError::AllTaken),
            Err(mpsc::error::TrySendError::Closed(_)) => Err(SlotError::ConnectionEnded),
        }
    }

    pub(crate) fn open(self, id: i64) -> Resource {
        Resource {
            id,
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
    pub(crate) fn id(&self) -> i64 {
        self.id
    }

    /// Notes that the server has already released it.
    pub(crate) fn released(mut self) {
        self.slot = None;
    }
}

impl Drop for Resource {
    fn drop(&mut self) {
        if let Some(slot) = self.slot.take() {
            slot.0.send(self.id);
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_dropped_resource_is_released_and_a_released_one_is_not() {
        let (releases, mut released) = mpsc::channel(2);
        drop(ResourceSlot::reserve(&releases).unwrap().open(7));
        ResourceSlot::reserve(&releases).unwrap().open(8).released();
        assert_eq!(released.try_recv(), Ok(7));
        assert!(released.try_recv().is_err());
    }

    #[test]
    fn there_is_always_room_for_the_release_of_an_open_resource() {
        let (releases, mut released) = mpsc::channel(1);
        let resource = ResourceSlot::reserve(&releases).unwrap().open(7);
        assert!(matches!(
            ResourceSlot::reserve(&releases),
            Err(SlotError::AllTaken)
        ));
        drop(resource);
        assert_eq!(released.try_recv(), Ok(7));
        assert!(ResourceSlot::reserve(&releases).is_ok());
    }
}
