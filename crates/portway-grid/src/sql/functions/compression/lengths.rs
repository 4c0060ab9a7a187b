//! Lengths of one to five bytes: the first says by its upper bits how many follow.

/// Writes a length; those beyond 31 bits are no lengths of Java.
pub(super) fn write(into: &mut Vec<u8>, length: usize) {
    let length = u32::try_from(length).unwrap_or(u32::MAX);
    let bytes = length.to_be_bytes();
    match length {
        0..0x80 => into.extend_from_slice(&bytes[3..]),
        0x80..0x4000 => into.extend_from_slice(&[bytes[2] | 0x80, bytes[3]]),
        0x4000..0x20_0000 => into.extend_from_slice(&[bytes[1] | 0xC0, bytes[2], bytes[3]]),
        0x20_0000..0x1000_0000 => into.extend_from_slice(&(length | 0xE000_0000).to_be_bytes()),
        _ => {
            into.push(0xF0);
            into.extend_from_slice(&bytes);
        }
    }
}

/// The length at the begin, and what is behind the bytes that H2 would write for it.
pub(super) fn read(bytes: &[u8]) -> Option<(usize, &[u8])> {
    let first = *bytes.first()?;
    let (mask, more) = match first {
        0..0x80 => (0x7F, 0),
        0x80..0xC0 => (0x3F, 1),
        0xC0..0xE0 => (0x1F, 2),
        0xE0..0xF0 => (0x0F, 3),
        _ => (0, 4),
    };
    let mut length = u32::from(first & mask);
    for byte in bytes.get(1..=more)? {
        length = (length << 8) | u32::from(*byte);
    }
    let written = match length {
        0..0x80 => 1,
        0x80..0x4000 => 2,
        0x4000..0x20_0000 => 3,
        0x20_0000..0x1000_0000 => 4,
        _ => 5,
    };
    let length = usize::try_from(length).ok()?;
    // Bytes that are missing there are missed by whoever reads them.
    Some((length, bytes.get(written..).unwrap_or_default()))
}
