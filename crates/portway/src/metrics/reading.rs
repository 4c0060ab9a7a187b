//! A number that is read when it is asked for.

use std::fmt;

use prometheus_client::{
    collector::Collector,
    encoding::{DescriptorEncoder, EncodeMetric as _, MetricEncoder},
    metrics::{MetricType, counter::ConstCounter, gauge::ConstGauge},
};

/// A metric and how it is read: one value, or one for each value of a label.
pub(super) struct Reading {
    name: &'static str,
    help: &'static str,
    kind: MetricType,
    label: Option<&'static str>,
    read: Box<dyn Fn() -> Vec<(&'static str, u64)> + Send + Sync>,
}

impl Reading {
    pub(super) fn counter(
        name: &'static str,
        help: &'static str,
        label: Option<&'static str>,
        read: impl Fn() -> Vec<(&'static str, u64)> + Send + Sync + 'static,
    ) -> Self {
        Self {
            name,
            help,
            kind: MetricType::Counter,
            label,
            read: Box::new(read),
        }
    }

    pub(super) fn gauge(
        name: &'static str,
        help: &'static str,
        label: Option<&'static str>,
        read: impl Fn() -> Vec<(&'static str, u64)> + Send + Sync + 'static,
    ) -> Self {
        Self {
            kind: MetricType::Gauge,
            ..Self::counter(name, help, label, read)
        }
    }
}

impl Reading {
    fn encode_number(&self, number: u64, metric: MetricEncoder<'_>) -> fmt::Result {
        match self.kind {
            MetricType::Counter => ConstCounter::new(number).encode(metric),
            _ => ConstGauge::new(number).encode(metric),
        }
    }
}

impl Collector for Reading {
    fn encode(&self, mut encoder: DescriptorEncoder<'_>) -> fmt::Result {
        let mut family = encoder.encode_descriptor(self.name, self.help, None, self.kind)?;
        let Some(label) = self.label else {
            let sum = (self.read)().iter().map(|(_, number)| number).sum();
            return self.encode_number(sum, family);
        };
        for (value, number) in (self.read)() {
            self.encode_number(number, family.encode_family(&[(label, value)])?)?;
        }
        Ok(())
    }
}

/// Labels of one value: names and what they say.
pub(crate) type Labels = Vec<(&'static str, String)>;

/// Numbers that only grow, told apart by labels that are known when they are read.
pub(super) struct LabelledReading {
    name: String,
    help: &'static str,
    read: Box<dyn Fn() -> Vec<(Labels, u64)> + Send + Sync>,
}

impl LabelledReading {
    pub(super) fn new(
        name: String,
        help: &'static str,
        read: impl Fn() -> Vec<(Labels, u64)> + Send + Sync + 'static,
    ) -> Self {
        let read = Box::new(read);
        Self { name, help, read }
    }
}

impl Collector for LabelledReading {
    fn encode(&self, mut encoder: DescriptorEncoder<'_>) -> fmt::Result {
        let kind = MetricType::Counter;
        let mut family = encoder.encode_descriptor(&self.name, self.help, None, kind)?;
        for (labels, number) in (self.read)() {
            ConstCounter::new(number).encode(family.encode_family(&labels)?)?;
        }
        Ok(())
    }
}

impl fmt::Debug for LabelledReading {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        formatter.write_str(&self.name)
    }
}

impl fmt::Debug for Reading {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        formatter.write_str(self.name)
    }
}
