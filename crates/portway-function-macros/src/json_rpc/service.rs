//! The server's side: calls by name, and the description for writers of clients.

use proc_macro2::{Span, TokenStream};
use quote::quote;
use syn::{Ident, ItemImpl, LitStr};

use super::method::{Argument, Method, block_documentation};

pub(crate) fn expand(name: &LitStr, block: &ItemImpl, methods: &[Method<'_>]) -> TokenStream {
    let ty = &block.self_ty;
    let (parameters, caller) = (own("parameters"), own("caller"));
    let calls = methods.iter().map(call);
    let documentation = block_documentation(block);
    let descriptions = methods.iter().map(describe);
    quote! {
        impl ::portway_function::json_rpc::Service for #ty {
            const NAME: &'static str = #name;

            async fn call(
                &self,
                method: &str,
                #[allow(unused_mut, reason = "a method without parameters takes none")]
                mut #parameters: ::portway_function::json_rpc::Parameters,
                #caller: &::portway_function::json_rpc::Caller,
            ) -> ::core::option::Option<::core::result::Result<
                ::std::boxed::Box<::portway_function::reexport::serde_json::value::RawValue>,
                ::portway_function::json_rpc::RpcError,
            >> {
                let _ = #caller;
                match method {
                    #(#calls)*
                    _ => ::core::option::Option::None,
                }
            }
        }

        ::portway_function::reexport::inventory::submit! {
            ::portway_function::json_rpc::Registered {
                describe: |describer| ::portway_function::json_rpc::ServiceDescription {
                    name: #name,
                    documentation: #documentation,
                    methods: ::std::vec![#(#descriptions),*],
                },
            }
        }
    }
}

/// The arm of one method. The block around it lets `?` end the method's own part.
fn call(method: &Method<'_>) -> TokenStream {
    let (parameters, caller) = (own("parameters"), own("caller"));
    let name = method.name;
    let text = LitStr::new(&plain(name), name.span());
    let takes = method.sent().enumerate().map(|(position, (name, ty))| {
        let text = LitStr::new(&plain(name), name.span());
        quote! { let #name = #parameters.take::<#ty>(#position, #text)?; }
    });
    let arguments = method.arguments.iter().map(|argument| match argument {
        Argument::Sent { name, .. } => quote!(#name),
        Argument::Caller => quote!(#caller),
    });
    let wait = method.is_async.then(|| quote!(.await));
    let own_error = method
        .error
        .is_some()
        .then(|| quote!(.map_err(|error| ::portway_function::json_rpc::RpcError::of(&error))?));
    quote! {
        #text => ::core::option::Option::Some(async {
            #(#takes)*
            #parameters.finish()?;
            ::portway_function::json_rpc::result(&self.#name(#(#arguments),*) #wait #own_error)
        }.await),
    }
}

fn describe(method: &Method<'_>) -> TokenStream {
    let name = LitStr::new(&plain(method.name), method.name.span());
    let documentation = &method.documentation;
    let output = &method.output;
    let parameters = method.sent().map(|(name, ty)| {
        let text = LitStr::new(&plain(name), name.span());
        quote! {
            ::portway_function::json_rpc::ParameterDescription {
                name: #text,
                schema: describer.input::<#ty>(),
            }
        }
    });
    let error = match &method.error {
        Some(error) => quote!(::core::option::Option::Some(describer.output::<#error>())),
        None => quote!(::core::option::Option::None),
    };
    quote! {
        ::portway_function::json_rpc::MethodDescription {
            name: #name,
            documentation: #documentation,
            parameters: ::std::vec![#(#parameters),*],
            result: describer.output::<#output>(),
            error: #error,
        }
    }
}

/// A name of the written code, which arguments of the same name do not hide.
fn own(name: &str) -> Ident {
    Ident::new(name, Span::mixed_site())
}

/// A raw identifier (`r#type`) is known to callers without its mark.
pub(crate) fn plain(name: &syn::Ident) -> String {
    let name = name.to_string();
    name.strip_prefix("r#").unwrap_or(&name).to_owned()
}
