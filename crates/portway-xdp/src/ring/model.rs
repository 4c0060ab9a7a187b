//! All orders in which two ends of a ring can meet, as far as loom tells them apart, and as weakly as memory may behave.
//!
//! `RUSTFLAGS="--cfg loom" cargo test -p portway-xdp --lib --release ring::model`

use std::mem::offset_of;
use std::ptr::NonNull;

use loom::sync::Arc;
use loom::thread;

use super::place::{AtomicU32, Place};
use super::{Consumer, Producer};
use crate::kernel::RingOffsets;

const SIZE: u32 = 2;
/// So that the ring fills up, and its cursors wrap.
const ENTRIES: u64 = 3;
const FIRST_CURSOR: u32 = u32::MAX - 1;

/// A ring as the kernel lays it out, of the checker's own kinds.
struct Memory {
    producer: AtomicU32,
    consumer: AtomicU32,
    flags: AtomicU32,
    entries: [Place<u64>; SIZE as usize],
}

impl Memory {
    /// A ring whose cursors are about to wrap. It outlives its ends: each holds a part of it.
    fn new() -> Arc<Self> {
        Arc::new(Self {
            producer: AtomicU32::new(FIRST_CURSOR),
            consumer: AtomicU32::new(FIRST_CURSOR),
            flags: AtomicU32::new(0),
            entries: [Place::new(0), Place::new(0)],
        })
    }

    fn base(&self) -> NonNull<u8> {
        NonNull::from(self).cast()
    }

    fn offsets() -> RingOffsets {
        RingOffsets {
            producer: offset_of!(Self, producer) as u64,
            consumer: offset_of!(Self, consumer) as u64,
            flags: offset_of!(Self, flags) as u64,
            entries: offset_of!(Self, entries) as u64,
        }
    }
}

#[test]
fn entries_come_out_whole_once_and_in_order_however_the_ends_meet() {
    loom::model(|| {
        let memory = Memory::new();
        let there = Arc::clone(&memory);
        let writer = thread::spawn(move || {
            // SAFETY: the memory is kept beside it, and there is one producer.
            let mut producer =
                unsafe { Producer::<u64>::new(there.base(), Memory::offsets(), SIZE) };
            let mut next = 0;
            while next < ENTRIES {
                let mut writing = producer.write(SIZE);
                while writing.room() > 0 && next < ENTRIES {
                    writing.put(next);
                    next += 1;
                }
                drop(writing);
                thread::yield_now();
            }
        });
        // SAFETY: as for the producer.
        let mut consumer = unsafe { Consumer::<u64>::new(memory.base(), Memory::offsets(), SIZE) };
        let mut expected = 0;
        while expected < ENTRIES {
            for entry in consumer.read(SIZE) {
                assert_eq!(entry, expected);
                expected += 1;
            }
            thread::yield_now();
        }
        writer.join().expect("it does not panic");
    });
}

#[test]
fn what_was_peeked_at_and_left_is_not_written_over() {
    loom::model(|| {
        let memory = Memory::new();
        let there = Arc::clone(&memory);
        let writer = thread::spawn(move || {
            // SAFETY: the memory is kept beside it, and there is one producer.
            let mut producer =
                unsafe { Producer::<u64>::new(there.base(), Memory::offsets(), SIZE) };
            for round in 0..2 {
                let mut writing = producer.write(1);
                if writing.room() > 0 {
                    writing.put(round);
                }
            }
            producer.unconsumed()
        });
        // SAFETY: as for the producer.
        let mut consumer = unsafe { Consumer::<u64>::new(memory.base(), Memory::offsets(), SIZE) };
        let mut reading = consumer.read(1);
        let seen = reading.peek(0);
        reading.truncate(0);
        drop(reading);
        let again = consumer.read(1).next();
        assert!(seen.is_none() || seen == again, "{seen:?}, then {again:?}");
        assert!(writer.join().expect("it does not panic") <= SIZE);
    });
}
