//! The derive macro of portway-ignite: Rust structures as Apache Ignite binary objects, and Rust
//! enumerations as Java enums.
//!
//! It is a crate of its own because a macro is compiled for the machine that builds. Use it through
//! `portway_ignite::IgniteObject`; the code it makes names only that crate.

mod container;
mod enumeration;
mod expand;
mod expand_enumeration;
mod from_row;
mod newtype;
mod options;
mod rename;
mod structure;

use proc_macro::TokenStream;
use syn::{Data, DataStruct, DeriveInput, Error, Fields, Result, parse_macro_input};

use enumeration::Enumeration;
use structure::Structure;

/// Makes a structure with named fields a binary object, or an enumeration a Java enum: implements
/// `IgniteObject` or `IgniteEnum`, `WriteValue` and `ReadValue`.
///
/// # Structures
/// Each field's type must implement both traits itself; the table of `WriteValue` says which do,
/// and what they are in Java. Fields are written in the order of the structure and read by their
/// names, so that fields can be added and removed later: what an older writer left out reads as
/// `None` for an `Option` and is an error for other types without `default`; what is not in the
/// structure is passed over.
///
/// The bytes of a key must not change: keep the order and the types of the fields of structures
/// that are keys, and for keys that Java writes too, the order of its class.
///
/// On the structure:
/// - `#[ignite(type_name = "com.example.Person")]` names the binary type, in full as in Java.
///   Default: the structure's name.
/// - `#[ignite(rename_all = "camelCase")]` gives all fields names in the style of Java. Others:
///   `PascalCase`, `snake_case`, `SCREAMING_SNAKE_CASE`, `lowercase`, `UPPERCASE`.
/// - `#[ignite(crate = "somewhere::portway_ignite")]` tells where this crate is found, for macros and
///   crates that export it anew. Default: `::portway_ignite`.
///
/// On a field:
/// - `#[ignite(rename = "NAME")]` names the field. Default: the field's name.
/// - `#[ignite(affinity_key)]` makes the field decide the partition where the structure is a key.
/// - `#[ignite(default)]` reads an absent field or a null as the type's `Default`.
/// - `#[ignite(skip)]` neither writes nor reads the field; it is read as the type's `Default`.
/// - `#[ignite(array)]` writes a list as Java's array (`String[]`, `Person[]`, ...), not as an
///   `ArrayList`.
/// - `#[ignite(list)]` writes a list of numbers as an `ArrayList`, not as an array.
///
/// A structure of one nameless field, such as `struct CustomerId(i64)`, is no binary object: it is
/// written and read as what is in it, and implements `WriteValue` and `ReadValue` only.
///
/// # Enumerations
/// Members have no fields. Their ordinals are their places, or what is written: `Red = 7` or
/// `#[ignite(ordinal = 7)]`. On a member `#[ignite(rename = "NAME")]`, on the enumeration
/// `type_name`, `rename_all` and `crate`, as above.
///
/// ```ignore
/// #[derive(portway_ignite::IgniteObject)]
/// #[ignite(type_name = "com.example.Person", rename_all = "camelCase")]
/// struct Person {
///     name: String,
///     birth_year: Option<i32>,
///     eyes: Colour,
/// }
///
/// #[derive(portway_ignite::IgniteObject)]
/// #[ignite(type_name = "com.example.Colour", rename_all = "SCREAMING_SNAKE_CASE")]
/// enum Colour {
///     Brown,
///     DarkBlue,
/// }
/// ```
#[proc_macro_derive(IgniteObject, attributes(ignite))]
pub fn derive_ignite_object(input: TokenStream) -> TokenStream {
    let input = parse_macro_input!(input as DeriveInput);
    expand(&input)
        .unwrap_or_else(Error::into_compile_error)
        .into()
}

fn expand(input: &DeriveInput) -> Result<proc_macro2::TokenStream> {
    if !input.generics.params.is_empty() {
        let message = "IgniteObject needs a type without type parameters and lifetimes: each binary \
                       type has one set of fields";
        return Err(Error::new_spanned(&input.generics, message));
    }
    match &input.data {
        Data::Struct(DataStruct {
            fields: Fields::Unnamed(fields),
            ..
        }) if fields.unnamed.len() == 1 => newtype::newtype(input, &fields.unnamed[0]),
        Data::Struct(data) => {
            let structure = Structure::from_input(input, data)?;
            Ok(expand::structure(&structure))
        }
        Data::Enum(data) => {
            let enumeration = Enumeration::from_input(input, data)?;
            Ok(expand_enumeration::enumeration(&enumeration))
        }
        Data::Union(_) => Err(Error::new_spanned(
            &input.ident,
            "IgniteObject needs a structure or an enumeration",
        )),
    }
}

/// Reads a structure with named fields from a row of SQL: implements `FromRow`.
///
/// Each field is the column of its name, whose upper and lower case make no difference, and whose
/// type implements `ReadValue`. Columns without a field are passed over.
///
/// On the structure, `rename_all` and `crate` are as for `IgniteObject`.
///
/// On a field:
/// - `#[ignite(rename = "NAME")]` names the column. Default: the field's name.
/// - `#[ignite(default)]` reads an absent column or a null as the type's `Default`.
/// - `#[ignite(skip)]` reads no column: the field is the type's `Default`.
///
/// A structure may be both: what else it says as an `IgniteObject` is passed over here.
///
/// ```ignore
/// #[derive(portway_ignite::FromRow)]
/// struct Person {
///     name: String,
///     #[ignite(rename = "BIRTH_YEAR")]
///     born: Option<i32>,
/// }
/// ```
#[proc_macro_derive(FromRow, attributes(ignite))]
pub fn derive_from_row(input: TokenStream) -> TokenStream {
    let input = parse_macro_input!(input as DeriveInput);
    from_row::from_row(&input)
        .unwrap_or_else(syn::Error::into_compile_error)
        .into()
}
