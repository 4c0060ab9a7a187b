//! What a call costs through the C interface of `libignite.so`, beside the same call of the client
//! in Rust: blocks of calls of both take turns in one process.
//!
//! `bench-c-interface LIBRARY CALLS ADDRESS...` prints one [`bench_client::Outcome`].

mod block;
mod library;
mod series;

use std::{env, path::PathBuf, process::ExitCode};

use anyhow::Context as _;
use bench_client::{NUMBERS, Outcome, print};
use portway_ignite::{ClientConfiguration, blocking};

use rustix::thread::{CpuSet, sched_getaffinity, sched_setaffinity};

use library::Library;
use series::{First, Series};

fn main() -> ExitCode {
    print(measure())
}

/// With all threads, which are still to come: where the scheduler puts them would decide more than
/// what is measured.
fn stay_on_one_processor() -> anyhow::Result<()> {
    let allowed = sched_getaffinity(None)?;
    let last = (0..CpuSet::MAX_CPU).rfind(|processor| allowed.is_set(*processor));
    let mut one = CpuSet::new();
    one.set(last.context("no processor")?);
    Ok(sched_setaffinity(None, &one)?)
}

fn measure() -> anyhow::Result<Outcome> {
    let mut words = env::args().skip(1);
    let library = PathBuf::from(words.next().context("which library?")?);
    let calls: usize = words.next().context("how many calls?")?.parse()?;
    let addresses: Vec<String> = words.collect();
    stay_on_one_processor()?;
    let library = Library::load(&library)?;
    let rust = || {
        let client = blocking::Client::connect(ClientConfiguration::new(&addresses))?;
        anyhow::Ok(client.cache::<i64, i64>(NUMBERS))
    };
    let c = || library.cache(&addresses.join(","), NUMBERS);
    let connect = |first| match first {
        First::Rust => rust().and_then(|rust| Ok((rust, c()?))),
        First::C => c().and_then(|c| Ok((rust()?, c))),
    };
    Series::measure(calls, connect).map(|series| series.outcome())
}
