//! `#[main]`: a `main` around the function that makes the application.

use proc_macro2::TokenStream;
use quote::quote;
use syn::{Error, ItemFn};

pub(crate) fn expand(arguments: &TokenStream, entry: &ItemFn) -> Result<TokenStream, Error> {
    let signature = &entry.sig;
    if !arguments.is_empty() {
        return Err(Error::new_spanned(
            arguments,
            "this attribute takes nothing in brackets",
        ));
    }
    if signature.asyncness.is_none() {
        return Err(Error::new_spanned(
            signature.fn_token,
            "the function must be `async`",
        ));
    }
    if !signature.inputs.is_empty() || !signature.generics.params.is_empty() {
        return Err(Error::new_spanned(
            signature,
            "the function must have no parameters",
        ));
    }
    let name = &signature.ident;
    Ok(quote! {
        fn main() -> ::std::process::ExitCode {
            #entry
            ::portway_function::run(#name)
        }
    })
}
