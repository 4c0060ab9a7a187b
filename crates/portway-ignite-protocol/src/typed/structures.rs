//! Structures as binary objects.

use crate::binary::ObjectShape;
use crate::typed::{ReadValue, WriteValue};

/// A structure that is a binary object. Derived, not implemented by hand.
pub trait IgniteObject: WriteValue + ReadValue {
    /// The name and the fields.
    const SHAPE: ObjectShape;

    /// The field that decides the partition when the structure is a key, if not all of it does.
    const AFFINITY_KEY: Option<&'static str>;
}
