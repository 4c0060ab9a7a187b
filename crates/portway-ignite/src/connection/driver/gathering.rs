//! Lets answers gather in the socket, while they come thick.

use std::task::Context;
use std::time::Duration;

use super::Driver;
use crate::connection::gathering::Gather;

/// No answer waits longer for others: half of what a thousand requests in flight take anyway.
const LONGEST: Duration = Duration::from_millis(1);

impl Driver {
    /// Takes into account that a portion came.
    pub(super) fn gathered(&mut self, answers: usize, bytes: usize) {
        let waiting = self.traffic.waiting();
        if let Some(gather) = self.gathering.portion(answers, bytes, waiting) {
            self.gather(gather);
        } else if let Some(until) = &mut self.gathers_until {
            let arrived = self.heartbeat.last_received();
            until.as_mut().reset(arrived + LONGEST);
        }
    }

    /// Has the socket wait no longer for more, if its time is over.
    pub(super) fn watch_gathering(&mut self, context: &mut Context<'_>) {
        let Some(until) = &mut self.gathers_until else {
            return;
        };
        if until.as_mut().poll(context).is_ready() {
            let gather = self.gathering.in_vain();
            self.gather(gather);
        }
    }

    /// Asks the socket to wait for so much, or no longer to.
    fn gather(&mut self, gather: Gather) {
        match gather {
            Gather::Nothing => {
                self.stream.wait_for(1);
                self.gathers_until = None;
            }
            Gather::Bytes(bytes) => {
                if self.stream.wait_for(bytes) {
                    self.gathers_until = Some(Box::pin(tokio::time::sleep(LONGEST)));
                }
            }
        }
    }
}
