//! Peers that live in a grid: rows, the seal that makes them believable, claims on addresses,
//! the follower that keeps the data path in step, and the way back for what was seen of a peer.

mod claims;
mod directory;
mod doubt;
mod encoding;
mod error;
mod flow_log;
mod flow_row;
mod follower;
mod follower_view;
mod foreign;
mod gateway;
mod gateways;
mod key;
mod networks;
mod peer;
mod prefixes;
mod refusal;
mod roster;
mod row;
mod seal;
mod secret_file;
mod session;
mod session_writer;
mod state;
mod tables;

pub use directory::{AddedPeer, Fleet, NewPeer, Service};
pub use error::FleetError;
pub use flow_log::{FlowFilter, FlowLog};
pub use flow_row::{FlowEntry, FlowRow, FlowRowKey, FlowSum};
pub use follower::Follower;
pub use follower_view::{FollowerStatus, FollowerView};
pub use foreign::ForeignText;
pub use gateway::{GatewayId, GatewayIdError, GatewayRecord};
pub use gateways::{GatewayIdentity, Registration};
pub use key::{FleetKey, FleetKeyError};
pub use networks::{NetworksError, TunnelNetworks};
pub use peer::{PeerName, PeerNameError, PeerRecord, UnixSeconds, Version};
pub use prefixes::{MAX_PREFIXES, Prefixes, PrefixesError};
pub use refusal::{Refusal, RefusalCounts};
pub use roster::{OnConflict, RefusedRow, Roster};
pub use row::{AddressRow, GatewayRow, PeerRow, SessionRow};
pub use secret_file::{SecretFileError, load_or_create_private_key};
pub use session::PeerSession;
pub use session_writer::write_sessions;
pub use state::{FleetState, MAX_FLEET_PEERS};
