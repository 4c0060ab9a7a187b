//! Why a call was refused, for programs: a `google.rpc.ErrorInfo` in the details of its status.

use portway_rpc::{Code, Status};
use prost::Message as _;
use prost_types::Any;

/// The domain of the reasons.
const DOMAIN: &str = "portway.control";
/// The type of a detail that says a reason.
const ERROR_INFO: &str = "type.googleapis.com/google.rpc.ErrorInfo";

/// Declares the reasons once: variant, word on the wire and code cannot drift apart.
macro_rules! reasons {
    ($($(#[$meaning:meta])* $reason:ident = $word:literal, $code:ident;)+) => {
        /// Why a call was refused.
        #[derive(Clone, Copy, Debug, Eq, Hash, PartialEq)]
        #[non_exhaustive]
        pub enum Reason {
            $($(#[$meaning])* $reason,)+
        }

        impl Reason {
            /// All reasons.
            pub const ALL: &'static [Self] = &[$(Self::$reason,)+];

            /// Returns the word on the wire.
            #[must_use]
            pub const fn word(self) -> &'static str {
                match self {
                    $(Self::$reason => $word,)+
                }
            }

            /// Returns the code of a status with this reason.
            #[must_use]
            pub const fn code(self) -> Code {
                match self {
                    $(Self::$reason => Code::$code,)+
                }
            }
        }
    };
}

reasons! {
    /// The grid is away or refused.
    Grid = "GRID", Unavailable;
    /// No gateway of the fleet is running.
    NoGateway = "NO_GATEWAY", FailedPrecondition;
    /// The gateways use another fleet key.
    OtherFleet = "OTHER_FLEET", FailedPrecondition;
    /// Another peer has the name.
    NameTaken = "NAME_TAKEN", AlreadyExists;
    /// The public key is in the fleet already.
    KeyTaken = "KEY_TAKEN", AlreadyExists;
    /// There is no such peer.
    UnknownPeer = "UNKNOWN_PEER", NotFound;
    /// Several peers have the name.
    AmbiguousName = "AMBIGUOUS_NAME", FailedPrecondition;
    /// Another peer has the prefix.
    PrefixTaken = "PREFIX_TAKEN", AlreadyExists;
    /// The prefix is a part of the tunnel network.
    PrefixInTunnel = "PREFIX_IN_TUNNEL", InvalidArgument;
    /// The list of prefixes cannot be used.
    Prefixes = "PREFIXES", InvalidArgument;
    /// All addresses are allotted.
    NoAddress = "NO_ADDRESS", ResourceExhausted;
    /// The row's seal is wrong.
    NotBelieved = "NOT_BELIEVED", FailedPrecondition;
    /// Others changed the same row again and again.
    Contended = "CONTENDED", Aborted;
    /// A field of the request is not what it should be.
    Field = "FIELD", InvalidArgument;
    /// `wg` gave the peer to the interface, so it is changed there.
    NotOfTheGrid = "NOT_OF_THE_GRID", FailedPrecondition;
    /// The caller proved no identity, or one that is not known.
    Identity = "IDENTITY", Unauthenticated;
    /// The caller's role does not permit it.
    Role = "ROLE", PermissionDenied;
    /// The token of an invitation is wrong, was used or has expired; nobody is told which.
    Token = "TOKEN", PermissionDenied;
    /// Too many attempts came from one address.
    Attempts = "ATTEMPTS", ResourceExhausted;
    /// It needs a running gateway, and the grid alone was asked.
    NeedsGateway = "NEEDS_GATEWAY", Unimplemented;
    /// The gateway ends.
    Ending = "ENDING", Unavailable;
}

impl Reason {
    /// Makes the status of a call that was refused for this reason.
    #[must_use]
    pub fn status(self, message: impl Into<String>) -> Status {
        let message = message.into();
        let info = ErrorInfo {
            reason: self.word().to_owned(),
            domain: DOMAIN.to_owned(),
        };
        let details = RpcStatus {
            code: i32::from(self.code().number()),
            message: message.clone(),
            details: vec![Any {
                type_url: ERROR_INFO.to_owned(),
                value: info.encode_to_vec(),
            }],
        };
        Status::new(self.code(), message).with_details(details.encode_to_vec())
    }

    /// Reads the reason out of a status; nothing where it says none that is known here.
    #[must_use]
    pub fn of(status: &Status) -> Option<Self> {
        let details = RpcStatus::decode(status.details().clone()).ok()?.details;
        let infos = details
            .iter()
            .filter(|detail| detail.type_url == ERROR_INFO);
        let mut infos = infos.filter_map(|detail| ErrorInfo::decode(&*detail.value).ok());
        let info = infos.find(|info| info.domain == DOMAIN)?;
        let mut known = Self::ALL.iter();
        known.find(|reason| reason.word() == info.reason).copied()
    }
}

/// `google.rpc.Status`, as far as it is used.
#[derive(Clone, PartialEq, prost::Message)]
struct RpcStatus {
    #[prost(int32, tag = "1")]
    code: i32,
    #[prost(string, tag = "2")]
    message: String,
    #[prost(message, repeated, tag = "3")]
    details: Vec<Any>,
}

/// `google.rpc.ErrorInfo`, as far as it is used.
#[derive(Clone, PartialEq, prost::Message)]
struct ErrorInfo {
    #[prost(string, tag = "1")]
    reason: String,
    #[prost(string, tag = "2")]
    domain: String,
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_reason_comes_back_out_of_its_status() {
        for reason in Reason::ALL {
            let status = reason.status("no");
            assert_eq!(Reason::of(&status), Some(*reason));
            assert_eq!((status.code(), status.message()), (reason.code(), "no"));
        }
    }

    #[test]
    fn a_status_of_somebody_else_has_no_reason() {
        assert_eq!(Reason::of(&Status::internal("no")), None);
        let status = Status::internal("no").with_details("\u{1}no details");
        assert_eq!(Reason::of(&status), None);
    }
}
