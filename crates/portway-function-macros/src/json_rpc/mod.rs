//! `#[json_rpc]`: an `impl` block and, beside it, what calls its methods by name.

mod client;
mod method;
mod service;

use proc_macro2::TokenStream;
use quote::{ToTokens as _, quote};
use syn::{
    Error, Ident, ItemImpl, LitStr, Token, Type,
    parse::{Parse, ParseStream},
};

use method::Method;

/// What stands in the brackets of the attribute.
#[derive(Default)]
pub(crate) struct Arguments {
    name: Option<LitStr>,
    client: bool,
}

impl Parse for Arguments {
    fn parse(input: ParseStream<'_>) -> Result<Self, Error> {
        let mut arguments = Self::default();
        while !input.is_empty() {
            let key: Ident = input.parse()?;
            if key == "client" {
                arguments.client = true;
            } else if key == "name" {
                input.parse::<Token![=]>()?;
                arguments.name = Some(checked_name(input.parse()?)?);
            } else {
                return Err(Error::new_spanned(
                    key,
                    "only `name = \"...\"` and `client` are known",
                ));
            }
            if !input.is_empty() {
                input.parse::<Token![,]>()?;
            }
        }
        Ok(arguments)
    }
}

/// The name is a part of a path, a class in TypeScript and a type in Rust.
fn checked_name(name: LitStr) -> Result<LitStr, Error> {
    match syn::parse_str::<Ident>(&name.value()) {
        Ok(_) => Ok(name),
        Err(_) => Err(Error::new_spanned(name, "the name must be an identifier")),
    }
}

pub(crate) fn expand(arguments: &Arguments, block: &ItemImpl) -> Result<TokenStream, Error> {
    if let Some((_, path, _)) = &block.trait_ {
        return Err(Error::new_spanned(
            path,
            "methods of a trait cannot be called; use a plain `impl` block",
        ));
    }
    if !block.generics.params.is_empty() {
        return Err(Error::new_spanned(
            &block.generics,
            "a service has no generic parameters",
        ));
    }
    let name = match &arguments.name {
        Some(name) => name.clone(),
        None => type_name(&block.self_ty)?,
    };
    let methods = Method::all(block)?;
    let service = service::expand(&name, block, &methods);
    let client = arguments
        .client
        .then(|| client::expand(&name, block, &methods));
    Ok(quote! { #block #service #client })
}

fn type_name(ty: &Type) -> Result<LitStr, Error> {
    match ty {
        Type::Path(path) if path.qself.is_none() => path.path.segments.last(),
        _ => None,
    }
    .filter(|segment| segment.arguments.is_empty())
    .map(|segment| LitStr::new(&segment.ident.to_string(), segment.ident.span()))
    .ok_or_else(|| {
        Error::new_spanned(
            ty.to_token_stream(),
            "this type has no name of its own: add `name = \"...\"`",
        )
    })
}
