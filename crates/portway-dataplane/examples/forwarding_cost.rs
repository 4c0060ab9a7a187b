//! What a port, a packet view and the statistics cost a frame, without any system call.
//!
//! Two ports joined in memory; each frame is received, read, sent back with its addresses swapped, and counted on both
//! sides of the device under test. What the far end does (receive and send again) is inside of the figure as well; it
//! is measured alone and told beside it.
//!
//! `cargo run --release -p portway-dataplane --example forwarding_cost`

#[cfg(target_os = "linux")]
fn main() -> Result<(), Box<dyn std::error::Error>> {
    linux::run()
}

#[cfg(not(target_os = "linux"))]
fn main() {}

#[cfg(target_os = "linux")]
mod linux {
    use std::{hint::black_box, time::Instant};

    use portway_dataplane::{Burst, Link, Packet, Port, Region};

    const ROUNDS: u64 = 200_000;
    const REPETITIONS: usize = 9;

    #[expect(clippy::print_stdout, reason = "an example says what it measured")]
    pub(super) fn run() -> Result<(), Box<dyn std::error::Error>> {
        for size in [32, 256] {
            let mut echo = measure(size, true)?;
            let mut bare = measure(size, false)?;
            echo.sort_by(f64::total_cmp);
            bare.sort_by(f64::total_cmp);
            let (echo, bare) = (echo[REPETITIONS / 2], bare[REPETITIONS / 2]);
            println!(
                "burst {size}: two ports and the packet {echo:.1} ns a frame, without the packet {bare:.1} ns, \
                 one port and the packet {:.1} ns",
                echo - bare / 2.0
            );
        }
        Ok(())
    }

    /// Nanoseconds a frame for the way there and back.
    fn measure(size: usize, reads: bool) -> Result<Vec<f64>, Box<dyn std::error::Error>> {
        let region = Region::builder().chunks(2048).build()?;
        let (mut near, mut far) = Link::new().pair(&region);
        let mut burst = Burst::with_limit(size);
        near.prepare(&mut burst, size);
        for frame in &mut burst[..] {
            frame.append(&udp_packet())?;
        }
        let mut samples = Vec::new();
        for _ in 0..REPETITIONS {
            let begin = Instant::now();
            for _ in 0..ROUNDS {
                near.tx_burst(&mut burst);
                device_under_test(&mut far, &mut burst, reads);
                near.rx_burst(&mut burst);
            }
            samples.push(begin.elapsed().as_nanos() as f64 / (ROUNDS * size as u64) as f64);
        }
        Ok(samples)
    }

    fn device_under_test(port: &mut Port, burst: &mut Burst, reads: bool) {
        port.rx_burst(burst);
        if reads {
            for frame in &mut burst[..] {
                if let Ok(mut packet) = Packet::ethernet(frame) {
                    black_box(packet.ports());
                    packet.swap_macs();
                    packet.swap_ends();
                }
            }
        }
        port.tx_burst(burst);
    }

    /// 64 bytes: Ethernet, IPv4, UDP.
    fn udp_packet() -> [u8; 64] {
        let mut packet = [0; 64];
        packet[12..15].copy_from_slice(&[8, 0, 0x45]);
        packet[16..18].copy_from_slice(&[0, 50]);
        packet[22..24].copy_from_slice(&[64, 17]);
        packet[26..34].copy_from_slice(&[10, 0, 0, 1, 10, 0, 0, 2]);
        packet[34..40].copy_from_slice(&[4, 210, 22, 46, 0, 30]);
        packet
    }
}
