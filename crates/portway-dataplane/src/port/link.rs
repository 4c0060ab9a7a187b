//! Two ports in memory, joined by a ring in each direction, with faults for tests.

use std::{collections::BTreeMap, io, ops::RangeInclusive};

use portway_xdp::{Burst, Frame, Region};

use super::{
    DropReason, Port, Receive, ReceiveCounts,
    ring::{RingReceiver, ring},
};
use crate::random::Random;

/// Frames that a direction holds unless told otherwise: four of the largest bursts.
const DEFAULT_CAPACITY: usize = 1024;

/// A link between two ports, made by [`pair`](Self::pair).
///
/// Without faults it is a ring between two ports: what one sends the other one receives, in its order and without a
/// copy, and what finds no place stays with the sender. With faults it loses, delays and reorders in a way that
/// its seed alone decides. Delay is counted in calls of `rx_burst`, so that no clock is needed and a seed replays.
///
/// ```
/// use portway_dataplane::{Link, Region};
///
/// # fn main() -> Result<(), Box<dyn std::error::Error>> {
/// let region = Region::builder().build()?;
/// let (near, far) = Link::new().capacity(256).loss(0.1).delay(0..=3).seed(7).pair(&region);
/// # Ok(())
/// # }
/// ```
#[derive(Clone, Debug)]
#[must_use = "a link makes nothing until `pair`"]
pub struct Link {
    names: [String; 2],
    capacity: usize,
    faults: Faults,
    seed: u64,
}

#[derive(Clone, Copy, Debug, Default)]
struct Faults {
    loss: f64,
    least_delay: u32,
    greatest_delay: u32,
    reorder: f64,
}

/// How many polls later a reordered frame comes than it would have.
const REORDERED_BY: u64 = 2;

impl Default for Link {
    fn default() -> Self {
        Self {
            names: ["near".into(), "far".into()],
            capacity: DEFAULT_CAPACITY,
            faults: Faults::default(),
            seed: 0,
        }
    }
}

impl Link {
    /// A link without faults.
    pub fn new() -> Self {
        Self::default()
    }

    /// The names of both ports; `near` and `far` unless set.
    pub fn names(mut self, near: impl Into<String>, far: impl Into<String>) -> Self {
        self.names = [near.into(), far.into()];
        self
    }

    /// Frames that each direction holds (1024 unless set, at least 1).
    pub fn capacity(mut self, frames: usize) -> Self {
        self.capacity = frames.max(1);
        self
    }

    /// How probably a frame is lost, from 0 to 1. The receiver counts it as
    /// [`DropReason::LinkLoss`].
    pub fn loss(mut self, probability: f64) -> Self {
        self.faults.loss = probability;
        self
    }

    /// How many calls of the receiver's `rx_burst` a frame is late, drawn for each frame. Frames with different
    /// delays overtake each other.
    pub fn delay(mut self, polls: RangeInclusive<u32>) -> Self {
        self.faults.least_delay = *polls.start();
        self.faults.greatest_delay = *polls.end().max(polls.start());
        self
    }

    /// How probably a frame comes two polls late, so that later ones overtake it.
    pub fn reorder(mut self, probability: f64) -> Self {
        self.faults.reorder = probability;
        self
    }

    /// Decides which frames meet which fault.
    pub fn seed(mut self, seed: u64) -> Self {
        self.seed = seed;
        self
    }

    /// Makes both ports. Their empty frames come from `region`.
    pub fn pair(self, region: &Region) -> (Port, Port) {
        let (near_sender, far_receiver) = ring(self.capacity);
        let (far_sender, near_receiver) = ring(self.capacity);
        let near_receiver = self.receiver(near_receiver, self.seed);
        let far_receiver = self.receiver(far_receiver, !self.seed);
        let [near, far] = self.names;
        (
            Port::new(near, region, near_receiver, Box::new(near_sender)),
            Port::new(far, region, far_receiver, Box::new(far_sender)),
        )
    }

    fn receiver(&self, ring: RingReceiver, seed: u64) -> Box<dyn Receive> {
        if self.faults.is_none() {
            return Box::new(ring);
        }
        Box::new(FaultyReceiver {
            ring,
            capacity: self.capacity,
            faults: self.faults,
            random: Random::new(seed),
            poll: 0,
            arrivals: 0,
            underway: BTreeMap::new(),
        })
    }
}

impl Faults {
    fn is_none(&self) -> bool {
        self.loss <= 0.0 && self.reorder <= 0.0 && self.greatest_delay == 0
    }
}

/// Lets frames through when their time has come.
#[derive(Debug)]
struct FaultyReceiver {
    ring: RingReceiver,
    capacity: usize,
    faults: Faults,
    random: Random,
    poll: u64,
    arrivals: u64,
    /// By the poll in which they are due and their arrival; as many as the ring holds at most.
    underway: BTreeMap<(u64, u64), Frame>,
}

impl FaultyReceiver {
    fn accept(&mut self, frame: Frame, counts: &mut ReceiveCounts) {
        if self.random.happens(self.faults.loss) {
            counts.drops[DropReason::LinkLoss] += 1;
            return;
        }
        let Faults {
            least_delay,
            greatest_delay,
            reorder,
            ..
        } = self.faults;
        let delay = u64::from(least_delay) + self.random.up_to(greatest_delay - least_delay);
        let late = if self.random.happens(reorder) {
            REORDERED_BY
        } else {
            0
        };
        self.arrivals += 1;
        let due = self.poll + delay + late;
        self.underway.insert((due, self.arrivals), frame);
    }
}

impl Receive for FaultyReceiver {
    fn receive(&mut self, burst: &mut Burst, counts: &mut ReceiveCounts) -> io::Result<()> {
        self.poll += 1;
        let room = self.capacity - self.underway.len();
        if room > 0 {
            let mut arrived = Burst::with_limit(room);
            self.ring.take(&mut arrived);
            arrived
                .drain(room)
                .for_each(|frame| self.accept(frame, counts));
        }
        while !burst.is_full() {
            let Some(entry) = self.underway.first_entry() else {
                break;
            };
            if entry.key().0 > self.poll {
                break;
            }
            // The loop asked for room.
            let _ = burst.push(entry.remove());
        }
        Ok(())
    }
}
