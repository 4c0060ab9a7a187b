//! A method of the block, as far as it concerns callers.

use syn::{
    Attribute, Error, Expr, ExprLit, FnArg, GenericArgument, Ident, ImplItem, ImplItemFn, ItemImpl,
    Lit, Meta, Pat, PathArguments, ReturnType, Type, Visibility, parse_quote,
};

/// A callable method.
pub(crate) struct Method<'a> {
    pub(crate) name: &'a Ident,
    pub(crate) documentation: String,
    pub(crate) arguments: Vec<Argument<'a>>,
    /// What it gives when it succeeds.
    pub(crate) output: Type,
    /// Its own error, if it returns a `Result`.
    pub(crate) error: Option<Type>,
    pub(crate) is_async: bool,
}

/// What a method is called with.
pub(crate) enum Argument<'a> {
    /// Sent by the caller.
    Sent { name: &'a Ident, ty: &'a Type },
    /// `&Caller`: filled in by the server.
    Caller,
}

impl<'a> Method<'a> {
    /// The callable methods: those that are not private and take `&self`.
    pub(crate) fn all(block: &'a ItemImpl) -> Result<Vec<Self>, Error> {
        let methods: Vec<_> = block
            .items
            .iter()
            .filter_map(|item| match item {
                ImplItem::Fn(method) if is_callable(method) => Some(Self::new(method)),
                _ => None,
            })
            .collect::<Result<_, _>>()?;
        if methods.is_empty() {
            let message = "there is no method to call: all are private or do not take `&self`";
            return Err(Error::new_spanned(&block.self_ty, message));
        }
        Ok(methods)
    }

    fn new(method: &'a ImplItemFn) -> Result<Self, Error> {
        let signature = &method.sig;
        if !signature.generics.params.is_empty() {
            return Err(Error::new_spanned(
                &signature.generics,
                "a callable method has no generic parameters",
            ));
        }
        if signature.ident == "constructor" {
            return Err(Error::new_spanned(
                &signature.ident,
                "classes of JavaScript have no method of this name, and so clients could not call it",
            ));
        }
        let arguments = signature.inputs.iter().skip(1).map(Argument::new);
        let (output, error) = outcome(&signature.output)?;
        Ok(Self {
            name: &signature.ident,
            documentation: documentation(&method.attrs),
            arguments: arguments.collect::<Result<_, _>>()?,
            output,
            error,
            is_async: signature.asyncness.is_some(),
        })
    }

    /// The arguments that a caller sends, in order.
    pub(crate) fn sent(&self) -> impl Iterator<Item = (&'a Ident, &'a Type)> {
        self.arguments.iter().filter_map(|argument| match argument {
            Argument::Sent { name, ty } => Some((*name, *ty)),
            Argument::Caller => None,
        })
    }
}

fn is_callable(method: &ImplItemFn) -> bool {
    let by_reference = method
        .sig
        .receiver()
        .is_some_and(|receiver| receiver.reference.is_some() && receiver.mutability.is_none());
    !matches!(method.vis, Visibility::Inherited) && by_reference
}

impl<'a> Argument<'a> {
    fn new(argument: &'a FnArg) -> Result<Self, Error> {
        let FnArg::Typed(typed) = argument else {
            return Err(Error::new_spanned(
                argument,
                "only the first argument can be `self`",
            ));
        };
        if let Type::Reference(reference) = &*typed.ty {
            return match &*reference.elem {
                Type::Path(path)
                    if path
                        .path
                        .segments
                        .last()
                        .is_some_and(|last| last.ident == "Caller") =>
                {
                    Ok(Self::Caller)
                }
                _ => Err(Error::new_spanned(
                    &typed.ty,
                    "an argument owns its value; only `&Caller` is a reference",
                )),
            };
        }
        match &*typed.pat {
            Pat::Ident(pattern) => Ok(Self::Sent {
                name: &pattern.ident,
                ty: &typed.ty,
            }),
            pattern => Err(Error::new_spanned(
                pattern,
                "callers know the argument by its name: give it one",
            )),
        }
    }
}

/// Takes `Result<T, E>` apart. An alias of it cannot be told from another type, so it must be written out.
fn outcome(output: &ReturnType) -> Result<(Type, Option<Type>), Error> {
    let ReturnType::Type(_, ty) = output else {
        return Ok((parse_quote!(()), None));
    };
    let Type::Path(path) = &**ty else {
        return Ok(((**ty).clone(), None));
    };
    let Some(last) = path
        .path
        .segments
        .last()
        .filter(|last| last.ident == "Result")
    else {
        return Ok(((**ty).clone(), None));
    };
    if let PathArguments::AngleBracketed(arguments) = &last.arguments {
        let mut types = arguments.args.iter().filter_map(|argument| match argument {
            GenericArgument::Type(ty) => Some(ty.clone()),
            _ => None,
        });
        if let (Some(value), Some(error), None) = (types.next(), types.next(), types.next()) {
            return Ok((value, Some(error)));
        }
    }
    Err(Error::new_spanned(
        ty,
        "write both types, as in `Result<Value, Error>`: clients get them",
    ))
}

fn documentation(attributes: &[Attribute]) -> String {
    let lines = attributes
        .iter()
        .filter_map(|attribute| match &attribute.meta {
            Meta::NameValue(pair) if pair.path.is_ident("doc") => match &pair.value {
                Expr::Lit(ExprLit {
                    lit: Lit::Str(line),
                    ..
                }) => Some(line.value()),
                _ => None,
            },
            _ => None,
        });
    let lines: Vec<_> = lines
        .map(|line| line.strip_prefix(' ').unwrap_or(&line).to_owned())
        .collect();
    lines.join("\n").trim().to_owned()
}

/// The documentation of the block itself.
pub(crate) fn block_documentation(block: &ItemImpl) -> String {
    documentation(&block.attrs)
}
