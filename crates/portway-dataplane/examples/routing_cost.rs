//! What routing a packet costs over a million routes, with random destinations in packets that lie in memory.
//!
//! Two ports joined in memory; each packet is received, routed, changed and sent, and counted on both sides of the device
//! under test. What the far end does (it receives, and puts the old header back) is inside of the figure; it is measured
//! alone and told beside it. The lookup alone is measured against the crate `prefix-trie`.
//!
//! Then what ten thousand access rules cost a packet.
//!
//! `cargo run --release -p portway-dataplane --example routing_cost`

#[cfg(target_os = "linux")]
fn main() -> Result<(), Box<dyn std::error::Error>> {
    linux::run()
}

#[cfg(not(target_os = "linux"))]
fn main() {}

#[cfg(target_os = "linux")]
mod linux {
    use std::{hint::black_box, net::Ipv4Addr, sync::Arc, time::Instant};

    use ipnet::Ipv4Net;
    use portway_dataplane::{
        AccessAction, AccessRule, AccessRules, Arrival, Burst, Identity, Link, Mode, NextHop,
        Outputs, Packet, Port, Region, RouteRule, RouteTable, Router, wire::EthernetAddress,
    };
    use prefix_trie::PrefixMap;

    const ROUTES: usize = 1_000_000;
    const LOOKUPS: usize = 4_000_000;
    const ACCESS_RULES: usize = 10_000;
    const ROUNDS: usize = 20_000;
    const BURST: usize = 256;
    const REPETITIONS: usize = 9;
    /// Time to live, protocol, checksum and both addresses.
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

    #[expect(clippy::print_stdout, reason = "an example says what it measured")]
    pub(super) fn run() -> Result<(), Box<dyn std::error::Error>> {
        for (name, lengths) in [("as in the Internet", true), ("all from 8 to 32", false)] {
            let mut random = Random(1);
            let rules = routes(&mut random, lengths);
            let begin = Instant::now();
            let table = Arc::new(RouteTable::new(&rules));
            println!(
                "{} routes of lengths {name}: {} MB, made in {:.0?}",
                rules.len(),
                table.memory() >> 20,
                begin.elapsed()
            );
            let addresses: Vec<_> = (0..LOOKUPS).map(|_| random.next() as u32).collect();
            let own = median(|| lookups(&addresses, |address| table.lookup_v4(address).is_some()));
            let peer: PrefixMap<Ipv4Net, NextHop> = rules.iter().map(entry).collect();
            let trie = median(|| {
                lookups(&addresses, |address| {
                    peer.get_lpm(&Ipv4Net::from(address)).is_some()
                })
            });
            println!("  lookup: {own:.1} ns, prefix-trie {trie:.1} ns");
            let identities = [identity(1), identity(2)];
            let mut router = Router::new(table, identities.into());
            let (routing, plain) = (measure(Some(&mut router))?, measure(None)?);
            println!(
                "  packet received, routed and sent: {:.1} ns (both ends {routing:.1} ns, without routing {plain:.1} ns)",
                routing - plain / 2.0
            );
        }
        println!("{ACCESS_RULES} access rules: {:.1} ns", access_cost());
        Ok(())
    }

    /// Nanoseconds a packet for ten thousand rules between random prefixes, most of whose packets match none.
    fn access_cost() -> f64 {
        let mut random = Random(3);
        let mut prefix = |shortest: u64| {
            let address = Ipv4Addr::from(random.next() as u32);
            let length = (shortest + random.next() % (33 - shortest)) as u8;
            ipnet::IpNet::V4(Ipv4Net::new_assert(address, length).trunc())
        };
        let rules = (0..ACCESS_RULES).map(|_| AccessRule {
            source: prefix(4),
            destination: prefix(0),
            action: AccessAction::Deny,
        });
        let rules = AccessRules::new(rules.collect());
        let mut random = Random(4);
        let addresses: Vec<_> = (0..LOOKUPS).map(|_| random.next()).collect();
        median(|| {
            let begin = Instant::now();
            let denied = addresses.iter().filter(|address| {
                let (source, destination) = (**address as u32, (**address >> 32) as u32);
                let decision = rules.decide(
                    Ipv4Addr::from(source).into(),
                    Ipv4Addr::from(destination).into(),
                );
                decision.is_some()
            });
            black_box(denied.count());
            begin.elapsed().as_nanos() as f64 / LOOKUPS as f64
        })
    }

