//! The options in `#[service(...)]` and `#[rpc(...)]`.

use syn::{Attribute, LitStr, Result, meta, parse::Parse, parse::ParseStream};

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
