//! A WireGuard gateway: sans-IO decisions, one data-path thread, peers that live in a grid.

mod change;
mod client;
pub mod control;
mod events;
mod exit;
pub mod fleet;
mod flow;
mod inner;
mod io;
mod keys;
mod snapshot;
mod stack;
#[deny(clippy::disallowed_methods, clippy::disallowed_types)]
mod state;
mod tunnel;
mod uapi;
#[deny(clippy::disallowed_methods, clippy::disallowed_types)]
mod wg_quick;

pub use change::{Change, PeerChange};
pub use client::{
    ClientConfiguration, ClientError, ClientHandle, ClientStack, Forward, ForwardError, PingError,
    PingReply,
};
pub use events::{
    EventHub, EventSubscription, GatewayEvent, GatewayEventKind, Heard, PeerNews, PeerNewsKind,
};
pub use exit::{
    Exit, ExitConfiguration, ExitCounters, ExitEvent, ExitLimits, ExitMode, ExitTimeouts,
    OwnListeners, Publish, PublishError,
};
pub use flow::{
    FlowCounters, FlowExport, FlowInterval, FlowIntervals, FlowKey, FlowRecord, Tally, flow_export,
};
pub use inner::{InnerStack, PeerId};
pub use io::{
    ChangeError, DEFAULT_MTU, DataPath, DataPathConfiguration, DataPathError, DataPathHandle,
    Inner, KernelRoutes, ListenAddress, TunConfiguration, XdpInner, XdpInterface,
};
pub use keys::{KeyError, PresharedKey, PrivateKey, PublicKey};
pub use snapshot::{DeviceSnapshot, PeerSnapshot};
pub use state::{Counters, DropReason, PeerEvent};
pub use uapi::{
    Device, Errno, Malformed, RequestEvent, RequestParser, SOCKET_DIRECTORY, UapiServer,
    UapiServerError, write_device,
};
pub use wg_quick::{
    Hook, HookEvent, HostPort, HostPortError, InterfaceSection, PeerSection, PlainText,
    PlainTextError, TunnelFile, TunnelFileError, TunnelFileProblem,
};
