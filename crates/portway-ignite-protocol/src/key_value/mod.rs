//! The key-value operations of a cache (1000 to 1025).

mod conflict;
mod invoke;

pub use conflict::{ConflictEntry, ConflictRemoval, EntryVersion};
pub use invoke::{EntryProcessor, InvokeOutcome};

use crate::cache::CacheHeader;
use crate::codec::{DecodeError, Layout, Reader, Writer, code_enum, sequence};
use crate::operation::Operation;
use crate::request::RequestBody;
use crate::value::RawValue;

/// A key and its value.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Entry {
    /// The key.
    pub key: RawValue,
    /// The value.
    pub value: RawValue,
}

sequence!(Entry {
    key: RawValue,
    value: RawValue
});

code_enum! {
    /// Which copies of entries a size counts.
    pub enum PeekMode: u8, "peek mode" {
        /// All.
        All = 0,
        /// Near caches.
        Near = 1,
        /// Primary copies.
        Primary = 2,
        /// Backup copies.
        Backup = 3,
        /// On the Java heap.
        OnHeap = 4,
        /// Off the Java heap.
        OffHeap = 5,
    }
}

/// An operation on the entries of one cache.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct KeyValueRequest {
    /// The cache and how to treat the entries.
    pub header: CacheHeader,
    /// What to do.
    pub action: KeyValueAction,
}

/// An operation on one key whose values are written straight into the frame.
///
/// Its bytes are those of a [`KeyValueRequest`] with the same values in the same order, without
/// memory of their own for each value on the way.
#[derive(Debug, Clone, Copy)]
pub struct InPlaceRequest<F> {
    /// The cache and how to treat the entries.
    pub header: CacheHeader,
    /// An operation whose body is a sequence of values, such as [`Operation::Put`].
    pub operation: Operation,
    /// Appends the values.
    pub values: F,
}

impl<F: Fn(&mut Writer)> RequestBody for InPlaceRequest<F> {
    fn operation(&self) -> Operation {
        self.operation
    }

    fn encode_body(&self, writer: &mut Writer) {
        self.header.encode(writer);
        (self.values)(writer);
    }
}

/// Declares the actions, each with the types of its body in order.
macro_rules! actions {
    ($($(#[$doc:meta])* $name:ident $(($($field:ident: $type:ty),+))?,)+) => {
        /// What to do with the entries of a cache. The last sentence says what the response
        /// carries.
        #[derive(Debug, Clone, PartialEq, Eq)]
        #[non_exhaustive]
        pub enum KeyValueAction {
            $($(#[$doc])* $name $({
                $(
                    #[expect(missing_docs, reason = "the name says it")]
                    $field: $type
                ),+
            })?,)+
        }

        impl KeyValueAction {
            /// The operation's code.
            pub fn operation(&self) -> Operation {
                match self {
                    $(Self::$name { .. } => Operation::$name,)+
                }
            }

            fn encode(&self, writer: &mut Writer) {
                match self {
                    $(Self::$name $({ $($field),+ })? => {
                        $($($field.encode(writer);)+)?
                    })+
                }
                let _ = writer;
            }

            fn decode(
                operation: Operation,
                reader: &mut Reader<'_>,
            ) -> Result<Option<Self>, DecodeError> {
                Ok(Some(match operation {
                    $(Operation::$name => Self::$name $({
                        $($field: Layout::decode(reader)?),+
                    })?,)+
                    _ => return Ok(None),
                }))
            }
        }
    };
}

actions! {
    /// Reads a value. Answers a [`RawValue`].
    Get(key: RawValue),
    /// Writes a value. Answers `()`.
    Put(key: RawValue, value: RawValue),
    /// Writes a value unless the key has one. Answers whether it was written.
    PutIfAbsent(key: RawValue, value: RawValue),
    /// Reads several values. Answers a `Vec` of [`Entry`] with those that are there.
    GetAll(keys: Vec<RawValue>),
    /// Writes several values. Answers `()`.
    PutAll(entries: Vec<Entry>),
    /// Writes a value. Answers the old one as a [`RawValue`].
    GetAndPut(key: RawValue, value: RawValue),
    /// Replaces a value if the key has one. Answers the old one as a [`RawValue`].
    GetAndReplace(key: RawValue, value: RawValue),
    /// Removes a value. Answers it as a [`RawValue`].
    GetAndRemove(key: RawValue),
    /// Writes a value unless the key has one. Answers that as a [`RawValue`].
    GetAndPutIfAbsent(key: RawValue, value: RawValue),
    /// Replaces a value if the key has one. Answers whether it had.
    Replace(key: RawValue, value: RawValue),
    /// Replaces a value if it equals another. Answers whether it did.
    ReplaceIfEquals(key: RawValue, expected: RawValue, value: RawValue),
    /// Looks for a key. Answers whether it has a value.
    ContainsKey(key: RawValue),
    /// Looks for several keys. Answers whether all have values.
    ContainsKeys(keys: Vec<RawValue>),
    /// Removes everything without notifying anyone. Answers `()`.
    Clear,
    /// Removes a key without notifying anyone. Answers `()`.
    ClearKey(key: RawValue),
    /// Removes several keys without notifying anyone. Answers `()`.
    ClearKeys(keys: Vec<RawValue>),
    /// Removes a key. Answers whether it had a value.
    RemoveKey(key: RawValue),
    /// Removes a key if its value equals another. Answers whether it did.
    RemoveIfEquals(key: RawValue, expected: RawValue),
    /// Removes several keys. Answers `()`.
    RemoveKeys(keys: Vec<RawValue>),
    /// Removes everything. Answers `()`.
    RemoveAll,
    /// Counts the entries. Answers an `i64`.
    Size(modes: Vec<PeekMode>),
    /// Reads a value that the node holds itself. Answers a [`RawValue`].
    LocalPeek(key: RawValue),
    /// Writes several values with versions of another cluster. Answers `()`.
    PutAllConflict(entries: Vec<ConflictEntry>),
    /// Removes several keys with versions of another cluster. Answers `()`.
    RemoveAllConflict(entries: Vec<ConflictRemoval>),
    /// Runs an entry processor on a key. Answers what it answers, as a [`RawValue`]. Needs
    /// [`Feature::CacheInvoke`](crate::Feature::CacheInvoke).
    Invoke(key: RawValue, processor: EntryProcessor),
    /// Runs an entry processor on several keys. Answers a `Vec` of [`InvokeOutcome`], one for each
    /// key that has one. Needs [`Feature::CacheInvoke`](crate::Feature::CacheInvoke).
    InvokeAll(keys: Vec<RawValue>, processor: EntryProcessor),
}

impl KeyValueRequest {
    pub(crate) fn encode(&self, writer: &mut Writer) {
        self.header.encode(writer);
        self.action.encode(writer);
    }

    /// `None` for an operation that is no key-value operation.
    pub(crate) fn decode(
        operation: Operation,
        reader: &mut Reader<'_>,
    ) -> Result<Option<Self>, DecodeError> {
        let header = CacheHeader::decode(reader)?;
        let action = KeyValueAction::decode(operation, reader)?;
        Ok(action.map(|action| Self { header, action }))
    }
}
