//! Blocks of both sides in turn, and what they come to.

use std::fs;

use anyhow::Context as _;
use bench_client::{Outcome, Stopwatch};

use crate::block::{Block, Calls};

/// In a block: long beside what changes from one side to the other, short beside what the machine
/// and the node do meanwhile.
const BLOCK: usize = 100;

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
    pub(crate) fn measure(calls: usize, rust: &impl Calls, c: &impl Calls) -> anyhow::Result<Self> {
        let block = BLOCK.min(calls / 4);
        let pairs = calls / (2 * block);
        let mut times = Vec::with_capacity(block);
        // All that the measuring takes is there before memory is looked at.
        let mut rust_blocks = vec![Block::TO_COME; pairs];
        let mut c_blocks = rust_blocks.clone();
        // Neither counts: of a fresh process and of an idle node.
        Block::measure(rust, block, &mut times)?;
        Block::measure(c, block, &mut times)?;
        let (watch, mut middle) = (Stopwatch::start(), resident_kilobytes()?);
        for pair in 0..pairs {
            if pair == pairs / 2 {
                middle = resident_kilobytes()?;
            }
            // Which one comes first changes too.
            if pair % 2 == 0 {
                rust_blocks[pair] = Block::measure(rust, block, &mut times)?;
            }
            c_blocks[pair] = Block::measure(c, block, &mut times)?;
            if pair % 2 == 1 {
                rust_blocks[pair] = Block::measure(rust, block, &mut times)?;
            }
        }
        let calls = 2 * block * pairs;
        Ok(Self {
            calls,
            rust: rust_blocks,
            c: c_blocks,
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
