//! Structures as the macro understands them.

use syn::meta::ParseNestedMeta;
use syn::{DataStruct, DeriveInput, Error, Field, Fields, Ident, Path, Result, Type};

use crate::container::Container;
use crate::options::{check_name, for_each_option, name_of};

/// A structure as the macro understands it.
pub(crate) struct Structure<'i> {
    pub(crate) ident: &'i Ident,
    pub(crate) type_name: String,
    pub(crate) library: Path,
    pub(crate) fields: Vec<StructureField<'i>>,
    pub(crate) skipped: Vec<&'i Ident>,
}

/// A field as the macro understands it.
pub(crate) struct StructureField<'i> {
    pub(crate) ident: &'i Ident,
    pub(crate) value_type: &'i Type,
    pub(crate) name: String,
    pub(crate) is_affinity_key: bool,
    pub(crate) has_default: bool,
    pub(crate) form: Form,
    pub(crate) is_skipped: bool,
}

/// How a list is written.
#[derive(Clone, Copy, PartialEq, Eq)]
pub(crate) enum Form {
    AsTheTypeSays,
    Array,
    List,
}

impl<'i> Structure<'i> {
    pub(crate) fn from_input(input: &'i DeriveInput, data: &'i DataStruct) -> Result<Self> {
        let container = Container::parse(&input.ident, &input.attrs)?;
        check_name(&container.type_name, &input.ident)?;
        let fields = named_fields(input, data)?
            .into_iter()
            .map(|field| StructureField::from_field(field, &container))
            .collect::<Result<Vec<_>>>()?;
        let (skipped, fields): (Vec<_>, Vec<_>) =
            fields.into_iter().partition(|field| field.is_skipped);
        let structure = Self {
            ident: &input.ident,
            type_name: container.type_name,
            library: container.library,
            fields,
            skipped: skipped.iter().map(|field| field.ident).collect(),
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
            check_name(&field.name, field.ident)?;
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
    pub(crate) fn from_field(field: &'i Field, container: &Container) -> Result<Self> {
        let Some(ident) = &field.ident else {
            return Err(Error::new_spanned(field, "the field needs a name"));
        };
        let mut parsed = Self {
            ident,
            value_type: &field.ty,
            name: container.name(ident),
            is_affinity_key: false,
            has_default: false,
            form: Form::AsTheTypeSays,
            is_skipped: false,
        };
        let mut options = 0;
        for_each_option(&field.attrs, |option| {
            options += 1;
            parsed.take(&option)
        })?;
        if parsed.is_skipped && options > 1 {
            let message = "a field that is skipped is neither written nor read: it has no options";
            return Err(Error::new_spanned(ident, message));
        }
        Ok(parsed)
    }

    fn take(&mut self, option: &ParseNestedMeta<'_>) -> Result<()> {
        let is = |name| option.path.is_ident(name);
        if is("rename") {
            self.name = name_of(option)?;
        } else if is("affinity_key") {
            self.is_affinity_key = true;
        } else if is("default") {
            self.has_default = true;
        } else if is("skip") {
            self.is_skipped = true;
        } else if is("array") || is("list") {
            return self.choose_form(option);
        } else {
            return Err(option.error(
                "expected `rename = \"...\"`, `affinity_key`, `default`, `skip`, `array` or `list`",
            ));
        }
        Ok(())
    }

    fn choose_form(&mut self, option: &ParseNestedMeta<'_>) -> Result<()> {
        if self.form != Form::AsTheTypeSays {
            return Err(option.error("a field is either an `array` or a `list`"));
        }
        self.form = if option.path.is_ident("array") {
            Form::Array
        } else {
            Form::List
        };
        Ok(())
    }
}

fn named_fields<'i>(input: &'i DeriveInput, data: &'i DataStruct) -> Result<Vec<&'i Field>> {
    match &data.fields {
        Fields::Named(fields) => Ok(fields.named.iter().collect()),
        _ => Err(Error::new_spanned(
            &input.ident,
            "IgniteObject needs named fields, or a single one without a name: the fields of a binary object \
             have names",
        )),
    }
}
