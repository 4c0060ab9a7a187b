//! The statements: files of one subject each, which begin with their tables dropped.

use std::fs;

use crate::statement::Statement;

/// A file of statements.
pub(crate) struct Corpus {
    pub(crate) name: String,
    text: String,
}

/// The file that replaces all others where one looks for differences: `PORTWAY_TEST_SQL_CORPUS`.
const OWN: &str = "PORTWAY_TEST_SQL_CORPUS";

macro_rules! files {
    ($($name:literal)*) => {
        [$(($name, include_str!(concat!("corpus/", $name, ".sql")))),*]
    };
}

impl Corpus {
    pub(crate) fn all() -> Vec<Self> {
        if let Ok(path) = std::env::var(OWN) {
            let text = fs::read_to_string(&path).expect("the named file of statements");
            return vec![Self { name: path, text }];
        }
        let files = files!("aggregates" "array_values" "arrays" "casts" "defined_views" "definitions" "everyday" "expressions" "functions" "functions_of_rows" "grouped_subqueries" "grouping" "having_and_hints" "index_queries" "information_schema" "joins_and_changes" "locators" "moments" "nested" "null_keys" "numbers" "operators" "packed" "refusals" "repeated_keys" "scales" "shortened" "tables" "texts_of_decimals" "two_tables" "views");
        let corpus = |(name, text): (&str, &str)| Self {
            name: name.to_owned(),
            text: text.to_owned(),
        };
        files.into_iter().map(corpus).collect()
    }

    /// The tables that the statements make.
    pub(crate) fn tables(&self) -> impl Iterator<Item = &str> {
        let lines = self.text.lines();
        let lists = lines.filter_map(|line| line.strip_prefix("-- tables:"));
        lists.flat_map(str::split_whitespace)
    }

    /// Whether the statements are about the cache of nested objects.
    pub(crate) fn is_nested(&self) -> bool {
        self.name.contains(crate::nested::CACHE)
    }

    /// Whether the statements are about the cache of arrays.
    pub(crate) fn has_arrays(&self) -> bool {
        self.name == crate::arrays::CACHE
    }

    pub(crate) fn statements(&self) -> impl Iterator<Item = Statement<'_>> {
        self.text.lines().filter_map(Statement::parse)
    }
}
