//! The one error of every decoder in this crate.

use thiserror::Error;

/// Names why bytes are not what they should be.
///
/// After any of these the position inside a message is lost: a server answers by closing the
/// connection, a client by failing the request and reconnecting. The exception is
/// [`UnknownSchema`](Self::UnknownSchema), which is answered by fetching the type's metadata and
/// decoding the same bytes again.
#[derive(Debug, Clone, PartialEq, Eq, Error)]
#[non_exhaustive]
pub enum DecodeError {
    /// The bytes ended inside a value.
    #[error("the message ends {missing} bytes too early")]
    Ended {
        /// How many more bytes the value needs at least.
        missing: usize,
    },
    /// Bytes remain after the last field of a message.
    #[error("{left} bytes follow the end of the message")]
    Trailing {
        /// How many.
        left: usize,
    },
    /// A length or count is below zero.
    #[error("negative length {0}")]
    NegativeLength(i32),
    /// A frame announces more bytes than the receiver accepts.
    #[error(
        "a frame of {length} bytes is over the limit of {limit}; raise the limit or send less at once"
    )]
    FrameOverLimit {
        /// The announced length.
        length: usize,
        /// The receiver's limit.
        limit: usize,
    },
    /// A count announces more elements than the bytes that are left can hold.
    #[error("{count} elements are announced but only {left} bytes are left")]
    CountOverBytes {
        /// The announced count.
        count: usize,
        /// The bytes left in the message.
        left: usize,
    },
    /// A string is not UTF-8.
    #[error("a string is not valid UTF-8")]
    InvalidText,
    /// A tag that no data type has.
    #[error("unknown type tag {0}")]
    UnknownTag(u8),
    /// A value of another type than the reader asked for.
    #[error("expected {expected}, found {}", crate::value::tag::describe(*.found))]
    UnexpectedTag {
        /// The type that was asked for.
        expected: &'static str,
        /// The tag that was found.
        found: u8,
    },
    /// A null where the reader's type has no null.
    #[error("expected {expected}, found null; read it as an Option")]
    UnexpectedNull {
        /// The type that was asked for.
        expected: &'static str,
    },
    /// A number that names none of an enumeration's members.
    #[error("{value} is no {what}")]
    UnknownCode {
        /// The enumeration.
        what: &'static str,
        /// The number found.
        value: i64,
    },
    /// Values are nested deeper than [`MAX_DEPTH`](crate::MAX_DEPTH), as they are without end where
    /// a list contains itself.
    #[error("values are nested deeper than {} levels", crate::MAX_DEPTH)]
    TooDeep,
    /// An object contains itself, which Java allows and a Rust structure cannot.
    #[error(
        "an object of type id {0} contains itself; read it as a BinaryObject, whose fields are read \
         one by one"
    )]
    Cycle(i32),
    /// A message holds more values than [`MAX_VALUES`](crate::MAX_VALUES).
    #[error("a message holds more than {} values", crate::MAX_VALUES)]
    TooManyValues,
    /// References lead to the same bytes so often that reading them would take more than
    /// [`MAX_REPEATED_BYTES`](crate::MAX_REPEATED_BYTES) beside the message itself.
    #[error(
        "a message refers to the same values so often that they take over {} MiB more than itself",
        crate::MAX_REPEATED_BYTES >> 20
    )]
    TooMuchRepeated,
    /// A handle points outside of the value that holds it, or forward.
    #[error("a handle points outside of its value")]
    HandleOutside,
    /// A binary object contradicts itself; the text says how.
    #[error("malformed binary object: {0}")]
    MalformedObject(&'static str),
    /// The fields of a compact object are listed in metadata that the reader does not have.
    #[error(
        "the schema {schema_id} of type {type_id} is not known here; fetch the type's metadata"
    )]
    UnknownSchema {
        /// The object's type.
        type_id: i32,
        /// The object's schema.
        schema_id: i32,
    },
    /// A binary object of another type than the reader asked for.
    #[error("expected an object of type {expected}, found type id {found}")]
    UnexpectedType {
        /// The name of the type that was asked for.
        expected: &'static str,
        /// The type id that was found.
        found: i32,
    },
    /// A field that is absent, or null, and may not be.
    #[error(
        "the field {field} of {type_name} is absent or null; make it an Option or give it a default"
    )]
    MissingField {
        /// The type that has the field.
        type_name: &'static str,
        /// The field's name.
        field: &'static str,
    },
    /// A number that is no member of the reader's enumeration.
    #[error("{type_name} has no member with the ordinal {ordinal}; add it to the enumeration")]
    UnknownMember {
        /// The enumeration's name.
        type_name: &'static str,
        /// The ordinal that was found.
        ordinal: i32,
    },
    /// A list that is longer or shorter than the reader's array.
    #[error("expected a list of {expected} elements, found one of {found}")]
    WrongLength {
        /// The length of the array.
        expected: usize,
        /// The number of elements that were found.
        found: usize,
    },
    /// A `Deserialize` implementation refused what it was given.
    #[error("the value cannot be deserialised: {0}")]
    Deserialize(String),
    /// A number or time outside of what the reader's type can hold.
    #[error("a value is out of the range of {0}")]
    OutOfRange(&'static str),
    /// A value whose type has no hash as a key (an array, a collection, a map, null).
    #[error("a value with type tag {0} cannot be a key")]
    NotAKey(u8),
    /// The first message of a connection is no handshake.
    #[error("the first message is no handshake")]
    NotAHandshake,
    /// A protocol version this crate does not speak.
    #[error("protocol version {0} is not supported")]
    UnsupportedVersion(crate::Version),
    /// A client of another kind than a thin client (0 is ODBC, 1 is JDBC).
    #[error("clients of kind {0} are not served, only thin clients (2)")]
    UnknownClient(u8),
}
