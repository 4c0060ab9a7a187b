//! What is asked with packets: checksums, time stamps, a time to leave at.

use std::io;
use std::net::{Ipv4Addr, UdpSocket};
use std::time::{Duration, Instant};

use crate::support::{PATIENCE, in_network as in_any_network, ip, open};
use portway_xdp::program::{AttachPolicy, Attached, Match};
use portway_xdp::{
    Burst, Copying, Frame, Region, RegionBuilder, SendFeatures, Socket, SocketError, TimeStamp,
};

const SOURCE: Ipv4Addr = Ipv4Addr::new(10, 1, 0, 9);
const DESTINATION: Ipv4Addr = Ipv4Addr::new(10, 1, 0, 1);
const PORT: u16 = 4711;
/// Where the headers of UDP are, and the checksum in them.
const UDP: usize = 34;
const UDP_CHECKSUM: usize = 6;
const PAYLOAD: &[u8] = b"what the checksum covers, of an odd length.";

#[test]
fn the_kernel_takes_a_datagram_whose_sender_left_only_the_sum_of_the_pseudo_header() {
    in_network(1, || {
        let (socket, mac) = listen();
        let region = asking(2048);
        let mut sender = open("right", 0, &region);
        let features = SendFeatures::CHECKSUM | SendFeatures::TIME_STAMP;
        assert_eq!(sender.send_features(), features);
        // What nobody completes is refused; what was asked for arrives.
        send(&mut sender, datagram(&region, mac, b"never completed"));
        let mut frame = datagram(&region, mac, PAYLOAD);
        frame.request_checksum(UDP, UDP_CHECKSUM).unwrap();
        send(&mut sender, frame);
        assert_eq!(receive(&socket), PAYLOAD);
        assert_eq!(checksum_errors(), 1);
    });
}

#[test]
fn in_software_the_checksum_is_right_in_the_bytes_that_come_out_at_the_other_end() {
    for chunk_size in [2048, 3000] {
        in_network(1, move || {
            let (left, right) = (plain(), asking_of(chunk_size));
            let program = Attached::builder("left", Match::udp_port(PORT))
                .policy(AttachPolicy::Generic)
                .attach()
                .unwrap();
            let mut receiver = open("left", 0, &left);
            program.insert(0, &receiver).unwrap();
            let builder = Socket::builder("right", 0).software_checksum();
            let mut sender = builder.open(&right).unwrap();
            let mut frame = datagram(&right, [2; 6], PAYLOAD);
            frame.request_checksum(UDP, UDP_CHECKSUM).unwrap();
            let mut expected = datagram(&right, [2; 6], PAYLOAD);
            expected.request_checksum(UDP, UDP_CHECKSUM).unwrap();
            expected.complete_checksum();
            assert!(is_right(&expected));
            send(&mut sender, frame);
            assert_eq!(receive_frame(&mut receiver)[..], expected[..]);
        });
    }
}

#[test]
fn a_checksum_outside_of_its_packet_never_reaches_the_kernel() {
    in_network(1, || {
        let region = asking(2048);
        let mut sender = open("right", 0, &region);
        let mut cut = datagram(&region, [2; 6], PAYLOAD);
        cut.request_checksum(UDP, UDP_CHECKSUM).unwrap();
        cut.truncate(UDP + UDP_CHECKSUM + 1);
        let mut gone = datagram(&region, [2; 6], PAYLOAD);
        gone.request_checksum(UDP, UDP_CHECKSUM).unwrap();
        gone.trim_front(UDP + 1);
        let mut burst = Burst::new();
        for frame in [cut, gone] {
            burst.push(frame).unwrap();
        }
        assert_eq!(sender.send(&mut burst).unwrap(), 0);
        assert!(burst.is_empty());
        let counted = sender.sender().statistics();
        assert_eq!((counted.unsendable, counted.frames), (2, 0));
        let kernel = sender.sender().kernel_statistics().unwrap();
        assert_eq!(kernel.send_invalid, 0);
    });
}

