//! When to ask a silent node whether it is still there.

use std::time::Duration;

use tokio::time::Instant;

use super::deadline::FAR;

/// A timer has to be set to something where there is nothing to wait for.
const NOTHING_TO_DO: Duration = Duration::from_secs(24 * 60 * 60);
/// A server that closes idle connections sooner than this leaves no room for heartbeats.
const SHORTEST: Duration = Duration::from_millis(500);

/// The signs of life of one connection, and what follows from them.
///
/// A heartbeat is due when nothing was sent for the interval, or the server might close an idle
/// connection; or when nothing was received for it, or a vanished server would never be noticed.
#[derive(Debug)]
pub(crate) struct Heartbeat {
    /// `None` where the server knows no heartbeat.
    interval: Option<Duration>,
    patience: Duration,
    last_sent: Instant,
    last_received: Instant,
    asked: Option<Instant>,
}

/// What to do at some instant.
#[derive(Debug, PartialEq, Eq)]
pub(crate) enum Pulse {
    Wait(Instant),
    Ask,
    Lost,
}

impl Heartbeat {
    pub(crate) fn new(interval: Option<Duration>, patience: Duration, now: Instant) -> Self {
        Self {
            interval: interval.map(|interval| interval.clamp(SHORTEST, FAR)),
            patience: patience.min(FAR),
            last_sent: now,
            last_received: now,
            asked: None,
        }
    }

    /// Takes into account after which time the server closes an idle connection: a third of it is
    /// the longest interval.
    pub(crate) fn suit(&mut self, idle_timeout: Duration) {
        let longest = (idle_timeout / 3).max(SHORTEST);
        self.interval = self.interval.map(|interval| interval.min(longest));
    }

    pub(crate) fn patience(&self) -> Duration {
        self.patience
    }

    pub(crate) fn sent(&mut self, now: Instant) {
        self.last_sent = now;
    }

    /// Notes a sign of life. Returns whether it answers a question, so that the timer that waits
    /// for the answer has to be set anew.
    pub(crate) fn received(&mut self, now: Instant) -> bool {
        self.last_received = now;
        self.asked.take().is_some()
    }

    /// When the node was heard last.
    pub(crate) fn last_received(&self) -> Instant {
        self.last_received
    }

    /// Notes that a question was sent. Returns false if an earlier one still waits.
    pub(crate) fn ask(&mut self, now: Instant) -> bool {
        if self.asked.is_some() {
            return false;
        }
        self.asked = Some(now);
        true
    }

    /// When to look at the pulse next.
    pub(crate) fn due(&self, now: Instant) -> Instant {
        match self.pulse(now) {
            Pulse::Wait(until) => until,
            Pulse::Ask | Pulse::Lost => now,
        }
    }

    pub(crate) fn pulse(&self, now: Instant) -> Pulse {
        let (due, action) = match (self.asked, self.interval) {
            (Some(asked), _) => (asked + self.patience, Pulse::Lost),
            (None, Some(interval)) => (
                self.last_sent.min(self.last_received) + interval,
                Pulse::Ask,
            ),
            (None, None) => (now + NOTHING_TO_DO, Pulse::Ask),
        };
        if now < due { Pulse::Wait(due) } else { action }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const SECOND: Duration = Duration::from_secs(1);

    fn heartbeat(now: Instant) -> Heartbeat {
        Heartbeat::new(Some(30 * SECOND), 10 * SECOND, now)
    }

    #[test]
    fn sending_into_silence_does_not_put_the_question_off() {
        let start = Instant::now();
        let mut heartbeat = heartbeat(start);
        heartbeat.sent(start + 29 * SECOND);
        assert_eq!(
            heartbeat.pulse(start + 29 * SECOND),
            Pulse::Wait(start + 30 * SECOND)
        );
        assert_eq!(heartbeat.pulse(start + 30 * SECOND), Pulse::Ask);
    }

    #[test]
    fn traffic_both_ways_puts_the_question_off() {
        let start = Instant::now();
        let mut heartbeat = heartbeat(start);
        heartbeat.sent(start + 20 * SECOND);
        assert!(!heartbeat.received(start + 21 * SECOND), "nobody asked");
        assert_eq!(
            heartbeat.pulse(start + 30 * SECOND),
            Pulse::Wait(start + 50 * SECOND)
        );
    }

    #[test]
    fn an_unanswered_question_means_that_the_node_is_lost() {
        let start = Instant::now();
        let mut heartbeat = heartbeat(start);
        assert!(heartbeat.ask(start));
        assert!(!heartbeat.ask(start), "one question at a time");
        assert_eq!(
            heartbeat.pulse(start + 9 * SECOND),
            Pulse::Wait(start + 10 * SECOND)
        );
        assert_eq!(heartbeat.pulse(start + 10 * SECOND), Pulse::Lost);
    }

    #[test]
    fn any_answer_is_a_sign_of_life() {
        let start = Instant::now();
        let mut heartbeat = heartbeat(start);
        heartbeat.ask(start);
        assert!(heartbeat.received(start + 9 * SECOND));
        assert_eq!(
            heartbeat.pulse(start + 10 * SECOND),
            Pulse::Wait(start + 30 * SECOND)
        );
    }

    #[test]
    fn a_node_without_heartbeats_is_only_watched_after_a_question() {
        let start = Instant::now();
        let mut heartbeat = Heartbeat::new(None, 10 * SECOND, start);
        assert!(matches!(
            heartbeat.pulse(start + 100 * SECOND),
            Pulse::Wait(_)
        ));
        heartbeat.ask(start);
        assert_eq!(heartbeat.pulse(start + 100 * SECOND), Pulse::Lost);
    }
    #[test]
    fn limits_beyond_all_time_are_no_limits() {
        let start = Instant::now();
        let mut heartbeat = Heartbeat::new(Some(Duration::MAX), Duration::MAX, start);
        assert!(matches!(heartbeat.pulse(start), Pulse::Wait(_)));
        heartbeat.ask(start);
        assert!(matches!(heartbeat.pulse(start), Pulse::Wait(_)));
        assert!(start.checked_add(heartbeat.patience()).is_some());
    }
}
