//! Binary objects (tag 103): named fields, readable one by one.
//!
//! ```text
//!  0  tag 103      1  layout version 1     2  flags i16       4  type id i32
//!  8  hash code    12 length of all        16 schema id i32   20 offset of the footer
//! 24  the fields' values, then raw data, in the order they were written
//!  f  footer, per field: [full: field id i32] offset of 1, 2 or 4 bytes; [raw data: its offset i32]
//! ```
//!
//! Source: `BinaryWriterExImpl.postWrite` and `BinaryUtils` of Apache Ignite.

mod copy;
mod display;
mod dynamic;
mod footer;
mod header;
mod object;
mod open;
mod shape;
mod view;
mod writing;

pub(crate) use copy::self_contained;
pub use dynamic::BinaryObjectBuilder;
pub use header::{ObjectFlags, ObjectHeader};
pub use object::{BinaryObject, ObjectField};
pub use shape::{ObjectShape, field_ids};
pub use view::ObjectReader;
pub use writing::ObjectWriter;
