//! What the program as a whole does: the section `options`.

use std::{net::IpAddr, path::PathBuf};

use super::{Located, Mode};
use crate::{AccessRule, PatternRule, RouteRule};

/// What the program as a whole does: the section `options`.
#[derive(Clone, Debug, PartialEq)]
#[non_exhaustive]
pub struct Options {
    /// What threads do with packets (`mode`). None: whoever starts the configuration has to say it.
    pub mode: Option<Mode>,
    /// Frames that a thread takes from an lport at once (`burst-size`), from 1 to
    /// [`MAXIMUM_BURST`](crate::MAXIMUM_BURST).
    pub burst: usize,
    /// Whether figures are published (`no-metrics` is not set).
    pub metrics: bool,
    /// Routes of mode `l3fwd` (`l3fwd-fib-rules`).
    pub routes: Vec<Located<RouteRule>>,
    /// Rules of the modes `acl-strict` and `acl-permissive` (`acl-rules`), in their order.
    pub acl_rules: Vec<Located<AccessRule>>,
    /// Whether the rules begin with those that CNDP demonstrates its modes with (`acl-demo-rules`).
    pub acl_demonstration: bool,
    /// Patterns of mode `hyperscan` (`hs-patterns`), in their order.
    pub patterns: Vec<Located<PatternRule>>,
    /// Addresses that the modes `echo` and `l3fwd` answer for, beside those of the interfaces (`echo-addresses`).
    pub echo_addresses: Vec<IpAddr>,
    /// What mode `capture` writes (`capture-file`).
    pub capture_file: Option<PathBuf>,
    /// What mode `replay` sends (`replay-file`).
    pub replay_file: Option<PathBuf>,
}