    fn entry(rule: &RouteRule) -> (Ipv4Net, NextHop) {
        match rule.prefix {
            ipnet::IpNet::V4(prefix) => (prefix, rule.next_hop),
            ipnet::IpNet::V6(_) => unreachable!("only routes of IPv4 are made"),
        }
    }

    fn lookups(addresses: &[u32], found: impl Fn(Ipv4Addr) -> bool) -> f64 {
        let begin = Instant::now();
        let hits = addresses
            .iter()
            .filter(|address| found((**address).into()))
            .count();
        black_box(hits);
        begin.elapsed().as_nanos() as f64 / addresses.len() as f64
    }

    fn median(mut sample: impl FnMut() -> f64) -> f64 {
        let mut samples: Vec<_> = (0..REPETITIONS).map(|_| sample()).collect();
        samples.sort_by(f64::total_cmp);
        samples[REPETITIONS / 2]
    }

    /// Nanoseconds a packet.
    fn measure(mut mode: Option<&mut dyn Mode>) -> Result<f64, Box<dyn std::error::Error>> {
        let region = Region::builder().chunks(2048).build()?;
        let (mut near, mut far) = Link::new().pair(&region);
        let mut outputs = Outputs::new(2);
        let mut random = Random(2);
        let mut burst = Burst::new();
        near.prepare(&mut burst, BURST);
        burst
            .iter_mut()
            .try_for_each(|frame| frame.append(&packet(0)))?;
        // Each packet of the run has an address of its own. Writing it, with what the router changed, is in the figure.
        let changes: Vec<[u8; 12]> = (0..1 << 16)
            .filter_map(|_| packet(random.next() as u32)[CHANGED].try_into().ok())
            .collect();
        let mut next = 0;
        let sample = || {
            let begin = Instant::now();
            for _ in 0..ROUNDS {
                for frame in burst.iter_mut() {
                    frame[CHANGED].copy_from_slice(&changes[next & 0xFFFF]);
                    next += 1;
                }
                near.tx_burst(&mut burst);
                match &mut mode {
                    Some(mode) => device_under_test(&mut far, &mut burst, *mode, &mut outputs),
                    None => {
                        far.rx_burst(&mut burst);
                        far.tx_burst(&mut burst);
                    }
                }
                near.rx_burst(&mut burst);
                assert_eq!(burst.len(), BURST, "nothing is lost");
            }
            begin.elapsed().as_nanos() as f64 / (ROUNDS * BURST) as f64
        };
        Ok(median(sample))
    }

    fn device_under_test(
        port: &mut Port,
        burst: &mut Burst,
        mode: &mut dyn Mode,
        outputs: &mut Outputs,
    ) {
        port.rx_burst(burst);
        let arrival = Arrival {
            port: 0,
            now: Instant::now(),
        };
        mode.handle(burst, arrival, outputs);
        // Both ports of the router are one here, so that one link suffices.
        for index in 0..2 {
            port.tx_burst(outputs.burst(index));
        }
        outputs.release();
    }

    fn identity(last: u8) -> Identity {
        Identity {
            mac: Some(EthernetAddress([2, 0, 0, 0, 0, last])),
            addresses: vec![[192, 0, 2, last].into()],
        }
    }

    fn routes(random: &mut Random, as_in_the_internet: bool) -> Vec<RouteRule> {
        let route = |prefix| RouteRule {
            prefix: ipnet::IpNet::V4(prefix),
            next_hop: NextHop {
                mac: EthernetAddress([2, 0, 0, 0, 1, 0]),
                port: 0,
            },
        };
        let default = Ipv4Net::new_assert(Ipv4Addr::UNSPECIFIED, 0);
        let mut rules = vec![route(default)];
        while rules.len() < ROUTES {
            let address = Ipv4Addr::from(random.next() as u32);
            let length = if as_in_the_internet {
                length(random)
            } else {
                8 + (random.next() % 25) as u8
            };
            let mut rule = route(Ipv4Net::new_assert(address, length).trunc());
            let number = random.next() % 256;
            rule.next_hop.mac.0[5] = number as u8;
            rule.next_hop.port = number as usize & 1;
            rules.push(rule);
        }
        rules
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

    /// 64 bytes: Ethernet, IPv4, UDP.
    fn packet(destination: u32) -> [u8; 64] {
        let mut bytes = [0; 64];
        // A loopback address is not routed, nor are some others: these go where most do.
        let [first, rest @ ..] = destination.to_be_bytes();
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
        if let Ok(mut packet) = Packet::ethernet(&mut bytes) {
            packet.fill_checksums();
        }
        bytes
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
}
