//! What the `#[ignite(...)]` attributes say.

use syn::meta::ParseNestedMeta;
use syn::{Attribute, Data, DeriveInput, Error, Field, Fields, Ident, LitStr, Result, Type};

/// A structure as the macro understands it.
pub(crate) struct Structure<'i> {
    pub(crate) ident: &'i Ident,
    pub(crate) type_name: String,
    pub(crate) fields: Vec<StructureField<'i>>,
}

/// A field as the macro understands it.
pub(crate) struct StructureField<'i> {
    pub(crate) ident: &'i Ident,
    pub(crate) value_type: &'i Type,
    pub(crate) name: String,
    pub(crate) is_affinity_key: bool,
    pub(crate) has_default: bool,
}

impl<'i> Structure<'i> {
    pub(crate) fn from_input(input: &'i DeriveInput) -> Result<Self> {
        if !input.generics.params.is_empty() {
            let message = "IgniteObject needs a structure without type parameters and lifetimes: \
                           each binary type has one set of fields";
            return Err(Error::new_spanned(&input.generics, message));
        }
        let fields = named_fields(input)?;
        let structure = Self {
            ident: &input.ident,
            type_name: type_name(input)?,
            fields: fields
                .into_iter()
                .map(StructureField::from_field)
                .collect::<Result<_>>()?,
        };
        structure.check_affinity_key()?;
        structure.check_names()?;
        Ok(structure)
    }

    /// The name of the field that decides the partition.
    pub(crate) fn affinity_key(&self) -> Option<&str> {
        let field = self.fields.iter().find(|field| field.is_affinity_key)?;
        Some(&field.name)
    }

    fn check_affinity_key(&self) -> Result<()> {
        match self
            .fields
            .iter()
            .filter(|field| field.is_affinity_key)
            .nth(1)
        {
            Some(second) => Err(Error::new_spanned(
                second.ident,
                "only one field can be the affinity key",
            )),
            None => Ok(()),
        }
    }

    /// Field ids do not tell upper from lower case.
    fn check_names(&self) -> Result<()> {
        for (index, field) in self.fields.iter().enumerate() {
            let has_same_name =
                |other: &StructureField<'_>| other.name.eq_ignore_ascii_case(&field.name);
            if self.fields[..index].iter().any(has_same_name) {
                let message = "another field has this name already; case makes no difference";
                return Err(Error::new_spanned(field.ident, message));
            }
        }
        Ok(())
    }
}

impl<'i> StructureField<'i> {
    fn from_field(field: &'i Field) -> Result<Self> {
        let Some(ident) = &field.ident else {
            return Err(Error::new_spanned(field, "the field needs a name"));
        };
        // The name of `r#type` is `type`.
        let name = ident.to_string().trim_start_matches("r#").to_owned();
        let mut parsed = Self {
            ident,
            value_type: &field.ty,
            name,
            is_affinity_key: false,
            has_default: false,
        };
        for_each_option(&field.attrs, |option| parsed.take(&option))?;
        Ok(parsed)
    }

    fn take(&mut self, option: &ParseNestedMeta<'_>) -> Result<()> {
        if option.path.is_ident("rename") {
            self.name = name_of(option)?;
        } else if option.path.is_ident("affinity_key") {
            self.is_affinity_key = true;
        } else if option.path.is_ident("default") {
            self.has_default = true;
        } else {
            return Err(option.error("expected `rename = \"...\"`, `affinity_key` or `default`"));
        }
        Ok(())
    }
}

fn named_fields(input: &DeriveInput) -> Result<Vec<&Field>> {
    match &input.data {
        Data::Struct(data) => match &data.fields {
            Fields::Named(fields) => Ok(fields.named.iter().collect()),
            _ => Err(Error::new_spanned(
                &input.ident,
                "IgniteObject needs named fields",
            )),
        },
        _ => Err(Error::new_spanned(
            &input.ident,
            "IgniteObject needs a structure",
        )),
    }
}

fn type_name(input: &DeriveInput) -> Result<String> {
    let mut name = input.ident.to_string();
    for_each_option(&input.attrs, |option| {
        if !option.path.is_ident("type_name") {
            return Err(option.error("expected `type_name = \"...\"`"));
        }
        name = name_of(&option)?;
        Ok(())
    })?;
    Ok(name)
}

fn for_each_option(
    attributes: &[Attribute],
    mut take: impl FnMut(ParseNestedMeta<'_>) -> Result<()>,
) -> Result<()> {
    attributes
        .iter()
        .filter(|attribute| attribute.path().is_ident("ignite"))
        .try_for_each(|attribute| attribute.parse_nested_meta(&mut take))
}

/// The name after the equals sign. Ids are computed by the compiler, which can lower-case ASCII
/// only.
fn name_of(option: &ParseNestedMeta<'_>) -> Result<String> {
    let literal: LitStr = option.value()?.parse()?;
    let name = literal.value();
    if name.is_empty() || !name.is_ascii() {
        return Err(Error::new_spanned(
            literal,
            "the name must be ASCII and not empty",
        ));
    }
    Ok(name)
}
