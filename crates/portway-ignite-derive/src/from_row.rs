//! Structures as rows of SQL.

use proc_macro2::TokenStream;
use quote::quote;
use syn::{Data, DeriveInput, Error, Fields, FieldsNamed, Result};

use crate::container::Container;
use crate::structure::StructureField;

pub(crate) fn from_row(input: &DeriveInput) -> Result<TokenStream> {
    let ident = &input.ident;
    let (generics, types, conditions) = input.generics.split_for_impl();
    let container = Container::parse(ident, &input.attrs)?;
    let library = &container.library;
    let fields = named_fields(input)?.named.iter();
    let reads: Vec<TokenStream> = fields
        .map(|field| Ok(read_field(&StructureField::from_field(field, &container)?)))
        .collect::<Result<_>>()?;
    Ok(quote! {
        #[automatically_derived]
        impl #generics #library::FromRow for #ident #types #conditions {
            fn from_row(
                row: &#library::SqlRow,
            ) -> ::core::result::Result<Self, #library::Error> {
                ::core::result::Result::Ok(Self { #(#reads),* })
            }
        }
    })
}

fn named_fields(input: &DeriveInput) -> Result<&FieldsNamed> {
    match &input.data {
        Data::Struct(data) => match &data.fields {
            Fields::Named(fields) => Ok(fields),
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

fn read_field(field: &StructureField<'_>) -> TokenStream {
    let StructureField {
        ident,
        name: column,
        ..
    } = field;
    if field.is_skipped {
        quote!(#ident: ::core::default::Default::default())
    } else if field.has_default {
        quote!(#ident: row.find(#column)?.unwrap_or_default())
    } else {
        quote!(#ident: row.get(#column)?)
    }
}
