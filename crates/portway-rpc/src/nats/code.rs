//! Status codes as the numbers of HTTP, which the errors of NATS' service protocol have.

use crate::Code;

/// Returns the number. Source: the comments of `google/rpc/code.proto`.
pub(super) fn number(code: Code) -> usize {
    match code {
        Code::Ok => 200,
        Code::InvalidArgument | Code::FailedPrecondition | Code::OutOfRange => 400,
        Code::Unauthenticated => 401,
        Code::PermissionDenied => 403,
        Code::NotFound => 404,
        Code::AlreadyExists | Code::Aborted => 409,
        Code::ResourceExhausted => 429,
        Code::Cancelled => 499,
        Code::Unknown | Code::Internal | Code::DataLoss => 500,
        Code::Unimplemented => 501,
        Code::Unavailable => 503,
        Code::DeadlineExceeded => 504,
    }
}

/// Returns the code of a foreign server that knows no other than the number.
pub(super) fn of_number(number: u32) -> Code {
    match number {
        400 => Code::InvalidArgument,
        401 => Code::Unauthenticated,
        403 => Code::PermissionDenied,
        404 => Code::NotFound,
        409 => Code::Aborted,
        429 => Code::ResourceExhausted,
        499 => Code::Cancelled,
        500 => Code::Internal,
        501 => Code::Unimplemented,
        503 => Code::Unavailable,
        504 => Code::DeadlineExceeded,
        _ => Code::Unknown,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_number_comes_back_as_a_code_of_the_same_number() {
        for code in Code::ALL {
            let again = of_number(u32::try_from(number(code)).unwrap());
            assert!(code == Code::Ok || number(again) == number(code), "{code}");
        }
    }
}
