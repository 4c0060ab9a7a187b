//! The timers of one peer, as events and deadlines (white paper, section 6).

use std::time::{Duration, Instant};

/// After this age a send of the initiator starts a new handshake.
pub(super) const REKEY_AFTER_TIME: Duration = Duration::from_secs(120);
/// A session is not used past this age, in either direction.
pub(super) const REJECT_AFTER_TIME: Duration = Duration::from_secs(180);
/// After this age a receipt of the initiator starts a new handshake, so that it is done in time.
pub(super) const REKEY_ON_RECEIPT: Duration = Duration::from_secs(165);
/// How long an unanswered handshake is tried.
const REKEY_ATTEMPT_TIME: Duration = Duration::from_secs(90);
/// Wait before an initiation is sent again; at most one per peer in this time.
const REKEY_TIMEOUT: Duration = Duration::from_secs(5);
/// Data was received and nothing sent back for this long: an empty message goes out.
const KEEPALIVE_TIMEOUT: Duration = Duration::from_secs(10);
/// Data was sent and nothing heard for this long: a new handshake.
const NO_ANSWER_TIMEOUT: Duration = Duration::from_secs(15);
/// Without a new session all keys are erased after this time.
const ERASE_AFTER_TIME: Duration = Duration::from_secs(540);

/// What a timer asks for.
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
pub(super) enum Due {
    /// Start a handshake, or try again.
    Initiate,
    /// Nobody answered: stop trying and drop what waits for the session.
    GiveUp,
    /// Send an empty message.
    Keepalive,
    /// Erase all keys.
    Erase,
}

/// Deadlines of one peer; `None` is not armed.
#[derive(Debug, Default)]
pub(super) struct Timers {
    retry_at: Option<Instant>,
    attempt_since: Option<Instant>,
    last_initiation: Option<Instant>,
    no_answer_at: Option<Instant>,
    passive_keepalive_at: Option<Instant>,
    persistent_keepalive_at: Option<Instant>,
    erase_at: Option<Instant>,
}

impl Timers {
    /// The first deadline.
    pub(super) fn next(&self) -> Option<Instant> {
        [
            self.retry_at,
            self.no_answer_at,
            self.passive_keepalive_at,
            self.persistent_keepalive_at,
            self.erase_at,
        ]
        .into_iter()
        .flatten()
        .min()
    }

    /// Takes one thing that is due; call again until there is none.
    pub(super) fn due(&mut self, now: Instant) -> Option<Due> {
        if expire(&mut self.erase_at, now) {
            return Some(Due::Erase);
        }
        if expire(&mut self.retry_at, now) {
            return Some(self.retry_or_give_up(now));
        }
        if expire(&mut self.no_answer_at, now) {
            return Some(Due::Initiate);
        }
        let passive = expire(&mut self.passive_keepalive_at, now);
        let persistent = expire(&mut self.persistent_keepalive_at, now);
        (passive || persistent).then_some(Due::Keepalive)
    }

    fn retry_or_give_up(&mut self, now: Instant) -> Due {
        match self.attempt_since {
            Some(since) if now < since + REKEY_ATTEMPT_TIME => Due::Initiate,
            _ => {
                self.attempt_since = None;
                Due::GiveUp
            }
        }
    }

    /// Whether a handshake of ours waits for its answer.
    pub(super) fn handshake_in_progress(&self) -> bool {
        self.attempt_since.is_some()
    }

    /// Whether an initiation may be sent now: the last one is long enough ago.
    pub(super) fn may_initiate(&self, now: Instant) -> bool {
        self.last_initiation
            .is_none_or(|last| now >= last + REKEY_TIMEOUT)
    }

    /// An initiation goes out; `jitter` (at most 333 ms) spreads the retries of many peers. The
    /// persistent keepalive goes on whether or not the system takes the message, so that a peer
    /// is tried again after an attempt that was given up.
    pub(super) fn initiation_sent(
        &mut self,
        now: Instant,
        jitter: Duration,
        keepalive: Option<Duration>,
    ) {
        self.persistent_keepalive_at = keepalive.map(|interval| now + interval);
        self.attempt_since.get_or_insert(now);
        self.last_initiation = Some(now);
        self.no_answer_at = None;
        self.retry_at = Some(now + REKEY_TIMEOUT + jitter);
    }

    /// A session was made by a handshake of ours.
    pub(super) fn handshake_answered(&mut self) {
        self.retry_at = None;
        self.attempt_since = None;
    }

    /// New keys exist, by either side's handshake.
    pub(super) fn keys_made(&mut self, now: Instant) {
        self.erase_at = Some(now + ERASE_AFTER_TIME);
    }

