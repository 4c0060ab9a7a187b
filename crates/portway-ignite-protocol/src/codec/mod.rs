//! Reading and writing of the primitives every message consists of.

mod encode_error;
mod error;
mod layout;
mod navigation;
mod notes;
mod reader;
mod writer;

pub use encode_error::EncodeError;
pub use error::DecodeError;
pub use layout::Layout;
pub(crate) use layout::{code_enum, decode_option, encode_option, sequence};
pub use notes::WriterNotes;
pub use reader::{MAX_DEPTH, MAX_REPEATED_BYTES, MAX_VALUES, Reader};
pub use writer::Writer;
