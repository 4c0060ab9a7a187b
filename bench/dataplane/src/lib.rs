//! What the devices under measurement of the data plane have in common: the frame they are sent, the XDP programs, and
//! what is read of interfaces and processors.
//!
//! Nothing here is Portway's: bpf(2) and the rings are called by hand, so that what is compared with it shares no code
//! with it.

pub mod bpf;
pub mod counters;
pub mod device;
pub mod frame;
pub mod processor;
pub mod rings;
mod system;
