//! The client in Rust: one method a method, over HTTP.

use proc_macro2::TokenStream;
use quote::{format_ident, quote};
use syn::{ItemImpl, LitStr};

use super::{
    method::{Method, block_documentation},
    service::plain,
};

pub(crate) fn expand(name: &LitStr, block: &ItemImpl, methods: &[Method<'_>]) -> TokenStream {
    let client = format_ident!("{}Client", name.value(), span = name.span());
    let documentation = format!(
        "Calls `{}` over HTTP.\n\n{}",
        name.value(),
        block_documentation(block)
    );
    let calls = methods.iter().map(|method| call(name, method));
    quote! {
        #[doc = #documentation]
        #[derive(Debug, Clone)]
        pub struct #client {
            transport: ::portway_function::json_rpc::Client,
        }

        impl #client {
            /// A client of the service at this address, such as `http://127.0.0.1:3000`.
            ///
            /// # Errors
            /// If the address is none.
            pub fn new(url: &str) -> ::core::result::Result<Self, ::portway_function::json_rpc::CallError> {
                ::core::result::Result::Ok(Self {
                    transport: ::portway_function::json_rpc::Client::new(url, #name)?,
                })
            }

            #(#calls)*
        }
    }
}

fn call(service: &LitStr, method: &Method<'_>) -> TokenStream {
    let name = method.name;
    // Services in Genezio's mode want the service before the dot; the others take it.
    let text = format!("{}.{}", service.value(), plain(name));
    let documentation = &method.documentation;
    let output = &method.output;
    let error = match &method.error {
        Some(error) => quote!(#error),
        None => quote!(::portway_function::json_rpc::NoError),
    };
    let (names, types): (Vec<_>, Vec<_>) = method.sent().unzip();
    let parameters = match names.as_slice() {
        [] => quote!([(); 0]),
        _ => quote!((#(#names,)*)),
    };
    quote! {
        #[doc = #documentation]
        ///
        /// # Errors
        /// The method's own error, or that it could not be called.
        pub async fn #name(&self #(, #names: #types)*) -> ::core::result::Result<
            #output,
            ::portway_function::json_rpc::CallError<#error>,
        > {
            self.transport.call(#text, &#parameters).await
        }
    }
}
