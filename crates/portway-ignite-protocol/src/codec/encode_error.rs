//! What can be wrong with a value that is to be written.

use thiserror::Error;

use crate::metadata::TypeConflict;

/// Names why a value cannot be written.
#[derive(Debug, Clone, PartialEq, Eq, Error)]
#[non_exhaustive]
pub enum EncodeError {
    /// Values are nested deeper than [`MAX_DEPTH`](crate::MAX_DEPTH), as they are without end where
    /// one contains itself.
    #[error(
        "the value is nested deeper than {} levels, or contains itself; refer to the other value by \
         its key instead",
        crate::MAX_DEPTH
    )]
    TooDeep,
    /// A character that does not fit into one UTF-16 unit, which is what a Java `char` is.
    #[error("the character {0:?} is no Java char, which has 16 bits; use a string")]
    NotAJavaChar(char),
    /// The name of a type or field has the id zero, which is none: the empty name, and few others.
    #[error("the name {0:?} of a type or field has no id; use another")]
    NameWithoutId(String),
    /// Two fields of an object have names with one id.
    #[error("the field {0:?} has the same id as another of the object; rename one of them")]
    SameId(String),
    /// A number or time outside of what the Java type can hold.
    #[error("a value is out of the range of {0}")]
    OutOfRange(&'static str),
    /// A dynamic object contradicts what is known of its type.
    #[error(transparent)]
    Type(#[from] TypeConflict),
    /// An object's field, type or schema cannot be copied because it cannot be read.
    #[error("a part of another object cannot be copied: {0}")]
    Copy(#[source] crate::DecodeError),
    /// A `Serialize` implementation failed, or uses what has no counterpart in Java.
    #[error("the value cannot be serialised: {0}")]
    Serialize(String),
}