    /// Anything authenticated was sent; `data` unless it was a keepalive or a handshake.
    pub(super) fn sent(&mut self, now: Instant, data: bool, keepalive: Option<Duration>) {
        self.passive_keepalive_at = None;
        self.persistent_keepalive_at = keepalive.map(|interval| now + interval);
        if data {
            self.no_answer_at.get_or_insert(now + NO_ANSWER_TIMEOUT);
        }
    }

    /// Anything authenticated was received; `data` unless it was a keepalive or a handshake.
    pub(super) fn received(&mut self, now: Instant, data: bool, keepalive: Option<Duration>) {
        self.no_answer_at = None;
        self.persistent_keepalive_at = keepalive.map(|interval| now + interval);
        if data {
            self.passive_keepalive_at
                .get_or_insert(now + KEEPALIVE_TIMEOUT);
        }
    }

    /// The interval was changed: `first` is when to send the first one, if it is on.
    pub(super) fn keepalive_changed(&mut self, first: Option<Instant>) {
        self.persistent_keepalive_at = first;
    }

    /// All sessions are gone: only the persistent keepalive remains.
    pub(super) fn sessions_closed(&mut self) {
        *self = Self {
            persistent_keepalive_at: self.persistent_keepalive_at,
            ..Self::default()
        };
    }
}

/// Disarms a deadline that has passed and tells whether it had.
fn expire(deadline: &mut Option<Instant>, now: Instant) -> bool {
    let due = deadline.is_some_and(|at| at <= now);
    if due {
        *deadline = None;
    }
    due
}

#[cfg(test)]
#[expect(clippy::disallowed_methods, reason = "a test needs some first moment")]
mod tests {
    use super::*;

    const NO_JITTER: Duration = Duration::ZERO;

    fn seconds(count: u64) -> Duration {
        Duration::from_secs(count)
    }

    #[test]
    fn an_unanswered_handshake_is_tried_for_ninety_seconds() {
        let start = Instant::now();
        let mut timers = Timers::default();
        timers.initiation_sent(start, NO_JITTER, None);
        let mut tries = 1;
        loop {
            let now = timers.next().unwrap();
            match timers.due(now).unwrap() {
                Due::Initiate => timers.initiation_sent(now, NO_JITTER, None),
                Due::GiveUp => break assert_eq!(now, start + seconds(90)),
                other => panic!("{other:?}"),
            }
            tries += 1;
        }
        assert_eq!(tries, 18);
        assert_eq!(timers.next(), None);
    }

    #[test]
    fn received_data_is_acknowledged_after_ten_silent_seconds() {
        let start = Instant::now();
        let mut timers = Timers::default();
        timers.received(start, true, None);
        timers.received(start + seconds(9), true, None);
        assert_eq!(timers.due(start + seconds(9)), None);
        assert_eq!(timers.due(start + seconds(10)), Some(Due::Keepalive));
        assert_eq!(timers.next(), None);
    }

    #[test]
    fn an_answer_within_ten_seconds_makes_the_keepalive_needless() {
        let start = Instant::now();
        let mut timers = Timers::default();
        timers.received(start, true, None);
        timers.sent(start + seconds(1), false, None);
        assert_eq!(timers.next(), None);
    }

    #[test]
    fn unanswered_data_starts_a_handshake_after_fifteen_seconds() {
        let start = Instant::now();
        let mut timers = Timers::default();
        timers.sent(start, true, None);
        timers.sent(start + seconds(14), true, None);
        assert_eq!(timers.due(start + seconds(15)), Some(Due::Initiate));
        timers.sent(start + seconds(16), true, None);
        timers.received(start + seconds(17), false, None);
        assert_eq!(timers.next(), None);
    }

    #[test]
    fn a_persistent_keepalive_restarts_with_each_message() {
        let start = Instant::now();
        let mut timers = Timers::default();
        timers.sent(start, false, Some(seconds(25)));
        timers.received(start + seconds(5), false, Some(seconds(25)));
        assert_eq!(timers.next(), Some(start + seconds(30)));
        assert_eq!(timers.due(start + seconds(30)), Some(Due::Keepalive));
    }

    #[test]
    fn keys_are_erased_nine_minutes_after_the_last_handshake() {
        let start = Instant::now();
        let mut timers = Timers::default();
        timers.keys_made(start);
        timers.keys_made(start + seconds(120));
        assert_eq!(timers.due(start + seconds(659)), None);
        assert_eq!(timers.due(start + seconds(660)), Some(Due::Erase));
    }
}
