//! Staying awake for the next request of a client that asks one after the other.
//!
//! To wake a processor up can take longer than to answer several requests. A client that waits for
//! each answer sends its next request within microseconds; so its connection is asked for it for a
//! moment before the thread may sleep. Whether that pays depends on the client and on what else
//! the machine does (who shares a processor with the client only keeps it from asking), so both
//! ways are tried from time to time, and the quicker one is kept.

use std::pin::pin;
use std::task::Poll;
use std::time::{Duration, Instant};

/// Requests by which one way is tried.
const TRIED: u32 = 32;
/// Requests by which the thread stays awake before both ways are tried again.
const KEPT: u32 = 1024;
/// Requests by which it sleeps before that; twice as many each time that it comes to sleep again.
const FIRST_SLEEP: u32 = 64;
const LONGEST_SLEEP: u32 = 2048;
/// What a longer time between two requests counts as: nobody is to blame for it.
const LONGEST: Duration = Duration::from_micros(200);
/// Of the time with sleep, what the time without it has to stay below, in eighths.
const EIGHTHS: u32 = 7;
/// What a vigil in vain costs of the credit that one that paid brings.
const IN_VAIN: u32 = 4;
/// The most credit.
const MOST_CREDIT: u32 = 8 * IN_VAIN;

/// How a connection waits for requests.
#[derive(Debug)]
pub(super) struct Vigil {
    /// How long it stays awake at most.
    limit: Duration,
    judgement: Judgement,
    /// When the last request was there.
    last: Instant,
}

impl Vigil {
    pub(super) fn new(limit: Duration) -> Self {
        Self {
            limit,
            judgement: Judgement::new(),
            last: Instant::now(),
        }
    }

    /// Waits for what comes, without sleep at first where that pays. Others are served in between.
    ///
    /// # Cancel safety
    /// As that of `coming`.
    pub(super) async fn wait<T>(&mut self, coming: impl Future<Output = T>) -> T {
        if self.limit.is_zero() {
            return coming.await;
        }
        let mut coming = pin!(coming);
        let mut look = async || {
            std::future::poll_fn(|context| Poll::Ready(coming.as_mut().poll(context))).await
        };
        if let Poll::Ready(here) = look().await {
            self.note_ahead();
            return here;
        }
        if self.judgement.stays_awake() {
            let begin = Instant::now();
            while begin.elapsed() < self.limit {
                tokio::task::yield_now().await;
                if let Poll::Ready(here) = look().await {
                    self.judgement.note_paid();
                    self.note_time();
                    return here;
                }
            }
            self.judgement.note_in_vain();
        }
        let here = coming.await;
        self.note_time();
        here
    }

    /// A request was there without being waited for: there is enough to do.
    pub(super) fn note_ahead(&mut self) {
        self.judgement.note_in_vain();
    }

    fn note_time(&mut self) {
        let now = Instant::now();
        self.judgement.note_time(now - self.last);
        self.last = now;
    }
}

/// Which way is the quicker one.
#[derive(Debug)]
struct Judgement {
    phase: Phase,
    /// Requests until the phase ends.
    left: u32,
    /// What the requests took that were tried with sleep, and without.
    asleep: Duration,
    awake: Duration,
    credit: u32,
    /// Requests by which the thread sleeps next.
    sleep: u32,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Phase {
    TriesSleep,
    TriesAwake,
    Sleeps,
    StaysAwake,
}

impl Judgement {
    fn new() -> Self {
        Self {
            phase: Phase::TriesSleep,
            left: TRIED,
            asleep: Duration::ZERO,
            awake: Duration::ZERO,
            credit: IN_VAIN,
            sleep: FIRST_SLEEP,
        }
    }

    fn stays_awake(&self) -> bool {
        matches!(self.phase, Phase::TriesAwake | Phase::StaysAwake)
    }

    /// A request came so long after the one before.
    fn note_time(&mut self, took: Duration) {
        let took = took.min(LONGEST);
        match self.phase {
            Phase::TriesSleep => self.asleep += took,
            Phase::TriesAwake => self.awake += took,
            Phase::Sleeps | Phase::StaysAwake => {}
        }
        self.left = self.left.saturating_sub(1);
        if self.left == 0 {
            self.end_phase();
        }
    }

    fn end_phase(&mut self) {
        match self.phase {
            Phase::TriesSleep => self.begin(Phase::TriesAwake, TRIED),
            Phase::TriesAwake if self.awake * 8 < self.asleep * EIGHTHS => {
                self.sleep = FIRST_SLEEP;
                self.begin(Phase::StaysAwake, KEPT);
            }
            Phase::TriesAwake => self.begin_to_sleep(),
            Phase::Sleeps | Phase::StaysAwake => {
                let sleep = self.sleep;
                *self = Self {
                    sleep,
                    ..Self::new()
                };
            }
        }
    }

    fn begin_to_sleep(&mut self) {
        self.begin(Phase::Sleeps, self.sleep);
        self.sleep = (self.sleep * 2).min(LONGEST_SLEEP);
    }

    fn begin(&mut self, phase: Phase, requests: u32) {
        self.phase = phase;
        self.left = requests;
    }

