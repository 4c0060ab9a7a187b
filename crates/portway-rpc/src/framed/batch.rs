//! Messages of a stream on their way to its reader.

use std::{
    collections::VecDeque,
    task::{Context, Poll},
};

use bytes::Bytes;

use crate::frame::cost;

/// The streams of one end of a connection, as their readers see them.
pub(crate) trait Readers {
    /// Notes that messages of a stream which cost so much were used up, and gives credit for them.
    fn used_up(&mut self, stream: u32, cost: i64);

    /// Tells whether something waits to be sent.
    fn has_outgoing(&mut self) -> bool;

    /// Wakes the task of the connection, which sends it.
    fn wake_driver(&mut self);
}

/// Messages of a stream that were taken out of a connection under one lock, and what those cost
/// that its reader took since the sender was told.
#[derive(Debug)]
pub(crate) struct Batch {
    stream: u32,
    pub(crate) messages: VecDeque<Bytes>,
    used: i64,
    portion: i64,
}

impl Batch {
    /// Makes an empty one, whose sender is told of each `portion` that was used up.
    pub(crate) fn new(stream: u32, portion: i64) -> Self {
        Self {
            stream,
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

    /// Gives credit for what was used up since the sender was told.
    pub(crate) fn give_credit(&mut self, connection: &mut impl Readers) {
        connection.used_up(self.stream, std::mem::take(&mut self.used));
        if connection.has_outgoing() {
            connection.wake_driver();
        }
    }

    /// Gives credit and lets the connection's task send it before the rest of the batch is read.
    pub(crate) fn pause<T>(
        &mut self,
        connection: &mut impl Readers,
        task: &Context<'_>,
    ) -> Poll<T> {
        self.give_credit(connection);
        task.waker().wake_by_ref();
        Poll::Pending
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_sender_is_told_of_each_portion_while_messages_are_left() {
        let mut batch = Batch::new(5, 2 * cost(1));
        batch
            .messages
            .extend([const { Bytes::from_static(b"7") }; 3]);
        let mut due = Vec::new();
        while batch.next().is_some() {
            due.push(batch.is_due());
        }
        assert_eq!(due, [false, true, false]);
        let mut connection = Told::default();
        batch.give_credit(&mut connection);
        batch.give_credit(&mut connection);
        assert_eq!(connection.used, [(5, 3 * cost(1)), (5, 0)]);
    }

    #[test]
    fn the_task_of_the_connection_is_woken_when_there_is_credit_to_send() {
        for (outgoing, woken) in [(false, 0), (true, 1)] {
            let mut connection = Told {
                outgoing,
                ..Told::default()
            };
            Batch::new(5, 1).give_credit(&mut connection);
            assert_eq!(connection.woken, woken);
        }
    }

    /// What a connection was told.
    #[derive(Default)]
    struct Told {
        used: Vec<(u32, i64)>,
        outgoing: bool,
        woken: usize,
    }

    impl Readers for Told {
        fn used_up(&mut self, stream: u32, cost: i64) {
            self.used.push((stream, cost));
        }

        fn has_outgoing(&mut self) -> bool {
            self.outgoing
        }

        fn wake_driver(&mut self) {
            self.woken += 1;
        }
    }
}
