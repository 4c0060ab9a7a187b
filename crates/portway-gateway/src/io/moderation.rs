//! When to let packets gather before the next look, as network cards moderate their interrupts.
//!
//! A packet that comes alone costs a wake-up and a send of its own, which is most of its cost. A
//! fast stream in one direction, whose packets come one by one, is therefore looked at a little
//! later: two or three then share both. Nobody waits for an answer to any one of these packets, or
//! the other direction would speak too; where it does, nothing is delayed.

use std::time::{Duration, Instant};

/// How the packets of one thread gather.
#[derive(Clone, Copy, Debug)]
pub(super) struct Pace {
    /// How long at most. The system's usual timer slack (50 µs) comes on top of it.
    pub(super) longest: Duration,
    /// So many packets in one turn share its cost well enough: no more are waited for.
    enough: u32,
}

impl Pace {
    /// For the data path's own thread, which serves commands and timers of all peers too: a packet is delayed by
    /// little more than 100 µs at most.
    pub(super) const SHARED: Self = Self {
        longest: SHORTEST,
        enough: 8,
    };
    /// For the thread of a queue, which nobody else waits for. A turn costs it more than a turn of the other one: each
    /// packet leaves by itself, and wakes its receiver unless that is at work on the one before.
    pub(super) const QUEUE: Self = Self {
        longest: Duration::from_micros(500),
        enough: 16,
    };
}

/// Who lingers for less gathers nothing.
const SHORTEST: Duration = Duration::from_micros(50);
/// Turns that a stream is watched for before it is moderated.
const WATCHED: u32 = 32;
/// A stream this dense gathers two packets while the thread lingers.
const LONGEST_GAP: Duration = Duration::from_micros(75);
/// How often in a row lingering may gather a single packet only.
const PATIENCE: u32 = 8;

/// Packets of one turn.
#[derive(Clone, Copy, Debug, Default)]
pub(super) struct Came {
    pub(super) from_outside: usize,
    pub(super) from_inside: usize,
}

#[derive(Clone, Copy, Debug, Eq, PartialEq)]
enum Direction {
    Inward,
    Outward,
}

impl Came {
    /// The only direction in which anything came, and how much.
    fn one_way(self) -> Option<(Direction, usize)> {
        match (self.from_outside, self.from_inside) {
            (count @ 1.., 0) => Some((Direction::Inward, count)),
            (0, count @ 1..) => Some((Direction::Outward, count)),
            _ => None,
        }
    }

    /// Whether nothing came at all.
    pub(super) fn is_nothing(self) -> bool {
        self.from_outside + self.from_inside == 0
    }
}

/// What is known of the traffic.
#[derive(Clone, Copy, Debug)]
enum Phase {
    /// No stream in one direction.
    Idle,
    /// A stream that may be too thin.
    Watching {
        direction: Direction,
        turns: u32,
        since: Instant,
    },
    /// A stream that is worth lingering for.
    Moderating { direction: Direction, patience: u32 },
}

/// Decides after each turn whether to linger before the next.
#[derive(Debug)]
pub(super) struct Moderation {
    pace: Pace,
    phase: Phase,
    /// When a turn brought something last, and the time between two packets since the one before.
    last: Option<Instant>,
    gap: Duration,
}

impl Moderation {
    /// Knows of no traffic yet.
    pub(super) fn new(pace: Pace) -> Self {
        Self {
            pace,
            phase: Phase::Idle,
            last: None,
            gap: Duration::ZERO,
        }
    }

    /// How long to linger where that is worth it: until enough packets have gathered, if they go on coming as they do.
    pub(super) fn linger(&self) -> Duration {
        let wanted = self.gap.saturating_mul(self.pace.enough);
        wanted.clamp(SHORTEST, self.pace.longest)
    }

    /// Notes what came in a turn that began at `now`, and tells whether to linger.
    pub(super) fn lingers_after(&mut self, came: Came, now: Instant) -> bool {
        self.phase = match (came.one_way(), self.phase) {
            (Some((direction, count)), phase) => phase.after(direction, count, now),
            // A timer or a command; who lingered for nothing does not linger again.
            (None, Phase::Watching { .. }) if came.is_nothing() => self.phase,
            (None, _) => Phase::Idle,
        };
        self.note_gap(came, now);
        let enough = self.pace.enough as usize;
        let few = came.one_way().is_some_and(|(_, count)| count < enough);
        few && matches!(self.phase, Phase::Moderating { .. })
    }

    fn note_gap(&mut self, came: Came, now: Instant) {
        let count = came.from_outside + came.from_inside;
        if count == 0 {
            return;
        }
        let since = self.last.replace(now);
        let passed = since.map_or(Duration::ZERO, |since| now.saturating_duration_since(since));
        self.gap = passed / u32::try_from(count).unwrap_or(u32::MAX);
    }
}

