//! The macros of `portway-function`. Programs use them from there, where they are documented by example.

mod entry;
mod json_rpc;

use proc_macro::TokenStream;
use syn::{ItemFn, ItemImpl, parse_macro_input};

/// Makes an `async fn` without parameters, which gives the application, the entry of the program.
///
/// The function returns an `axum::Router`, a `portway_function::App`, or a `Result` of either. It becomes a `main` that finds out where
/// the program runs and serves there.
#[proc_macro_attribute]
pub fn main(arguments: TokenStream, item: TokenStream) -> TokenStream {
    let entry = parse_macro_input!(item as ItemFn);
    entry::expand(&arguments.into(), &entry)
        .unwrap_or_else(syn::Error::into_compile_error)
        .into()
}

/// Makes the methods of an `impl` block that are not private, and take `&self`, callable over JSON-RPC 2.0.
///
/// In brackets: `name = "..."` gives the service another name than its type's, and `client` also writes a client in Rust,
/// `NAMEClient`, which needs the feature `client` of `portway-function`.
#[proc_macro_attribute]
pub fn json_rpc(arguments: TokenStream, item: TokenStream) -> TokenStream {
    let arguments = parse_macro_input!(arguments as json_rpc::Arguments);
    let block = parse_macro_input!(item as ItemImpl);
    json_rpc::expand(&arguments, &block)
        .unwrap_or_else(syn::Error::into_compile_error)
        .into()
}
