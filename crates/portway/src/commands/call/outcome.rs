//! Statuses as an operator meets them.

use portway_rpc::{Code, Status};

use super::target::Place;
use crate::failure::{Advise as _, Advised};

/// Makes the error of a call that did not work, with what to do next.
pub(super) fn failed(place: &Place, status: Status) -> Advised {
    let code = status.code();
    let hint = match code {
        Code::Unavailable if matches!(place, Place::Nats(_)) => {
            "look whether the service runs: `nats micro list` shows those that do"
        }
        Code::Unimplemented if matches!(place, Place::Nats(_)) => {
            "methods with streams need grpc:// or framed://; `nats micro info` shows the others"
        }
        Code::Unavailable => "look whether the server runs there, and speaks this protocol",
        Code::DeadlineExceeded => "give it more time with --deadline SECONDS",
        Code::Unauthenticated => "say who you are: --token-file FILE, or --cert and --key",
        Code::PermissionDenied => {
            "call as somebody who may: --token-file FILE, or --cert and --key"
        }
        Code::Unimplemented => "`portway call` with the target alone lists what the server serves",
        Code::InvalidArgument | Code::OutOfRange => "--describe shows what the message looks like",
        Code::ResourceExhausted => "send less, or later: a limit of the server is reached",
        Code::Aborted | Code::FailedPrecondition => "look at the state of the server, and repeat",
        _ => "the server's log may tell more",
    };
    let advised = Err::<(), _>(status).advise(format_args!("the call to {place} failed"), hint);
    // It is an error: the other side has said so.
    let advised = advised
        .err()
        .unwrap_or_else(|| Advised::failed("no answer", hint));
    match code {
        Code::InvalidArgument | Code::OutOfRange | Code::Unimplemented => advised.into_wrong_use(),
        _ => advised,
    }
}
