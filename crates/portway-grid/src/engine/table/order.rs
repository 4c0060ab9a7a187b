//! The order of the keys: sorted handles in chunks.

use std::cmp::Ordering;

use super::arena::Handle;

/// Handles of a chunk at most. Moving half of them aside for a new one takes some tens of
/// nanoseconds, and a million entries have some thousands of chunks.
const CHUNK: usize = 256;

/// Neighbours with so few together become one.
const SPARSE: usize = CHUNK / 4;

/// A place among the handles.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub(super) struct Place {
    chunk: usize,
    index: usize,
}

/// All handles, sorted by what the caller's comparisons say. No chunk is empty.
#[derive(Debug, Default)]
pub(super) struct Order {
    chunks: Vec<Vec<Handle>>,
    length: usize,
}

impl Order {
    pub(super) fn len(&self) -> usize {
        self.length
    }

    /// Where the handle is that compares as equal, or where it would have to be.
    pub(super) fn find(&self, compare: impl Fn(Handle) -> Ordering) -> Result<Place, Place> {
        let begins_behind = |chunk: &Vec<Handle>| compare(chunk[0]) == Ordering::Greater;
        let behind = self.chunks.partition_point(|chunk| !begins_behind(chunk));
        let chunk = behind.saturating_sub(1);
        let Some(handles) = self.chunks.get(chunk) else {
            return Err(Place::default());
        };
        let found = handles.binary_search_by(|handle| compare(*handle));
        found
            .map(|index| Place { chunk, index })
            .map_err(|index| Place { chunk, index })
    }

    pub(super) fn set(&mut self, place: Place, handle: Handle) {
        self.chunks[place.chunk][place.index] = handle;
    }

    /// Inserts a handle where [`find`](Self::find) has missed it.
    pub(super) fn insert(&mut self, place: Place, handle: Handle) {
        self.length += 1;
        let Some(chunk) = self.chunks.get_mut(place.chunk) else {
            self.chunks.push(vec![handle]);
            return;
        };
        if chunk.len() < CHUNK {
            chunk.insert(place.index, handle);
            return;
        }
        // Keys that come in order leave full chunks behind.
        let mut behind = chunk.split_off(if place.index == CHUNK {
            CHUNK
        } else {
            CHUNK / 2
        });
        match place.index.checked_sub(chunk.len()) {
            Some(index) => behind.insert(index, handle),
            None => chunk.insert(place.index, handle),
        }
        self.chunks.insert(place.chunk + 1, behind);
    }

    pub(super) fn remove(&mut self, place: Place) -> Handle {
        self.length -= 1;
        let handle = self.chunks[place.chunk].remove(place.index);
        self.join_if_sparse(place.chunk);
        handle
    }

    fn join_if_sparse(&mut self, number: usize) {
        let length = |number: usize| self.chunks.get(number).map_or(CHUNK, Vec::len);
        if length(number) == 0 {
            self.chunks.remove(number);
        } else if length(number) + length(number + 1) <= SPARSE {
            let next = self.chunks.remove(number + 1);
            self.chunks[number].extend(next);
        }
    }

    /// Removes all from `start` on and before `end`.
    pub(super) fn remove_between(&mut self, start: Place, end: Place) -> Vec<Handle> {
        let mut removed = Vec::new();
        let numbered = self.chunks.iter_mut().enumerate();
        let touched = numbered.take(end.chunk + 1).skip(start.chunk);
        for (number, chunk) in touched {
            let from = if number == start.chunk {
                start.index
            } else {
                0
            };
            let to = if number == end.chunk {
                end.index
            } else {
                chunk.len()
            };
            removed.extend(chunk.drain(from..to));
        }
        self.chunks.retain(|chunk| !chunk.is_empty());
        self.length -= removed.len();
        removed
    }

    /// Handles from `start` on.
    pub(super) fn iter_from(&self, start: Place) -> impl Iterator<Item = Handle> {
        let chunks = self.chunks.get(start.chunk..).unwrap_or_default();
        chunks.iter().flatten().copied().skip(start.index)
    }
}

impl FromIterator<Handle> for Order {
    /// Takes handles that are sorted.
    fn from_iter<I: IntoIterator<Item = Handle>>(handles: I) -> Self {
        let mut order = Self::default();
        for handle in handles {
            match order.chunks.last_mut() {
                Some(chunk) if chunk.len() < CHUNK => chunk.push(handle),
                _ => {
                    let mut chunk = Vec::with_capacity(CHUNK);
                    chunk.push(handle);
                    order.chunks.push(chunk);
                }
            }
            order.length += 1;
        }
        order
    }
}

impl Place {
    /// The place behind.
    pub(super) fn next(self) -> Self {
        Self {
            index: self.index + 1,
            ..self
        }
    }
}
