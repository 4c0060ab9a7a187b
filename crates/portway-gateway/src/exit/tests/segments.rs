//! Segments that no honest peer would send, in any order, to a connection that is open.

use std::net::SocketAddr;

use proptest::{collection::vec, prelude::*};
use smoltcp::{
    phy::ChecksumCapabilities,
    wire::{IpProtocol, IpRepr, TcpPacket},
};

use super::{configuration, echo, reaching_loopback, serve_once};
use crate::{
    InnerStack,
    stack::testing::{FAR, FIRST_PORT, PEER, World},
};

/// A segment as a hostile peer would build it.
#[derive(Clone, Debug)]
struct Segment {
    flags: u8,
    sequence: u32,
    acknowledgement: u32,
    window: u16,
    options: Vec<u8>,
    payload: Vec<u8>,
}

fn segment() -> impl Strategy<Value = Segment> {
    // Near the last number seen, or anywhere.
    let number = || prop_oneof![3 => 0..3000_u32, 1 => any::<u32>()];
    (
        any::<u8>(),
        number(),
        number(),
        any::<u16>(),
        vec(any::<u8>(), 0..10).prop_map(|words| words.repeat(4)),
        vec(any::<u8>(), 0..1200),
    )
        .prop_map(
            |(flags, sequence, acknowledgement, window, options, payload)| Segment {
                flags,
                sequence,
                acknowledgement,
                window,
                options,
                payload,
            },
        )
}

impl Segment {
    /// The whole packet; its numbers count from the last ones that the exit sent.
    fn packet(&self, target: SocketAddr, (sequence, acknowledgement): (u32, u32)) -> Vec<u8> {
        let (source, destination) = (FAR[0].into(), target.ip().into());
        let header = 20 + self.options.len();
        let length = header + self.payload.len();
        let ip = IpRepr::new(source, destination, IpProtocol::Tcp, length, 64);
        let mut packet = vec![0; ip.buffer_len()];
        ip.emit(&mut packet[..], &ChecksumCapabilities::default());
        let body = &mut packet[ip.header_len()..];
        body[0..2].copy_from_slice(&FIRST_PORT.to_be_bytes());
        body[2..4].copy_from_slice(&target.port().to_be_bytes());
        body[4..8].copy_from_slice(&sequence.wrapping_add(self.sequence).to_be_bytes());
        let acknowledgement = acknowledgement.wrapping_add(self.acknowledgement);
        body[8..12].copy_from_slice(&acknowledgement.to_be_bytes());
        body[12] = u8::try_from(header / 4).unwrap() << 4;
        body[13] = self.flags;
        body[14..16].copy_from_slice(&self.window.to_be_bytes());
        body[20..header].copy_from_slice(&self.options);
        body[header..].copy_from_slice(&self.payload);
        TcpPacket::new_unchecked(body).fill_checksum(&source, &destination);
        packet
    }
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(48))]

    #[test]
    fn no_sequence_of_segments_makes_the_exit_panic(segments in vec(segment(), 1..40)) {
        let (target, _server) = serve_once(echo);
        let mut world = World::new(reaching_loopback(configuration()));
        let opening = Segment {
            flags: 0x02,
            sequence: 0,
            acknowledgement: 0,
            window: 60_000,
            options: Vec::new(),
            payload: Vec::new(),
        };
        world.send(&opening.packet(target, (0, 0)));
        world.run_until("the destination accepts", |world| world.far.seen.is_some());
        let mut buffer = [0; 1420];
        for segment in &segments {
            let numbers = world.far.seen.unwrap();
            let packet = segment.packet(target, numbers);
            world.stack.handle_packet(PEER, &packet, world.now);
            while world.stack.poll_packet(&mut buffer, world.now).is_some() {}
            world.now += std::time::Duration::from_millis(300);
            world.stack.handle_timeout(world.now);
            while world.stack.poll_packet(&mut buffer, world.now).is_some() {}
        }
    }
}
