//! Packets that wait until the kernel has found the neighbour that they go to.

use std::{
    collections::VecDeque,
    time::{Duration, Instant},
};

use portway_dataplane::Frame;

/// Packets that wait at once; the oldest makes room for one more.
const MOST: usize = 256;
/// How long a neighbour is waited for: the kernel itself gives up after three seconds.
const PATIENCE: Duration = Duration::from_secs(3);

/// They wait in their frames, in the order in which they came.
#[derive(Debug, Default)]
pub(super) struct Waiting(VecDeque<(Instant, Frame)>);

impl Waiting {
    /// Keeps a packet of IP that has waited since a moment; tells how many were dropped for it.
    pub(super) fn push(&mut self, frame: Frame, since: Instant) -> u64 {
        let dropped = u64::from(self.0.len() >= MOST && self.0.pop_front().is_some());
        self.0.push_back((since, frame));
        dropped
    }

    /// Takes all that wait and still may; tells how many had waited too long.
    pub(super) fn take(&mut self, now: Instant) -> (Vec<(Instant, Frame)>, u64) {
        let before = self.0.len();
        let kept: Vec<_> = self
            .0
            .drain(..)
            .filter(|(since, _)| now < *since + PATIENCE)
            .collect();
        let late = before - kept.len();
        (kept, late as u64)
    }
}

#[cfg(test)]
mod tests {
    use portway_dataplane::Region;

    use super::*;

    #[test]
    fn the_oldest_makes_room_and_nobody_waits_for_ever() {
        let region = Region::builder().chunks(MOST + 1).build().unwrap();
        let (mut waiting, start) = (Waiting::default(), Instant::now());
        let dropped = |waiting: &mut Waiting| waiting.push(region.frame().unwrap(), start);
        assert_eq!((0..MOST).map(|_| dropped(&mut waiting)).sum::<u64>(), 0);
        assert_eq!(dropped(&mut waiting), 1);
        assert_eq!(region.free_frames(), 1);
        let (kept, late) = waiting.take(start + PATIENCE / 2);
        assert_eq!((kept.len(), late), (MOST, 0));
        for (since, frame) in kept {
            waiting.push(frame, since);
        }
        let (kept, late) = waiting.take(start + PATIENCE);
        assert_eq!((kept.len(), late), (0, MOST as u64));
    }
}
