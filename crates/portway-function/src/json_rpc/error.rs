//! Errors as JSON-RPC names them.

use std::fmt::{Debug, Display};

use serde::{Serialize, Serializer, ser::SerializeStruct as _};
use serde_json::value::{RawValue, to_raw_value};

/// The codes of JSON-RPC 2.0, section 5.1, and the one that a method's own errors have.
pub mod code {
    /// The body is not JSON.
    pub const PARSE: i64 = -32700;
    /// The JSON is no request.
    pub const INVALID_REQUEST: i64 = -32600;
    /// There is no such method.
    pub const METHOD_NOT_FOUND: i64 = -32601;
    /// The parameters do not fit the method.
    pub const INVALID_PARAMETERS: i64 = -32602;
    /// The method broke off.
    pub const INTERNAL: i64 = -32603;
    /// A method answered with an error of its own.
    pub const APPLICATION: i64 = -32000;
}

/// An error as it goes to a caller: a code, a message, and data if the method has some.
#[derive(Debug, Clone)]
pub struct RpcError {
    code: i64,
    message: String,
    data: Option<Box<RawValue>>,
}

impl RpcError {
    /// An error with a code of its own. Codes from -32768 to -32000 belong to JSON-RPC.
    #[must_use]
    pub fn new(code: i64, message: impl Into<String>) -> Self {
        Self {
            code,
            message: message.into(),
            data: None,
        }
    }

    /// A method's own error: its `Display` is the message, its serialized form the data.
    #[must_use]
    pub fn of<E: Display + Serialize>(error: &E) -> Self {
        Self {
            code: code::APPLICATION,
            message: error.to_string(),
            data: to_raw_value(error).ok(),
        }
    }

    /// The method broke off; the caller learns nothing more.
    #[must_use]
    pub fn internal() -> Self {
        Self::new(code::INTERNAL, "Internal error")
    }

    /// The parameters do not fit, and why.
    #[must_use]
    pub fn invalid_parameters(reason: impl Display) -> Self {
        Self::new(
            code::INVALID_PARAMETERS,
            format!("Invalid params: {reason}"),
        )
    }

    /// The code.
    #[must_use]
    pub fn code(&self) -> i64 {
        self.code
    }

    /// The message.
    #[must_use]
    pub fn message(&self) -> &str {
        &self.message
    }
}

impl Serialize for RpcError {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        let fields = if self.data.is_some() { 3 } else { 2 };
        let mut object = serializer.serialize_struct("RpcError", fields)?;
        object.serialize_field("code", &self.code)?;
        object.serialize_field("message", &self.message)?;
        if let Some(data) = &self.data {
            object.serialize_field("data", data)?;
        }
        object.end()
    }
}
