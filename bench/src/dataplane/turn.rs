//! One turn: a fresh veth pair between two namespaces, a device on one end, the meter on the other.

use serde::Deserialize;

use super::{contender::Contender, line::Line};
use crate::{
    lab::{Namespace, unique_name},
    program::{self, Running},
};

/// Addresses as `bench-dataplane` has them in its frames.
const DEVICE: (&str, &str) = ("10.77.0.1", "02:00:00:00:77:01");
const SENDER: (&str, &str) = ("10.77.0.2", "02:00:00:00:77:02");

/// What the meter says.
#[derive(Debug, Deserialize)]
pub(crate) struct Outcome {
    handled_per_second: f64,
    /// Processor time of the sender for each frame that the device handled.
    sender_nanoseconds: f64,
    /// Processor time of the device for each of them; none of one that has no thread.
    device_nanoseconds: f64,
}

impl Outcome {
    /// Frames in a second of the time that passes: what the kernel does for a device in threads of its own, such as
    /// `ksoftirqd`, takes from the device's processor too.
    pub(crate) fn millions_a_second(&self) -> f64 {
        self.handled_per_second / 1e6
    }

    pub(crate) fn nanoseconds_of_both(&self) -> f64 {
        self.sender_nanoseconds + self.device_nanoseconds
    }

    pub(crate) fn nanoseconds_of_device(&self) -> f64 {
        self.device_nanoseconds
    }
}

/// Who runs where.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Processors {
    sender: usize,
    device: usize,
    /// Receives what comes back to the sender.
    behind_sender: usize,
    /// Receives what comes to the device.
    before_device: usize,
}

impl Processors {
    /// Those of the command line, in its order.
    ///
    /// # Errors
    ///
    /// They are not four.
    pub(crate) fn named(numbers: &[usize]) -> anyhow::Result<Self> {
        let &[sender, device, behind_sender, before_device] = numbers else {
            anyhow::bail!("four processors are needed");
        };
        Ok(Self {
            sender,
            device,
            behind_sender,
            before_device,
        })
    }
}

/// Where turns are taken.
#[derive(Debug)]
pub(crate) struct Lab {
    sender_side: Namespace,
    device_side: Namespace,
    processors: Processors,
    meter: String,
}

/// Both ends of a pair, removed with it.
struct Pair<'lab> {
    sender_side: &'lab Namespace,
    device_side: &'lab Namespace,
    device: String,
    sender: String,
}

impl Lab {
    pub(crate) fn new(processors: Processors) -> anyhow::Result<Self> {
        let (sender_side, device_side) = (Namespace::new()?, Namespace::new()?);
        for side in [&sender_side, &device_side] {
            // Nothing but the frames of the measurement is to flow.
            side.run(&["sysctl", "-qw", "net.ipv6.conf.all.disable_ipv6=1"])?;
        }
        let meter = concat!(
            env!("CARGO_MANIFEST_DIR"),
            "/target/release/bench-dataplane-meter"
        );
        Ok(Self {
            sender_side,
            device_side,
            processors,
            meter: meter.to_owned(),
        })
    }

    /// Lets a device do what the line asks, and measures it.
    ///
    /// # Errors
    ///
    /// Fails when the device does nothing, with what it said.
    pub(crate) fn turn(
        &self,
        line: &Line,
        contender: &Contender,
        seconds: f64,
    ) -> anyhow::Result<Outcome> {
        let pair = self.pair(contender.needs_gro(line.task))?;
        if line.receives_apart {
            pair.receive_apart(self.processors)?;
        }
        let command = contender.command(line.task, &pair.device, self.processors.device);
        let words: Vec<&str> = command.iter().map(String::as_str).collect();
        let device = Running::start(&self.device_side.inside(&words))?;
        let mut meter = vec![
            self.meter.clone(),
            pair.sender.clone(),
            self.device_side.name.clone(),
            pair.device.clone(),
            device.id().to_string(),
            format!("--processor={}", self.processors.sender),
            format!("--seconds={seconds}"),
        ];
        meter.extend(contender.is_kernel.then(|| "--sink".to_owned()));
        meter.extend(line.rate.map(|rate| format!("--rate={rate}")));
        let taken = line.taken.map(|taken| contender.dropped.unwrap_or(taken));
        meter.extend(taken.map(|counter| format!("--taken={counter}")));
        let meter: Vec<&str> = meter.iter().map(String::as_str).collect();
        let answer = self
            .sender_side
            .run(&meter)
            .map_err(|error| error.context(device.errors()))?;
        let mut outcome: Outcome = serde_json::from_str(&answer)?;
        if contender.is_kernel {
            outcome.device_nanoseconds = 0.0;
        }
        Ok(outcome)
    }

    fn pair(&self, gro: bool) -> anyhow::Result<Pair<'_>> {
        let (device, sender) = (unique_name("d"), unique_name("s"));
        let (here, there) = (&self.device_side, &self.sender_side);
        let add = format!(
            "ip link add {device} address {} numtxqueues 1 numrxqueues 1 type veth \
             peer name {sender} numtxqueues 1 numrxqueues 1 netns {}",
            DEVICE.1, there.name
        );
        let add: Vec<&str> = add.split_whitespace().collect();
        here.run(&add)?;
        let pair = Pair {
            sender_side: there,
            device_side: here,
            device,
            sender,
        };
        let (device, sender) = (&pair.device, &pair.sender);
        here.run(&[
            "ip",
            "address",
            "add",
            &format!("{}/24", DEVICE.0),
            "dev",
            device,
        ])?;
        here.run(&["ip", "link", "set", device, "up"])?;
        there.run(&["ip", "link", "set", sender, "up"])?;
        here.run(&[
            "ip", "neighbor", "replace", SENDER.0, "lladdr", SENDER.1, "dev", device,
        ])?;
        if gro {
            here.run(&["ethtool", "-K", device, "gro", "on"])?;
        }
        Ok(pair)
    }
}

impl Pair<'_> {
    /// Has a thread of the kernel receive at either end (threaded NAPI), each on a processor of its own.
    fn receive_apart(&self, processors: Processors) -> anyhow::Result<()> {
        // A peer that may send large segments would not leave single packets to that thread.
        let no_segments = ["ethtool", "-K", &self.device, "tso", "off"];
        self.device_side.run(&no_segments)?;
        let sender = (self.sender_side, &self.sender, processors.behind_sender);
        let device = (self.device_side, &self.device, processors.before_device);
        for (side, interface, processor) in [sender, device] {
            side.run(&["ethtool", "-K", interface, "gro", "on"])?;
            let thread = format!("echo 1 > /sys/class/net/{interface}/threaded");
            side.run(&["sh", "-c", &thread])?;
            pin_receiver_of(interface, processor)?;
        }
        Ok(())
    }
}

/// Keeps the thread that receives at an interface on a processor.
fn pin_receiver_of(interface: &str, processor: usize) -> anyhow::Result<()> {
    let threads = program::run(&["pgrep", &format!("^napi/{interface}-")])?;
    for thread in threads.split_whitespace() {
        program::run(&["taskset", "-c", "-p", &processor.to_string(), thread])?;
    }
    Ok(())
}

impl Drop for Pair<'_> {
    fn drop(&mut self) {
        let remove = self
            .device_side
            .inside(&["ip", "link", "delete", &self.device]);
        // The namespace is removed anyway, in the end.
        let _ = program::run(&remove);
    }
}
