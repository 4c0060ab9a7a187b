//! The rows as any tool of the grid sees them.
//!
//! Nothing in a row but its seal is believed by a gateway: the columns are for people and SQL.

use super::UnixSeconds;

/// A peer (`PORTWAY.PEER`); its key is the public key in base64.
#[derive(Clone, Debug, Eq, PartialEq)]
pub struct PeerRow {
    /// What people call the peer.
    pub name: String,
    /// Its prefixes, as `wg show` prints them.
    pub prefixes: String,
    /// Seconds between keepalives; 0 is off.
    pub keepalive: i32,
    /// Whether the gateways serve it.
    pub enabled: bool,
    /// From when on the gateways no longer serve it.
    pub expires: Option<i64>,
    /// Orders the states of this row.
    pub version: i64,
    /// What makes the gateways believe the row.
    pub seal: Vec<u8>,
}

/// Writes a moment as the grid has it.
pub(super) fn to_timestamp(moment: UnixSeconds) -> i64 {
    i64::try_from(moment.0.saturating_mul(1000)).unwrap_or(i64::MAX)
}

/// A gateway (`PORTWAY.GATEWAY`); its key is the gateway's id. Gone when it is not refreshed.
#[derive(Clone, Debug, Eq, PartialEq)]
pub struct GatewayRow {
    /// What clients dial.
    pub endpoint: String,
    /// The identity that clients see.
    pub public_key: String,
    /// The tunnel networks.
    pub networks: String,
    /// The part of the receiver-index space that is this gateway's.
    pub slot: i32,
    /// How much of the load it takes.
    pub weight: i32,
    /// Orders the states of this row.
    pub version: i64,
    /// What makes others believe the row.
    pub seal: Vec<u8>,
}
