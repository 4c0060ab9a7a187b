//! Messages of a stream on their way to its reader.

use std::collections::VecDeque;

use bytes::Bytes;

use crate::frame::cost;

/// Messages that were taken out of a connection under one lock, and what those cost that its
/// reader took since the sender was told.
#[derive(Debug)]
pub(crate) struct Batch {
    pub(crate) messages: VecDeque<Bytes>,
    used: i64,
    portion: i64,
}

impl Batch {
    /// Makes an empty one, whose sender is told of each `portion` that was used up.
    pub(crate) fn new(portion: i64) -> Self {
        Self {
            messages: VecDeque::new(),
            used: 0,
            portion,
        }
    }

    /// Gives the next message to the reader.
    pub(crate) fn next(&mut self) -> Option<Bytes> {
        let message = self.messages.pop_front()?;
        self.used += cost(message.len());
        Some(message)
    }

    /// Tells whether the sender is to be told what was used up although messages are left: it may
    /// have come to the end of its credit, and can go on while they are read.
    pub(crate) fn is_due(&self) -> bool {
        self.used >= self.portion && !self.messages.is_empty()
    }

    /// Takes what was used up since the sender was told.
    pub(crate) fn take_used(&mut self) -> i64 {
        std::mem::take(&mut self.used)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_sender_is_told_of_each_portion_while_messages_are_left() {
        let mut batch = Batch::new(2 * cost(1));
        batch
            .messages
            .extend([const { Bytes::from_static(b"7") }; 3]);
        let mut due = Vec::new();
        while batch.next().is_some() {
            due.push(batch.is_due());
        }
        assert_eq!(due, [false, true, false]);
        assert_eq!((batch.take_used(), batch.take_used()), (3 * cost(1), 0));
    }
}
