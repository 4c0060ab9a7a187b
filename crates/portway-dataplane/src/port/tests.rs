//! Properties of the in-memory ports.

use std::collections::VecDeque;

use portway_xdp::{Burst, Region};
use proptest::prelude::*;

use super::{DropReason, Link, NullPort, Port, PortStatistics, TransmitBuffer};

/// More frames than the pools of both ports keep for themselves.
const FRAMES: usize = 1024;

fn region() -> Region {
    Region::builder().chunks(FRAMES).build().unwrap()
}

/// Sends packets of these lengths, each marked with its number, and tells how many were taken.
fn send(port: &mut Port, lengths: &[usize], first_mark: u32) -> usize {
    let mut burst = Burst::new();
    assert_eq!(port.prepare(&mut burst, lengths.len()), lengths.len());
    for ((frame, length), mark) in burst.iter_mut().zip(lengths).zip(first_mark..) {
        frame.append(&vec![0; *length]).unwrap();
        frame[..4].copy_from_slice(&mark.to_be_bytes());
    }
    port.tx_burst(&mut burst)
}

/// The marks of the packets that one poll brings.
fn receive(port: &mut Port) -> Vec<u32> {
    let mut burst = Burst::new();
    port.rx_burst(&mut burst);
    let mark = |frame: &portway_xdp::Frame| u32::from_be_bytes(frame[..4].try_into().unwrap());
    burst.iter().map(mark).collect()
}

fn totals(statistics: &PortStatistics) -> [u64; 4] {
    let (received, sent) = (&statistics.received, &statistics.sent);
    [
        received.in_packets,
        received.in_bytes,
        sent.out_packets,
        sent.out_bytes,
    ]
}

#[test]
fn both_ends_of_a_link_count_the_same_packets_and_bytes() {
    let region = region();
    let (mut near, mut far) = Link::new().names("a", "b").pair(&region);
    assert_eq!(send(&mut near, &[60, 1500, 64], 0), 3);
    assert_eq!(send(&mut far, &[100], 0), 1);
    assert_eq!(receive(&mut far), [0, 1, 2]);
    assert_eq!(receive(&mut near), [0]);
    assert_eq!(totals(&near.statistics()), [1, 100, 3, 1624]);
    assert_eq!(totals(&far.statistics()), [3, 1624, 1, 100]);
    assert_eq!((near.name(), far.name()), ("a", "b"));
}

#[test]
fn what_finds_no_place_stays_with_the_sender() {
    let region = region();
    let (mut near, mut far) = Link::new().capacity(4).pair(&region);
    let mut burst = Burst::new();
    near.prepare(&mut burst, 6);
    assert_eq!(near.tx_burst(&mut burst), 4);
    assert_eq!(burst.len(), 2);
    assert_eq!(near.tx_burst(&mut burst), 0);
    assert_eq!(far.rx_burst(&mut Burst::with_limit(1)), 1);
    assert_eq!(near.tx_burst(&mut burst), 1);
    let sent = near.statistics().sent;
    assert_eq!((sent.out_packets, sent.tx_ring_full), (5, 3));
}

#[test]
fn a_burst_that_holds_frames_already_is_filled_up_and_only_the_new_ones_count() {
    let region = region();
    let (mut near, mut far) = Link::new().pair(&region);
    send(&mut near, &[60; 8], 0);
    let mut burst = Burst::with_limit(6);
    near.prepare(&mut burst, 2);
    assert_eq!(far.rx_burst(&mut burst), 4);
    assert_eq!(far.statistics().received.in_packets, 4);
    assert_eq!(far.rx_burst(&mut burst), 0);
    assert_eq!(far.statistics().received.rx_empty, 1);
}

#[test]
fn a_packet_of_several_frames_counts_once() {
    let region = region();
    let (mut near, mut far) = Link::new().pair(&region);
    let mut burst = Burst::new();
    near.prepare(&mut burst, 3);
    for frame in &mut burst[..] {
        frame.append(&[0; 1000]).unwrap();
    }
    burst[0].set_continues(true);
    burst[1].set_continues(true);
    assert_eq!(near.tx_burst(&mut burst), 3);
    assert_eq!(far.rx_burst(&mut burst), 3);
    assert_eq!(totals(&near.statistics()), [0, 0, 1, 3000]);
    assert_eq!(totals(&far.statistics()), [1, 3000, 0, 0]);
}

