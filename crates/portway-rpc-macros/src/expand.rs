//! The code of a service: its trait, the types of its methods, its client, its server.

use proc_macro2::TokenStream;
use quote::{format_ident, quote};
use syn::{ReturnType, TraitItem, Type, parse_quote};

use crate::{
    attributes::Payload,
    definition::Definition,
    method::{Method, Shape},
};

/// Returns all code of a service.
pub(crate) fn service(definition: &Definition) -> TokenStream {
    let parts = [
        trait_item(definition),
        methods(definition),
        server(definition),
        client(definition),
    ];
    quote! { #(#parts)* }
}

/// The trait, with futures that are `Send`.
fn trait_item(definition: &Definition) -> TokenStream {
    let mut item = definition.trait_item.clone();
    item.supertraits.push(parse_quote!(::core::marker::Send));
    item.supertraits.push(parse_quote!(::core::marker::Sync));
    item.supertraits.push(parse_quote!(::core::marker::Sized));
    item.supertraits.push(parse_quote!('static));
    for function in &mut item.items {
        let TraitItem::Fn(function) = function else {
            continue;
        };
        function.sig.asyncness = None;
        if let ReturnType::Type(_, output) = &function.sig.output {
            let output = output.clone();
            function.sig.output = parse_quote! {
                -> impl ::core::future::Future<Output = #output> + ::core::marker::Send
            };
        }
    }
    quote! { #item }
}

/// A type for each method, in a module of its own.
fn methods(definition: &Definition) -> TokenStream {
    let (visibility, module) = (definition.visibility(), definition.module());
    // Inside of the module nothing may be more visible than the module itself.
    let markers = definition.methods.iter().map(|method| {
        let (marker, text) = (&method.marker, format!("The method `{}`.", method.name));
        quote! {
            #[doc = #text]
            #[derive(Clone, Copy, Debug)]
            pub struct #marker;
        }
    });
    let implementations = definition
        .methods
        .iter()
        .map(|method| method_type(definition, method));
    let text = format!("The methods of `{}`, a type each.", definition.name);
    quote! {
        #[doc = #text]
        #visibility mod #module {
            #(#markers)*
        }
        #(#implementations)*
    }
}

fn method_type(definition: &Definition, method: &Method) -> TokenStream {
    let (module, service) = (definition.module(), &definition.name);
    let Method {
        marker,
        request,
        response,
        name,
        idempotent,
        ..
    } = method;
    let codec = match definition.protobuf {
        true => quote!(::portway_rpc::Protobuf),
        false => quote!(::portway_rpc::MessagePack),
    };
    let shape = match method.shape {
        Shape::Unary => quote!(Unary),
        Shape::ClientStreaming => quote!(ClientStreaming),
        Shape::ServerStreaming => quote!(ServerStreaming),
        Shape::Bidirectional => quote!(Bidirectional),
    };
    let payloads = [
        payload("REQUEST_PAYLOAD", request, method.request_payload.as_ref()),
        payload(
            "RESPONSE_PAYLOAD",
            response,
            method.response_payload.as_ref(),
        ),
    ];
    quote! {
        impl ::portway_rpc::Method for #module::#marker {
            type Request = #request;
            type Response = #response;
            type Codec = #codec;
            const SERVICE: &'static str = #service;
            const NAME: &'static str = #name;
            const SHAPE: ::portway_rpc::Shape = ::portway_rpc::Shape::#shape;
            const IDEMPOTENT: bool = #idempotent;
            #(#payloads)*
        }
    }
}

/// The constant that says which field of a message carries bulk bytes.
fn payload(constant: &str, message: &Type, payload: Option<&Payload>) -> Option<TokenStream> {
    let Payload { field, number } = payload?;
    let constant = format_ident!("{constant}");
    Some(quote! {
        const #constant: ::core::option::Option<::portway_rpc::PayloadField<#message>> =
            ::core::option::Option::Some(::portway_rpc::PayloadField::new(
                #number,
                |message| &mut message.#field,
            ));
    })
}

/// The server: what serves an implementation of the trait.
fn server(definition: &Definition) -> TokenStream {
    let (visibility, module) = (definition.visibility(), definition.module());
    let (name, service) = (&definition.name, &definition.trait_item.ident);
    let server = definition.named("Server");
    let reach = match definition.protobuf {
        true => format_ident!("AnyTransport"),
        false => format_ident!("FramedOnly"),
    };
    let handlers = definition
        .methods
        .iter()
        .map(|method| handler(definition, method));
    let visits = definition.methods.iter().map(|method| {
        let marker = &method.marker;
        match method.shape {
            Shape::Unary => quote!(visitor.unary::<#module::#marker>();),
            _ => quote!(visitor.streaming::<#module::#marker>();),
        }
    });
    let text = format!("Serves an implementation of [`{service}`].");
    quote! {
        #[doc = #text]
        #[derive(Clone, Debug)]
        #visibility struct #server<T> {
            service: T,
        }

        impl<T: #service> #server<T> {
            /// Serves `service`.
            pub fn new(service: T) -> Self {
                Self { service }
            }
        }

        impl<T: #service> ::portway_rpc::Service for #server<T> {
            type Reach = ::portway_rpc::#reach;
            const NAME: &'static str = #name;

            fn visit<V: ::portway_rpc::Visit<Self>>(visitor: &mut V) {
                #(#visits)*
            }
        }

        #(#handlers)*
    }
}

fn handler(definition: &Definition, method: &Method) -> TokenStream {
    let (module, service) = (definition.module(), &definition.trait_item.ident);
    let server = definition.named("Server");
    let Method {
        marker,
        function,
        request,
        response,
        ..
    } = method;
    if method.shape == Shape::Unary {
        return quote! {
            impl<T: #service> ::portway_rpc::Handle<#module::#marker> for #server<T> {
                fn handle(
                    &self,
                    context: ::portway_rpc::Context,
                    request: #request,
                ) -> impl ::core::future::Future<
                    Output = ::core::result::Result<#response, ::portway_rpc::Status>,
                > + ::core::marker::Send {
                    self.service.#function(context, request)
                }
            }
        };
    }
    let body = match method.shape {
        Shape::ServerStreaming => quote! {
            let request = requests.only().await?;
            self.service.#function(context, request, responses).await
        },
        Shape::ClientStreaming => quote! {
            let response = self.service.#function(context, requests).await?;
            responses.send(response).await
        },
        _ => quote!(self.service.#function(context, requests, responses).await),
    };
    quote! {
        impl<T: #service> ::portway_rpc::HandleStream<#module::#marker> for #server<T> {
            #[allow(unused_mut, reason = "each shape uses one half or the other")]
            async fn handle_stream(
                &self,
                context: ::portway_rpc::Context,
                mut requests: ::portway_rpc::Receiving<#request>,
                mut responses: ::portway_rpc::Sending<#response>,
            ) -> ::core::result::Result<(), ::portway_rpc::Status> {
                #body
            }
        }
    }
}

