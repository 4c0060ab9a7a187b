//! The system views: what tools ask a node for.

mod rows;

pub(crate) use rows::fill;

use super::types::SqlType::{self, BigInt, Boolean, Int, Uuid, Varchar};

/// A system view.
#[derive(Debug)]
pub(crate) struct View {
    pub(crate) name: &'static str,
    pub(crate) description: &'static str,
    pub(crate) columns: &'static [(&'static str, SqlType)],
}

impl View {
    /// The table that holds its rows while a statement runs.
    pub(crate) fn sqlite_name(&self) -> String {
        format!("v_{}", self.name.to_lowercase())
    }
}

/// The view with this name.
pub(crate) fn find(name: &str) -> Option<&'static View> {
    VIEWS.iter().find(|view| view.name == name)
}

/// All views; the columns are those of Ignite 2.17.
pub(crate) const VIEWS: &[View] = &[
    View {
        name: "SCHEMAS",
        description: "SQL schemas",
        columns: &[("SCHEMA_NAME", Varchar), ("PREDEFINED", Boolean)],
    },
    View {
        name: "TABLES",
        description: "SQL tables",
        columns: &[
            ("CACHE_GROUP_ID", Int),
            ("CACHE_GROUP_NAME", Varchar),
            ("CACHE_ID", Int),
            ("CACHE_NAME", Varchar),
            ("SCHEMA_NAME", Varchar),
            ("TABLE_NAME", Varchar),
            ("AFFINITY_KEY_COLUMN", Varchar),
            ("KEY_ALIAS", Varchar),
            ("VALUE_ALIAS", Varchar),
            ("KEY_TYPE_NAME", Varchar),
            ("VALUE_TYPE_NAME", Varchar),
            ("IS_INDEX_REBUILD_IN_PROGRESS", Boolean),
        ],
    },
    View {
        name: "TABLE_COLUMNS",
        description: "SQL table columns",
        columns: &[
            ("COLUMN_NAME", Varchar),
            ("TABLE_NAME", Varchar),
            ("SCHEMA_NAME", Varchar),
            ("AFFINITY_COLUMN", Boolean),
            ("AUTO_INCREMENT", Boolean),
            ("DEFAULT_VALUE", Varchar),
            ("NULLABLE", Boolean),
            ("PK", Boolean),
            ("PRECISION", Int),
            ("SCALE", Int),
            ("TYPE", Varchar),
        ],
    },
    View {
        name: "INDEXES",
        description: "SQL indexes",
        columns: &[
            ("CACHE_GROUP_ID", Int),
            ("CACHE_GROUP_NAME", Varchar),
            ("CACHE_ID", Int),
            ("CACHE_NAME", Varchar),
            ("SCHEMA_NAME", Varchar),
            ("TABLE_NAME", Varchar),
            ("INDEX_NAME", Varchar),
            ("INDEX_TYPE", Varchar),
            ("COLUMNS", Varchar),
            ("IS_PK", Boolean),
            ("IS_UNIQUE", Boolean),
            ("INLINE_SIZE", Int),
        ],
    },
    View {
        name: "CACHES",
        description: "Caches",
        columns: &[
            ("CACHE_NAME", Varchar),
            ("CACHE_ID", Int),
            ("CACHE_TYPE", Varchar),
            ("CACHE_MODE", Varchar),
            ("ATOMICITY_MODE", Varchar),
            ("CACHE_GROUP_NAME", Varchar),
            ("BACKUPS", Int),
            ("CACHE_GROUP_ID", Int),
            ("DATA_REGION_NAME", Varchar),
            ("IS_SQL_ESCAPE_ALL", Boolean),
            ("QUERY_PARALLELISM", Int),
            ("SQL_SCHEMA", Varchar),
            ("WRITE_SYNCHRONIZATION_MODE", Varchar),
        ],
    },
    View {
        name: "NODES",
        description: "Cluster nodes",
        columns: &[
            ("NODE_ID", Uuid),
            ("CONSISTENT_ID", Varchar),
            ("VERSION", Varchar),
            ("IS_CLIENT", Boolean),
            ("NODE_ORDER", BigInt),
            ("ADDRESSES", Varchar),
            ("HOSTNAMES", Varchar),
            ("IS_LOCAL", Boolean),
        ],
    },
    View {
        name: "BASELINE_NODES",
        description: "Baseline topology nodes",
        columns: &[("CONSISTENT_ID", Varchar), ("ONLINE", Boolean)],
    },
    View {
        name: "VIEWS",
        description: "SQL views",
        columns: &[
            ("SCHEMA", Varchar),
            ("NAME", Varchar),
            ("SQL", Varchar),
            ("DESCRIPTION", Varchar),
        ],
    },
];
