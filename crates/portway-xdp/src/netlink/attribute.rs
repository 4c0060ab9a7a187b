//! Attributes: type, length, value.

/// `struct nlattr`.
const HEADER: usize = 4;
/// The two upper bits of an attribute's type are flags.
const TYPE_MASK: u16 = 0x3fff;

/// The attributes of a message, each with its type; ends at the first that is cut short.
pub(super) struct Attributes<'a>(pub(super) &'a [u8]);

impl<'a> Iterator for Attributes<'a> {
    type Item = (u16, &'a [u8]);

    fn next(&mut self) -> Option<Self::Item> {
        let length = usize::from(self.0.get(..2).map(two_bytes)?);
        let kind = self.0.get(2..4).map(two_bytes)? & TYPE_MASK;
        let value = self.0.get(HEADER..length)?;
        let next = length.next_multiple_of(4).min(self.0.len());
        self.0 = &self.0[next..];
        Some((kind, value))
    }
}

pub(super) fn find(attributes: &[u8], wanted: u16) -> Option<&[u8]> {
    Attributes(attributes).find_map(|(kind, value)| (kind == wanted).then_some(value))
}

/// Appends an attribute to a message, padded.
pub(super) fn append(message: &mut Vec<u8>, kind: u16, value: &[u8]) {
    let length = u16::try_from(HEADER + value.len()).expect("questions are short");
    message.extend(length.to_ne_bytes());
    message.extend(kind.to_ne_bytes());
    message.extend(value);
    message.resize(message.len().next_multiple_of(4), 0);
}

pub(super) fn text(value: &[u8]) -> String {
    String::from_utf8_lossy(value.split(|&byte| byte == 0).next().unwrap_or_default()).into_owned()
}

pub(super) fn number(value: &[u8]) -> Option<u32> {
    value.first_chunk().map(|bytes| u32::from_ne_bytes(*bytes))
}

/// Reads a number of eight bytes, or of the four that the kernel shortens one to.
pub(super) fn long_number(value: &[u8]) -> Option<u64> {
    value
        .first_chunk()
        .map(|bytes| u64::from_ne_bytes(*bytes))
        .or_else(|| number(value).map(u64::from))
}

pub(super) fn two_bytes(bytes: &[u8]) -> u16 {
    bytes
        .first_chunk()
        .map_or(0, |bytes| u16::from_ne_bytes(*bytes))
}
