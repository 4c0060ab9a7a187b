use super::*;
use crate::modes::{Forward, Generator, Loopback, Sink, Steer};

fn to_port(last_octet: u8) -> Vec<u8> {
    let mut bytes = udp("10.0.0.1:1", "10.0.0.2:2", b"x");
    bytes[5] = last_octet;
    bytes
}

#[test]
fn forward_goes_by_the_last_byte_of_the_destination_and_back_where_there_is_no_such_port() {
    let done = run_on(&mut Forward, 1, &[to_port(2), to_port(0), to_port(77)]);
    assert_eq!(done.discards, []);
    assert_eq!(
        done.sent.iter().map(Vec::len).collect::<Vec<_>>(),
        [1, 1, 1]
    );
    let sent = &done.sent[2][0];
    assert_eq!(&sent[..6], HOST_MAC.as_bytes());
    assert_eq!(&sent[6..12], to_port(2)[..6].as_ref());
    assert_eq!(done.sent[1][0][11], 77, "back, with swapped addresses");
}

#[test]
fn loopback_swaps_the_hardware_addresses_and_nothing_else() {
    let packet = to_port(1);
    let sent = run(&mut Loopback, std::slice::from_ref(&packet)).only();
    assert_eq!([&sent[..6], &sent[6..12]], [&packet[6..12], &packet[..6]]);
    assert_eq!(sent[12..], packet[12..]);
}

#[test]
fn what_has_no_ethernet_addresses_is_malformed_and_the_rest_goes_on() {
    for mode in [&mut Loopback as &mut dyn Mode, &mut Forward] {
        let done = run(mode, &[vec![1; 5], to_port(0), vec![1; 11]]);
        assert_eq!(done.sent[0].len(), 1);
        assert_eq!(done.discards, [(DiscardReason::Malformed, 2)]);
    }
}

#[test]
fn a_packet_of_several_frames_goes_one_way_and_counts_once() {
    let region = Region::builder().chunks(16).build().unwrap();
    let burst = || {
        let mut burst = Burst::new();
        for (bytes, continues) in [
            (to_port(2), true),
            (vec![0xFF; 4], true),
            (vec![0; 60], false),
        ] {
            let mut frame = region.frame().unwrap();
            frame.append(&bytes).unwrap();
            frame.set_continues(continues);
            burst.push(frame).unwrap();
        }
        burst
    };
    let arrival = Arrival {
        port: 1,
        now: Instant::now(),
    };
    let mut outputs = Outputs::new(PORTS);
    Forward.handle(&mut burst(), arrival, &mut outputs);
    let lengths: Vec<_> = outputs.burst(2).iter().map(|frame| frame.len()).collect();
    assert_eq!(lengths, [to_port(2).len(), 4, 60]);
    Loopback.handle(&mut burst(), arrival, &mut outputs);
    assert_eq!(outputs.burst(1).len(), 3);
    assert_eq!(
        outputs.burst(1)[1][..],
        [0xFF; 4],
        "only the first frame has addresses"
    );
    outputs.close(2);
    Forward.handle(&mut burst(), Arrival { port: 2, ..arrival }, &mut outputs);
    Sink.handle(&mut burst(), arrival, &mut outputs);
    let discards: Vec<_> = outputs.discards().iter().collect();
    assert_eq!(
        discards,
        [(DiscardReason::AsAsked, 1), (DiscardReason::NoPort, 2)]
    );
    drop(outputs);
    assert_eq!(region.free_frames(), 16, "all frames came back");
}

#[test]
fn what_finds_no_room_in_an_output_is_counted() {
    let mut outputs = Outputs::new(1);
    let region = Region::builder().chunks(512).build().unwrap();
    let arrival = Arrival {
        port: 0,
        now: Instant::now(),
    };
    for _ in 0..300 {
        let mut frame = region.frame().unwrap();
        frame.append(&to_port(0)).unwrap();
        let mut burst = Burst::new();
        burst.push(frame).unwrap();
        Steer::to(0).handle(&mut burst, arrival, &mut outputs);
    }
    assert_eq!(outputs.burst(0).len(), 256);
    assert_eq!(outputs.discards()[DiscardReason::OutputFull], 44);
    outputs.release();
    assert_eq!(region.free_frames(), 256);
}

#[test]
fn a_generator_fills_the_empty_frames_with_a_valid_packet() {
    let region = Region::builder().chunks(8).build().unwrap();
    let mut mode = Generator::new(Some(OWN_MAC), 4);
    let mut burst = Burst::with_limit(4);
    while burst.push(region.frame().unwrap()).is_ok() {}
    assert_eq!((mode.generates(), mode.receives()), (4, false));
    mode.generate(&mut burst);
    assert_eq!(burst.len(), 4);
    for frame in burst.iter() {
        assert_valid(frame);
        assert_eq!((frame.len(), &frame[6..12]), (60, OWN_MAC.as_bytes()));
    }
}
