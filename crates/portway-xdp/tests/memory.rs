//! Packet memory through its public interface. Runs under Miri, too.
#![cfg(target_os = "linux")]

use std::collections::HashSet;
use std::thread;
use std::time::Duration;

use portway_xdp::{
    Burst, Frame, FramePool, OutOfRoom, PageSize, Region, RegionError, RequestError, SendFeatures,
};

fn region(chunks: usize) -> Region {
    Region::builder()
        .chunks(chunks)
        .build()
        .expect("there is memory")
}

#[test]
fn every_frame_can_be_taken_once_and_no_two_share_memory() {
    let region = region(8);
    let frames: Vec<Frame> = std::iter::from_fn(|| region.frame()).collect();
    assert_eq!(frames.len(), 8);
    let addresses: HashSet<usize> = frames.iter().map(|frame| frame.as_ptr() as usize).collect();
    assert_eq!(addresses.len(), 8);
    assert_eq!(region.free_frames(), 0);
    drop(frames);
    assert_eq!(region.free_frames(), 8);
}

#[test]
fn a_frame_outlives_its_region_its_pool_and_its_burst() {
    let region = region(4);
    let mut pool = FramePool::new(&region);
    let mut burst = Burst::new();
    pool.take_into(&mut burst, 2);
    let mut frame = burst.pop().unwrap();
    drop((burst, pool, region));
    frame.append(b"still mine").unwrap();
    assert_eq!(&frame[..], b"still mine");
    let region = frame.region();
    drop(frame);
    assert_eq!(region.free_frames(), 4);
}

#[test]
fn a_pool_gives_its_stock_back_when_it_goes() {
    let region = region(100);
    let mut pool = FramePool::new(&region);
    let frame = pool.take().unwrap();
    assert_eq!(region.free_frames(), 100 - 64);
    pool.give(frame);
    drop(pool);
    assert_eq!(region.free_frames(), 100);
}

#[test]
fn a_pool_keeps_no_more_than_its_stock() {
    let region = region(1024);
    let mut pool = FramePool::new(&region);
    let frames: Vec<Frame> = std::iter::from_fn(|| region.frame()).collect();
    frames.into_iter().for_each(|frame| pool.give(frame));
    assert!(region.free_frames() >= 1024 - 256);
}

#[test]
fn a_pool_sends_the_frame_of_another_region_home() {
    let (here, there) = (region(4), region(4));
    let mut pool = FramePool::new(&here);
    pool.give(there.frame().unwrap());
    assert_eq!(there.free_frames(), 4);
    assert_eq!(here.free_frames(), 4);
}

#[test]
fn a_pool_without_frames_says_so_and_goes_on_when_one_comes_back() {
    let region = region(1);
    let mut pool = FramePool::new(&region);
    let frame = pool.take().unwrap();
    assert!(pool.take().is_none());
    drop(frame);
    assert!(pool.take().is_some());
}

#[test]
fn a_burst_of_two_regions_gives_each_its_own() {
    let (first, second) = (region(4), region(4));
    let mut burst = Burst::new();
    for region in [&first, &first, &second, &first, &second] {
        burst.push(region.frame().unwrap()).unwrap();
    }
    assert_eq!((first.free_frames(), second.free_frames()), (1, 2));
    burst.clear();
    assert_eq!((first.free_frames(), second.free_frames()), (4, 4));
}

#[test]
fn a_full_burst_hands_the_frame_back() {
    let region = region(3);
    let mut burst = Burst::with_limit(2);
    burst.push(region.frame().unwrap()).unwrap();
    burst.push(region.frame().unwrap()).unwrap();
    let refused = burst.push(region.frame().unwrap());
    assert!(refused.is_err());
    assert!(burst.is_full());
}

#[test]
fn draining_takes_from_the_front_and_leaves_the_rest() {
    let region = region(4);
    let mut burst = numbered(&region, 4);
    let taken: Vec<u8> = burst.drain(3).map(|frame| frame[0]).collect();
    assert_eq!(taken, [0, 1, 2]);
    assert_eq!(burst.len(), 1);
    assert_eq!(burst[0][0], 3);
    assert_eq!(region.free_frames(), 3);
}

#[test]
fn what_is_not_retained_goes_home_and_the_order_stays() {
    let region = region(5);
    let mut burst = numbered(&region, 5);
    burst.retain(|frame| frame[0] % 2 == 0);
    let kept: Vec<u8> = burst.iter().map(|frame| frame[0]).collect();
    assert_eq!(kept, [0, 2, 4]);
    assert_eq!(region.free_frames(), 2);
}

#[test]
fn a_burst_takes_from_another_what_fits() {
    let region = region(5);
    let mut source = numbered(&region, 5);
    let mut sink = Burst::with_limit(3);
    assert_eq!(sink.append(&mut source), 3);
    assert_eq!((sink.len(), source.len(), source[0][0]), (3, 2, 3));
}

