//! Splits a stream of bytes into lines without allocating for any of them.

use zeroize::Zeroize as _;

use super::Malformed;

/// Bytes that are read at once. `wg` writes 4 KiB at a time; more saves system calls when it is
/// ahead of us.
const CAPACITY: usize = 64 * 1024;

/// The longest line, without its end. The longest that means something is `preshared_key=` with
/// 64 digits; an endpoint with a scope and a prefix are shorter.
const LONGEST_LINE: usize = 256;

/// A buffer of fixed size between a stream and the lines in it. It is erased when dropped,
/// because keys pass through it.
pub(super) struct LineBuffer {
    bytes: Box<[u8]>,
    start: usize,
    end: usize,
}

impl LineBuffer {
    pub(super) fn new() -> Self {
        Self {
            bytes: vec![0; CAPACITY].into_boxed_slice(),
            start: 0,
            end: 0,
        }
    }

    /// Where to read more bytes into. Never empty once [`next_line`](Self::next_line) has said
    /// that there is no whole line: what is left is then shorter than a line may be.
    pub(super) fn free_space(&mut self) -> &mut [u8] {
        self.bytes.copy_within(self.start..self.end, 0);
        self.end -= self.start;
        self.start = 0;
        &mut self.bytes[self.end..]
    }

    /// Says that so many bytes of the free space were filled.
    pub(super) fn filled(&mut self, length: usize) {
        self.end = (self.end + length).min(self.bytes.len());
    }

    /// Takes the next line, without its end; `Ok(None)` when it is not whole yet.
    pub(super) fn next_line(&mut self) -> Result<Option<&[u8]>, Malformed> {
        let unread = &self.bytes[self.start..self.end];
        let window = &unread[..unread.len().min(LONGEST_LINE + 1)];
        match window.iter().position(|byte| *byte == b'\n') {
            Some(length) => {
                let line = &unread[..length];
                self.start += length + 1;
                Ok(Some(line))
            }
            None if window.len() > LONGEST_LINE => Err(Malformed::LineTooLong),
            None => Ok(None),
        }
    }
}

impl Drop for LineBuffer {
    fn drop(&mut self) {
        self.bytes.zeroize();
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn fill(buffer: &mut LineBuffer, bytes: &[u8]) {
        buffer.free_space()[..bytes.len()].copy_from_slice(bytes);
        buffer.filled(bytes.len());
    }

    #[test]
    fn lines_are_cut_wherever_the_stream_is_cut() {
        let mut buffer = LineBuffer::new();
        fill(&mut buffer, b"get");
        assert_eq!(buffer.next_line(), Ok(None));
        fill(&mut buffer, b"=1\n\nse");
        assert_eq!(buffer.next_line(), Ok(Some(&b"get=1"[..])));
        assert_eq!(buffer.next_line(), Ok(Some(&b""[..])));
        assert_eq!(buffer.next_line(), Ok(None));
        fill(&mut buffer, b"t=1\n");
        assert_eq!(buffer.next_line(), Ok(Some(&b"set=1"[..])));
    }

    #[test]
    fn a_line_has_a_longest_length() {
        let mut buffer = LineBuffer::new();
        fill(&mut buffer, &[b'a'; LONGEST_LINE]);
        assert_eq!(buffer.next_line(), Ok(None));
        fill(&mut buffer, b"\n");
        assert_eq!(buffer.next_line().unwrap().unwrap().len(), LONGEST_LINE);
        fill(&mut buffer, &[b'a'; LONGEST_LINE + 1]);
        assert_eq!(buffer.next_line(), Err(Malformed::LineTooLong));
    }
}
