//! The options in `#[service(...)]` and `#[rpc(...)]`.

use syn::{
    Attribute, Ident, LitInt, LitStr, Result, ext::IdentExt as _, meta, meta::ParseNestedMeta,
    parse::Parse, parse::ParseStream,
};

/// The options of a service.
#[derive(Default)]
pub(crate) struct ServiceAttributes {
    /// The name on wires.
    pub(crate) name: Option<String>,
    /// The messages are protocol buffers; written by portway-rpc-build.
    pub(crate) protobuf: bool,
}

impl Parse for ServiceAttributes {
    fn parse(input: ParseStream<'_>) -> Result<Self> {
        let mut attributes = Self::default();
        let parser = meta::parser(|option| {
            if option.path.is_ident("name") {
                attributes.name = Some(option.value()?.parse::<LitStr>()?.value());
            } else if option.path.is_ident("protobuf") {
                attributes.protobuf = true;
            } else {
                return Err(option.error("the options of a service are `name` and `protobuf`"));
            }
            Ok(())
        });
        syn::parse::Parser::parse2(parser, input.parse()?)?;
        Ok(attributes)
    }
}

/// The options of a method.
#[derive(Default)]
pub(crate) struct MethodAttributes {
    pub(crate) name: Option<String>,
    pub(crate) idempotent: bool,
    /// The field of the request that carries bulk bytes; written by portway-rpc-build.
    pub(crate) request_payload: Option<Payload>,
    pub(crate) response_payload: Option<Payload>,
}

/// The field of a message that carries bulk bytes.
pub(crate) struct Payload {
    pub(crate) field: Ident,
    /// Its number in the `.proto`.
    pub(crate) number: LitInt,
}

impl Payload {
    /// Reads `(field = number)`.
    fn parse(option: &ParseNestedMeta<'_>) -> Result<Self> {
        let content;
        syn::parenthesized!(content in option.input);
        let field = content.call(Ident::parse_any)?;
        content.parse::<syn::Token![=]>()?;
        let number = content.parse()?;
        Ok(Self { field, number })
    }
}

impl MethodAttributes {
    /// Takes the options out of the attributes of a method; the others stay.
    pub(crate) fn take(attributes: &mut Vec<Attribute>) -> Result<Self> {
        let mut taken = Self::default();
        for attribute in attributes
            .iter()
            .filter(|attribute| attribute.path().is_ident("rpc"))
        {
            attribute.parse_nested_meta(|option| {
                if option.path.is_ident("name") {
                    taken.name = Some(option.value()?.parse::<LitStr>()?.value());
                } else if option.path.is_ident("idempotent") {
                    taken.idempotent = true;
                } else if option.path.is_ident("request_payload") {
                    taken.request_payload = Some(Payload::parse(&option)?);
                } else if option.path.is_ident("response_payload") {
                    taken.response_payload = Some(Payload::parse(&option)?);
                } else {
                    return Err(option.error("the options of a method are `name` and `idempotent`"));
                }
                Ok(())
            })?;
        }
        attributes.retain(|attribute| !attribute.path().is_ident("rpc"));
        Ok(taken)
    }
}
