//! What a function of the trait says about its method.

use proc_macro2::Span;
use syn::{
    Attribute, Error, FnArg, GenericArgument, Ident, PathArguments, Result, ReturnType,
    TraitItemFn, Type, spanned::Spanned,
};

use crate::{
    attributes::{MethodAttributes, Payload},
    definition::camel_case,
};

/// What a function of the trait says about its method.
pub(crate) struct Method {
    pub(crate) function: Ident,
    pub(crate) documentation: Vec<Attribute>,
    /// The type that stands for the method.
    pub(crate) marker: Ident,
    /// The name on wires.
    pub(crate) name: String,
    pub(crate) idempotent: bool,
    pub(crate) request_payload: Option<Payload>,
    pub(crate) response_payload: Option<Payload>,
    pub(crate) shape: Shape,
    pub(crate) request: Type,
    pub(crate) response: Type,
}

/// Who sends how many messages.
#[derive(Clone, Copy, PartialEq, Eq)]
pub(crate) enum Shape {
    Unary,
    ClientStreaming,
    ServerStreaming,
    Bidirectional,
}

const ARGUMENTS: &str = "a method takes `&self`, a `Context`, and then `request: T`, \
    `requests: Receiving<T>`, and `responses: Sending<U>` if it sends several";

impl Method {
    /// Reads a function and takes our attributes off it.
    pub(crate) fn take(function: &mut TraitItemFn) -> Result<Self> {
        let attributes = MethodAttributes::take(&mut function.attrs)?;
        let signature = &function.sig;
        if signature.asyncness.is_none() || function.default.is_some() {
            let text = "a method of a service is an `async fn` without a body";
            return Err(Error::new(signature.span(), text));
        }
        let types = argument_types(function)?;
        let returned = returned(&signature.output)?;
        let (shape, request, response) = match types.as_slice() {
            [request] => match inner(request, "Receiving") {
                Some(request) => (Shape::ClientStreaming, request, returned),
                None => (Shape::Unary, request.clone(), returned),
            },
            [request, responses] => {
                let wrong = || Error::new(responses.span(), ARGUMENTS);
                let response = inner(responses, "Sending").ok_or_else(wrong)?;
                match inner(request, "Receiving") {
                    Some(request) => (Shape::Bidirectional, request, response),
                    None => (Shape::ServerStreaming, request.clone(), response),
                }
            }
            _ => return Err(Error::new(signature.inputs.span(), ARGUMENTS)),
        };
        let name = camel_case(&signature.ident.to_string().replace("r#", ""));
        let documented = |attribute: &&Attribute| attribute.path().is_ident("doc");
        Ok(Self {
            function: signature.ident.clone(),
            documentation: function.attrs.iter().filter(documented).cloned().collect(),
            marker: Ident::new(&name, Span::call_site()),
            name: attributes.name.unwrap_or(name),
            idempotent: attributes.idempotent,
            request_payload: attributes.request_payload,
            response_payload: attributes.response_payload,
            shape,
            request,
            response,
        })
    }
}

impl Method {
    /// Tells whether a message has a field of bulk bytes.
    pub(crate) fn has_payload(&self) -> bool {
        self.request_payload.is_some() || self.response_payload.is_some()
    }
}

/// Returns the types of the arguments behind `&self` and the context.
fn argument_types(function: &TraitItemFn) -> Result<Vec<Type>> {
    let mut arguments = function.sig.inputs.iter();
    let wrong = || Error::new(function.sig.inputs.span(), ARGUMENTS);
    let (Some(FnArg::Receiver(_)), Some(FnArg::Typed(_))) = (arguments.next(), arguments.next())
    else {
        return Err(wrong());
    };
    arguments
        .map(|argument| match argument {
            FnArg::Typed(argument) => Ok((*argument.ty).clone()),
            FnArg::Receiver(_) => Err(wrong()),
        })
        .collect()
}

/// Returns `T` of `-> Result<T, Status>`.
fn returned(output: &ReturnType) -> Result<Type> {
    let wrong = || Error::new(output.span(), "a method returns `Result<T, Status>`");
    let ReturnType::Type(_, returned) = output else {
        return Err(wrong());
    };
    inner(returned, "Result").ok_or_else(wrong)
}

/// Returns the first type argument of a type that is called `name`.
fn inner(ty: &Type, name: &str) -> Option<Type> {
    let Type::Path(path) = ty else { return None };
    let segment = path
        .path
        .segments
        .last()
        .filter(|segment| segment.ident == name)?;
    let PathArguments::AngleBracketed(arguments) = &segment.arguments else {
        return None;
    };
    arguments.args.iter().find_map(|argument| match argument {
        GenericArgument::Type(inner) => Some(inner.clone()),
        _ => None,
    })
}