#[test]
fn time_stamps_come_back_with_their_tags_and_tell_the_time() {
    in_network(1, || {
        let region = asking(2048);
        let mut sender = open("right", 0, &region);
        let before = now();
        let mut burst = Burst::new();
        for tag in 0..10 {
            let mut frame = datagram(&region, [2; 6], PAYLOAD);
            if tag % 2 == 0 {
                frame.request_time_stamp(tag).unwrap();
            }
            burst.push(frame).unwrap();
        }
        sender.send(&mut burst).unwrap();
        flush(&mut sender);
        let sender = sender.sender();
        let stamps: Vec<TimeStamp> = std::iter::from_fn(|| sender.next_time_stamp()).collect();
        let after = now();
        let tags: Vec<u64> = stamps.iter().map(|stamp| stamp.tag).collect();
        assert_eq!(tags, [0, 2, 4, 6, 8]);
        // The kernel's fast clock may be off by what it was last corrected by.
        let slack = Duration::from_millis(10);
        let right = before - slack..after + slack;
        assert!(
            stamps.iter().all(|stamp| right.contains(&stamp.time)),
            "{stamps:?}, {right:?}"
        );
        assert_eq!(sender.statistics().time_stamps_missing, 0);
    });
}

#[test]
fn a_packet_with_too_little_before_it_is_moved_and_one_of_another_region_takes_its_requests_along()
{
    in_network(1, || {
        let (socket, mac) = listen();
        let (region, foreign) = (asking(2048), asking(8));
        let mut sender = open("right", 0, &region);
        let mut tight = datagram(&region, mac, PAYLOAD);
        let bytes = tight.to_vec();
        tight.place(10, bytes.len()).unwrap();
        tight.copy_from_slice(&bytes);
        tight.request_checksum(UDP, UDP_CHECKSUM).unwrap();
        send(&mut sender, tight);
        assert_eq!(receive(&socket), PAYLOAD);
        let mut other = datagram(&foreign, mac, b"from elsewhere");
        other.request_checksum(UDP, UDP_CHECKSUM).unwrap();
        other.request_time_stamp(77).unwrap();
        send(&mut sender, other);
        assert_eq!(receive(&socket), b"from elsewhere");
        let sender = sender.sender();
        assert_eq!(sender.next_time_stamp().unwrap().tag, 77);
        let counted = sender.statistics();
        assert_eq!((counted.moved, counted.copied), (1, 1));
        assert_eq!(checksum_errors(), 0);
    });
}

#[test]
fn a_checksum_covers_a_packet_of_several_frames() {
    in_network(1, || {
        for end in ["left", "right"] {
            ip(&["link", "set", end, "mtu", "9000"]);
        }
        let (socket, mac) = listen();
        let region = asking(2048);
        let builder = Socket::builder("right", 0).copying(Copying::Copy);
        let mut sender = builder.multi_buffer().open(&region).unwrap();
        let payload: Vec<u8> = (0..1501_u32).map(|number| (number * 7) as u8).collect();
        let mut burst = Burst::new();
        burst.push(datagram(&region, mac, &payload)).unwrap();
        // The rest of the packet in a frame of its own.
        let mut rest = region.frame().unwrap();
        rest.append(&burst[0][701..]).unwrap();
        burst[0].truncate(701);
        burst[0].set_continues(true);
        burst[0].request_checksum(UDP, UDP_CHECKSUM).unwrap();
        burst.push(rest).unwrap();
        assert_eq!(sender.send(&mut burst).unwrap(), 2);
        assert_eq!(receive(&socket), payload);
        assert_eq!(checksum_errors(), 0);
    });
}

#[test]
fn what_a_socket_does_not_have_is_computed_or_counted() {
    in_network(1, || {
        let (socket, mac) = listen();
        let (region, asking) = (plain(), asking(8));
        let mut sender = open("right", 0, &region);
        assert_eq!(sender.send_features(), SendFeatures::NONE);
        let mut frame = datagram(&asking, mac, PAYLOAD);
        frame.request_checksum(UDP, UDP_CHECKSUM).unwrap();
        frame.request_time_stamp(1).unwrap();
        frame.request_launch(now()).unwrap();
        send(&mut sender, frame);
        assert_eq!(receive(&socket), PAYLOAD);
        assert_eq!(sender.sender().next_time_stamp(), None);
        assert_eq!(sender.sender().statistics().requests_unmet, 1);
        assert_eq!(checksum_errors(), 0);
    });
}

