//! The code that the macro makes of an enumeration.

use proc_macro2::TokenStream;
use quote::quote;

use crate::enumeration::Enumeration;

pub(crate) fn enumeration(enumeration: &Enumeration<'_>) -> TokenStream {
    let type_name = &enumeration.type_name;
    let members = members_impl(enumeration);
    let write = write_impl(enumeration);
    let read = read_impl(enumeration);
    quote! {
        // The block keeps the constants out of the user's names.
        const _: () = {
            use ::portway_ignite::protocol;
            const SHAPE: protocol::ObjectShape = protocol::ObjectShape::new(#type_name, &[], &[]);
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
        impl protocol::IgniteEnum for #ident {
            const SHAPE: protocol::ObjectShape = SHAPE;
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
        impl protocol::WriteValue for #ident {
            const TYPE_CODE: i32 = protocol::tag::ENUM as i32;
            const ARRAY_TAG: u8 = protocol::tag::ENUM_ARRAY;

            fn write(&self, writer: &mut protocol::Writer) {
                writer.member(&SHAPE, protocol::IgniteEnum::ordinal(self));
            }

            fn component(binary: protocol::BinaryConfiguration) -> protocol::TypeReference {
                protocol::TypeReference::Id(SHAPE.type_id(binary.name_mapper))
            }

            fn describe(registry: &mut protocol::TypeRegistry) {
                let members = <Self as protocol::IgniteEnum>::MEMBERS;
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
        impl protocol::ReadValue for #ident {
            fn read(
                reader: &mut protocol::Reader<'_>,
            ) -> ::core::result::Result<Self, protocol::DecodeError> {
                match reader.member(&SHAPE)? {
                    #(#ordinals => ::core::result::Result::Ok(Self::#idents),)*
                    ordinal => ::core::result::Result::Err(protocol::DecodeError::UnknownMember {
                        type_name: #type_name,
                        ordinal,
                    }),
                }
            }
        }
    }
}
