//! Structures of one nameless field, which are written and read as what is in it.

use proc_macro2::TokenStream;
use quote::{quote, quote_spanned};
use syn::spanned::Spanned;
use syn::{DeriveInput, Error, Field, Result};

use crate::container::Container;
use crate::options::for_each_option;

pub(crate) fn newtype(input: &DeriveInput, field: &Field) -> Result<TokenStream> {
    let container = Container::parse(&input.ident, &input.attrs)?;
    if container.is_named {
        let message = "a structure of one nameless field is written as what is in it: it has no \
                       names of its own";
        return Err(Error::new_spanned(&input.ident, message));
    }
    for_each_option(&field.attrs, |option| {
        Err(option.error("a nameless field has no options"))
    })?;
    let library = &container.library;
    let write = write_impl(input, field);
    let read = read_impl(input, field);
    Ok(quote! {
        const _: () = {
            use #library::protocol as __ignite;
            #write
            #read
        };
    })
}

fn write_impl(input: &DeriveInput, field: &Field) -> TokenStream {
    let ident = &input.ident;
    let inner = &field.ty;
    // With the place of the field's type, so that the compiler points there when it cannot be written.
    let inner = quote_spanned!(inner.span()=> <#inner as __ignite::WriteValue>);
    quote! {
        #[automatically_derived]
        impl __ignite::WriteValue for #ident {
            const TYPE_CODE: i32 = #inner::TYPE_CODE;
            const ARRAY_TAG: u8 = #inner::ARRAY_TAG;

            fn write(&self, writer: &mut __ignite::Writer) {
                #inner::write(&self.0, writer);
            }

            fn write_bare(&self, writer: &mut __ignite::Writer) {
                #inner::write_bare(&self.0, writer);
            }

            fn component(binary: __ignite::BinaryConfiguration) -> __ignite::TypeReference {
                #inner::component(binary)
            }

            fn describe(registry: &mut __ignite::TypeRegistry) {
                #inner::describe(registry);
            }
        }
    }
}

fn read_impl(input: &DeriveInput, field: &Field) -> TokenStream {
    let ident = &input.ident;
    let inner = &field.ty;
    let inner = quote_spanned!(inner.span()=> <#inner as __ignite::ReadValue>);
    quote! {
        #[automatically_derived]
        impl __ignite::ReadValue for #ident {
            fn read(
                reader: &mut __ignite::Reader<'_>,
            ) -> ::core::result::Result<Self, __ignite::DecodeError> {
                #inner::read(reader).map(Self)
            }

            fn absent() -> ::core::option::Option<Self> {
                #inner::absent().map(Self)
            }

            fn read_many(
                reader: &mut __ignite::Reader<'_>,
            ) -> ::core::result::Result<::std::vec::Vec<Self>, __ignite::DecodeError> {
                let all = #inner::read_many(reader)?;
                ::core::result::Result::Ok(all.into_iter().map(Self).collect())
            }
        }
    }
}