impl Phase {
    /// What is known after `count` packets of one direction.
    fn after(self, came: Direction, count: usize, now: Instant) -> Self {
        match self {
            Self::Watching {
                direction,
                turns,
                since,
            } if direction == came => Self::watch(came, turns + 1, since, now),
            Self::Moderating {
                direction,
                patience,
            } if direction == came => Self::moderate(came, count, patience, now),
            _ => Self::begin(came, now),
        }
    }

    fn begin(direction: Direction, now: Instant) -> Self {
        Self::Watching {
            direction,
            turns: 0,
            since: now,
        }
    }

    fn watch(direction: Direction, turns: u32, since: Instant, now: Instant) -> Self {
        if turns < WATCHED {
            return Self::Watching {
                direction,
                turns,
                since,
            };
        }
        if now.saturating_duration_since(since) > LONGEST_GAP * WATCHED {
            return Self::begin(direction, now);
        }
        Self::Moderating {
            direction,
            patience: PATIENCE,
        }
    }

    fn moderate(direction: Direction, count: usize, patience: u32, now: Instant) -> Self {
        match (count, patience) {
            (2.., _) => Self::Moderating {
                direction,
                patience: PATIENCE,
            },
            (_, 0) => Self::begin(direction, now),
            _ => Self::Moderating {
                direction,
                patience: patience - 1,
            },
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const OUT: Came = Came {
        from_outside: 0,
        from_inside: 1,
    };
    const IN: Came = Came {
        from_outside: 1,
        from_inside: 0,
    };
    const GAP: Duration = Duration::from_micros(50);

    /// Feeds turns `gap` apart and tells after how many of them it lingers first.
    fn first_linger(
        moderation: &mut Moderation,
        gap: Duration,
        turns: impl IntoIterator<Item = Came>,
    ) -> Option<usize> {
        let mut now = Instant::now();
        turns.into_iter().position(|came| {
            now += gap;
            moderation.lingers_after(came, now)
        })
    }

    /// One that lingers for a stream outwards.
    fn moderating() -> Moderation {
        let mut moderation = Moderation::new(Pace::SHARED);
        let turns = std::iter::repeat_n(OUT, 100);
        first_linger(&mut moderation, GAP, turns).unwrap();
        moderation
    }

    #[test]
    fn a_dense_stream_of_either_direction_is_moderated() {
        for came in [IN, OUT] {
            let turns = std::iter::repeat_n(came, 100);
            let first = first_linger(&mut Moderation::new(Pace::SHARED), GAP, turns);
            assert_eq!(first, Some(WATCHED as usize));
        }
    }

    #[test]
    fn a_thin_stream_is_never_delayed() {
        let turns = std::iter::repeat_n(OUT, 1000);
        let gap = Duration::from_micros(100);
        assert_eq!(
            first_linger(&mut Moderation::new(Pace::SHARED), gap, turns),
            None
        );
    }

    #[test]
    fn questions_and_answers_are_never_delayed() {
        let turns = [OUT, IN].into_iter().cycle().take(1000);
        let gap = Duration::from_micros(10);
        assert_eq!(
            first_linger(&mut Moderation::new(Pace::SHARED), gap, turns),
            None
        );
    }

    #[test]
    fn an_answer_ends_it() {
        let mut moderation = moderating();
        assert!(!moderation.lingers_after(IN, Instant::now()));
        assert!(!moderation.lingers_after(OUT, Instant::now()));
    }

    #[test]
    fn lingering_for_nothing_ends_it() {
        let mut moderation = moderating();
        assert!(!moderation.lingers_after(Came::default(), Instant::now()));
        assert!(!moderation.lingers_after(OUT, Instant::now()));
    }

    #[test]
    fn lingering_for_single_packets_ends_it() {
        let mut moderation = moderating();
        let now = Instant::now();
        for _ in 0..PATIENCE {
            assert!(moderation.lingers_after(OUT, now));
        }
        assert!(!moderation.lingers_after(OUT, now));
    }

    #[test]
    fn packets_that_gather_by_themselves_are_not_waited_for() {
        let mut moderation = moderating();
        let many = Came {
            from_outside: 0,
            from_inside: Pace::SHARED.enough as usize,
        };
        let few = Came {
            from_outside: 0,
            from_inside: 2,
        };
        let now = Instant::now();
        assert!(!moderation.lingers_after(many, now));
        assert!(moderation.lingers_after(few, now));
    }

    #[test]
    fn the_denser_a_stream_the_shorter_it_is_waited_for() {
        for (gap, expected) in [(50, 500), (20, 320), (1, 50)] {
            let mut moderation = Moderation::new(Pace::QUEUE);
            let turns = std::iter::repeat_n(OUT, 100);
            first_linger(&mut moderation, Duration::from_micros(gap), turns).unwrap();
            assert_eq!(
                moderation.linger(),
                Duration::from_micros(expected),
                "{gap}"
            );
        }
        assert_eq!(moderating().linger(), Pace::SHARED.longest);
    }
}