    /// A request came while the thread was awake for it.
    fn note_paid(&mut self) {
        self.credit = (self.credit + 1).min(MOST_CREDIT);
    }

    /// No request came while the thread was awake for it, or one was there without that.
    fn note_in_vain(&mut self) {
        match self.credit.checked_sub(IN_VAIN) {
            Some(rest) => self.credit = rest,
            None if self.phase == Phase::Sleeps => {}
            None => self.begin_to_sleep(),
        }
    }
}

#[cfg(test)]
mod tests {
    use std::cell::Cell;

    use super::*;

    /// Longer than any test takes to look again.
    const LONG: Duration = Duration::from_secs(60);
    const MICROSECOND: Duration = Duration::from_micros(1);

    /// A judgement over requests of a client to which both ways take so long.
    fn judged(asleep: u32, awake: u32) -> Judgement {
        let mut judgement = Judgement::new();
        for _ in 0..2 * TRIED {
            let took = if judgement.stays_awake() {
                awake
            } else {
                asleep
            };
            judgement.note_time(MICROSECOND * took);
        }
        judgement
    }

    #[test]
    fn the_quicker_way_is_kept_and_sleep_where_the_difference_is_small() {
        assert_eq!(judged(60, 30).phase, Phase::StaysAwake);
        assert_eq!(judged(17, 30).phase, Phase::Sleeps);
        assert_eq!(judged(60, 55).phase, Phase::Sleeps);
    }

    #[test]
    fn both_ways_are_tried_again_after_a_while() {
        let mut judgement = judged(60, 30);
        for _ in 0..KEPT {
            assert_eq!(judgement.phase, Phase::StaysAwake);
            judgement.note_time(MICROSECOND);
        }
        assert_eq!(judgement.phase, Phase::TriesSleep);
        assert_eq!(judgement.asleep, Duration::ZERO);
    }

    #[test]
    fn one_long_pause_of_the_client_decides_nothing() {
        let mut judgement = Judgement::new();
        for _ in 0..TRIED {
            judgement.note_time(MICROSECOND * 60);
        }
        judgement.note_time(Duration::from_secs(1));
        for _ in 1..TRIED {
            judgement.note_time(MICROSECOND * 30);
        }
        assert_eq!(judgement.phase, Phase::StaysAwake);
    }

    #[test]
    fn who_stays_awake_in_vain_more_than_once_in_a_while_sleeps() {
        let mut judgement = judged(60, 30);
        for _ in 0..100 {
            judgement.note_in_vain();
            assert_eq!(judgement.phase, Phase::StaysAwake);
            (0..IN_VAIN).for_each(|_| judgement.note_paid());
        }
        (0..9).for_each(|_| judgement.note_in_vain());
        assert_eq!(judgement.phase, Phase::Sleeps);
    }

    #[test]
    fn where_sleep_is_quicker_the_other_way_is_tried_less_and_less() {
        let mut judgement = Judgement::new();
        let (mut asleep, mut awake) = (0, 0);
        for _ in 0..100_000 {
            match judgement.stays_awake() {
                true => awake += 1,
                false => asleep += 1,
            }
            let took = if judgement.stays_awake() { 30 } else { 17 };
            judgement.note_time(MICROSECOND * took);
        }
        assert_eq!(judgement.sleep, LONGEST_SLEEP);
        assert!(awake * 50 < asleep, "{awake} to {asleep}");
    }

    fn awake() -> Vigil {
        let mut vigil = Vigil::new(LONG);
        vigil.judgement.begin(Phase::StaysAwake, KEPT);
        vigil
    }

    #[tokio::test]
    async fn what_comes_soon_is_seen_without_being_woken() {
        let mut looks = 0;
        let unwoken = std::future::poll_fn(|_| {
            looks += 1;
            match looks {
                6 => Poll::Ready(()),
                _ => Poll::Pending,
            }
        });
        awake().wait(unwoken).await;
    }

    #[tokio::test]
    async fn others_are_served_meanwhile() {
        let done = std::rc::Rc::new(Cell::new(false));
        let seen = std::rc::Rc::clone(&done);
        let local = tokio::task::LocalSet::new();
        local.spawn_local(async move { done.set(true) });
        let other_is_done = std::future::poll_fn(|_| match seen.get() {
            true => Poll::Ready(()),
            false => Poll::Pending,
        });
        local.run_until(awake().wait(other_is_done)).await;
    }

    #[tokio::test]
    async fn a_client_that_sends_ahead_is_not_waited_for() {
        let mut vigil = awake();
        for _ in 0..2 {
            vigil.wait(async {}).await;
        }
        assert!(!vigil.judgement.stays_awake());
    }

    #[tokio::test]
    async fn a_vigil_in_vain_ends_in_sleep_until_the_request_comes() {
        let mut vigil = awake();
        vigil.limit = Duration::from_nanos(1);
        let (sender, receiver) = tokio::sync::oneshot::channel();
        let send = async {
            tokio::task::yield_now().await;
            sender.send(7)
        };
        let (received, _) = tokio::join!(vigil.wait(receiver), send);
        assert_eq!(received, Ok(7));
        assert_eq!(vigil.judgement.credit, 0);
    }
}
