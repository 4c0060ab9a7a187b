//! Cutting and putting together, against each other and against a slow checksum.

use proptest::prelude::*;

use super::{
    Place,
    checksum::{finish, fold, pseudo_header, sum},
    coalesce::{Coalescer, Output},
    flow::LONGEST_HEADERS,
    header::{HEADER, OffloadHeader, Segmentation},
    segment::{Segments, complete_checksum},
};

/// A packet whose checksum is left open, as the kernel hands it over.
#[derive(Clone, Debug)]
struct Sample {
    version_6: bool,
    udp: bool,
    options: usize,
    payload: Vec<u8>,
}

impl Sample {
    fn network(&self) -> usize {
        if self.version_6 { 40 } else { 20 }
    }

    fn headers(&self) -> usize {
        self.network() + if self.udp { 8 } else { 20 + self.options }
    }

    fn packet(&self) -> Vec<u8> {
        let length = self.headers() + self.payload.len();
        let mut packet = vec![0; length];
        if self.version_6 {
            packet[0] = 0x60;
            packet[4..6].copy_from_slice(&((length - 40) as u16).to_be_bytes());
            packet[6..8].copy_from_slice(&[self.protocol(), 64]);
            packet[8..40].copy_from_slice(&[0xfd; 32]);
        } else {
            packet[0] = 0x45;
            packet[2..4].copy_from_slice(&(length as u16).to_be_bytes());
            packet[6..10].copy_from_slice(&[0x40, 0, 64, self.protocol()]);
            packet[12..20].copy_from_slice(&[10, 0, 0, 1, 10, 0, 0, 2]);
            let checksum = finish(sum(&packet[..20]));
            packet[10..12].copy_from_slice(&checksum);
        }
        let network = self.network();
        self.write_transport(&mut packet[network..]);
        let partial = fold(pseudo(&packet, network));
        let checksum = network + self.checksum_offset();
        packet[checksum..checksum + 2].copy_from_slice(&partial);
        packet
    }

    fn protocol(&self) -> u8 {
        if self.udp { 17 } else { 6 }
    }

    fn checksum_offset(&self) -> usize {
        if self.udp { 6 } else { 16 }
    }

    fn write_transport(&self, transport: &mut [u8]) {
        let length = transport.len() as u16;
        transport[..4].copy_from_slice(&[0x12, 0x34, 0, 80]);
        if self.udp {
            transport[4..6].copy_from_slice(&length.to_be_bytes());
        } else {
            transport[4..8].copy_from_slice(&0xffff_ff00_u32.to_be_bytes());
            transport[12] = (((20 + self.options) / 4) as u8) << 4;
            transport[13] = 0x18;
        }
        let payload = transport.len() - self.payload.len();
        transport[payload..].copy_from_slice(&self.payload);
    }

    fn segmentation(&self) -> Segmentation {
        match (self.udp, self.version_6) {
            (true, _) => Segmentation::Udp,
            (false, true) => Segmentation::Tcp6,
            (false, false) => Segmentation::Tcp4,
        }
    }

    fn header(&self, segment_size: u16) -> OffloadHeader {
        OffloadHeader {
            needs_checksum: true,
            segmentation: self.segmentation(),
            header_length: self.headers() as u16,
            segment_size,
            checksum_start: self.network() as u16,
            checksum_offset: self.checksum_offset() as u16,
        }
    }
}

fn pseudo(packet: &[u8], network: usize) -> u64 {
    let addresses = if network == 40 {
        &packet[8..40]
    } else {
        &packet[12..20]
    };
    pseudo_header(
        addresses,
        packet[if network == 40 { 6 } else { 9 }],
        packet.len() - network,
    )
}

fn checksum_holds(packet: &[u8], network: usize) -> bool {
    fold(pseudo(packet, network) + sum(&packet[network..])) == [0xff, 0xff]
}

fn cut(header: &OffloadHeader, packet: &[u8]) -> Vec<Vec<u8>> {
    let segments = Segments::new(header, packet).unwrap();
    let cut = (0..segments.count()).map(|number| {
        let mut place = vec![0; segments.length(number)];
        segments.write(number, &mut place);
        place
    });
    cut.collect()
}

/// Lays packets side by side, as a receive buffer has them.
fn lay_out(packets: &[Vec<u8>]) -> (Vec<u8>, Vec<Place>) {
    let mut memory = Vec::new();
    let mut places = Vec::new();
    for packet in packets {
        places.push(Place::new(memory.len(), packet.len()));
        memory.extend_from_slice(packet);
    }
    (memory, places)
}

/// What one write would hand to the kernel.
fn written(output: &Output<'_>, memory: &[u8]) -> Vec<u8> {
    match output {
        Output::Packet(packet) => {
            let mut bytes = OffloadHeader::PLAIN.encode().to_vec();
            bytes.extend_from_slice(&memory[packet.offset..packet.offset + packet.length]);
            bytes
        }
        Output::Flow(flow) => {
            let mut headers = [0; HEADER + LONGEST_HEADERS];
            let length = flow.write_headers(memory, &mut headers);
            let mut bytes = headers[..length].to_vec();
            for payload in flow.payloads() {
                bytes.extend_from_slice(&memory[payload.clone()]);
            }
            bytes
        }
    }
}

