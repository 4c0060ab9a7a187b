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

use library::Library;
use series::Series;

fn main() -> ExitCode {
    print(measure())
}

fn measure() -> anyhow::Result<Outcome> {
    let mut words = env::args().skip(1);
    let library = PathBuf::from(words.next().context("which library?")?);
    let calls: usize = words.next().context("how many calls?")?.parse()?;
    let addresses: Vec<String> = words.collect();
    let client = blocking::Client::connect(ClientConfiguration::new(&addresses))?;
    let c = Library::load(&library)?.cache(&addresses.join(","), NUMBERS)?;
    let rust = client.cache::<i64, i64>(NUMBERS);
    Series::measure(calls, &rust, &c).map(|series| series.outcome())
}
