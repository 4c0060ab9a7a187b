//! Structures as rows of SQL.

use proc_macro2::TokenStream;
use quote::quote;
use syn::{Data, DeriveInput, Error, Field, Fields, LitStr, Result};

pub(crate) fn from_row(input: &DeriveInput) -> Result<TokenStream> {
    let ident = &input.ident;
    let (generics, types, conditions) = input.generics.split_for_impl();
    let fields: Vec<TokenStream> = named_fields(input)?
        .iter()
        .map(read_field)
        .collect::<Result<_>>()?;
    Ok(quote! {
        #[automatically_derived]
        impl #generics ::portway_ignite::FromRow for #ident #types #conditions {
            fn from_row(
                row: &::portway_ignite::SqlRow,
            ) -> ::core::result::Result<Self, ::portway_ignite::Error> {
                ::core::result::Result::Ok(Self { #(#fields),* })
            }
        }
    })
}

fn named_fields(input: &DeriveInput) -> Result<Vec<Field>> {
    match &input.data {
        Data::Struct(data) => match &data.fields {
            Fields::Named(fields) => Ok(fields.named.iter().cloned().collect()),
            _ => Err(Error::new_spanned(
                &input.ident,
                "FromRow needs named fields; without names use a tuple",
            )),
        },
        _ => Err(Error::new_spanned(
            &input.ident,
            "FromRow needs a structure",
        )),
    }
}

fn read_field(field: &Field) -> Result<TokenStream> {
    let Some(ident) = &field.ident else {
        return Err(Error::new_spanned(field, "the field needs a name"));
    };
    let column = column_of(field)?;
    Ok(quote!(#ident: row.get(#column)?))
}

/// The field's name, or the one that it is given.
fn column_of(field: &Field) -> Result<String> {
    let ident = field.ident.as_ref().map(ToString::to_string);
    // The name of `r#type` is `type`.
    let mut column = ident
        .unwrap_or_default()
        .trim_start_matches("r#")
        .to_owned();
    let attributes = field.attrs.iter();
    for attribute in attributes.filter(|attribute| attribute.path().is_ident("ignite")) {
        attribute.parse_nested_meta(|option| {
            if !option.path.is_ident("rename") {
                return Err(option.error("expected `rename = \"...\"`"));
            }
            let name: LitStr = option.value()?.parse()?;
            column = name.value();
            Ok(())
        })?;
    }
    Ok(column)
}
