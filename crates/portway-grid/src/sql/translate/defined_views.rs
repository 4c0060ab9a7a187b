//! Views of users in FROM.

use sqlparser::ast::TableAlias;

use super::from::refuse_duplicates;
use super::query::Selected;
use super::scope::{SourceColumn, SourceTable, column_not_found, normal};
use super::{Output, Translator};
use crate::sql::defined_view::DefinedView;
use crate::sql::error::{SqlError, state};

/// How many views one statement may read, those inside of others counted each time: a few that name
/// each other twice would make a text without end.
const MOST_VIEWS: usize = 1000;

/// The views that a translation has come to.
#[derive(Debug, Default)]
pub(super) struct Expansion<'a> {
    /// Those inside of which it is.
    within: Vec<&'a DefinedView>,
    count: usize,
}

impl<'a> Translator<'a> {
    /// The columns that a view shows at this moment.
    ///
    /// # Errors
    /// H2's, when its query cannot be carried out.
    pub(crate) fn columns_of_view(
        &mut self,
        view: &'a DefinedView,
    ) -> Result<Vec<Output>, SqlError> {
        let (_, outputs) = self.query_of_view(view)?;
        let numbers = shown(view, &outputs)?;
        Ok(numbers
            .iter()
            .map(|number| outputs[*number].clone())
            .collect())
    }

    pub(crate) fn defined_view(
        &mut self,
        view: &'a DefinedView,
        alias: Option<&TableAlias>,
    ) -> Result<String, SqlError> {
        let (text, outputs) = self.query_of_view(view)?;
        let numbers = shown(view, &outputs)?;
        let written = self.alias();
        let columns = numbers.iter().map(|number| SourceColumn {
            name: outputs[*number].name.clone(),
            code: format!("{written}.c{number}"),
            ty: outputs[*number].ty,
            scale: outputs[*number].scale,
            is_hidden: false,
        });
        let source = SourceTable {
            schema: Some(view.schema().to_owned()),
            name: alias.map_or_else(|| view.name().to_owned(), |alias| normal(&alias.name)),
            is_renamed: alias.is_some(),
            columns: columns.collect(),
        };
        self.innermost().tables.push(source);
        Ok(format!("({text}) AS {written}"))
    }

    /// A view sees nothing of the statement that it stands in, and finds its tables in its schema.
    fn query_of_view(&mut self, view: &'a DefinedView) -> Result<Selected, SqlError> {
        if self
            .expansion
            .within
            .iter()
            .any(|outer| std::ptr::eq(*outer, view))
        {
            // A node's stack is at its end, about which Java says nothing.
            return Err(SqlError::ignite(state::INTERNAL, "null"));
        }
        if self.expansion.count == MOST_VIEWS {
            return Err(SqlError::unsupported("so many views in a statement"));
        }
        let query = view.query()?;
        self.expansion.count += 1;
        self.expansion.within.push(view);
        let scopes = std::mem::take(&mut self.scopes);
        let common = std::mem::take(&mut self.common);
        let schema = std::mem::replace(&mut self.given.schema, view.schema());
        let selected = self.deeper(|translator| translator.query(query));
        self.given.schema = schema;
        self.common = common;
        self.scopes = scopes;
        self.expansion.within.pop();
        let selected = selected.map_err(|error| view.refused(error))?;
        let names = selected.1.iter().map(|output| output.name.as_str());
        refuse_duplicates(names).map_err(|error| view.refused(error))?;
        Ok(selected)
    }
}

/// Which columns of its query a view shows: those it had when it was made.
fn shown(view: &DefinedView, outputs: &[Output]) -> Result<Vec<usize>, SqlError> {
    let Some(names) = view.columns() else {
        return Ok((0..outputs.len()).collect());
    };
    let place = |name: &String| {
        let found = outputs.iter().position(|output| output.name == *name);
        found.ok_or_else(|| column_not_found(name))
    };
    names.iter().map(place).collect()
}