/// The client: a method for each, on channels that carry it.
fn client(definition: &Definition) -> TokenStream {
    let visibility = definition.visibility();
    let client = definition.named("Client");
    let calls = definition
        .methods
        .iter()
        .map(|method| call(definition, method));
    let text = format!("Calls `{}` over a channel `C`.", definition.name);
    quote! {
        #[doc = #text]
        #[derive(Clone, Debug)]
        #visibility struct #client<C> {
            channel: C,
        }

        impl<C> #client<C> {
            /// Calls over `channel`.
            pub fn new(channel: C) -> Self {
                Self { channel }
            }

            #(#calls)*
        }
    }
}

fn call(definition: &Definition, method: &Method) -> TokenStream {
    let module = definition.module();
    let Method {
        marker,
        function,
        request,
        response,
        documentation,
        ..
    } = method;
    let marker = quote!(#module::#marker);
    let documentation = if documentation.is_empty() {
        let text = format!("Calls `{}`.", method.name);
        quote!(#[doc = #text])
    } else {
        quote!(#(#documentation)*)
    };
    let errors = quote! {
        #[doc = ""]
        #[doc = "# Errors"]
        #[doc = "What the handler answered, or what the transport says."]
    };
    let result = |ty: TokenStream| quote!(::core::result::Result<#ty, ::portway_rpc::Status>);
    let open = quote!(::portway_rpc::Open::<#marker>::open);
    let receiving = quote!(::portway_rpc::Receiving<#response>);
    let (message, bound, returned, body) = match method.shape {
        Shape::Unary => (
            quote!(#request),
            quote!(::portway_rpc::Call<#marker>),
            result(quote!(#response)),
            quote!(::portway_rpc::Call::<#marker>::call(&self.channel, request.into()).await),
        ),
        Shape::ServerStreaming => (
            quote!(#request),
            quote!(::portway_rpc::Open<#marker>),
            result(receiving),
            quote!(Ok(#open(&self.channel, request.into().map(::core::option::Option::Some)).await?.1)),
        ),
        _ => (
            quote!(()),
            quote!(::portway_rpc::Open<#marker>),
            result(quote!((::portway_rpc::Sending<#request>, #receiving))),
            quote!(#open(&self.channel, request.into().map(|()| ::core::option::Option::None)).await),
        ),
    };
    quote! {
        #documentation
        #errors
        pub async fn #function(
            &self,
            request: impl ::core::convert::Into<::portway_rpc::Request<#message>> + ::core::marker::Send,
        ) -> #returned
        where
            C: #bound,
        {
            #body
        }
    }
}
