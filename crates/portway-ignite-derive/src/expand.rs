//! The code that the macro makes.

use proc_macro2::TokenStream;
use quote::quote;
use syn::{DeriveInput, Result};

use crate::attributes::{Structure, StructureField};

pub(crate) fn ignite_object(input: &DeriveInput) -> Result<TokenStream> {
    let structure = Structure::from_input(input)?;
    let shape = shape(&structure);
    let object = object_impl(&structure);
    let write = write_impl(&structure);
    let read = read_impl(&structure);
    Ok(quote! {
        // The block keeps the constants out of the user's names.
        const _: () = {
            use ::portway_ignite::protocol;
            #shape
            #object
            #write
            #read
        };
    })
}

/// Names and ids, computed by the compiler.
fn shape(structure: &Structure<'_>) -> TokenStream {
    let type_name = &structure.type_name;
    let names = structure.fields.iter().map(|field| &field.name);
    let count = structure.fields.len();
    quote! {
        const NAMES: [&str; #count] = [#(#names),*];
        const IDS: [i32; #count] = protocol::field_ids(&NAMES);
        const SHAPE: protocol::ObjectShape =
            protocol::ObjectShape::new(#type_name, &NAMES, &IDS);
    }
}

fn object_impl(structure: &Structure<'_>) -> TokenStream {
    let ident = structure.ident;
    let affinity_key = match structure.affinity_key() {
        Some(name) => quote!(::core::option::Option::Some(#name)),
        None => quote!(::core::option::Option::None),
    };
    quote! {
        #[automatically_derived]
        impl protocol::IgniteObject for #ident {
            const SHAPE: protocol::ObjectShape = SHAPE;
            const AFFINITY_KEY: ::core::option::Option<&'static str> = #affinity_key;
        }
    }
}

fn write_impl(structure: &Structure<'_>) -> TokenStream {
    let ident = structure.ident;
    let type_name = &structure.type_name;
    let writes = structure.fields.iter().enumerate().map(|(index, field)| {
        let ident = field.ident;
        quote!(object.field_with_id(IDS[#index], &self.#ident);)
    });
    let descriptions = structure.fields.iter().map(
        |StructureField {
             value_type, name, ..
         }| { quote!(fields.field::<#value_type>(#name);) },
    );
    quote! {
        #[automatically_derived]
        impl protocol::WriteValue for #ident {
            const TYPE_CODE: i32 = protocol::tag::OBJECT as i32;

            fn write(&self, writer: &mut protocol::Writer) {
                writer.object(&SHAPE, |object| { #(#writes)* });
            }

            fn describe(registry: &mut protocol::TypeRegistry) {
                let affinity_key = <Self as protocol::IgniteObject>::AFFINITY_KEY;
                registry.describe(#type_name, affinity_key, |fields| { #(#descriptions)* });
            }
        }
    }
}

fn read_impl(structure: &Structure<'_>) -> TokenStream {
    let ident = structure.ident;
    let reads = structure.fields.iter().enumerate().map(|(index, field)| {
        let ident = field.ident;
        if field.has_default {
            quote!(#ident: object.field_with_id(IDS[#index])?.unwrap_or_default())
        } else {
            quote!(#ident: object.shape_field(&SHAPE, #index)?)
        }
    });
    quote! {
        #[automatically_derived]
        impl protocol::ReadValue for #ident {
            fn read(
                reader: &mut protocol::Reader<'_>,
            ) -> ::core::result::Result<Self, protocol::DecodeError> {
                reader.object(&SHAPE, |object| {
                    let _ = &object;
                    ::core::result::Result::Ok(Self { #(#reads),* })
                })
            }
        }
    }
}
