//! One atomic group of changes to the table.

/// A change of one key, or of every key with one beginning.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) enum Change {
    /// Stores `value` under `key`, over what was there.
    Put { key: Box<[u8]>, value: Box<[u8]> },
    /// Removes `key` when it is there.
    Delete { key: Box<[u8]> },
    /// Removes every key that begins with `prefix`: a cleared or destroyed cache.
    DeletePrefix { prefix: Box<[u8]> },
}

/// A change whose bytes lie elsewhere.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum ChangeView<'a> {
    Put { key: &'a [u8], value: &'a [u8] },
    Delete { key: &'a [u8] },
    DeletePrefix { prefix: &'a [u8] },
}

impl Change {
    pub(crate) fn view(&self) -> ChangeView<'_> {
        match self {
            Self::Put { key, value } => ChangeView::Put { key, value },
            Self::Delete { key } => ChangeView::Delete { key },
            Self::DeletePrefix { prefix } => ChangeView::DeletePrefix { prefix },
        }
    }
}

/// Changes that become visible and durable together, in their order.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub(crate) struct Batch {
    pub(crate) changes: Vec<Change>,
}

impl Batch {
    pub(crate) fn put(&mut self, key: impl Into<Box<[u8]>>, value: impl Into<Box<[u8]>>) {
        self.changes.push(Change::Put {
            key: key.into(),
            value: value.into(),
        });
    }

    pub(crate) fn delete(&mut self, key: impl Into<Box<[u8]>>) {
        self.changes.push(Change::Delete { key: key.into() });
    }

    pub(crate) fn delete_prefix(&mut self, prefix: impl Into<Box<[u8]>>) {
        self.changes.push(Change::DeletePrefix {
            prefix: prefix.into(),
        });
    }

    pub(crate) fn views(&self) -> impl Iterator<Item = ChangeView<'_>> {
        self.changes.iter().map(Change::view)
    }

    pub(crate) fn is_empty(&self) -> bool {
        self.changes.is_empty()
    }
}