#[test]
fn what_is_required_and_not_offered_is_refused_with_a_remedy() {
    in_network(1, || {
        let driver = SendFeatures::of_driver("right").unwrap();
        assert_eq!(driver, SendFeatures::NONE, "veth");
        let builder = || Socket::builder("right", 0).copying(Copying::Copy);
        let wanted = SendFeatures::CHECKSUM | SendFeatures::LAUNCH_TIME;
        let error = builder().require(wanted).open(&asking(2048)).unwrap_err();
        let SocketError::NoSendFeature { missing, .. } = &error else {
            panic!("{error}");
        };
        assert_eq!(*missing, SendFeatures::LAUNCH_TIME);
        assert!(error.to_string().contains("right offers no launch time"));
        let error = builder().require(wanted).open(&plain()).unwrap_err();
        assert!(error.to_string().contains("send_metadata()"), "{error}");
        let error = SendFeatures::of_driver("nothing0").unwrap_err();
        assert!(
            matches!(error, SocketError::NoSuchInterface { .. }),
            "{error}"
        );
    });
}

#[test]
fn sockets_of_one_region_agree_on_software_checksums() {
    in_network(2, || {
        let region = asking(4096);
        let _first = open("left", 0, &region);
        let builder = Socket::builder("left", 1).software_checksum();
        let error = builder.open(&region).unwrap_err();
        assert!(matches!(error, SocketError::Shared { .. }), "{error}");
        assert!(error.to_string().contains("without software checksums"));
    });
}

/// The kernel writes a time stamp whenever the device lets go of the packet, be the socket closed or not.
#[test]
fn a_frame_whose_time_stamp_has_not_come_is_not_used_again_when_the_socket_closes() {
    in_network(1, || {
        let region = asking(2048);
        let mut sender = open("right", 0, &region);
        ip(&["link", "set", "right", "down"]);
        let mut burst = Burst::new();
        for tag in 0..3 {
            let mut frame = datagram(&region, [2; 6], PAYLOAD);
            if tag > 0 {
                frame.request_time_stamp(tag).unwrap();
            }
            burst.push(frame).unwrap();
        }
        let error = sender.send(&mut burst).unwrap_err();
        assert!(
            matches!(error, SocketError::InterfaceDown { .. }),
            "{error}"
        );
        assert!(burst.is_empty());
        drop(sender);
        assert_eq!(region.free_frames(), 2048 - 2);
    });
}

/// Skips where the kernel takes no requests with packets, which it does since Linux 6.11.
#[expect(clippy::print_stderr, reason = "a test that skips says why")]
fn in_network(queues: u32, test: impl FnOnce() + Send + 'static) {
    let release = std::fs::read_to_string("/proc/sys/kernel/osrelease").expect("a release");
    let mut numbers = release
        .split('.')
        .map_while(|part| part.parse::<u32>().ok());
    if numbers.next() < Some(6) || (release.starts_with("6.") && numbers.next() < Some(11)) {
        eprintln!("skipped: requests with packets need Linux 6.11, this is {release}");
        return;
    }
    in_any_network(queues, test);
}

fn plain() -> Region {
    Region::builder().chunks(2048).build().expect("memory")
}

/// A region whose frames can carry requests.
fn asking(chunks: usize) -> Region {
    build(Region::builder().chunks(chunks))
}

fn asking_of(chunk_size: usize) -> Region {
    build(Region::builder().chunk_size(chunk_size))
}

fn build(builder: RegionBuilder) -> Region {
    builder.send_metadata().build().expect("memory")
}

/// Makes `left` an end of UDP; returns its socket and its hardware address.
fn listen() -> (UdpSocket, [u8; 6]) {
    ip(&[
        "address",
        "add",
        &format!("{DESTINATION}/24"),
        "dev",
        "left",
    ]);
    let facts = portway_xdp::program::InterfaceFacts::of("left").expect("it is there");
    let socket = UdpSocket::bind((DESTINATION, PORT)).expect("bound");
    socket.set_read_timeout(Some(PATIENCE)).expect("a time-out");
    (socket, facts.mac.expect("veth has one"))
}

fn receive(socket: &UdpSocket) -> Vec<u8> {
    let mut bytes = [0; 2048];
    let length = socket.recv(&mut bytes).expect("a datagram");
    bytes[..length].to_vec()
}