#[test]
fn a_packet_grows_and_shrinks_at_both_ends() {
    let region = Region::builder()
        .chunk_size(512)
        .chunks(1)
        .headroom(64)
        .build()
        .unwrap();
    let mut frame = region.frame().unwrap();
    frame.append(b"body").unwrap();
    frame.prepend(4).unwrap().copy_from_slice(b"head");
    assert_eq!(&frame[..], b"headbody");
    assert_eq!((frame.headroom(), frame.room()), (60, 512 - 68));
    frame.trim_front(4);
    frame.truncate(2);
    assert_eq!(&frame[..], b"bo");
    frame.room_mut()[..2].copy_from_slice(b"ld");
    frame.set_len(4).unwrap();
    assert_eq!(&frame[..], b"bold");
    frame.reset();
    assert_eq!((frame.headroom(), frame.len()), (64, 0));
}

#[test]
fn what_does_not_fit_is_refused_and_changes_nothing() {
    let region = Region::builder()
        .chunk_size(512)
        .chunks(1)
        .headroom(64)
        .build()
        .unwrap();
    let mut frame = region.frame().unwrap();
    frame.append(b"body").unwrap();
    assert_eq!(
        frame.prepend(65).map(drop),
        Err(OutOfRoom {
            needed: 65,
            room: 64
        })
    );
    assert_eq!(
        frame.append(&[0; 445]),
        Err(OutOfRoom {
            needed: 445,
            room: 444
        })
    );
    assert_eq!(
        frame.set_len(449),
        Err(OutOfRoom {
            needed: 449,
            room: 448
        })
    );
    assert_eq!(
        frame.place(500, 13),
        Err(OutOfRoom {
            needed: 13,
            room: 12
        })
    );
    assert!(frame.place(513, 0).is_err());
    assert_eq!(&frame[..], b"body");
    frame.place(0, 512).unwrap();
    assert_eq!((frame.len(), frame.room()), (512, 0));
}

#[test]
fn frames_dropped_on_other_threads_come_home() {
    let region = region(64);
    let rounds = if cfg!(miri) { 5 } else { 500 };
    thread::scope(|scope| {
        for _ in 0..3 {
            let mut pool = FramePool::new(&region);
            scope.spawn(move || {
                for round in 0..rounds {
                    let Some(mut frame) = pool.take() else {
                        continue;
                    };
                    frame.append(&[round as u8; 100]).unwrap();
                    thread::scope(|inner| {
                        inner.spawn(move || assert_eq!(frame[99], round as u8));
                    });
                }
            });
        }
    });
    assert_eq!(region.free_frames(), 64);
}

#[test]
fn the_last_hold_may_end_on_any_thread() {
    for _ in 0..if cfg!(miri) { 5 } else { 200 } {
        let region = region(2);
        let frames = [region.frame().unwrap(), region.frame().unwrap()];
        thread::scope(|scope| {
            frames
                .into_iter()
                .for_each(|frame| drop(scope.spawn(move || drop(frame))));
            scope.spawn(move || drop(region));
        });
    }
}

#[test]
fn measures_out_of_range_are_refused_with_the_range() {
    let refused = |builder: portway_xdp::RegionBuilder| builder.build().unwrap_err();
    let size = refused(Region::builder().chunk_size(100));
    assert!(
        matches!(size, RegionError::ChunkSize { size: 100 }),
        "{size}"
    );
    let count = refused(Region::builder().chunks(0));
    assert!(
        matches!(count, RegionError::ChunkCount { count: 0 }),
        "{count}"
    );
    let overflow = refused(Region::builder().chunks(usize::MAX));
    assert!(
        matches!(overflow, RegionError::ChunkCount { .. }),
        "{overflow}"
    );
    let headroom = refused(Region::builder().headroom(2048));
    assert!(matches!(
        headroom,
        RegionError::Headroom {
            headroom: 2048,
            chunk_size: 2048
        }
    ));
}

#[test]
#[cfg_attr(miri, ignore = "Miri has no huge pages")]
fn missing_huge_pages_name_the_file_that_reserves_them() {
    let error = Region::builder()
        .chunks(1 << 20)
        .page_size(PageSize::Huge1G)
        .build();
    let Err(error) = error else { return };
    let text = error.to_string();
    assert!(
        text.contains("/sys/kernel/mm/hugepages/hugepages-1048576kB/nr_hugepages"),
        "{text}"
    );
}

#[test]
#[cfg_attr(miri, ignore = "Miri has no huge pages")]
fn huge_pages_hold_frames_where_some_are_reserved() {
    let builder = Region::builder().chunks(2048).page_size(PageSize::Huge2M);
    let region = match builder.build() {
        Ok(region) => region,
        Err(error) => return eprintln!("skipped: {error}"),
    };
    let frames: Vec<_> = std::iter::from_fn(|| region.frame()).collect();
    assert_eq!(frames.len(), 2048);
    let first = frames.iter().map(|frame| frame.as_ptr().addr()).min();
    assert!(
        first.is_some_and(|first| first % (2 << 20) < 4096),
        "it begins with a page"
    );
}

