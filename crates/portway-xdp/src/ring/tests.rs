//! Both ends of a ring in one process, the second in the kernel's place. Runs under Miri, too, which sees a race.

use std::collections::VecDeque;
use std::thread;

use super::{Consumer, Producer};
use crate::kernel::RingOffsets;
use crate::memory::{Mapping, PageSize};

const SIZE: u32 = 8;
const OFFSETS: RingOffsets = RingOffsets {
    producer: 0,
    consumer: 64,
    flags: 128,
    entries: 192,
};

/// Memory for one ring, and both of its ends, which must go before it.
struct Pair {
    producer: Producer<u64>,
    consumer: Consumer<u64>,
    memory: Mapping,
}

impl Pair {
    fn new() -> Self {
        Self::from_cursor(0)
    }

    /// A pair whose cursors stand at `cursor`.
    fn from_cursor(cursor: u32) -> Self {
        let memory = Mapping::new(1, PageSize::Ordinary).expect("a page of memory");
        let base = memory.base();
        // SAFETY: the page is zeroed, larger than the ring, aligned, kept in the pair, and there is one end of each
        // kind. The cursors are written before the ends are made.
        let (producer, consumer) = unsafe {
            base.cast::<u32>().write(cursor);
            base.add(64).cast::<u32>().write(cursor);
            (
                Producer::new(base, OFFSETS, SIZE),
                Consumer::new(base, OFFSETS, SIZE),
            )
        };
        Self {
            producer,
            consumer,
            memory,
        }
    }
}

#[test]
fn entries_come_out_in_order_and_once() {
    let Pair {
        mut producer,
        mut consumer,
        memory: _memory,
    } = Pair::new();
    for first in 0..5 {
        let mut writing = producer.write(6);
        (0..6).for_each(|step| writing.put(first * 6 + step));
        drop(writing);
        let read: Vec<u64> = consumer.read(SIZE).collect();
        assert_eq!(read, (first * 6..first * 6 + 6).collect::<Vec<u64>>());
    }
}

#[test]
fn nothing_shows_before_the_cursor_is_dropped() {
    let Pair {
        mut producer,
        mut consumer,
        memory: _memory,
    } = Pair::new();
    let mut writing = producer.write(2);
    writing.put(7);
    assert_eq!(consumer.read(SIZE).len(), 0);
    drop(writing);
    assert_eq!(consumer.read(SIZE).collect::<Vec<_>>(), [7]);
}

#[test]
fn a_place_is_free_only_after_the_reader_is_dropped() {
    let Pair {
        mut producer,
        mut consumer,
        memory: _memory,
    } = Pair::new();
    let mut writing = producer.write(SIZE);
    (0..u64::from(SIZE)).for_each(|entry| writing.put(entry));
    drop(writing);
    let mut reading = consumer.read(3);
    assert_eq!(reading.by_ref().count(), 3);
    assert_eq!(producer.write(1).room(), 0);
    drop(reading);
    assert_eq!(producer.write(SIZE).room(), 3);
}

#[test]
fn what_was_not_read_stays() {
    let Pair {
        mut producer,
        mut consumer,
        memory: _memory,
    } = Pair::new();
    let mut writing = producer.write(4);
    (0..4).for_each(|entry| writing.put(entry));
    drop(writing);
    let mut reading = consumer.read(4);
    reading.truncate(2);
    assert_eq!(reading.next(), Some(0));
    assert_eq!(reading.peek(0), Some(1));
    assert_eq!(reading.peek(1), None);
    drop(reading);
    assert_eq!(consumer.read(4).collect::<Vec<_>>(), [1, 2, 3]);
}

#[test]
fn a_ring_behaves_like_a_bounded_queue_across_the_wrap_of_its_cursors() {
    let mut pair = Pair::from_cursor(u32::MAX - 20);
    let mut model = VecDeque::new();
    // A small generator with a fixed seed: the steps are the same every time.
    let mut state = 0x2545_f491_4f6c_dd1d_u64;
    for entry in 0..2000_u64 {
        state ^= state << 13;
        state ^= state >> 7;
        state ^= state << 17;
        let count = (state % 5) as u32;
        if state & 0x100 == 0 {
            let mut writing = pair.producer.write(count);
            assert_eq!(writing.room(), count.min(SIZE - model.len() as u32));
            (0..writing.room()).for_each(|_| {
                writing.put(entry);
                model.push_back(entry);
            });
        } else {
            let read: Vec<u64> = pair.consumer.read(count).collect();
            let expected = (count as usize).min(model.len());
            assert_eq!(read, model.drain(..expected).collect::<Vec<_>>());
        }
        assert_eq!(pair.producer.unconsumed() as usize, model.len());
    }
    assert_eq!(pair.memory.length(), PageSize::Ordinary.bytes());
}

#[test]
fn two_threads_pass_every_entry_through() {
    let Pair {
        mut producer,
        mut consumer,
        memory: _memory,
    } = Pair::new();
    let total: u64 = if cfg!(miri) { 300 } else { 200_000 };
    thread::scope(|scope| {
        scope.spawn(move || {
            let mut next = 0;
            while next < total {
                let mut writing = producer.write(5);
                while writing.room() > 0 && next < total {
                    writing.put(next);
                    next += 1;
                }
                drop(writing);
                thread::yield_now();
            }
        });
        let mut expected = 0;
        while expected < total {
            for entry in consumer.read(3) {
                assert_eq!(entry, expected);
                expected += 1;
            }
            thread::yield_now();
        }
    });
}
