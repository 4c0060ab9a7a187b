//! What there is in a grid, by its system views.

use portway_ignite::{Client, SqlQuery};

/// Names that are completed at most: a shell must not load a whole catalogue of millions.
const COMPLETED_NAMES: u32 = 10_000;

pub(super) const TABLES: &str = "SELECT SCHEMA_NAME, TABLE_NAME, CACHE_NAME FROM SYS.TABLES \
     ORDER BY SCHEMA_NAME, TABLE_NAME";

pub(super) const INDEXES: &str = "SELECT SCHEMA_NAME, TABLE_NAME, INDEX_NAME, COLUMNS \
     FROM SYS.INDEXES ORDER BY SCHEMA_NAME, TABLE_NAME, INDEX_NAME";

pub(super) const SCHEMAS: &str = "SELECT SCHEMA_NAME FROM SYS.SCHEMAS ORDER BY SCHEMA_NAME";

const COLUMNS_OF: &str = "SELECT COLUMN_NAME, TYPE, NULLABLE, PK FROM SYS.TABLE_COLUMNS";
const INDEXES_OF: &str = "SELECT INDEX_NAME, COLUMNS FROM SYS.INDEXES";

/// The statements that describe a table: `NAME` or `SCHEMA.NAME`, quoted or not.
pub(super) fn describe(name: &str) -> [String; 2] {
    let (schema, table) = match name.split_once('.') {
        Some((schema, table)) => (Some(schema), table),
        None => (None, name),
    };
    let mut condition = format!("WHERE TABLE_NAME = {}", literal(table));
    if let Some(schema) = schema {
        condition += &format!(" AND SCHEMA_NAME = {}", literal(schema));
    }
    [
        format!("{COLUMNS_OF} {condition}"),
        format!("{INDEXES_OF} {condition} ORDER BY INDEX_NAME"),
    ]
}

/// The text that a name stands for: as it is in quotes, in capitals without.
fn literal(name: &str) -> String {
    let quoted = name
        .strip_prefix('"')
        .and_then(|rest| rest.strip_suffix('"'));
    let name = quoted.map_or_else(|| name.to_uppercase(), str::to_owned);
    format!("'{}'", name.replace('\'', "''"))
}

/// Names of schemas, tables and columns; without those that cannot be read.
pub(super) async fn names(client: &Client) -> Vec<String> {
    let mut names = Vec::new();
    for statement in [
        "SELECT SCHEMA_NAME FROM SYS.SCHEMAS",
        "SELECT TABLE_NAME FROM SYS.TABLES",
        "SELECT DISTINCT COLUMN_NAME FROM SYS.TABLE_COLUMNS WHERE SCHEMA_NAME <> 'SYS'",
    ] {
        let query = SqlQuery::new(statement).max_rows(COMPLETED_NAMES);
        let Ok(mut cursor) = client.sql(query).await else {
            continue;
        };
        while let Some(Ok(row)) = cursor.next().await {
            names.extend(row.get::<String>(0));
        }
    }
    names.sort_unstable();
    names.dedup();
    names
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_name_is_looked_up_as_sql_understands_it() {
        let [columns, _] = describe("app.\"Per'son\"");
        assert!(columns.ends_with("TABLE_NAME = 'Per''son' AND SCHEMA_NAME = 'APP'"));
        let [columns, _] = describe("person");
        assert!(columns.ends_with("WHERE TABLE_NAME = 'PERSON'"));
    }
}
