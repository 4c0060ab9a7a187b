//! Errors as callers of the API see them.

use std::time::Duration;

use portway_control::Reason;
use portway_rpc::Status;

use crate::{DataPathError, fleet::FleetError};

/// As callers of the control API see it, with its [`Reason`].
impl From<FleetError> for Status {
    fn from(error: FleetError) -> Self {
        of_fleet(error)
    }
}

/// Why a fleet did not do what was asked.
pub(super) fn of_fleet(error: FleetError) -> Status {
    let reason = match &error {
        FleetError::NoGateway => Reason::NoGateway,
        FleetError::OtherFleet => Reason::OtherFleet,
        FleetError::NameTaken { .. } => Reason::NameTaken,
        FleetError::KeyTaken { .. } => Reason::KeyTaken,
        FleetError::UnknownPeer(_) => Reason::UnknownPeer,
        FleetError::AmbiguousName(_) => Reason::AmbiguousName,
        FleetError::PrefixTaken { .. } => Reason::PrefixTaken,
        FleetError::PrefixInTunnel { .. } => Reason::PrefixInTunnel,
        FleetError::Prefixes(_) => Reason::Prefixes,
        FleetError::NoAddress { .. } => Reason::NoAddress,
        FleetError::NotBelieved { .. } => Reason::NotBelieved,
        FleetError::Contended(_) => Reason::Contended,
        FleetError::Grid(_) | FleetError::Unheard => Reason::Grid,
        FleetError::NoRandomness(_) => {
            return Status::internal(error.to_string()).with_source(error);
        }
    };
    reason.status(error.to_string()).with_source(error)
}

/// The data path is no more, so the gateway is about to end.
pub(super) fn of_data_path(error: DataPathError) -> Status {
    Reason::Ending
        .status(format!("the gateway ends: {error}"))
        .with_source(error)
}

/// A field of the request is not what it should be.
pub(super) fn of_field(field: &str, problem: impl std::fmt::Display) -> Status {
    Reason::Field.status(format!("{field}: {problem}"))
}

/// The grid alone was asked for what only a gateway knows.
pub(super) fn needs_gateway() -> Status {
    Reason::NeedsGateway.status("only a running gateway knows that: ask through its control API")
}

/// The gateway is asked to end.
pub(super) fn ending() -> Status {
    Reason::Ending.status("the gateway ends")
}

/// One address tries too often.
pub(super) fn too_many_attempts(wait: Duration) -> Status {
    let seconds = wait.as_secs_f64().ceil();
    let text = format!("too many attempts from this address: wait {seconds} s");
    Reason::Attempts.status(text)
}
