//! A bounded queue of frames between two threads, which moves a burst by copying its handles at once.

use std::cell::UnsafeCell;
use std::mem::MaybeUninit;
use std::sync::Arc;
use std::sync::atomic::{AtomicUsize, Ordering};

use super::burst::Burst;
use super::frame::Frame;

/// Makes a queue that holds up to `capacity` frames (1 at least), for one sender and one receiver.
///
/// No lock and no system call; both ends publish once a burst. A frame is neither copied nor counted: its handle moves.
///
/// ```
/// use portway_xdp::{Burst, Region, frame_queue};
///
/// let region = Region::builder().build()?;
/// let (mut sender, mut receiver) = frame_queue(64);
/// let mut burst = Burst::new();
/// burst.push(region.frame().ok_or("every frame is in use")?).map_err(|_| "the burst is full")?;
/// assert_eq!(sender.send(&mut burst), 1);
/// assert_eq!(receiver.receive(&mut burst), 1);
/// # Ok::<(), Box<dyn std::error::Error>>(())
/// ```
#[must_use]
pub fn frame_queue(capacity: usize) -> (FrameSender, FrameReceiver) {
    let capacity = capacity.max(1);
    let places = capacity.next_power_of_two();
    let shared = Arc::new(Shared {
        places: (0..places)
            .map(|_| Place::new(MaybeUninit::uninit()))
            .collect(),
        capacity,
        received: Cursor::default(),
        sent: Cursor::default(),
    });
    let sender = FrameSender {
        shared: shared.clone(),
        next: 0,
        received: 0,
    };
    let receiver = FrameReceiver {
        shared,
        next: 0,
        sent: 0,
    };
    (sender, receiver)
}

/// The end of a queue that frames go into.
#[derive(Debug)]
pub struct FrameSender {
    shared: Arc<Shared>,
    next: usize,
    /// The receiver's cursor as last seen.
    received: usize,
}

/// The end of a queue that frames come out of.
#[derive(Debug)]
pub struct FrameReceiver {
    shared: Arc<Shared>,
    next: usize,
    /// The sender's cursor as last seen.
    sent: usize,
}

/// The places between the two cursors, which count without end, hold frames, which are the receiver's; the others are empty
/// and the sender's.
#[derive(Debug)]
struct Shared {
    places: Box<[Place]>,
    capacity: usize,
    received: Cursor,
    sent: Cursor,
}

type Place = UnsafeCell<MaybeUninit<Frame>>;

/// Keeps off the cache lines of the other end.
#[derive(Debug, Default)]
#[repr(align(128))]
struct Cursor(AtomicUsize);

// SAFETY: a place is touched by one end at a time, which the cursors tell; frames may be sent.
unsafe impl Sync for Shared {}

impl FrameSender {
    /// Returns for how many more frames there is room.
    #[inline]
    pub fn room(&mut self) -> usize {
        // Acquire: the receiver has read the places before it gave them back.
        self.received = self.shared.received.0.load(Ordering::Acquire);
        self.shared.capacity - self.next.wrapping_sub(self.received)
    }

    /// Moves frames from the front of a burst into the queue, as many as there is room for, and returns how many. The
    /// others stay in the burst.
    #[inline]
    pub fn send(&mut self, burst: &mut Burst) -> usize {
        let mut room = self.shared.capacity - self.next.wrapping_sub(self.received);
        if room < burst.len() {
            room = self.room();
        }
        let count = room.min(burst.len());
        let (first, second) = self.shared.parts(self.next, count);
        // SAFETY: these places are empty and this end's, for `count` is no more than the room; together they are as many as
        // the frames that are taken.
        unsafe { burst.take_front(first, second) };
        self.next = self.next.wrapping_add(count);
        // Release: the frames come before the cursor that shows them.
        self.shared.sent.0.store(self.next, Ordering::Release);
        count
    }
}

impl FrameReceiver {
    /// Returns how many frames wait.
    #[inline]
    pub fn waiting(&mut self) -> usize {
        // Acquire: the frames that this cursor shows are read after it.
        self.sent = self.shared.sent.0.load(Ordering::Acquire);
        self.sent.wrapping_sub(self.next)
    }

    /// Appends waiting frames to a burst, as many as it has room for, and returns how many.
    #[inline]
    pub fn receive(&mut self, burst: &mut Burst) -> usize {
        let mut waiting = self.sent.wrapping_sub(self.next);
        if waiting < burst.vacancy() {
            waiting = self.waiting();
        }
        let count = waiting.min(burst.vacancy());
        let (first, second) = self.shared.parts(self.next, count);
        // SAFETY: these places hold frames, which are this end's; they count as empty from the cursor's store on. The burst
        // has room for as many.
        unsafe { burst.put_behind(first, second) };
        self.next = self.next.wrapping_add(count);
        // Release: the places were read before they are given back.
        self.shared.received.0.store(self.next, Ordering::Release);
        count
    }
}

