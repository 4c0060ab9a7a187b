//! Push-pull and publish-subscribe, one way over loopback.

mod publish;
mod push;
mod side;

use std::path::PathBuf;

use crate::report::{Goal, PORTWAY, Report};

/// What to measure.
#[derive(Debug, clap::Args)]
pub(crate) struct Arguments {
    /// In seconds: does it all run?
    #[arg(long, conflicts_with = "quick")]
    smoke: bool,

    /// Fewer rounds: a first look while changing something
    #[arg(long)]
    quick: bool,

    /// Write all figures to this file too
    #[arg(long, value_name = "FILE", default_value = concat!(env!("CARGO_MANIFEST_DIR"), "/target/patterns.json"))]
    json: PathBuf,
}

/// Bytes of a message, as in the figures of other systems.
const MESSAGE: usize = 64;

/// Numbers of subscribers.
const AUDIENCES: [usize; 3] = [1, 10, 100];

/// How much is measured, how often.
#[derive(Clone, Copy, Debug)]
struct Scale {
    rounds: usize,
    messages: u64,
}

impl Arguments {
    fn scale(&self) -> Scale {
        let (rounds, messages) = match (self.smoke, self.quick) {
            (true, _) => (1, 50_000),
            (_, true) => (3, 2_000_000),
            _ => (7, 5_000_000),
        };
        Scale { rounds, messages }
    }
}

/// What one contender did.
#[derive(Clone, Copy, Debug)]
struct Measured {
    /// Messages that arrived, at all receivers together.
    delivered: u64,
    /// Messages that did not, and were told to the receiver.
    told: u64,
    /// Messages that were to arrive.
    expected: u64,
    seconds: f64,
    /// Processor time of the whole process, and of a broker.
    processor: f64,
}

impl Measured {
    fn millions(&self) -> f64 {
        self.delivered as f64 / self.seconds / 1e6
    }

    fn nanoseconds(&self) -> f64 {
        self.processor * 1e9 / self.delivered as f64
    }

    fn silently_lost(&self) -> f64 {
        let lost = self.expected - self.delivered - self.told;
        100.0 * lost as f64 / self.expected as f64
    }
}

/// Measures all, in turns.
///
/// # Errors
///
/// Fails when a contender does.
pub(crate) fn run(arguments: &Arguments) -> anyhow::Result<()> {
    let (scale, mut report) = (arguments.scale(), Report::default());
    for _ in 0..scale.rounds {
        push_round(&mut report, scale)?;
        publish_round(&mut report, scale)?;
    }
    report.publish(&arguments.json)
}

fn push_round(report: &mut Report, scale: Scale) -> anyhow::Result<()> {
    for (contender, measured) in [
        ("framed-feed", push::codec(scale.messages)?),
        (PORTWAY, push::hub(scale.messages)?),
    ] {
        let goal = Goal::AtLeastTimesOf(0.8, "framed-feed");
        report.add("push-pull", "M/s", goal, contender, measured.millions());
        let (goal, cost) = (Goal::None, measured.nanoseconds());
        report.add(
            "push-pull, processor a message",
            "ns",
            goal,
            contender,
            cost,
        );
        let (goal, lost) = (Goal::AtMost(0.0), measured.silently_lost());
        report.add("push-pull, lost", "%", goal, contender, lost);
    }
    Ok(())
}

fn publish_round(report: &mut Report, scale: Scale) -> anyhow::Result<()> {
    for subscribers in AUDIENCES {
        let messages = scale.messages / 4 / subscribers as u64;
        let mut contenders = vec![(PORTWAY, publish::hub(messages, subscribers)?)];
        if let Some(measured) = publish::nats(messages, subscribers)? {
            contenders.push(("nats", measured));
        }
        for (contender, measured) in contenders {
            add_published(report, subscribers, contender, &measured);
        }
    }
    Ok(())
}

fn add_published(
    report: &mut Report,
    subscribers: usize,
    contender: &'static str,
    measured: &Measured,
) {
    let name = format!("publish to {subscribers}");
    let goal = Goal::TimesGreatest(1.0);
    report.add(&name, "M/s", goal, contender, measured.millions());
    let told = 100.0 * measured.told as f64 / measured.expected as f64;
    let name = format!("publish to {subscribers}, told as missed");
    report.add(&name, "%", Goal::None, contender, told);
    let name = format!("publish to {subscribers}, lost silently");
    let lost = measured.silently_lost();
    report.add(&name, "%", Goal::AtMost(0.0), contender, lost);
}
