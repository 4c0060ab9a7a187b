//! Entry processors: code of the user's that runs where an entry is (operations 1024 and 1025).

use crate::codec::{DecodeError, Layout, Reader, Writer, sequence};
use crate::value::RawValue;

/// An entry processor and what it is called with.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct EntryProcessor {
    /// The processor: a binary object of a class known to the server.
    pub object: RawValue,
    /// Its language: 1 Java, which is the only one that Ignite's own server accepts.
    pub platform: u8,
    /// The arguments.
    pub arguments: Vec<RawValue>,
}

sequence!(EntryProcessor {
    object: RawValue,
    platform: u8,
    arguments: Vec<RawValue>,
});

/// What an entry processor answered for one of several keys.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct InvokeOutcome {
    /// The key.
    pub key: RawValue,
    /// The answer, or the message of what the processor threw.
    pub result: Result<RawValue, String>,
}

/// Key, success u8, then the answer, or the message as text or null.
impl Layout for InvokeOutcome {
    const MINIMUM_SIZE: usize = 3;

    fn encode(&self, writer: &mut Writer) {
        self.key.encode(writer);
        writer.bool(self.result.is_ok());
        match &self.result {
            Ok(answer) => answer.encode(writer),
            Err(message) => writer.string(message),
        }
    }

    fn decode(reader: &mut Reader<'_>) -> Result<Self, DecodeError> {
        Ok(Self {
            key: RawValue::decode(reader)?,
            result: if reader.bool()? {
                Ok(RawValue::decode(reader)?)
            } else {
                Err(reader.optional_string()?.unwrap_or_default())
            },
        })
    }
}