/// Consecutive places.
pub(super) type Places = std::ptr::NonNull<[Frame]>;

impl Shared {
    /// The places of `count` entries from a cursor on: those up to the end of the ring, and those at its start.
    #[inline]
    fn parts(&self, cursor: usize, count: usize) -> (Places, Places) {
        let begin = cursor & (self.places.len() - 1);
        let split = count.min(self.places.len() - begin);
        let part = |from: usize, length: usize| {
            let places = &self.places[from..from + length];
            let frames = places.as_ptr().cast::<Frame>().cast_mut();
            let frames = std::ptr::NonNull::new(frames).unwrap_or(std::ptr::NonNull::dangling());
            Places::slice_from_raw_parts(frames, length)
        };
        (part(begin, split), part(0, count - split))
    }
}

impl Drop for Shared {
    fn drop(&mut self) {
        let (received, sent) = (*self.received.0.get_mut(), *self.sent.0.get_mut());
        let (first, second) = self.parts(received, sent.wrapping_sub(received));
        for part in [first, second] {
            // SAFETY: both ends are gone; what lies between the cursors are frames that nobody has taken.
            unsafe { part.drop_in_place() };
        }
    }
}

#[cfg(test)]
mod tests {
    use std::thread;

    use super::frame_queue;
    use crate::memory::{Burst, Region};

    fn region() -> Region {
        Region::builder()
            .chunk_size(256)
            .headroom(0)
            .chunks(64)
            .build()
            .expect("memory")
    }

    /// Frames that carry the numbers from `first` on.
    fn load(burst: &mut Burst, region: &Region, first: u64, count: u64) {
        for number in first..first + count {
            let mut frame = region.frame().expect("a free frame");
            frame.append(&number.to_be_bytes()).expect("room");
            burst.push(frame).expect("room in the burst");
        }
    }

    fn numbers(burst: &Burst) -> Vec<u64> {
        let number = |bytes: &[u8]| u64::from_be_bytes(bytes.try_into().expect("eight bytes"));
        burst.iter().map(|frame| number(frame)).collect()
    }

    #[test]
    fn frames_come_out_in_their_order_across_the_end_of_the_ring() {
        let region = region();
        let (mut sender, mut receiver) = frame_queue(6);
        for round in 0..10 {
            let mut burst = Burst::new();
            load(&mut burst, &region, round * 4, 4);
            assert_eq!(sender.send(&mut burst), 4);
            assert!(burst.is_empty());
            assert_eq!(receiver.receive(&mut burst), 4);
            assert_eq!(
                numbers(&burst),
                (round * 4..round * 4 + 4).collect::<Vec<_>>()
            );
        }
        assert_eq!(region.free_frames(), 64);
    }

    #[test]
    fn what_finds_no_room_stays_in_the_burst() {
        let region = region();
        let (mut sender, mut receiver) = frame_queue(3);
        let mut burst = Burst::new();
        load(&mut burst, &region, 0, 5);
        assert_eq!(sender.send(&mut burst), 3);
        assert_eq!(numbers(&burst), [3, 4]);
        let mut few = Burst::with_limit(2);
        assert_eq!(receiver.receive(&mut few), 2);
        assert_eq!(numbers(&few), [0, 1]);
        assert_eq!(sender.send(&mut burst), 2);
        assert_eq!(receiver.receive(&mut burst), 3);
        assert_eq!(numbers(&burst), [2, 3, 4]);
    }

    #[test]
    fn frames_that_nobody_takes_go_back_to_their_region() {
        let region = region();
        let (mut sender, receiver) = frame_queue(8);
        let mut burst = Burst::new();
        load(&mut burst, &region, 0, 7);
        sender.send(&mut burst);
        drop(receiver);
        assert_eq!(region.free_frames(), 57);
        drop(sender);
        assert_eq!(region.free_frames(), 64);
    }

    #[test]
    fn two_threads_pass_every_frame_through() {
        let total: u64 = if cfg!(miri) { 100 } else { 20_000 };
        let region = region();
        let (mut sender, mut receiver) = frame_queue(16);
        let sending = region.clone();
        thread::scope(|scope| {
            scope.spawn(move || {
                let mut burst = Burst::with_limit(5);
                let mut next = 0;
                while next < total || !burst.is_empty() {
                    let count = (burst.vacancy() as u64).min(total - next);
                    load(&mut burst, &sending, next, count);
                    next += count;
                    sender.send(&mut burst);
                    thread::yield_now();
                }
            });
            let mut expected = 0;
            let mut burst = Burst::with_limit(3);
            while expected < total {
                receiver.receive(&mut burst);
                for number in numbers(&burst) {
                    assert_eq!(number, expected);
                    expected += 1;
                }
                burst.clear();
                thread::yield_now();
            }
        });
        assert_eq!(region.free_frames(), 64);
    }
}
