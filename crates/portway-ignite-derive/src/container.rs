//! What the `#[ignite(...)]` attributes of a structure or an enumeration say.

use syn::{Attribute, Ident, LitStr, Path, Result, parse_quote};

use crate::options::{for_each_option, name_of};
use crate::rename::RenameAll;

/// The names of a type and of what is in it.
pub(crate) struct Container {
    pub(crate) type_name: String,
    /// Whether it says anything about names.
    pub(crate) is_named: bool,
    /// Where portway-ignite is found.
    pub(crate) library: Path,
    rename_all: Option<RenameAll>,
}

impl Container {
    pub(crate) fn parse(ident: &Ident, attributes: &[Attribute]) -> Result<Self> {
        let mut parsed = Self {
            type_name: plain(ident),
            is_named: false,
            library: parse_quote!(::portway_ignite),
            rename_all: None,
        };
        for_each_option(attributes, |option| {
            parsed.is_named |= !option.path.is_ident("crate");
            if option.path.is_ident("type_name") {
                parsed.type_name = name_of(&option)?;
            } else if option.path.is_ident("rename_all") {
                let style: LitStr = option.value()?.parse()?;
                parsed.rename_all = Some(RenameAll::parse(&style)?);
            } else if option.path.is_ident("crate") {
                parsed.library = option.value()?.parse::<LitStr>()?.parse()?;
            } else {
                let message =
                    "expected `type_name = \"...\"`, `rename_all = \"...\"` or `crate = \"...\"`";
                return Err(option.error(message));
            }
            Ok(())
        })?;
        Ok(parsed)
    }

    /// The name of a field or member that has none of its own.
    pub(crate) fn name(&self, ident: &Ident) -> String {
        let name = plain(ident);
        self.rename_all
            .map_or_else(|| name.clone(), |style| style.apply(&name))
    }
}

/// The name of `r#type` is `type`.
fn plain(ident: &Ident) -> String {
    ident.to_string().trim_start_matches("r#").to_owned()
}
