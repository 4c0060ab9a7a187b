//! Who of the peers talks to whom, and how much: packets counted by conversation and handed over an interval at a time.
//!
//! `key` reads a packet, `table` counts, and `export` is the bounded way out of the data path. Counting never waits:
//! what does not fit into the table, or is not taken in time, is counted as lost.

mod export;
#[deny(clippy::disallowed_methods, clippy::disallowed_types)]
mod key;
#[deny(clippy::disallowed_methods)]
mod table;

pub(crate) use export::FlowRecorder;
pub use export::{FlowCounters, FlowExport, FlowInterval, FlowIntervals, flow_export};
pub use key::FlowKey;
pub(crate) use key::Heading;
pub use table::{FlowRecord, Tally};
