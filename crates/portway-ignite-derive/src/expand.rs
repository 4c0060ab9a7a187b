//! The code that the macro makes of a structure.

use proc_macro2::TokenStream;
use quote::{quote, quote_spanned};
use syn::spanned::Spanned;

use crate::structure::{Form, Structure, StructureField};

pub(crate) fn structure(structure: &Structure<'_>) -> TokenStream {
    let shape = shape(structure);
    let object = object_impl(structure);
    let write = write_impl(structure);
    let read = read_impl(structure);
    quote! {
        // The block keeps the constants out of the user's names.
        const _: () = {
            use ::portway_ignite::protocol;
            #shape
            #object
            #write
            #read
        };
    }
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
    let fields = structure.fields.iter();
    let writes = fields
        .clone()
        .enumerate()
        .map(|(index, field)| write_field(index, field));
    let descriptions = fields.map(describe_field);
    quote! {
        #[automatically_derived]
        impl protocol::WriteValue for #ident {
            const TYPE_CODE: i32 = protocol::tag::OBJECT as i32;

            fn write(&self, writer: &mut protocol::Writer) {
                writer.object(&SHAPE, |object| { #(#writes)* });
            }

            fn component(binary: protocol::BinaryConfiguration) -> protocol::TypeReference {
                protocol::TypeReference::Id(SHAPE.type_id(binary.name_mapper))
            }

            fn describe(registry: &mut protocol::TypeRegistry) {
                let affinity_key = <Self as protocol::IgniteObject>::AFFINITY_KEY;
                registry.describe_shape(&SHAPE, affinity_key, |fields| { #(#descriptions)* });
            }
        }
    }
}

/// With the place of the field's type, so that the compiler points there when it cannot be written.
fn write_field(index: usize, field: &StructureField<'_>) -> TokenStream {
    let ident = field.ident;
    let span = field.value_type.span();
    match field.form {
        Form::AsTheTypeSays => {
            quote_spanned!(span=> object.field_with_id(IDS[#index], &self.#ident);)
        }
        Form::Array => quote_spanned! {span=>
            object.field_with_id(IDS[#index], &protocol::AsArray(&self.#ident));
        },
        Form::List => quote_spanned! {span=>
            object.field_with_id(IDS[#index], &protocol::AsList(&self.#ident));
        },
    }
}

fn describe_field(field: &StructureField<'_>) -> TokenStream {
    let StructureField {
        value_type, name, ..
    } = field;
    let span = value_type.span();
    match field.form {
        Form::AsTheTypeSays => quote_spanned!(span=> fields.field::<#value_type>(#name);),
        Form::Array => {
            quote_spanned!(span=> fields.field::<protocol::AsArray<#value_type>>(#name);)
        }
        Form::List => quote_spanned!(span=> fields.field::<protocol::AsList<#value_type>>(#name);),
    }
}

fn read_impl(structure: &Structure<'_>) -> TokenStream {
    let ident = structure.ident;
    let skipped = &structure.skipped;
    let reads = structure.fields.iter().enumerate().map(|(index, field)| {
        let ident = field.ident;
        let span = field.value_type.span();
        if field.has_default {
            quote_spanned!(span=> #ident: object.field_with_id(IDS[#index])?.unwrap_or_default())
        } else {
            quote_spanned!(span=> #ident: object.shape_field(&SHAPE, #index)?)
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
                    ::core::result::Result::Ok(Self {
                        #(#reads,)*
                        #(#skipped: ::core::default::Default::default(),)*
                    })
                })
            }
        }
    }
}
