//! Fuzz targets as plain functions: a fuzzer calls them, and so does the replay of the corpus.
//!
//! Each takes any bytes and panics where the code under test breaks a promise.

mod configuration;
mod device_plugin;
mod frames;
mod grid;
mod ignite;
mod modes;
mod netlink;
mod objects;
mod packets;
mod uapi;
mod wg_quick;

pub use configuration::configuration;
pub use device_plugin::device_plugin;
pub use frames::frames;
pub use grid::grid_sql;
pub use ignite::{client_responses, grid_requests, ignite_values};
pub use modes::{modes, rules};
pub use netlink::netlink;
pub use objects::{ignite_objects, ignite_serde};
pub use packets::packets;
pub use uapi::uapi;
pub use wg_quick::wg_quick;

/// A target.
pub type Target = fn(&[u8]);

/// All targets by name, which is also the folder of its corpus.
pub const TARGETS: [(&str, Target); 15] = [
    ("grid_requests", grid_requests),
    ("grid_sql", grid_sql),
    ("client_responses", client_responses),
    ("ignite_values", ignite_values),
    ("ignite_objects", ignite_objects),
    ("ignite_serde", ignite_serde),
    ("configuration", configuration),
    ("device_plugin", device_plugin),
    ("frames", frames),
    ("packets", packets),
    ("modes", modes),
    ("netlink", netlink),
    ("rules", rules),
    ("uapi", uapi),
    ("wg_quick", wg_quick),
];
