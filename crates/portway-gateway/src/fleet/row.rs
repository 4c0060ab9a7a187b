//! The rows as any tool of the grid sees them.
//!
//! Nothing in a row but its seal is believed by a gateway: the columns are for people and SQL.

use std::time::SystemTime;

use portway_ignite::IgniteObject;

/// A peer (`PORTWAY.PEER`); its key is the public key in base64.
#[derive(Clone, Debug, Eq, IgniteObject, PartialEq)]
#[ignite(type_name = "portway.Peer")]
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
    pub expires: Option<SystemTime>,
    /// Orders the states of this row.
    pub version: i64,
    /// What makes the gateways believe the row.
    pub seal: Vec<u8>,
}

/// A tunnel address that is allotted (`PORTWAY.ADDRESS`); its key is the address.
#[derive(Clone, Debug, Eq, IgniteObject, PartialEq)]
#[ignite(type_name = "portway.Address")]
pub struct AddressRow {
    /// Whose it is.
    pub public_key: String,
}

/// An invitation (`PORTWAY.INVITE`); its key is the SHA-256 of the token, in hexadecimal digits.
#[derive(Clone, Debug, Eq, IgniteObject, PartialEq)]
#[ignite(type_name = "portway.Invite")]
pub struct InviteRow {
    /// What the peer will be called.
    pub name: String,
    /// From when on the token is no longer good.
    pub expires: SystemTime,
    /// What makes the gateways believe the row.
    pub seal: Vec<u8>,
}

/// What was last seen of a peer (`PORTWAY.SESSION`); its key is the public key in base64.
///
/// Written once a handshake or roam, never per packet, and by gateways alone.
#[derive(Clone, Debug, Default, Eq, IgniteObject, PartialEq)]
#[ignite(type_name = "portway.Session")]
pub struct SessionRow {
    /// The gateway that has the session.
    pub gateway: String,
    /// Where the peer was last heard.
    pub endpoint: Option<String>,
    /// When the last handshake was completed.
    pub last_handshake: Option<SystemTime>,
    /// The greatest TAI64N stamp of an initiation from the peer; empty while it is not known.
    pub stamp_seen: Option<Vec<u8>>,
    /// The greatest TAI64N stamp of an initiation to the peer; empty while it is not known.
    pub stamp_sent: Option<Vec<u8>>,
    /// By which index the peer addresses the gateway.
    pub receiver_index: Option<i64>,
    /// Bytes of whole WireGuard messages sent to the peer, over all its sessions.
    pub sent_bytes: i64,
    /// Bytes of whole authenticated messages received from it, over all its sessions.
    pub received_bytes: i64,
}

/// A gateway (`PORTWAY.GATEWAY`); its key is the gateway's id. Gone when it is not refreshed.
#[derive(Clone, Debug, Eq, IgniteObject, PartialEq)]
#[ignite(type_name = "portway.Gateway")]
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
