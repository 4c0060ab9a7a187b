//! The code that the macro makes of an enumeration.

use proc_macro2::TokenStream;
use quote::quote;

use crate::enumeration::Enumeration;

pub(crate) fn enumeration(enumeration: &Enumeration<'_>) -> TokenStream {
    let type_name = &enumeration.type_name;
    let members = members_impl(enumeration);
    let write = write_impl(enumeration);
    let read = read_impl(enumeration);
    let library = &enumeration.library;
    quote! {
        // The block keeps the constants out of the user's names, and the underlines the user's names, such
        // as a module `protocol`, out of theirs.
        const _: () = {
            use #library::protocol as __ignite;
            const __SHAPE: __ignite::ObjectShape = __ignite::ObjectShape::new(#type_name, &[], &[]);
            #members
            #write
            #read
        };
    }
}

fn members_impl(enumeration: &Enumeration<'_>) -> TokenStream {
    let ident = enumeration.ident;
    let names = enumeration.members.iter().map(|member| &member.name);
    let idents = enumeration.members.iter().map(|member| member.ident);
    let ordinals: Vec<i32> = enumeration
        .members
        .iter()
        .map(|member| member.ordinal)
        .collect();
    quote! {
        #[automatically_derived]
        impl __ignite::IgniteEnum for #ident {
            const SHAPE: __ignite::ObjectShape = __SHAPE;
            const MEMBERS: &'static [(&'static str, i32)] = &[#((#names, #ordinals)),*];

            fn ordinal(&self) -> i32 {
                match self {
                    #(Self::#idents => #ordinals,)*
                }
            }
        }
    }
}

fn write_impl(enumeration: &Enumeration<'_>) -> TokenStream {
    let ident = enumeration.ident;
    let type_name = &enumeration.type_name;
    quote! {
        #[automatically_derived]
        impl __ignite::WriteValue for #ident {
            const TYPE_CODE: i32 = __ignite::tag::ENUM as i32;
            const ARRAY_TAG: u8 = __ignite::tag::ENUM_ARRAY;

            fn write(&self, writer: &mut __ignite::Writer) {
                writer.member(&__SHAPE, __ignite::IgniteEnum::ordinal(self));
            }

            fn component(binary: __ignite::BinaryConfiguration) -> __ignite::TypeReference {
                __ignite::TypeReference::Id(__SHAPE.type_id(binary.name_mapper))
            }

            fn describe(registry: &mut __ignite::TypeRegistry) {
                let members = <Self as __ignite::IgniteEnum>::MEMBERS;
                registry.describe_enumeration(#type_name, members);
            }
        }
    }
}

fn read_impl(enumeration: &Enumeration<'_>) -> TokenStream {
    let ident = enumeration.ident;
    let type_name = &enumeration.type_name;
    let idents = enumeration.members.iter().map(|member| member.ident);
    let ordinals = enumeration.members.iter().map(|member| member.ordinal);
    quote! {
        #[automatically_derived]
        impl __ignite::ReadValue for #ident {
            fn read(
                reader: &mut __ignite::Reader<'_>,
            ) -> ::core::result::Result<Self, __ignite::DecodeError> {
                match reader.member(&__SHAPE)? {
                    #(#ordinals => ::core::result::Result::Ok(Self::#idents),)*
                    ordinal => ::core::result::Result::Err(__ignite::DecodeError::UnknownMember {
                        type_name: #type_name,
                        ordinal,
                    }),
                }
            }
        }
    }
}
