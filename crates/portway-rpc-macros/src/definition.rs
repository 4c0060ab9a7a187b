//! What a trait says about its service.

use proc_macro2::Span;
use syn::{Error, Ident, ItemTrait, Result, TraitItem, Visibility, spanned::Spanned};

use crate::{attributes::ServiceAttributes, method::Method};

/// What a trait says about its service.
pub(crate) struct Definition {
    pub(crate) trait_item: ItemTrait,
    /// The name on wires.
    pub(crate) name: String,
    pub(crate) protobuf: bool,
    pub(crate) methods: Vec<Method>,
}

impl Definition {
    pub(crate) fn new(attributes: ServiceAttributes, mut trait_item: ItemTrait) -> Result<Self> {
        if !trait_item.generics.params.is_empty() {
            let span = trait_item.generics.span();
            return Err(Error::new(span, "a service has no generic parameters"));
        }
        let mut methods = Vec::new();
        for item in &mut trait_item.items {
            let TraitItem::Fn(function) = item else {
                return Err(Error::new(item.span(), "a service has methods only"));
            };
            let method = Method::take(function)?;
            if !attributes.protobuf && method.has_payload() {
                let text = "only a message of a `.proto` has a field of bulk bytes";
                return Err(Error::new(function.sig.ident.span(), text));
            }
            methods.push(method);
        }
        if methods.is_empty() {
            return Err(Error::new(
                trait_item.span(),
                "a service has at least one method",
            ));
        }
        let name = attributes
            .name
            .unwrap_or_else(|| trait_item.ident.to_string());
        Ok(Self {
            trait_item,
            name,
            protobuf: attributes.protobuf,
            methods,
        })
    }

    pub(crate) fn visibility(&self) -> &Visibility {
        &self.trait_item.vis
    }

    /// Returns the name of the trait with something behind it.
    pub(crate) fn named(&self, suffix: &str) -> Ident {
        Ident::new(
            &format!("{}{suffix}", self.trait_item.ident),
            self.trait_item.ident.span(),
        )
    }

    /// Returns the name of the module of the methods' types.
    pub(crate) fn module(&self) -> Ident {
        Ident::new(
            &snake_case(&self.trait_item.ident.to_string()),
            Span::call_site(),
        )
    }
}

/// Turns `SayHello` into `say_hello`.
fn snake_case(name: &str) -> String {
    let mut snake = String::new();
    let mut after_lower = false;
    for letter in name.chars() {
        if letter.is_uppercase() && after_lower {
            snake.push('_');
        }
        after_lower = letter.is_lowercase() || letter.is_ascii_digit();
        snake.extend(letter.to_lowercase());
    }
    snake
}

/// Turns `say_hello` into `SayHello`.
pub(crate) fn camel_case(name: &str) -> String {
    name.split('_')
        .flat_map(|word| {
            let mut letters = word.chars();
            let first = letters.next().map(|letter| letter.to_ascii_uppercase());
            first.into_iter().chain(letters).collect::<Vec<_>>()
        })
        .collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn names_change_their_case() {
        assert_eq!(snake_case("TestService"), "test_service");
        assert_eq!(snake_case("HTTP"), "http");
        assert_eq!(camel_case("say_hello"), "SayHello");
    }
}
