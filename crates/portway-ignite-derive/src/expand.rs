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
    let library = &structure.library;
    quote! {
        // The block keeps the constants out of the user's names, and the underlines the user's names, such
        // as a module `protocol`, out of theirs.
        const _: () = {
            use #library::protocol as __ignite;
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
        const __NAMES: [&str; #count] = [#(#names),*];
        const __IDS: [i32; #count] = __ignite::field_ids(&__NAMES);
        const __SHAPE: __ignite::ObjectShape =
            __ignite::ObjectShape::new(#type_name, &__NAMES, &__IDS);
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
        impl __ignite::IgniteObject for #ident {
            const SHAPE: __ignite::ObjectShape = __SHAPE;
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
        impl __ignite::WriteValue for #ident {
            const TYPE_CODE: i32 = __ignite::tag::OBJECT as i32;

            fn write(&self, writer: &mut __ignite::Writer) {
                writer.object(&__SHAPE, |object| { #(#writes)* });
            }

            fn component(binary: __ignite::BinaryConfiguration) -> __ignite::TypeReference {
                __ignite::TypeReference::Id(__SHAPE.type_id(binary.name_mapper))
            }

            fn describe(registry: &mut __ignite::TypeRegistry) {
                let affinity_key = <Self as __ignite::IgniteObject>::AFFINITY_KEY;
                registry.describe_shape(&__SHAPE, affinity_key, |fields| { #(#descriptions)* });
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
            quote_spanned!(span=> object.field_with_id(__IDS[#index], &self.#ident);)
        }
        Form::Array => quote_spanned! {span=>
            object.field_with_id(__IDS[#index], &__ignite::AsArray(&self.#ident));
        },
        Form::List => quote_spanned! {span=>
            object.field_with_id(__IDS[#index], &__ignite::AsList(&self.#ident));
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
            quote_spanned!(span=> fields.field::<__ignite::AsArray<#value_type>>(#name);)
        }
        Form::List => quote_spanned!(span=> fields.field::<__ignite::AsList<#value_type>>(#name);),
    }
}

fn read_impl(structure: &Structure<'_>) -> TokenStream {
    let ident = structure.ident;
    let skipped = &structure.skipped;
    let reads = structure.fields.iter().enumerate().map(|(index, field)| {
        let ident = field.ident;
        let span = field.value_type.span();
        if field.has_default {
            quote_spanned!(span=> #ident: object.field_with_id(__IDS[#index])?.unwrap_or_default())
        } else {
            quote_spanned!(span=> #ident: object.shape_field(&__SHAPE, #index)?)
        }
    });
    quote! {
        #[automatically_derived]
        impl __ignite::ReadValue for #ident {
            fn read(
                reader: &mut __ignite::Reader<'_>,
            ) -> ::core::result::Result<Self, __ignite::DecodeError> {
                reader.object(&__SHAPE, |object| {
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
