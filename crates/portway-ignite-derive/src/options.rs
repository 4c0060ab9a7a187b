//! Reading `#[ignite(...)]` attributes.

use syn::meta::ParseNestedMeta;
use syn::{Attribute, Error, Expr, ExprLit, ExprUnary, Ident, Lit, LitStr, Result, UnOp};

/// Gives each option of the `#[ignite(...)]` attributes to `take`.
pub(crate) fn for_each_option(
    attributes: &[Attribute],
    mut take: impl FnMut(ParseNestedMeta<'_>) -> Result<()>,
) -> Result<()> {
    attributes
        .iter()
        .filter(|attribute| attribute.path().is_ident("ignite"))
        .try_for_each(|attribute| attribute.parse_nested_meta(&mut take))
}

/// The name after the equals sign.
pub(crate) fn name_of(option: &ParseNestedMeta<'_>) -> Result<String> {
    let literal: LitStr = option.value()?.parse()?;
    let name = literal.value();
    if name.is_empty() {
        return Err(Error::new_spanned(literal, "the name must not be empty"));
    }
    Ok(name)
}

/// Checks a name of a type or field, whose id the compiler computes: it can lower-case ASCII only.
pub(crate) fn check_name(name: &str, ident: &Ident) -> Result<()> {
    if name.is_ascii() {
        return Ok(());
    }
    let message = format!("the name \"{name}\" must be ASCII: give another one");
    Err(Error::new_spanned(ident, message))
}

/// The number that a literal says.
pub(crate) fn number_of(expression: &Expr) -> Result<i32> {
    let (sign, literal) = match expression {
        Expr::Unary(ExprUnary {
            op: UnOp::Neg(_),
            expr,
            ..
        }) => ("-", &**expr),
        positive => ("", positive),
    };
    let Expr::Lit(ExprLit {
        lit: Lit::Int(digits),
        ..
    }) = literal
    else {
        let message = "the ordinal must be a literal number";
        return Err(Error::new_spanned(expression, message));
    };
    let number = format!("{sign}{}", digits.base10_digits()).parse();
    number.map_err(|_| Error::new_spanned(expression, "the ordinal must fit into 32 bits"))
}
