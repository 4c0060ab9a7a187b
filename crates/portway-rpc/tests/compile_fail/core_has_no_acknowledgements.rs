//! A queue group of NATS keeps nothing: it cannot pull at least once.

use portway_rpc::pattern::{AtLeastOnce, Json, Pull, nats::NatsPull};

fn reliable(_: impl Pull<String, AtLeastOnce>) {}

fn main() {
    let worker: NatsPull<String, Json> = unimplemented!();
    reliable(worker);
}