#[test]
fn the_null_port_gives_frames_back_to_their_region() {
    let region = region();
    let mut port = NullPort::open("null", &region);
    for _ in 0..10 {
        assert_eq!(send(&mut port, &[60; 200], 0), 200);
    }
    assert!(receive(&mut port).is_empty());
    assert_eq!(totals(&port.statistics()), [0, 0, 2000, 120_000]);
    drop(port);
    assert_eq!(region.free_frames(), FRAMES);
}

#[test]
fn a_full_transmit_buffer_drops_and_counts() {
    let region = region();
    let (near, mut far) = Link::new().capacity(2).pair(&region);
    let (_, mut sender) = near.split();
    let mut buffer = TransmitBuffer::new(3);
    for mark in 0..8u32 {
        let mut frame = region.frame().unwrap();
        frame.append(&mark.to_be_bytes()).unwrap();
        buffer.add(frame, &mut sender);
    }
    let sent = sender.statistics_reader().read().sent;
    assert_eq!((sent.out_packets, sent.out_dropped), (2, 3));
    assert_eq!(sent.drops[DropReason::RingFull], 3);
    assert_eq!(receive(&mut far), [0, 1]);
    assert_eq!(buffer.flush(&mut sender), 2);
    assert_eq!(receive(&mut far), [2, 3]);
    buffer.discard(&mut sender);
    assert_eq!(sender.statistics_reader().read().sent.out_dropped, 4);
}

#[test]
fn halves_work_on_threads_of_their_own_and_lose_nothing() {
    const PACKETS: u32 = 100_000;
    let region = region();
    let (near, far) = Link::new().capacity(128).pair(&region);
    let reader = far.statistics_reader();
    let (_, mut sender) = near.split();
    let sending = std::thread::spawn(move || {
        let mut burst = Burst::with_limit(32);
        let mut mark = 0;
        while mark < PACKETS {
            let first = burst.len();
            let wanted = (PACKETS - mark).min(32) as usize;
            sender.prepare(&mut burst, wanted);
            for frame in &mut burst[first..] {
                frame.append(&mark.to_be_bytes()).unwrap();
                mark += 1;
            }
            while sender.tx_burst(&mut burst) == 0 && !burst.is_empty() {
                std::thread::yield_now();
            }
        }
        while !burst.is_empty() {
            sender.tx_burst(&mut burst);
        }
    });
    let mut far = far;
    let mut expected = 0;
    while expected < PACKETS {
        let marks = receive(&mut far);
        assert!(
            marks
                .iter()
                .copied()
                .eq(expected..expected + marks.len() as u32)
        );
        expected += marks.len() as u32;
        if marks.is_empty() {
            std::thread::yield_now();
        }
    }
    sending.join().unwrap();
    assert_eq!(
        totals(&reader.read())[..2],
        [u64::from(PACKETS), 4 * u64::from(PACKETS)]
    );
}

#[derive(Clone, Copy, Debug)]
enum Step {
    Send { end: usize, count: usize },
    Receive { end: usize },
}

fn step() -> impl Strategy<Value = Step> {
    prop_oneof![
        (0..2usize, 0..40usize).prop_map(|(end, count)| Step::Send { end, count }),
        (0..2usize).prop_map(|end| Step::Receive { end }),
    ]
}

