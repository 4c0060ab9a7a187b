//! How many bytes of answers to wait for, while they come thick. Without I/O.
//!
//! A node sends each answer by itself. With a thousand requests in flight, a client that wakes up
//! for whatever is there wakes up for some twenty answers, and pays the kernel more for that than
//! it takes to handle them. So the socket lets more of them gather before it wakes the driver.

/// With fewer requests in flight nothing begins to gather: who waits for few answers wants them at
/// once.
const LEAST_WAITING: u64 = 256;
/// With fewer it ends: a portion itself takes some of them away.
const LEAST_STILL_WAITING: u64 = LEAST_WAITING / 2;
/// Where portions have fewer answers on average, a few answers come beside many that take long.
const LEAST_ANSWERS: u32 = 4;
/// Of the answers on their way one in so many is waited for, so that enough of them are: if more
/// are, the node's threads wait for the next requests.
const SHARE: u64 = 32;
/// Never more bytes are waited for: larger answers make portions large by themselves.
const MOST_BYTES: u64 = 4096;
/// The weight of what was before, in the average.
const MEMORY: u32 = 32;
/// The average is held in parts of this size.
const PARTS: u32 = 16;
/// What a wait in vain takes off the credit, to which each portion that came in time adds one: so
/// often may a node pause, as for its garbage.
const COST_IN_VAIN: u32 = 32;
/// What was right for long is forgotten.
const MOST_CREDIT: u32 = 512;
/// So many portions pass before the next attempt, once the credit is used up.
const REST: u32 = 4096;

/// What a socket is asked to wait for.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Gather {
    /// The first byte.
    Nothing,
    /// So many bytes.
    Bytes(usize),
}

/// Watches portions of answers, and says how large the next one should be.
#[derive(Debug)]
pub(crate) struct Gathering {
    is_wanted: bool,
    /// The answers of a portion, on average, in parts.
    average: u32,
    is_on: bool,
    credit: u32,
    /// The portions to pass before it may be on again.
    rest: u32,
}

impl Gathering {
    /// Gathers nothing unless it `is_wanted`.
    pub(crate) fn new(is_wanted: bool) -> Self {
        Self {
            is_wanted,
            average: 0,
            is_on: false,
            credit: COST_IN_VAIN,
            rest: 0,
        }
    }

    /// Takes a portion of so many `answers` and `bytes` into account, after which so many requests
    /// are `waiting`. Answers what the socket should wait for from now on, if that changes.
    pub(crate) fn portion(&mut self, answers: usize, bytes: usize, waiting: u64) -> Option<Gather> {
        if !self.is_wanted {
            return None;
        }
        self.learn(answers);
        if self.rest > 0 {
            self.rest -= 1;
            return None;
        }
        let least = match self.is_on {
            true => LEAST_STILL_WAITING,
            false => LEAST_WAITING,
        };
        let is_thick = self.average >= LEAST_ANSWERS * PARTS && waiting >= least;
        match (self.is_on, is_thick) {
            (true, true) => self.credit = (self.credit + 1).min(MOST_CREDIT),
            (true, false) => return Some(self.stop()),
            (false, true) if answers > 0 => {
                return Some(self.start(bytes as u64 / answers as u64, waiting));
            }
            (false, _) => {}
        }
        None
    }

    /// Notes that too little came for too long. Answers what the socket should wait for from now on.
    pub(crate) fn in_vain(&mut self) -> Gather {
        match self.credit.checked_sub(COST_IN_VAIN) {
            Some(left) => self.credit = left,
            None => {
                self.credit = COST_IN_VAIN;
                self.rest = REST;
            }
        }
        self.stop()
    }

    fn learn(&mut self, answers: usize) {
        let seen = u32::try_from(answers).unwrap_or(u32::MAX).min(1 << 16) * PARTS;
        self.average = (self.average * (MEMORY - 1) + seen) / MEMORY;
    }

    fn start(&mut self, bytes_of_one: u64, waiting: u64) -> Gather {
        self.is_on = true;
        let share = (bytes_of_one * waiting / SHARE).min(MOST_BYTES);
        Gather::Bytes(usize::try_from(share).expect("it is little"))
    }

    fn stop(&mut self) -> Gather {
        self.is_on = false;
        Gather::Nothing
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    /// Answers of fifty bytes each.
    fn portion(gathering: &mut Gathering, answers: usize, waiting: u64) -> Option<Gather> {
        gathering.portion(answers, answers * 50, waiting)
    }

    /// Has it learn that answers come thick, until it gathers.
    fn gathers_after(gathering: &mut Gathering) -> u32 {
        for count in 1..1_000_000 {
            if let Some(gather) = portion(gathering, 20, 1000) {
                assert!(matches!(gather, Gather::Bytes(_)), "{gather:?}");
                return count;
            }
        }
        panic!("it never gathers");
    }

    #[test]
    fn a_share_of_what_is_on_its_way_is_waited_for() {
        let mut gathering = Gathering::new(true);
        let gather = (0..100).find_map(|_| portion(&mut gathering, 20, 1024));
        let bytes = usize::try_from(50 * 1024 / SHARE).expect("it is little");
        assert_eq!(gather, Some(Gather::Bytes(bytes)));
    }

    #[test]
    fn few_answers_at_once_are_not_waited_for() {
        let mut gathering = Gathering::new(true);
        assert!((0..1000).all(|_| portion(&mut gathering, 3, 1000).is_none()));
    }

    #[test]
    fn with_few_requests_on_their_way_nothing_is_waited_for() {
        let mut gathering = Gathering::new(true);
        assert!((0..1000).all(|_| portion(&mut gathering, 20, LEAST_WAITING - 1).is_none()));
        gathers_after(&mut gathering);
        assert_eq!(portion(&mut gathering, 20, LEAST_STILL_WAITING), None);
        let gather = portion(&mut gathering, 20, LEAST_STILL_WAITING - 1);
        assert_eq!(gather, Some(Gather::Nothing));
    }

    #[test]
    fn where_it_is_not_wanted_nothing_gathers() {
        let mut gathering = Gathering::new(false);
        assert!((0..1000).all(|_| portion(&mut gathering, 20, 1000).is_none()));
    }

    #[test]
    fn a_node_that_pauses_now_and_then_is_waited_for_again() {
        let mut gathering = Gathering::new(true);
        gathers_after(&mut gathering);
        for _ in 0..1000 {
            for _ in 0..COST_IN_VAIN {
                assert_eq!(portion(&mut gathering, 20, 1000), None);
            }
            assert_eq!(gathering.in_vain(), Gather::Nothing);
            assert_eq!(gathers_after(&mut gathering), 1);
        }
    }

    #[test]
    fn after_many_waits_in_vain_it_rests() {
        let mut gathering = Gathering::new(true);
        gathers_after(&mut gathering);
        gathering.in_vain();
        assert_eq!(
            gathers_after(&mut gathering),
            1,
            "the first one is forgiven"
        );
        gathering.in_vain();
        assert_eq!(gathers_after(&mut gathering), REST + 1);
    }
}
