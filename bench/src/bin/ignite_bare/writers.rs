//! Many connections, each with one put at a time.

use std::time::Instant;

use bench_client::{Outcome, Turn};
use futures_util::future::try_join_all;

use crate::{prepared::Prepared, stream::Bare};

/// Counts the puts that were answered after the warm-up.
pub(crate) async fn write(turn: &Turn, count: usize) -> anyhow::Result<Outcome> {
    let frames = Prepared::puts()?;
    let connections = try_join_all((0..count).map(|_| Bare::connect(turn))).await?;
    let warm_until = Instant::now() + turn.warm_up();
    let time = Time {
        warm_until,
        until: warm_until + turn.duration,
    };
    let connections = connections.into_iter().enumerate();
    // Each in a part of the keys of its own, as writers of different things are.
    let first_of = |number: usize| number * bench_client::KEYS as usize / count;
    let writers =
        connections.map(|(number, bare)| write_until(bare, &frames, first_of(number), time));
    let written = try_join_all(writers).await?;
    Ok(Outcome {
        operations: written.iter().sum(),
        seconds: turn.duration.as_secs_f64(),
        ..Outcome::default()
    })
}

#[derive(Clone, Copy)]
struct Time {
    warm_until: Instant,
    until: Instant,
}

async fn write_until(
    mut bare: Bare,
    frames: &Prepared,
    first: usize,
    time: Time,
) -> anyhow::Result<u64> {
    let mut written = 0;
    for key in first.. {
        bare.ask(frames.frame(key)).await?;
        let now = Instant::now();
        if now >= time.until {
            break;
        }
        written += u64::from(now >= time.warm_until);
    }
    Ok(written)
}
