//! What can go wrong with one message.

use std::time::Duration;

use crate::random::Random;

/// A frame's length, then an answer's id.
const LENGTH: usize = 4;
const REQUEST_ID: usize = 8;

#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub(crate) enum Direction {
    ToServer,
    ToClient,
}

/// What a proxy does with one message.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub(crate) enum Fault {
    /// It arrives later, and all behind it.
    Delay,
    /// It arrives byte by byte.
    Dribble,
    /// It never arrives.
    Drop,
    /// Neither it nor anything later arrives, and nobody is told.
    Stall,
    /// The connection ends before it, within it or behind it.
    Cut,
    /// Its end is missing, and its length says so.
    Truncate,
    /// It has more bytes than it should.
    Extend,
    /// It arrives twice.
    Repeat,
    /// It answers a request that nobody made.
    Misaddress,
    /// Its length is negative.
    NegativeLength,
    /// Its length is beyond all limits.
    HugeLength,
    /// Another message made of noise arrives first.
    Noise,
}

/// What may happen to requests: a forged request could be a valid write, which nobody asked for.
const TO_SERVER: [Fault; 7] = [
    Fault::Delay,
    Fault::Dribble,
    Fault::Drop,
    Fault::Stall,
    Fault::Cut,
    Fault::NegativeLength,
    Fault::HugeLength,
];
const TO_CLIENT: [Fault; 12] = [
    Fault::Delay,
    Fault::Dribble,
    Fault::Drop,
    Fault::Stall,
    Fault::Cut,
    Fault::Truncate,
    Fault::Extend,
    Fault::Repeat,
    Fault::Misaddress,
    Fault::NegativeLength,
    Fault::HugeLength,
    Fault::Noise,
];

impl Fault {
    pub(crate) fn choose(direction: Direction, random: &mut Random) -> Self {
        *match direction {
            Direction::ToServer => random.choose(&TO_SERVER),
            Direction::ToClient => random.choose(&TO_CLIENT),
        }
    }

    pub(crate) fn delay(random: &mut Random) -> Duration {
        Duration::from_millis(random.below(40) as u64)
    }

    /// What arrives instead of `frame`, for the faults that change bytes.
    pub(crate) fn forge(self, mut frame: Vec<u8>, random: &mut Random) -> Vec<u8> {
        match self {
            Self::Truncate => {
                let payload = frame.len() - LENGTH;
                frame.truncate(LENGTH + random.below(payload.max(1)));
                with_length(frame)
            }
            Self::Extend => {
                frame.extend((0..=random.below(16)).map(|_| 0x55));
                with_length(frame)
            }
            Self::Repeat => [frame.clone(), frame].concat(),
            Self::Misaddress => {
                // The upper half of an id: a neighbour's answer could not be told from the right one.
                if let Some(id) = frame.get_mut(LENGTH..LENGTH + REQUEST_ID) {
                    id[REQUEST_ID - 2] ^= 0x40;
                }
                frame
            }
            Self::NegativeLength => {
                frame[..LENGTH].copy_from_slice(&(-5_i32).to_le_bytes());
                frame
            }
            Self::HugeLength => {
                frame[..LENGTH].copy_from_slice(&i32::MAX.to_le_bytes());
                frame
            }
            Self::Noise => {
                let length = random.below(60);
                let mut noise = vec![0; LENGTH];
                noise.extend((0..length).map(|_| random.next().to_le_bytes()[0]));
                [with_length(noise), frame].concat()
            }
            _ => frame,
        }
    }
}

fn with_length(mut frame: Vec<u8>) -> Vec<u8> {
    let length = i32::try_from(frame.len() - LENGTH).expect("a small frame");
    frame[..LENGTH].copy_from_slice(&length.to_le_bytes());
    frame
}
