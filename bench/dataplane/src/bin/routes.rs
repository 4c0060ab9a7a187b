//! A router between two ports in memory: what `l3fwd` costs a packet over a million routes, with random destinations.
//!
//! The far port is the device: it receives, routes, rewrites and sends. The near one sends, receives, and puts the header
//! back that the router changed; what that and its port cost is measured without a router, and half of the ports and all of
//! the writing is taken off.

use std::{net::Ipv4Addr, sync::Arc, time::Instant};

use anyhow::Context as _;
use bench_dataplane::device::BURST;
use portway_dataplane::{
    Arrival, Burst, Identity, Link, Mode as _, Outputs, Packet, Port, Region, RouteRule,
    RouteTable, Router,
};

const REPETITIONS: usize = 9;
const ROUTES: usize = 1_000_000;
/// Different packets; more than a processor's first caches hold the routes of.
const PACKETS: usize = 1 << 16;
/// Time to live, protocol, checksum and both addresses: what differs, and what the router changes.
const CHANGED: std::ops::Range<usize> = 22..34;
/// Routes of the Internet by length, in thousandths.
const LENGTHS: [(u8, u64); 10] = [
    (8, 1),
    (12, 2),
    (16, 14),
    (18, 15),
    (19, 26),
    (20, 45),
    (21, 51),
    (22, 110),
    (23, 100),
    (24, 636),
];

fn main() -> anyhow::Result<()> {
    let rounds: usize = std::env::args()
        .nth(1)
        .context("how many rounds")?
        .parse()?;
    let mut lab = Lab::new()?;
    let frames = (rounds * BURST) as f64;
    let mut values = Vec::new();
    for _ in 0..REPETITIONS {
        let writing = lab.time(rounds, Part::Writing)?;
        let passing = lab.time(rounds, Part::Passing)? - writing;
        let routing = lab.time(rounds, Part::Routing)? - writing;
        values.push((routing - passing / 2.0) / frames);
    }
    println!(
        "{}",
        serde_json::json!({"frames_per_round": BURST, "nanoseconds": values})
    );
    Ok(())
}

/// What is done in a round.
#[derive(Clone, Copy, Eq, PartialEq)]
enum Part {
    /// Only the headers are written.
    Writing,
    /// And the packets go there and back.
    Passing,
    /// And are routed.
    Routing,
}

struct Lab {
    near: Port,
    far: Port,
    burst: Burst,
    router: Router,
    outputs: Outputs,
    changes: Vec<[u8; 12]>,
    next: usize,
}

impl Lab {
    fn new() -> anyhow::Result<Self> {
        let mut random = Random(1);
        let routes = Arc::new(RouteTable::new(&routes(&mut random)?));
        let region = Region::builder().chunks(2048).build()?;
        let (mut near, far) = Link::new().pair(&region);
        let mut burst = Burst::with_limit(BURST);
        near.prepare(&mut burst, BURST);
        for frame in burst.iter_mut() {
            frame.append(&packet(0)?)?;
        }
        let changes = (0..PACKETS).map(|_| {
            let packet = packet(random.next() as u32)?;
            Ok(packet[CHANGED].try_into()?)
        });
        Ok(Self {
            near,
            far,
            burst,
            router: Router::new(routes, [Identity::default(), Identity::default()].into()),
            outputs: Outputs::new(2),
            changes: changes.collect::<anyhow::Result<_>>()?,
            next: 0,
        })
    }

    /// Nanoseconds of so many rounds.
    fn time(&mut self, rounds: usize, part: Part) -> anyhow::Result<f64> {
        let begin = Instant::now();
        for _ in 0..rounds {
            for frame in self.burst.iter_mut() {
                frame[CHANGED].copy_from_slice(&self.changes[self.next % PACKETS]);
                self.next += 1;
            }
            if part != Part::Writing {
                self.near.tx_burst(&mut self.burst);
                self.far.rx_burst(&mut self.burst);
                self.pass_on(part);
                self.near.rx_burst(&mut self.burst);
            }
        }
        anyhow::ensure!(self.burst.len() == BURST, "a packet was lost");
        Ok(begin.elapsed().as_nanos() as f64)
    }

    fn pass_on(&mut self, part: Part) {
        if part == Part::Passing {
            self.far.tx_burst(&mut self.burst);
            return;
        }
        let arrival = Arrival {
            port: 0,
            now: Instant::now(),
        };
        self.router
            .handle(&mut self.burst, arrival, &mut self.outputs);
        self.outputs.release();
        // Both of the router's ports are one here, so that one link suffices.
        for port in 0..2 {
            self.far.tx_burst(self.outputs.burst(port));
        }
    }
}

fn routes(random: &mut Random) -> anyhow::Result<Vec<RouteRule>> {
    let mut rules = vec!["0.0.0.0/0,02:00:00:00:01:00,0".parse()?];
    while rules.len() < ROUTES {
        let address = Ipv4Addr::from(random.next() as u32);
        let (length, next) = (length(random), random.next() % 256);
        rules.push(format!("{address}/{length},02:00:00:00:01:{next:02x},{}", next & 1).parse()?);
    }
    Ok(rules)
}

fn length(random: &mut Random) -> u8 {
    let mut left = random.next() % 1000;
    for (length, share) in LENGTHS {
        if left < share {
            return length;
        }
        left -= share;
    }
    24
}

/// 64 bytes: Ethernet, IPv4, UDP, to an address that is routed.
fn packet(destination: u32) -> anyhow::Result<[u8; 64]> {
    let [first, rest @ ..] = destination.to_be_bytes();
    let mut bytes = [0; 64];
    bytes[..6].copy_from_slice(&[2, 0, 0, 0, 0, 1]);
    bytes[12..15].copy_from_slice(&[8, 0, 0x45]);
    bytes[16..18].copy_from_slice(&[0, 50]);
    bytes[22..24].copy_from_slice(&[64, 17]);
    bytes[26..30].copy_from_slice(&[10, 0, 0, 1]);
    bytes[30] = if matches!(first, 0 | 127 | 169 | 224..) {
        11
    } else {
        first
    };
    bytes[31..34].copy_from_slice(&rest);
    bytes[34..40].copy_from_slice(&[4, 210, 22, 46, 0, 30]);
    Packet::ethernet(&mut bytes)?.fill_checksums();
    Ok(bytes)
}

/// SplitMix64.
struct Random(u64);

impl Random {
    fn next(&mut self) -> u64 {
        self.0 = self.0.wrapping_add(0x9E37_79B9_7F4A_7C15);
        let mut mixed = self.0;
        mixed = (mixed ^ (mixed >> 30)).wrapping_mul(0xBF58_476D_1CE4_E5B9);
        mixed = (mixed ^ (mixed >> 27)).wrapping_mul(0x94D0_49BB_1331_11EB);
        mixed ^ (mixed >> 31)
    }
}
