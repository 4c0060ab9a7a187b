//! Arrays as H2 shows them.

use super::Array;
use crate::sql::text::to_text;
use crate::sql::value::SqlValue;

/// How a cast to VARCHAR shows an array.
pub(crate) fn array_text(array: &Array) -> String {
    let text = |element: &SqlValue| match element {
        SqlValue::Null => "null".to_owned(),
        other => to_text(other),
    };
    let elements: Vec<String> = array.elements.iter().map(text).collect();
    format!("({})", elements.join(", "))
}

/// Elements as an array: a comma tells one of a value in parentheses.
pub(crate) fn array_literal(elements: impl Iterator<Item = String>) -> String {
    let elements: Vec<String> = elements.collect();
    match elements.as_slice() {
        [only] => format!("({only},)"),
        elements => format!("({})", elements.join(", ")),
    }
}
