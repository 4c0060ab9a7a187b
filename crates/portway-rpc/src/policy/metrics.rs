//! Figures of calls in the format of Prometheus.

use std::{fmt::Write as _, time::Duration};

use prometheus_client::{
    encoding::{EncodeLabelSet, EncodeLabelValue, LabelValueEncoder},
    metrics::{family::Family, histogram::Histogram},
    registry::{Registry, Unit},
};

use super::{classes::CLASSES, observe::Side};
use crate::{Code, MethodInfo};

/// Figures of calls: how many, how long, how they ended; of both sides.
///
/// The histograms are `rpc_client_call_duration_seconds` and `rpc_server_call_duration_seconds`, with
/// the labels `rpc_method` and `rpc_response_status_code`; their counts are the counts of the calls. A
/// call with streams takes as long as its streams live.
///
/// Source: OpenTelemetry, Semantic conventions for RPC metrics, with the names as Prometheus has them.
#[derive(Clone, Debug)]
pub struct CallMetrics {
    client: Durations,
    server: Durations,
}

type Durations = Family<Labels, Histogram>;

impl CallMetrics {
    /// Makes figures and adds them to `registry`.
    pub fn new(registry: &mut Registry) -> Self {
        let durations = || Durations::new_with_constructor(|| Histogram::new(CLASSES));
        let metrics = Self {
            client: durations(),
            server: durations(),
        };
        let mut add = |name: &str, help: &str, family: &Durations| {
            registry.register_with_unit(name, help, Unit::Seconds, family.clone());
        };
        add(
            "rpc_client_call_duration",
            "How long calls took that were made",
            &metrics.client,
        );
        add(
            "rpc_server_call_duration",
            "How long calls took that were served",
            &metrics.server,
        );
        metrics
    }

    pub(super) fn note(&self, side: Side, method: MethodInfo, code: Code, took: Duration) {
        let family = match side {
            Side::Client => &self.client,
            Side::Server => &self.server,
        };
        let labels = Labels {
            rpc_method: Path(method),
            rpc_response_status_code: code.name(),
        };
        family.get_or_create(&labels).observe(took.as_secs_f64());
    }
}

/// Bounded, because methods and codes are: what a caller sends is no label.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, EncodeLabelSet)]
struct Labels {
    rpc_method: Path,
    rpc_response_status_code: &'static str,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
struct Path(MethodInfo);

impl EncodeLabelValue for Path {
    fn encode(&self, encoder: &mut LabelValueEncoder<'_>) -> std::fmt::Result {
        write!(encoder, "{}/{}", self.0.service, self.0.name)
    }
}
