//! How much of a connection is handled before others run.

use crate::frame::Frame;

/// How much is handed out in one turn, in messages of streams: small ones are many.
const MESSAGES: usize = 128;

/// How many messages of a stream one call counts as: it has a handler, or a caller to wake.
const CALL_WEIGHT: usize = 4;

/// After how many bytes no more is read in one turn: large messages are few. The other side works
/// on the first of them while the others are handled.
const BYTES: usize = 256 * 1024;

/// What is left of one turn of a connection's task; after it what is to be sent is sent, and
/// others run.
#[derive(Debug)]
pub(crate) struct Turn {
    messages: usize,
    bytes: usize,
}

impl Turn {
    pub(crate) fn new() -> Self {
        Self {
            messages: MESSAGES,
            bytes: BYTES,
        }
    }

    /// Tells whether another frame may be handed out.
    pub(crate) fn has_room(&self) -> bool {
        self.messages > 0
    }

    /// Notes a frame that is handed out.
    pub(crate) fn take(&mut self, frame: &Frame) {
        let weight = match frame {
            Frame::Message { end: false, .. } => 1,
            _ => CALL_WEIGHT,
        };
        self.messages = self.messages.saturating_sub(weight);
    }

    /// Notes bytes that were read.
    pub(crate) fn read(&mut self, count: usize) {
        self.bytes = self.bytes.saturating_sub(count);
    }

    /// Tells whether others have their turn before more is read.
    pub(crate) fn is_over(&self) -> bool {
        self.messages == 0 || self.bytes == 0
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn message(end: bool) -> Frame {
        Frame::Message {
            stream: 1,
            message: None,
            end,
        }
    }

    #[test]
    fn a_turn_has_32_calls_or_128_messages_of_streams() {
        for (end, expected) in [(true, 32), (false, 128)] {
            let mut turn = Turn::new();
            let mut count = 0;
            while turn.has_room() {
                turn.take(&message(end));
                count += 1;
            }
            assert_eq!(count, expected);
            assert!(turn.is_over());
        }
    }

    #[test]
    fn nothing_is_read_behind_256_kib_but_what_was_read_is_handed_out() {
        let mut turn = Turn::new();
        turn.read(BYTES - 1);
        assert!(!turn.is_over());
        turn.read(usize::MAX);
        assert!(turn.is_over() && turn.has_room());
    }
}
