//! Enumerations as the macro understands them.

use syn::{DataEnum, DeriveInput, Error, Expr, Fields, Ident, Path, Result, Variant};

use crate::container::Container;
use crate::options::{check_name, for_each_option, name_of, number_of};

/// An enumeration as the macro understands it.
pub(crate) struct Enumeration<'i> {
    pub(crate) ident: &'i Ident,
    pub(crate) type_name: String,
    pub(crate) library: Path,
    pub(crate) members: Vec<Member<'i>>,
}

/// A member as the macro understands it.
pub(crate) struct Member<'i> {
    pub(crate) ident: &'i Ident,
    pub(crate) name: String,
    pub(crate) ordinal: i32,
}

impl<'i> Enumeration<'i> {
    pub(crate) fn from_input(input: &'i DeriveInput, data: &'i DataEnum) -> Result<Self> {
        let container = Container::parse(&input.ident, &input.attrs)?;
        check_name(&container.type_name, &input.ident)?;
        if data.variants.is_empty() {
            let message = "an enumeration without members has no values";
            return Err(Error::new_spanned(&input.ident, message));
        }
        let mut members: Vec<Member<'i>> = Vec::with_capacity(data.variants.len());
        for variant in &data.variants {
            let member = Member::from_variant(variant, &container, members.last())?;
            member.check(&members)?;
            members.push(member);
        }
        Ok(Self {
            ident: &input.ident,
            type_name: container.type_name,
            library: container.library,
            members,
        })
    }
}

impl<'i> Member<'i> {
    fn from_variant(
        variant: &'i Variant,
        container: &Container,
        before: Option<&Self>,
    ) -> Result<Self> {
        if !matches!(variant.fields, Fields::Unit) {
            let message = "a member of a Java enum has no fields: make a structure with an Option \
                           for each case, or wrap the enumeration in `Serde` (feature `serde`)";
            return Err(Error::new_spanned(variant, message));
        }
        let mut name = container.name(&variant.ident);
        let mut ordinal = match &variant.discriminant {
            Some((_, number)) => Some(number_of(number)?),
            None => None,
        };
        for_each_option(&variant.attrs, |option| {
            if option.path.is_ident("rename") {
                name = name_of(&option)?;
            } else if option.path.is_ident("ordinal") {
                ordinal = Some(number_of(&option.value()?.parse::<Expr>()?)?);
            } else {
                return Err(option.error("expected `rename = \"...\"` or `ordinal = ...`"));
            }
            Ok(())
        })?;
        let next = || before.map_or(Some(0), |before| before.ordinal.checked_add(1));
        let Some(ordinal) = ordinal.or_else(next) else {
            let message = "the ordinal must fit into 32 bits: give another one";
            return Err(Error::new_spanned(variant, message));
        };
        Ok(Self {
            ident: &variant.ident,
            name,
            ordinal,
        })
    }

    fn check(&self, before: &[Self]) -> Result<()> {
        let refuse = |message| Err(Error::new_spanned(self.ident, message));
        if before.iter().any(|other| other.name == self.name) {
            return refuse("another member has this name already");
        }
        if before.iter().any(|other| other.ordinal == self.ordinal) {
            return refuse("another member has this ordinal already");
        }
        Ok(())
    }
}