/// A burst of frames whose only byte is their number.
fn numbered(region: &Region, count: u8) -> Burst {
    let mut burst = Burst::new();
    for number in 0..count {
        let mut frame = region.frame().expect("a free frame");
        frame.append(&[number]).expect("room for a byte");
        burst.push(frame).expect("a burst that is not full");
    }
    burst
}

/// A frame of a region for requests, with these bytes.
fn asking(bytes: &[u8]) -> Frame {
    let region = Region::builder().chunks(8).send_metadata().build();
    let mut frame = region.expect("there is memory").frame().expect("a frame");
    frame.append(bytes).expect("room");
    frame
}

#[test]
fn a_checksum_is_asked_for_within_the_packet_or_not_at_all() {
    let mut frame = asking(&[0; 40]);
    for (start, offset) in [(0, 39), (39, 0), (41, 0), (usize::MAX, 2), (2, usize::MAX)] {
        let refused = RequestError::Checksum {
            start,
            offset,
            length: 40,
        };
        assert_eq!(frame.request_checksum(start, offset), Err(refused));
        assert_eq!(frame.requested(), SendFeatures::NONE);
    }
    assert_eq!(frame.request_checksum(20, 18), Ok(()));
    assert_eq!(frame.requested(), SendFeatures::CHECKSUM);
}

#[test]
fn a_region_without_room_for_requests_says_so() {
    let mut frame = region(4).frame().unwrap();
    frame.append(&[0; 40]).unwrap();
    assert_eq!(frame.request_checksum(0, 0), Err(RequestError::NoMetadata));
    assert_eq!(frame.request_time_stamp(1), Err(RequestError::NoMetadata));
    let now = Duration::from_secs(1);
    assert_eq!(frame.request_launch(now), Err(RequestError::NoMetadata));
    assert_eq!(frame.requested(), SendFeatures::NONE);
}

#[test]
fn a_checksum_stays_at_its_bytes_when_headers_are_put_before_them_or_taken_off() {
    let packet = b"IPIPtransport: \0\0 and payload";
    let mut expected = asking(packet);
    expected.request_checksum(4, 11).unwrap();
    expected.complete_checksum();
    assert_eq!(expected.requested(), SendFeatures::NONE);
    let mut frame = asking(packet);
    frame.request_checksum(4, 11).unwrap();
    frame.prepend(14).unwrap().fill(0xee);
    frame.trim_front(16);
    frame.complete_checksum();
    assert_eq!(frame[..], expected[2..]);
}

#[test]
fn a_checksum_that_is_cut_off_is_not_computed_and_stays_asked_for() {
    let mut frame = asking(&[7; 40]);
    frame.request_checksum(20, 6).unwrap();
    frame.truncate(27);
    frame.complete_checksum();
    assert_eq!(frame[..], [7; 27]);
    assert_eq!(frame.requested(), SendFeatures::CHECKSUM);
    frame.withdraw_requests();
    assert_eq!(frame.requested(), SendFeatures::NONE);
}

#[test]
fn a_checksum_covers_all_frames_of_its_packet_and_none_of_the_next() {
    let region = Region::builder().chunks(8).send_metadata().build().unwrap();
    let mut burst = Burst::new();
    for (piece, continues) in [
        (&b"one\0\0"[..], true),
        (b"two", true),
        (b"end", false),
        (b"next", false),
    ] {
        let mut frame = region.frame().unwrap();
        frame.append(piece).unwrap();
        frame.set_continues(continues);
        burst.push(frame).unwrap();
    }
    burst[0].request_checksum(0, 3).unwrap();
    burst[3].request_time_stamp(9).unwrap();
    burst.complete_checksums();
    let mut whole = asking(b"one\0\0twoend");
    whole.request_checksum(0, 3).unwrap();
    whole.complete_checksum();
    assert_eq!(burst[0][..], whole[..5]);
    assert_eq!(burst[3][..], b"next"[..]);
    assert!(
        burst
            .iter()
            .all(|frame| frame.requested() == SendFeatures::NONE)
    );
}

#[test]
fn a_frame_that_was_given_back_asks_for_nothing_when_it_is_taken_again() {
    let region = Region::builder().chunks(1).send_metadata().build().unwrap();
    let mut frame = region.frame().unwrap();
    frame.append(&[0; 40]).unwrap();
    frame.request_checksum(0, 0).unwrap();
    drop(frame);
    let mut frame = region.frame().unwrap();
    assert_eq!(frame.requested(), SendFeatures::NONE);
    frame.request_time_stamp(1).unwrap();
    frame.reset();
    assert_eq!(frame.requested(), SendFeatures::NONE);
}
