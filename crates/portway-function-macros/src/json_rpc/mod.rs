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

#[cfg(test)]
mod tests {
    use syn::parse_quote;

    use super::*;

    /// What the compiler says of a block.
    fn refusal(block: &ItemImpl) -> String {
        let refused = expand(&Arguments::default(), block).map(|_| ());
        refused.expect_err("it is refused").to_string()
    }

    #[test]
    fn what_no_caller_could_send_or_name_is_refused_with_the_reason() {
        let blocks: [(ItemImpl, &str); 9] = [
            (parse_quote!(impl Trait for Desk {}), "methods of a trait"),
            (
                parse_quote!(
                    impl<T> Desk<T> {}
                ),
                "no generic parameters",
            ),
            (
                parse_quote!(
                    impl (u8, u8) {
                        pub fn f(&self) {}
                    }
                ),
                "add `name = ",
            ),
            (
                parse_quote!(impl Desk { fn f(&self) {} }),
                "no method to call",
            ),
            (
                parse_quote!(impl Desk { pub fn f(&self, text: &str) {} }),
                "owns its value",
            ),
            (
                parse_quote!(impl Desk { pub fn f(&self, (a, b): (u8, u8)) {} }),
                "give it one",
            ),
            (
                parse_quote!(impl Desk { pub fn f<T>(&self, value: T) {} }),
                "no generic parameters",
            ),
            (
                parse_quote!(impl Desk { pub fn f(&self) -> io::Result<()> {} }),
                "write both types",
            ),
            (
                parse_quote!(impl Desk { pub fn constructor(&self) {} }),
                "no method of this name",
            ),
        ];
        for (block, reason) in blocks {
            let said = refusal(&block);
            assert!(said.contains(reason), "{said}");
        }
    }

    #[test]
    fn only_known_words_stand_in_the_brackets() {
        let read = syn::parse_str::<Arguments>;
        assert!(read("name = \"Desk\", client").is_ok_and(|read| read.client));
        for wrong in ["server", "name", "name = \"a b\"", "name = \"../up\""] {
            assert!(read(wrong).is_err(), "{wrong}");
        }
    }
}
