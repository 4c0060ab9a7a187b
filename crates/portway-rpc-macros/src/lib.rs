//! The macro of portway-rpc: a Rust trait as a service.
//!
//! It is a crate of its own because a macro is compiled for the machine that builds. Use it through
//! `portway_rpc::service`; the code it makes names only that crate.

mod attributes;
mod definition;
mod expand;
mod method;

use proc_macro::TokenStream;
use syn::{ItemTrait, parse_macro_input};

use attributes::ServiceAttributes;
use definition::Definition;

/// Makes a trait a service: with a client and a server for every transport that can carry it.
///
/// The messages are of serde and travel as MessagePack, over calls within the process and framed
/// connections. gRPC and NATS need a `.proto`: write that and use `portway-rpc-build`, which makes
/// the same of it. Asking for them with a plain trait does not compile.
///
/// Of `trait Store` it makes:
/// - the trait itself, whose futures are `Send`: implement it with `async fn`;
/// - `StoreServer`, which serves an implementation;
/// - `StoreClient`, which calls it over a channel;
/// - a module `store` with a type for each method.
///
/// # Methods
/// Each takes `&self`, a `Context`, and what its shape needs:
///
/// | shape | arguments behind the context | returns |
/// |---|---|---|
/// | unary | `request: T` | `Result<U, Status>` |
/// | server streaming | `request: T, responses: Sending<U>` | `Result<(), Status>` |
/// | client streaming | `requests: Receiving<T>` | `Result<U, Status>` |
/// | bidirectional | `requests: Receiving<T>, responses: Sending<U>` | `Result<(), Status>` |
///
/// # Options
/// - `#[service(name = "package.Store")]`: the name on wires. Default: the trait's name.
/// - `#[rpc(name = "Get")]` on a method: its name on wires. Default: its own in camel case.
/// - `#[rpc(idempotent)]` on a method: carrying it out twice is as good as once, so that it may be
///   repeated.
///
/// ```ignore
/// #[portway_rpc::service(name = "example.Store")]
/// pub trait Store {
///     #[rpc(idempotent)]
///     async fn get(&self, context: Context, key: String) -> Result<Option<String>, Status>;
///     async fn follow(
///         &self,
///         context: Context,
///         prefix: String,
///         responses: Sending<String>,
///     ) -> Result<(), Status>;
/// }
/// ```
#[proc_macro_attribute]
pub fn service(attributes: TokenStream, item: TokenStream) -> TokenStream {
    let attributes = parse_macro_input!(attributes as ServiceAttributes);
    let item = parse_macro_input!(item as ItemTrait);
    Definition::new(attributes, item)
        .map(|definition| expand::service(&definition))
        .unwrap_or_else(syn::Error::into_compile_error)
        .into()
}
