//! What travels beside a message: names with values, as gRPC has them.

use std::{borrow::Cow, fmt};

use bytes::Bytes;
use thiserror::Error;

/// The most entries that one side sends with a message.
pub const MAXIMUM_METADATA_ENTRIES: usize = 128;

/// The most bytes of all names and values together; gRPC's implementations draw the line here too.
pub const MAXIMUM_METADATA_SIZE: usize = 8 * 1024;

/// Names with values that travel beside a message, in the order in which they were added.
///
/// A name consists of lower-case letters, digits, `-`, `_` and `.`; it may occur more than once. A
/// value is printable ASCII, except for names that end in `-bin`, whose values are any bytes.
/// Values are left out of `Debug`, because tokens travel here.
///
/// ```
/// use portway_rpc::Metadata;
///
/// let mut metadata = Metadata::new();
/// metadata.insert("tenant", "north")?;
/// metadata.append_binary("token-bin", vec![0, 255])?;
/// assert_eq!(metadata.text("tenant"), Some("north"));
/// # Ok::<(), portway_rpc::MetadataError>(())
/// ```
#[derive(Clone, Default, PartialEq, Eq)]
pub struct Metadata {
    entries: Vec<(Cow<'static, str>, Bytes)>,
}

/// Why a name or value is no metadata.
#[derive(Clone, Debug, Error, PartialEq, Eq)]
#[non_exhaustive]
pub enum MetadataError {
    /// The name is empty or has other characters.
    #[error("a metadata name has 1 to 255 of a-z, 0-9, '-', '_' and '.', which {name:?} is not")]
    Name {
        /// The name as it was given.
        name: String,
    },
    /// The name ends in `-bin`, the value is a text.
    #[error("the value of {name:?} is binary: use append_binary")]
    BinaryName {
        /// The name.
        name: String,
    },
    /// The value is binary, the name does not end in `-bin`.
    #[error("a binary value needs a name that ends in \"-bin\", which {name:?} does not")]
    TextName {
        /// The name.
        name: String,
    },
    /// The text has characters other than printable ASCII.
    #[error("the value of {name:?} is not printable ASCII: use a name that ends in \"-bin\"")]
    Value {
        /// The name.
        name: String,
    },
    /// There is no room for another entry.
    #[error(
        "metadata ends at {MAXIMUM_METADATA_ENTRIES} entries and {MAXIMUM_METADATA_SIZE} bytes: send it in the message"
    )]
    Full,
}

impl Metadata {
    /// Makes metadata without entries; it does not allocate.
    pub const fn new() -> Self {
        Self {
            entries: Vec::new(),
        }
    }

    /// Tells whether there are no entries.
    pub fn is_empty(&self) -> bool {
        self.entries.is_empty()
    }

    /// Returns the number of entries.
    pub fn len(&self) -> usize {
        self.entries.len()
    }

    /// Returns the bytes of all names and values.
    pub fn size(&self) -> usize {
        self.entries
            .iter()
            .map(|(name, value)| name.len() + value.len())
            .sum()
    }

    /// Adds a text in place of what the name had.
    ///
    /// # Errors
    /// See [`MetadataError`].
    pub fn insert(
        &mut self,
        name: impl Into<Cow<'static, str>>,
        value: impl Into<String>,
    ) -> Result<(), MetadataError> {
        let name = name.into();
        self.remove(&name);
        self.append(name, value)
    }

    /// Adds a text behind what the name has.
    ///
    /// # Errors
    /// See [`MetadataError`].
    pub fn append(
        &mut self,
        name: impl Into<Cow<'static, str>>,
        value: impl Into<String>,
    ) -> Result<(), MetadataError> {
        let (name, value) = (name.into(), value.into());
        if is_binary(&name) {
            return Err(MetadataError::BinaryName {
                name: name.into_owned(),
            });
        }
        self.append_value(name, Bytes::from(value))
    }

    /// Adds bytes behind what the name has, which ends in `-bin`.
    ///
    /// # Errors
    /// See [`MetadataError`].
    pub fn append_binary(
        &mut self,
        name: impl Into<Cow<'static, str>>,
        value: impl Into<Bytes>,
    ) -> Result<(), MetadataError> {
        let name = name.into();
        if !is_binary(&name) {
            return Err(MetadataError::TextName {
                name: name.into_owned(),
            });
        }
        self.append_value(name, value.into())
    }

