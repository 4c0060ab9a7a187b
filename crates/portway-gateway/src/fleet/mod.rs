//! Peers that live in a grid: rows, the seal that makes them believable, claims on addresses,
//! the follower that keeps the data path in step, and the way back for what was seen of a peer.

mod encoding;
mod gateway;
mod key;
mod networks;
mod peer;
mod prefixes;
mod refusal;
mod row;
mod seal;
mod secret_file;
mod state;

pub use gateway::{Endpoint, GatewayId, GatewayRecord, GatewayTextError};
pub use key::{FleetKey, FleetKeyError};
pub use networks::{NetworksError, TunnelNetworks};
pub use peer::{PeerName, PeerNameError, PeerRecord, UnixSeconds, Version};
pub use prefixes::{MAX_PREFIXES, Prefixes, PrefixesError};
pub use refusal::{Refusal, RefusalCounts};
pub use row::{GatewayRow, PeerRow};
pub use secret_file::{SecretFileError, load_or_create_private_key};
pub use state::{FleetState, MAX_FLEET_PEERS};