/// A datagram whose checksum is the sum of the pseudo header alone.
fn datagram(region: &Region, mac: [u8; 6], payload: &[u8]) -> Frame {
    let length = (8 + payload.len()) as u16;
    let mut packet = vec![0; UDP];
    packet[..6].copy_from_slice(&mac);
    packet[6..12].copy_from_slice(&[2, 0, 0, 0, 0, 9]);
    packet[12..24].copy_from_slice(&[8, 0, 0x45, 0, 0, 0, 0, 0, 0, 0, 64, 17]);
    packet[16..18].copy_from_slice(&(20 + length).to_be_bytes());
    packet[26..30].copy_from_slice(&SOURCE.octets());
    packet[30..34].copy_from_slice(&DESTINATION.octets());
    let header = !sum(&packet[14..34]);
    packet[24..26].copy_from_slice(&header.to_be_bytes());
    for field in [PORT, PORT, length, sum(&pseudo_header(length))] {
        packet.extend(field.to_be_bytes());
    }
    packet.extend(payload);
    let mut frame = region.frame().expect("a free frame");
    frame.append(&packet).expect("room for a packet");
    frame
}

/// Whether the checksum of UDP is true: with it, everything sums up to all ones.
fn is_right(packet: &[u8]) -> bool {
    let length = (packet.len() - UDP) as u16;
    sum(&[&pseudo_header(length)[..], &packet[UDP..]].concat()) == 0xffff
}

fn pseudo_header(length: u16) -> [u8; 12] {
    let mut header = [0; 12];
    header[..4].copy_from_slice(&SOURCE.octets());
    header[4..8].copy_from_slice(&DESTINATION.octets());
    header[9] = 17;
    header[10..].copy_from_slice(&length.to_be_bytes());
    header
}

/// The one's complement sum, word for word as in RFC 1071.
fn sum(bytes: &[u8]) -> u16 {
    let words = bytes
        .chunks(2)
        .map(|pair| u32::from(pair[0]) << 8 | pair.get(1).map_or(0, |low| u32::from(*low)));
    let total: u32 = words.sum();
    let folded = (total & 0xffff) + (total >> 16);
    ((folded & 0xffff) + (folded >> 16)) as u16
}

fn send(sender: &mut Socket, frame: Frame) {
    let mut burst = Burst::new();
    burst.push(frame).expect("an empty burst");
    assert_eq!(sender.send(&mut burst).expect("sent"), 1);
    flush(sender);
}

/// Waits until the kernel has given all frames back.
fn flush(sender: &mut Socket) {
    let started = Instant::now();
    while sender.sender().flush().expect("flushed") > 0 {
        assert!(started.elapsed() < PATIENCE, "the kernel keeps frames");
        std::thread::yield_now();
    }
}

fn receive_frame(receiver: &mut Socket) -> Frame {
    let started = Instant::now();
    let mut burst = Burst::new();
    while receiver.receive(&mut burst).expect("received") == 0 {
        assert!(started.elapsed() < PATIENCE, "nothing came");
        std::thread::yield_now();
    }
    burst.pop().expect("a frame")
}

/// What the kernel of this thread's namespace has refused for their checksum.
fn checksum_errors() -> u64 {
    let counters = std::fs::read_to_string("/proc/thread-self/net/snmp").expect("counters");
    let mut lines = counters.lines().filter(|line| line.starts_with("Udp: "));
    let (names, values) = (lines.next().expect("names"), lines.next().expect("values"));
    let mut pairs = names.split(' ').zip(values.split(' '));
    let (_, value) = pairs
        .find(|(name, _)| *name == "InCsumErrors")
        .expect("it is counted");
    value.parse().expect("a number")
}

/// The time of the clock that the kernel's time stamps are of.
fn now() -> Duration {
    let mut time = libc::timespec {
        tv_sec: 0,
        tv_nsec: 0,
    };
    // SAFETY: the kernel writes to the structure, which lives through the call.
    let answer = unsafe { libc::clock_gettime(libc::CLOCK_TAI, &raw mut time) };
    assert_eq!(answer, 0, "{}", io::Error::last_os_error());
    Duration::new(time.tv_sec as u64, time.tv_nsec as u32)
}
