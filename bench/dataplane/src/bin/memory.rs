//! Two ports joined in memory, and a device between them: what a port, a packet and its statistics cost a frame.
//!
//! The far port is the device: it receives, reads, turns round and sends back. The near one sends and receives, which is
//! half of what two ports cost that only pass frames on; so that half is taken off.

use std::{hint::black_box, time::Instant};

use anyhow::{Context as _, bail};
use bench_dataplane::{device::BURST, frame};
use portway_dataplane::{Burst, Link, Packet, Port, Region};

const REPETITIONS: usize = 9;

fn main() -> anyhow::Result<()> {
    let mut words = std::env::args().skip(1);
    let what = words.next().context("what: time, echo or pass")?;
    let rounds: u64 = words.next().context("how many rounds")?.parse()?;
    match what.as_str() {
        "time" => time(rounds),
        "echo" => Pair::new()?.run(rounds, true),
        "pass" => Pair::new()?.run(rounds, false),
        _ => bail!("no such thing: {what}"),
    }
}

fn time(rounds: u64) -> anyhow::Result<()> {
    let mut pair = Pair::new()?;
    let mut values = Vec::new();
    for _ in 0..REPETITIONS {
        let [echo, pass] = [true, false].map(|reads| {
            let begin = Instant::now();
            let ran = pair.run(rounds, reads);
            ran.map(|()| begin.elapsed().as_nanos() as f64)
        });
        let frames = (rounds * BURST as u64) as f64;
        values.push((echo? - pass? / 2.0) / frames);
    }
    println!(
        "{}",
        serde_json::json!({"frames_per_round": BURST, "nanoseconds": values})
    );
    Ok(())
}

struct Pair {
    near: Port,
    far: Port,
    burst: Burst,
}

impl Pair {
    fn new() -> anyhow::Result<Self> {
        let region = Region::builder().chunks(2048).build()?;
        let (mut near, far) = Link::new().pair(&region);
        let mut burst = Burst::with_limit(BURST);
        near.prepare(&mut burst, BURST);
        for frame in burst.iter_mut() {
            frame.append(&frame::request())?;
        }
        Ok(Self { near, far, burst })
    }

    fn run(&mut self, rounds: u64, reads: bool) -> anyhow::Result<()> {
        for _ in 0..rounds {
            self.near.tx_burst(&mut self.burst);
            self.far.rx_burst(&mut self.burst);
            if reads {
                turn_round(&mut self.burst);
            }
            self.far.tx_burst(&mut self.burst);
            self.near.rx_burst(&mut self.burst);
        }
        anyhow::ensure!(self.burst.len() == BURST, "a frame was lost");
        Ok(())
    }
}

#[inline(never)]
fn turn_round(burst: &mut Burst) {
    for frame in burst.iter_mut() {
        if let Ok(mut packet) = Packet::ethernet(frame) {
            black_box(packet.ports());
            packet.swap_macs();
            packet.swap_ends();
        }
    }
}
