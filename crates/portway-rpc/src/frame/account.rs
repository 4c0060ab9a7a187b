//! The credit of one stream, in both directions.

use crate::frame::{FrameError, MESSAGE_OVERHEAD};

/// The most credit that a stream can have.
const MAXIMUM_CREDIT: i64 = u32::MAX as i64;

/// The credit of one stream, in both directions.
///
/// A message may be sent while there is any credit, and then takes all that it costs, even below
/// zero: so a receiver holds a window and one message at most, and any message fits any window.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Account {
    /// What this side may send.
    sending: i64,
    /// What the other side may send.
    receiving: i64,
    /// What was received and used up since credit was last given.
    used: i64,
    /// How much of that is told at once.
    portion: i64,
}

impl Account {
    /// Opens an account: `theirs` is the window that the other side grants, `ours` what this one does.
    pub(crate) fn new(theirs: u32, ours: u32) -> Self {
        Self {
            sending: i64::from(theirs),
            receiving: i64::from(ours),
            used: 0,
            portion: portion(ours),
        }
    }

    /// Returns what this side may send.
    pub(crate) fn sending(&self) -> i64 {
        self.sending
    }

    /// Pays for a message that is sent.
    pub(crate) fn sent(&mut self, length: usize) {
        self.sending -= cost(length);
    }

    /// Charges the other side for a message that came.
    pub(crate) fn received(&mut self, stream: u32, length: usize) -> Result<(), FrameError> {
        if self.receiving <= 0 {
            return Err(FrameError::Credit { stream });
        }
        self.receiving -= cost(length);
        Ok(())
    }

    /// Notes that `cost` bytes of messages were used up; returns the credit to give, if a
    /// [`portion`] gathered.
    pub(crate) fn used_up(&mut self, cost: i64) -> Option<u32> {
        self.used += cost;
        if self.used < self.portion {
            return None;
        }
        self.receiving += self.used;
        u32::try_from(std::mem::take(&mut self.used)).ok()
    }

    /// Takes the credit that the other side gives.
    pub(crate) fn given(&mut self, stream: u32, bytes: u32) -> Result<(), FrameError> {
        self.sending += i64::from(bytes);
        if self.sending > MAXIMUM_CREDIT {
            return Err(FrameError::CreditOverflow { stream });
        }
        Ok(())
    }
}

/// Returns how much of a window is given back at once: a quarter. The sender need not stop while
/// the rest is read, and not each message is answered.
pub(crate) fn portion(window: u32) -> i64 {
    (i64::from(window) / 4).max(1)
}

/// Returns what a message of `length` bytes costs of a stream's credit.
pub fn cost(length: usize) -> i64 {
    i64::try_from(length).unwrap_or(i64::MAX / 2) + i64::from(MESSAGE_OVERHEAD)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_message_above_the_window_is_sent_when_there_is_any_credit() {
        let mut sender = Account::new(1, 1);
        assert!(sender.sending() > 0);
        sender.sent(1_000_000);
        assert!(sender.sending() <= 0);
    }

    #[test]
    fn credit_returns_in_quarters_of_a_window() {
        let mut receiver = Account::new(0, 1000);
        receiver.received(1, 200).unwrap();
        assert_eq!(receiver.used_up(cost(200)), None);
        receiver.received(1, 200).unwrap();
        assert_eq!(receiver.used_up(cost(200)), Some(464));
    }

    #[test]
    fn a_sender_without_credit_is_found_out() {
        let mut receiver = Account::new(0, 10);
        receiver.received(3, 10).unwrap();
        assert_eq!(
            receiver.received(3, 0),
            Err(FrameError::Credit { stream: 3 })
        );
    }

    #[test]
    fn credit_has_an_end() {
        let mut sender = Account::new(1, 1);
        assert_eq!(
            sender.given(5, u32::MAX),
            Err(FrameError::CreditOverflow { stream: 5 })
        );
    }
}
