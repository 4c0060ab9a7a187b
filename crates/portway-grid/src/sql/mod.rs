//! SQL as Ignite has it, on SQLite.
//!
//! The engine's entries stay the truth. `parse` reads a statement, `translate` writes it as one of
//! SQLite's with H2's types, `mirror` holds the rows of the tables that statements touch in an
//! SQLite database in memory and brings them up to date before each statement, `statement` carries
//! it out: DML finds its rows in the mirror and changes entries of the engine, so that key-value
//! clients, listeners and the journal see what they always see.

mod array;
mod catalog;
mod cell;
mod convert;
mod defined_view;
mod entities;
mod entry_checks;
mod error;
mod functions;
mod index_query;
mod java_maps;
mod java_time;
mod mirror;
mod parse;
mod row;
mod statement;
mod table;
#[cfg(test)]
mod tests;
mod text;
mod translate;
mod types;
mod value;
mod views;

pub(crate) use entities::normalized;
pub(crate) use error::{SqlError, state};
pub(crate) use index_query::{
    IndexQuery, IndexQueryError, KeysOrRunning, Refused as IndexQueryRefused,
    field as criterion_field,
};
pub(crate) use mirror::{Mirror, Stop};
pub(crate) use parse::UserStatement;
pub(crate) use statement::{Found, Outcome, Request, ResultSet, Running, Searched, Sql};
pub(crate) use table::{schema_of, table_of_type};
pub(crate) use value::SqlValue;
