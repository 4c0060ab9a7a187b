//! Blocks of both sides in turn, and what they come to.

use std::{fs, time::Duration};

use anyhow::Context as _;
use bench_client::{Outcome, Stopwatch};

use crate::block::{Block, Calls};

/// In a block: long beside what changes from one side to the other, short beside what the machine
/// and the node do meanwhile.
const BLOCK: usize = 100;

/// How often both sides connect anew in a run: a node's thread that serves one connection is quicker
/// or slower than that of another for as long as both are open, by more than what is measured.
const CONNECTIONS: usize = 20;

/// Who is first: to connect, which decides what thread of the node serves whom, and in a pair.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum First {
    Rust,
    C,
}

impl First {
    /// In turn.
    fn of(number: usize) -> Self {
        if number.is_multiple_of(2) {
            Self::Rust
        } else {
            Self::C
        }
    }
}

/// All blocks of a run.
#[derive(Debug)]
pub(crate) struct Series {
    calls: usize,
    rust: Vec<Block>,
    c: Vec<Block>,
    /// Of the whole run.
    watch: Outcome,
    /// Resident memory, from the middle of the run to its end.
    growth_kilobytes: f64,
}

impl Series {
    pub(crate) fn measure<R: Calls, C: Calls>(
        calls: usize,
        connect: impl Fn(First) -> anyhow::Result<(R, C)>,
    ) -> anyhow::Result<Self> {
        let block = BLOCK.min(calls / 4);
        let pairs = calls / (2 * block);
        // All that the measuring takes is there before memory is looked at.
        let mut times = Vec::with_capacity(block);
        let mut rust = vec![Block::TO_COME; pairs];
        let mut c = rust.clone();
        let pairs_of_connection = pairs.div_ceil(CONNECTIONS);
        let connections = rust
            .chunks_mut(pairs_of_connection)
            .zip(c.chunks_mut(pairs_of_connection));
        let (watch, mut middle) = (Stopwatch::start(), resident_kilobytes()?);
        for (number, blocks) in connections.enumerate() {
            if number == CONNECTIONS / 2 {
                middle = resident_kilobytes()?;
            }
            let sides = connect(First::of(number))?;
            measure_connection(sides, blocks, block, &mut times)?;
        }
        let calls = 2 * block * pairs;
        Ok(Self {
            calls,
            rust,
            c,
            watch: watch.stop(calls as u64),
            growth_kilobytes: resident_kilobytes()? - middle,
        })
    }

    pub(crate) fn outcome(&self) -> Outcome {
        let of = |blocks: &[Block], value: fn(&Block) -> f64| median(blocks.iter().map(value));
        let more = |value: fn(&Block) -> f64| {
            let pairs = self.rust.iter().zip(&self.c);
            median(pairs.map(|(rust, c)| value(c) - value(rust)))
        };
        let values = [
            (
                "more_caller_nanoseconds",
                more(|block| block.caller_nanoseconds),
            ),
            (
                "rust_caller_nanoseconds",
                of(&self.rust, |block| block.caller_nanoseconds),
            ),
            ("more_cpu_nanoseconds", more(|block| block.cpu_nanoseconds)),
            ("more_nanoseconds", more(|block| block.nanoseconds)),
            (
                "rust_cpu_nanoseconds",
                of(&self.rust, |block| block.cpu_nanoseconds),
            ),
            (
                "c_p50_microseconds",
                of(&self.c, |block| block.p50_microseconds),
            ),
            (
                "rust_p50_microseconds",
                of(&self.rust, |block| block.p50_microseconds),
            ),
            ("growth_kilobytes", self.growth_kilobytes),
        ];
        let values = values.map(|(name, value)| (name.to_owned(), value));
        Outcome {
            operations: self.calls as u64,
            values: values.into(),
            ..self.watch.clone()
        }
    }
}

/// Fills the blocks of both sides, a pair after the other.
fn measure_connection(
    (rust, c): (impl Calls, impl Calls),
    (rust_blocks, c_blocks): (&mut [Block], &mut [Block]),
    block: usize,
    times: &mut Vec<Duration>,
) -> anyhow::Result<()> {
    // Neither counts: of a fresh connection and of an idle node.
    Block::measure(&rust, block, times)?;
    Block::measure(&c, block, times)?;
    for (pair, (of_rust, of_c)) in rust_blocks.iter_mut().zip(c_blocks).enumerate() {
        // Which one comes first changes too.
        if First::of(pair) == First::Rust {
            *of_rust = Block::measure(&rust, block, times)?;
            *of_c = Block::measure(&c, block, times)?;
        } else {
            *of_c = Block::measure(&c, block, times)?;
            *of_rust = Block::measure(&rust, block, times)?;
        }
    }
    Ok(())
}

fn median(values: impl Iterator<Item = f64>) -> f64 {
    let mut sorted: Vec<f64> = values.collect();
    sorted.sort_by(f64::total_cmp);
    let middle = sorted.len() / 2;
    match sorted.len() % 2 {
        0 => f64::midpoint(sorted[middle - 1], sorted[middle]),
        _ => sorted[middle],
    }
}

fn resident_kilobytes() -> anyhow::Result<f64> {
    let status = fs::read_to_string("/proc/self/status")?;
    let line = status.lines().find(|line| line.starts_with("VmRSS:"));
    let kilobytes = line.and_then(|line| line.split_whitespace().nth(1));
    Ok(kilobytes.context("no VmRSS line")?.parse()?)
}
