//! JSON-RPC 2.0 over `POST /Class`, from an `impl` block.
//!
//! ```
//! use axum::Router;
//!
//! struct Greeter;
//!
//! #[portway_function::json_rpc]
//! impl Greeter {
//!     /// Greets somebody by name.
//!     pub async fn hello(&self, name: String) -> String {
//!         format!("Hello, {name}!")
//!     }
//! }
//!
//! async fn app() -> Router {
//!     portway_function::json_rpc::router(Greeter)
//! }
//! ```
//!
//! Each method that is not private and takes `&self` is callable as `hello` or `Greeter.hello`, with parameters by position or by name, alone, in
//! a batch, or as a notification. A parameter of type `&Caller` is not sent by the client: it tells who calls. A method that returns a
//! `Result` answers with the error's `Display` as the message and the error itself, serialized, as `data`; nothing else of it, and
//! never a stack trace, leaves the program.

mod bigint;
#[cfg(feature = "client")]
mod client;
mod description;
mod dispatch;
mod endpoint;
mod error;
mod message;
mod parameters;

#[cfg(feature = "client")]
pub use client::{CallError, Client, NoError};
pub use description::{
    Describer, MethodDescription, ParameterDescription, Registered, ServiceDescription,
};
pub use endpoint::{Caller, JsonRpc, router};
pub use error::{RpcError, code};
pub use parameters::Parameters;

pub(crate) use description::describe;
pub(crate) use endpoint::panicked;

use std::future::Future;

use serde::Serialize;
use serde_json::value::{RawValue, to_raw_value};

/// Methods that can be called by name. Written by [`json_rpc`](macro@crate::json_rpc).
pub trait Service: Send + Sync + 'static {
    /// The name of the service: its path, and what may stand before the dot of a method's name.
    const NAME: &'static str;

    /// Calls a method; `None` if there is none of this name.
    ///
    /// # Errors
    /// What the method answers, or what is wrong with its parameters.
    fn call(
        &self,
        method: &str,
        parameters: Parameters,
        caller: &Caller,
    ) -> impl Future<Output = Option<Result<Box<RawValue>, RpcError>>> + Send;
}

/// The result of a method as JSON. Used by the macro's code.
///
/// # Errors
/// If the value has no form in JSON, such as a map whose keys are not text.
pub fn result<T: Serialize>(value: &T) -> Result<Box<RawValue>, RpcError> {
    to_raw_value(value).map_err(|error| {
        tracing::error!("the result of a method cannot be written as JSON: {error}");
        RpcError::internal()
    })
}
