//! The derive macro of portway-ignite: Rust structures as Apache Ignite binary objects.
//!
//! It is a crate of its own because a macro is compiled for the machine that builds. Use it through
//! `portway_ignite::IgniteObject`; the code it makes names only that crate.

mod attributes;
mod expand;

use proc_macro::TokenStream;
use syn::{DeriveInput, parse_macro_input};

/// Makes a structure with named fields a binary object: implements `IgniteObject`, `WriteValue`
/// and `ReadValue`.
///
/// Each field's type must implement both traits itself. Fields are written in the order of the
/// structure and read by their names, so that fields can be added later: what an older writer left
/// out reads as `None` for an `Option` and is an error for other types without `default`.
///
/// The bytes of a key must not change: keep the order and the types of the fields of structures
/// that are keys.
///
/// On the structure:
/// - `#[ignite(type_name = "com.example.Person")]` names the binary type. Default: the
///   structure's name.
///
/// On a field:
/// - `#[ignite(rename = "NAME")]` names the field. Default: the field's name.
/// - `#[ignite(affinity_key)]` makes the field decide the partition where the structure is a key.
/// - `#[ignite(default)]` reads an absent field or a null as the type's `Default`.
///
/// ```ignore
/// #[derive(portway_ignite::IgniteObject)]
/// struct Person {
///     name: String,
///     #[ignite(rename = "birthYear")]
///     birth_year: Option<i32>,
/// }
/// ```
#[proc_macro_derive(IgniteObject, attributes(ignite))]
pub fn derive_ignite_object(input: TokenStream) -> TokenStream {
    let input = parse_macro_input!(input as DeriveInput);
    expand::ignite_object(&input)
        .unwrap_or_else(syn::Error::into_compile_error)
        .into()
}
