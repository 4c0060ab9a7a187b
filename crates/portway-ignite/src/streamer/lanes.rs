//! Entries that wait for their batch, one lane for each node that holds some of them.

use std::collections::HashMap;
use std::num::NonZeroUsize;
use std::sync::Arc;

use portway_ignite_protocol::{EntryBatch, EntryBatchWriter, RawValue, WriterNotes};
use tokio::sync::{OwnedSemaphorePermit, Semaphore};
use uuid::Uuid;

use crate::error::Error;

/// A batch of long entries is sent when it has so many bytes: large enough for one write of the
/// system, small enough for a server that holds several of them.
const BATCH_BYTES: usize = 1 << 20;
/// What a request has beside its entries and the receiver is shorter.
const REQUEST_HEADER: usize = 64;

/// The node that a lane leads to; `None` where it is not known who holds a key.
pub(super) type Owner = Option<Uuid>;

/// When a batch is full, and how many may be on their way.
#[derive(Clone, Copy, Debug)]
pub(super) struct LaneLimit {
    pub(super) entries: NonZeroUsize,
    pub(super) batches: NonZeroUsize,
    /// How long a request may be.
    pub(super) frame: usize,
}

impl LaneLimit {
    /// A batch is full with so many bytes. The entry that fills it has its place behind that.
    fn bytes(&self) -> usize {
        BATCH_BYTES.min(self.frame / 2)
    }

    /// Checks that an entry has its place in a request behind all that may be there before it, so that
    /// none is refused together with others.
    pub(super) fn check(&self, entry: &EncodedEntry) -> Result<(), Error> {
        let size = REQUEST_HEADER
            + self.bytes()
            + entry.key.as_bytes().len()
            + entry.value.as_bytes().len();
        if size <= self.frame {
            return Ok(());
        }
        let limit = self.frame;
        Err(Error::RequestTooLong { size, limit })
    }
}

/// An entry, or the removal of a key.
#[derive(Debug)]
pub(super) struct EncodedEntry {
    pub(super) key: RawValue,
    pub(super) value: RawValue,
    /// The types that came up while they were written.
    pub(super) notes: Option<Box<WriterNotes>>,
}

/// What one request carries.
#[derive(Debug)]
pub(super) struct Parcel {
    pub(super) entries: EntryBatch,
    /// The types that must be told first.
    pub(super) notes: Option<Box<WriterNotes>>,
}

/// The lanes to all nodes.
#[derive(Debug)]
pub(super) struct Lanes {
    limit: LaneLimit,
    lanes: HashMap<Owner, Lane>,
}

/// What waits for one node.
#[derive(Debug)]
pub(super) struct Lane {
    limit: LaneLimit,
    waiting: EntryBatchWriter,
    notes: Option<Box<WriterNotes>>,
    /// A permit for each batch on its way.
    room: Arc<Semaphore>,
}

impl Lanes {
    pub(super) fn new(limit: LaneLimit) -> Self {
        Self {
            limit,
            lanes: HashMap::new(),
        }
    }

    pub(super) fn lane(&mut self, owner: Owner) -> &mut Lane {
        let limit = self.limit;
        self.lanes.entry(owner).or_insert_with(|| Lane {
            limit,
            // Entries are copied into it, so that no configuration matters.
            waiting: EntryBatchWriter::new(Default::default()),
            notes: None,
            room: Arc::new(Semaphore::new(limit.batches.get())),
        })
    }

    /// The lanes in which entries wait. Those of nodes that nothing goes to any more are forgotten.
    pub(super) fn waiting(&mut self) -> Vec<Owner> {
        self.lanes.retain(|_, lane| !lane.is_idle());
        let waits = |(owner, lane): (&Owner, &Lane)| (!lane.waiting.is_empty()).then_some(*owner);
        self.lanes.iter().filter_map(waits).collect()
    }

    pub(super) fn existing(&mut self, owner: Owner) -> Option<&mut Lane> {
        self.lanes.get_mut(&owner)
    }

    /// How many entries wait.
    pub(super) fn len(&self) -> usize {
        self.lanes.values().map(|lane| lane.waiting.len()).sum()
    }
}

impl Lane {
    pub(super) fn push(&mut self, entry: &EncodedEntry) {
        self.waiting.put(&entry.key, &entry.value);
        if let Some(added) = &entry.notes {
            match &mut self.notes {
                Some(notes) => notes.merge(added),
                none => *none = Some(added.clone()),
            }
        }
    }

    pub(super) fn room(&self) -> Arc<Semaphore> {
        self.room.clone()
    }

    pub(super) fn is_full(&self) -> bool {
        self.waiting.len() >= self.limit.entries.get() || self.waiting.size() >= self.limit.bytes()
    }

    /// Takes the entries out, if there are any.
    pub(super) fn take(&mut self) -> Option<Parcel> {
        (!self.waiting.is_empty()).then(|| Parcel {
            entries: self.waiting.take(),
            notes: self.notes.take(),
        })
    }

    /// A permit for one more batch, if there is room now.
    pub(super) fn try_reserve(&self) -> Option<OwnedSemaphorePermit> {
        self.room.clone().try_acquire_owned().ok()
    }

    fn is_idle(&self) -> bool {
        let is_quiet = self.room.available_permits() == self.limit.batches.get();
        self.waiting.is_empty() && is_quiet
    }
}
