//! Code of the user's that decides on the server which entries count.

use crate::codec::{DecodeError, Layout, Reader, Writer, code_enum};
use crate::value::RawValue;

code_enum! {
    /// What a filter or an entry processor is written in.
    pub enum CodePlatform: u8, "platform of code" {
        /// Java.
        Java = 1,
        /// .NET; the server itself must be one of .NET.
        DotNet = 2,
        /// C++.
        Cpp = 3,
    }
}

/// Code of the user's that runs on the server: a binary object of a class known there.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct RemoteFilter {
    /// The filter.
    pub object: RawValue,
    /// Its platform; see [`CodePlatform`].
    pub platform: u8,
}

/// The object and its platform, or null.
impl Layout for Option<RemoteFilter> {
    fn encode(&self, writer: &mut Writer) {
        match self {
            Some(filter) => {
                filter.object.encode(writer);
                writer.u8(filter.platform);
            }
            None => writer.null(),
        }
    }

    fn decode(reader: &mut Reader<'_>) -> Result<Self, DecodeError> {
        if reader.take_null() {
            return Ok(None);
        }
        let object = RawValue::decode(reader)?;
        Ok(Some(RemoteFilter {
            object,
            platform: reader.u8()?,
        }))
    }
}
