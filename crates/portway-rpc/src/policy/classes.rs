//! The classes of histograms of calls.

/// The upper ends of the classes, in seconds: OpenTelemetry's advice, and finer ones below it, because
/// calls within a machine take microseconds.
pub(super) const CLASSES: [f64; 18] = [
    0.0001, 0.00025, 0.0005, 0.001, 0.0025, 0.005, 0.01, 0.025, 0.05, 0.075, 0.1, 0.25, 0.5, 0.75,
    1.0, 2.5, 5.0, 10.0,
];