#[test]
fn a_checksum_that_is_asked_for_is_computed_by_a_port_that_has_no_device() {
    let region = Region::builder().chunks(FRAMES).send_metadata();
    let (mut near, mut far) = Link::new().pair(&region.build().unwrap());
    let mut burst = Burst::new();
    near.prepare(&mut burst, 3);
    for frame in burst.iter_mut() {
        frame.append(b"header: \0\0 and what is summed").unwrap();
        frame.request_checksum(0, 8).unwrap();
    }
    let mut right = burst.pop().unwrap();
    right.complete_checksum();
    burst[1].truncate(9);
    assert_eq!(near.tx_burst(&mut burst), 2);
    let sent = near.statistics().sent;
    assert_eq!((sent.out_packets, sent.tx_invalid), (1, 1));
    assert_eq!(near.statistics().drops()[DropReason::Unsendable], 1);
    assert_eq!(far.rx_burst(&mut burst), 1);
    assert_eq!(burst[0][..], right[..]);
}

proptest! {
    /// Without faults each direction is a queue of its capacity.
    #[test]
    fn a_link_without_faults_is_two_bounded_queues(
        capacity in 1..64usize,
        steps in prop::collection::vec(step(), 1..60),
    ) {
        let region = region();
        let (near, far) = Link::new().capacity(capacity).pair(&region);
        let mut ports = [near, far];
        let mut queues = [VecDeque::new(), VecDeque::new()];
        let mut mark = 0;
        for step in steps {
            match step {
                Step::Send { end, count } => {
                    let taken = send(&mut ports[end], &vec![60; count], mark);
                    let room = capacity - queues[end].len();
                    prop_assert_eq!(taken, count.min(room));
                    queues[end].extend(mark..mark + taken as u32);
                    mark += count as u32;
                }
                Step::Receive { end } => {
                    let expected: Vec<u32> = queues[1 - end].drain(..).collect();
                    prop_assert_eq!(receive(&mut ports[end]), expected);
                }
            }
        }
    }

    /// What is neither lost nor received is still under way; nothing comes twice or too early, and a seed replays.
    #[test]
    fn a_link_with_faults_accounts_for_every_packet_and_replays(
        seed in any::<u64>(),
        loss in 0.0..0.5f64,
        reorder in 0.0..0.5f64,
        delay in (0..3u32, 0..4u32),
        counts in prop::collection::vec(0..30usize, 1..30),
    ) {
        let link = Link::new().capacity(256).loss(loss).reorder(reorder).seed(seed);
        let link = link.delay(delay.0..=delay.0 + delay.1);
        let first = run(link.clone(), &counts);
        let second = run(link, &counts);
        prop_assert_eq!(&first, &second);
        let sent: usize = counts.iter().sum();
        let mut marks: Vec<u32> = first.0.iter().flatten().copied().collect();
        prop_assert_eq!(marks.len() as u64 + first.1, sent as u64);
        marks.sort_unstable();
        marks.dedup();
        prop_assert_eq!(marks.len() as u64 + first.1, sent as u64);
        in_time(&first.0, &counts, delay)?;
    }
}

/// Sends these counts, one poll after each and some more; gives the marks of each poll and what was lost.
fn run(link: Link, counts: &[usize]) -> (Vec<Vec<u32>>, u64) {
    let region = region();
    let (mut near, mut far) = link.pair(&region);
    let mut mark = 0;
    let mut polls = Vec::new();
    for count in counts {
        assert_eq!(send(&mut near, &vec![60; *count], mark), *count);
        mark += *count as u32;
        polls.push(receive(&mut far));
    }
    // The longest delay and the lateness of a reordered frame.
    polls.extend((0..10).map(|_| receive(&mut far)));
    (polls, far.statistics().drops()[DropReason::LinkLoss])
}

/// Each packet comes between the least and the greatest delay after the poll that first could bring it.
fn in_time(
    polls: &[Vec<u32>],
    counts: &[usize],
    (least, spread): (u32, u32),
) -> Result<(), TestCaseError> {
    let mut sent_in = Vec::new();
    for (poll, count) in counts.iter().enumerate() {
        sent_in.extend(std::iter::repeat_n(poll, *count));
    }
    for (poll, marks) in polls.iter().enumerate() {
        for mark in marks {
            let delay = poll - sent_in[*mark as usize];
            prop_assert!(delay >= least as usize);
            prop_assert!(delay <= (least + spread) as usize + 2);
        }
    }
    Ok(())
}