fn coalesce(packets: &[Vec<u8>]) -> Vec<Vec<u8>> {
    let (memory, places) = lay_out(packets);
    let mut coalescer = Coalescer::new(true);
    let mut writes = Vec::new();
    for place in places {
        coalescer.push(place, &memory, |output| {
            writes.push(written(&output, &memory))
        });
    }
    coalescer.flush(|output| writes.push(written(&output, &memory)));
    writes
}

fn sample() -> impl Strategy<Value = Sample> {
    let payload = prop::collection::vec(any::<u8>(), 1..20_000);
    (any::<[bool; 2]>(), 0_usize..=10, payload).prop_map(|(kind, options, payload)| Sample {
        version_6: kind[0],
        udp: kind[1],
        options: options * 4,
        payload,
    })
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(64))]

    #[test]
    fn what_is_cut_has_true_checksums_and_is_put_together_again(
        sample in sample(),
        segment_size in 400_u16..1400,
    ) {
        let whole = sample.packet();
        let header = sample.header(segment_size);
        let pieces = cut(&header, &whole);
        for piece in &pieces {
            prop_assert!(checksum_holds(piece, sample.network()));
        }
        let writes = coalesce(&pieces);
        prop_assert_eq!(writes.len(), 1);
        if pieces.len() > 1 {
            let expected_header = OffloadHeader { segment_size, ..header };
            prop_assert_eq!(&writes[0][..HEADER], &expected_header.encode()[..]);
            prop_assert_eq!(&writes[0][HEADER..], &whole[..]);
        } else {
            prop_assert_eq!(&writes[0][HEADER..], &pieces[0][..]);
        }
    }

    #[test]
    fn any_bytes_are_written_whole_and_in_number(
        packets in prop::collection::vec(prop::collection::vec(any::<u8>(), 1..200), 0..20),
    ) {
        let bytes: usize = packets.iter().map(|packet| packet.len() + HEADER).sum();
        let written: usize = coalesce(&packets).iter().map(Vec::len).sum();
        prop_assert_eq!(bytes, written);
    }

    #[test]
    fn a_header_that_lies_is_refused_or_harmless(
        bytes in any::<[u8; HEADER]>(),
        packet in prop::collection::vec(any::<u8>(), 0..300),
    ) {
        let Some(header) = OffloadHeader::decode(&bytes) else { return Ok(()) };
        let _ = complete_checksum(&header, &mut packet.clone());
        if Segments::new(&header, &packet).is_some() {
            let total: usize = cut(&header, &packet).iter().map(Vec::len).sum();
            prop_assert_eq!(total, Segments::new(&header, &packet).unwrap().bytes());
        }
    }
}

fn pieces_of(payload: usize) -> Vec<Vec<u8>> {
    let sample = Sample {
        version_6: false,
        udp: false,
        options: 12,
        payload: vec![7; payload],
    };
    cut(&sample.header(1000), &sample.packet())
}

fn renew_checksum(piece: &mut [u8]) {
    piece[36..38].fill(0);
    let checksum = finish(pseudo(piece, 20) + sum(&piece[20..]));
    piece[36..38].copy_from_slice(&checksum);
}

#[test]
fn a_broken_checksum_keeps_a_segment_alone() {
    let mut pieces = pieces_of(4000);
    pieces[2][60] ^= 1;
    let lengths: Vec<usize> = coalesce(&pieces).iter().map(Vec::len).collect();
    let headers = HEADER + 52;
    assert_eq!(lengths, [headers + 2000, headers + 1000, headers + 1000]);
}

#[test]
fn a_missing_segment_begins_a_new_packet() {
    let mut pieces = pieces_of(4000);
    pieces.remove(1);
    let lengths: Vec<usize> = coalesce(&pieces).iter().map(Vec::len).collect();
    assert_eq!(lengths, [HEADER + 52 + 1000, HEADER + 52 + 2000]);
}

#[test]
fn another_acknowledgement_begins_a_new_packet() {
    let mut pieces = pieces_of(2000);
    pieces[1][28] = 9;
    renew_checksum(&mut pieces[1]);
    assert_eq!(coalesce(&pieces).len(), 2);
}

#[test]
fn a_flag_of_a_connection_does_not_overtake_its_data() {
    let mut pieces = pieces_of(3000);
    // FIN
    pieces[2][33] |= 1;
    let writes = coalesce(&pieces);
    assert_eq!(writes.len(), 2);
    assert_eq!(writes[1][HEADER..], pieces[2][..]);
}

#[test]
fn flows_are_put_together_beside_each_other() {
    let first = pieces_of(4000);
    let mut second = pieces_of(4000);
    for piece in &mut second {
        // Another port.
        piece[20] ^= 1;
        renew_checksum(piece);
    }
    let mixed: Vec<_> = first
        .into_iter()
        .zip(second)
        .flat_map(|(a, b)| [a, b])
        .collect();
    let lengths: Vec<usize> = coalesce(&mixed).iter().map(Vec::len).collect();
    assert_eq!(lengths, [HEADER + 52 + 4000; 2]);
}