    /// Adds an entry as it came from a wire, text or binary by its name.
    ///
    /// # Errors
    /// See [`MetadataError`].
    pub fn append_value(
        &mut self,
        name: impl Into<Cow<'static, str>>,
        value: Bytes,
    ) -> Result<(), MetadataError> {
        let name = name.into();
        check_name(&name)?;
        if !is_binary(&name) && !value.iter().all(|byte| matches!(byte, b' '..=b'~')) {
            return Err(MetadataError::Value {
                name: name.into_owned(),
            });
        }
        let size = self.size() + name.len() + value.len();
        if self.len() == MAXIMUM_METADATA_ENTRIES || size > MAXIMUM_METADATA_SIZE {
            return Err(MetadataError::Full);
        }
        self.entries.push((name, value));
        Ok(())
    }

    /// Removes all values of a name; tells whether there were any.
    pub fn remove(&mut self, name: &str) -> bool {
        let before = self.entries.len();
        self.entries.retain(|(other, _)| other != name);
        self.entries.len() < before
    }

    /// Returns the first value of a name as text; nothing if it is binary.
    pub fn text(&self, name: &str) -> Option<&str> {
        self.value(name)
            .and_then(|value| std::str::from_utf8(value).ok())
    }

    /// Returns the first value of a name.
    pub fn value(&self, name: &str) -> Option<&Bytes> {
        self.entries
            .iter()
            .find(|(other, _)| other == name)
            .map(|(_, value)| value)
    }

    /// Returns all entries in their order.
    pub fn iter(&self) -> impl Iterator<Item = (&str, &Bytes)> {
        self.entries
            .iter()
            .map(|(name, value)| (name.as_ref(), value))
    }
}

impl fmt::Debug for Metadata {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        formatter
            .debug_list()
            .entries(self.entries.iter().map(|(name, _)| name))
            .finish()
    }
}

fn is_binary(name: &str) -> bool {
    name.ends_with("-bin")
}

fn check_name(name: &str) -> Result<(), MetadataError> {
    let allowed = |byte| matches!(byte, b'a'..=b'z' | b'0'..=b'9' | b'-' | b'_' | b'.');
    if (1..=255).contains(&name.len()) && name.bytes().all(allowed) {
        return Ok(());
    }
    Err(MetadataError::Name {
        name: name.chars().take(255).collect(),
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_name_keeps_all_its_values_until_one_is_inserted() {
        let mut metadata = Metadata::new();
        metadata.append("a", "1").unwrap();
        metadata.append("a", "2").unwrap();
        assert_eq!(metadata.len(), 2);
        metadata.insert("a", "3").unwrap();
        assert_eq!(metadata.len(), 1);
        assert_eq!(metadata.text("a"), Some("3"));
    }

    #[test]
    fn names_and_values_that_grpc_cannot_carry_are_refused() {
        let mut metadata = Metadata::new();
        assert!(matches!(
            metadata.append("A", "1"),
            Err(MetadataError::Name { .. })
        ));
        assert!(matches!(
            metadata.append("", "1"),
            Err(MetadataError::Name { .. })
        ));
        assert!(matches!(
            metadata.append("a", "\n"),
            Err(MetadataError::Value { .. })
        ));
        assert!(matches!(
            metadata.append("a-bin", "1"),
            Err(MetadataError::BinaryName { .. })
        ));
        assert!(matches!(
            metadata.append_binary("a", "1"),
            Err(MetadataError::TextName { .. })
        ));
        assert!(metadata.is_empty());
    }

    #[test]
    fn it_is_bounded_in_entries_and_bytes() {
        let mut metadata = Metadata::new();
        let long = "x".repeat(MAXIMUM_METADATA_SIZE);
        assert_eq!(metadata.append("a", long), Err(MetadataError::Full));
        for _ in 0..MAXIMUM_METADATA_ENTRIES {
            metadata.append("a", "").unwrap();
        }
        assert_eq!(metadata.append("a", ""), Err(MetadataError::Full));
    }

    #[test]
    fn values_do_not_show_in_debug() {
        let mut metadata = Metadata::new();
        metadata.append("authorization", "secret").unwrap();
        assert_eq!(format!("{metadata:?}"), "[\"authorization\"]");
    }
}
