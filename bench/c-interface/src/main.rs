//! What a call of the C interface costs beside the same call of the Rust client, and whether it
//! leaks: `bench-c-interface ADDRESS [CALLS]`.
//!
//! Blocks of both are carried out in turn in one process, so that what the machine does beside meets
//! both alike. Compared are the times of all threads on the processors: the time on the clock is that
//! of the node.

mod contenders;

use std::time::Duration;

use anyhow::Context as _;
use contenders::{Bare, Interface, calls};
use rustix::time::{ClockId, clock_gettime};

/// Calls in a block; half of them write.
const BLOCK: usize = 10_000;
const CALLS: usize = 1_000_000;
/// Blocks before the measurement: connections, pools and tables have their size then.
const WARM_UP: usize = 4;

fn main() -> anyhow::Result<()> {
    let mut arguments = std::env::args().skip(1);
    let address = arguments
        .next()
        .context("the address of a node is wanted")?;
    let calls_in_all = match arguments.next() {
        Some(given) => given.parse().context("a number of calls is wanted")?,
        None => CALLS,
    };
    let bare = Bare::connect(&address)?;
    let interface = Interface::connect(&address)?;
    let pairs = (calls_in_all / BLOCK).max(1);
    let mut more = Vec::with_capacity(pairs);
    let mut costs = (Vec::with_capacity(pairs), Vec::with_capacity(pairs));
    let mut before = resident()?;
    for turn in 0..WARM_UP + pairs {
        if turn == WARM_UP {
            before = resident()?;
        }
        let (rust, c) = pair(turn, &bare, &interface)?;
        if turn >= WARM_UP {
            more.push(c - rust);
            costs.0.push(rust);
            costs.1.push(c);
        }
    }
    println!(
        "c-interface: {} calls; processor time of a call: Rust {:.0} ns, C {:.0} ns; more in C: \
         median {:.0} ns; memory grew by {} kB",
        pairs * BLOCK,
        median(&mut costs.0),
        median(&mut costs.1),
        median(&mut more),
        resident()?.saturating_sub(before) / 1024,
    );
    Ok(())
}

/// Nanoseconds of a call of each, one block after the other; who is first alternates.
fn pair(turn: usize, bare: &Bare, interface: &Interface) -> anyhow::Result<(f64, f64)> {
    let first = turn * BLOCK;
    if turn.is_multiple_of(2) {
        let rust = cost_of(|| calls(bare, first, BLOCK))?;
        Ok((rust, cost_of(|| calls(interface, first, BLOCK))?))
    } else {
        let c = cost_of(|| calls(interface, first, BLOCK))?;
        Ok((cost_of(|| calls(bare, first, BLOCK))?, c))
    }
}

fn cost_of(block: impl FnOnce() -> anyhow::Result<()>) -> anyhow::Result<f64> {
    let before = processor_time();
    block()?;
    Ok((processor_time() - before).as_nanos() as f64 / BLOCK as f64)
}

fn processor_time() -> Duration {
    let time = clock_gettime(ClockId::ProcessCPUTime);
    Duration::new(time.tv_sec.unsigned_abs(), time.tv_nsec as u32)
}

/// Bytes of this process in memory.
fn resident() -> anyhow::Result<usize> {
    let told = std::fs::read_to_string("/proc/self/statm")?;
    let pages: usize = told
        .split(' ')
        .nth(1)
        .context("/proc/self/statm has another form")?
        .parse()?;
    Ok(pages * rustix::param::page_size())
}

fn median(figures: &mut [f64]) -> f64 {
    figures.sort_by(f64::total_cmp);
    figures[figures.len() / 2]
}
