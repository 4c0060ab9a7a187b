//! The views that `CREATE VIEW` has made, kept beside the caches. What they mean is SQL's business.

use super::batch::Batch;
use super::structures::joined;
use super::{Engine, EngineError, layout};

/// A view: a query under a name.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct SqlView {
    pub(crate) schema: String,
    pub(crate) name: String,
    /// The text of the query.
    pub(crate) sql: String,
    /// The columns it had when it was made; none if it could not be carried out then.
    pub(crate) columns: Option<Vec<String>>,
}

impl SqlView {
    fn key(&self) -> Vec<u8> {
        layout::sql_view_key(&joined(&[&self.schema, &self.name]))
    }

    fn encode(&self) -> Vec<u8> {
        let columns = self.columns.as_deref().unwrap_or_default();
        let names: Vec<&str> = columns.iter().map(String::as_str).collect();
        [
            &[u8::from(self.columns.is_some())],
            joined(&[&self.sql]).as_slice(),
            joined(&names).as_slice(),
        ]
        .concat()
    }

    fn decode(mut key: &[u8], value: &[u8]) -> Option<Self> {
        let (has_columns, mut rest) = value.split_first()?;
        let (schema, name) = (take_text(&mut key)?, take_text(&mut key)?);
        let sql = take_text(&mut rest)?;
        let mut columns = Vec::new();
        while !rest.is_empty() {
            columns.push(take_text(&mut rest)?);
        }
        Some(Self {
            schema,
            name,
            sql,
            columns: (*has_columns == 1).then_some(columns),
        })
    }
}

/// The text behind its length (4, big-endian).
fn take_text(bytes: &mut &[u8]) -> Option<String> {
    let (length, rest) = bytes.split_first_chunk::<4>()?;
    let (text, rest) = rest.split_at_checked(u32::from_be_bytes(*length) as usize)?;
    *bytes = rest;
    String::from_utf8(text.to_vec()).ok()
}

impl Engine {
    /// All views; none while the cluster is not active.
    ///
    /// # Errors
    /// When what is kept of one cannot be read.
    pub(crate) fn sql_views(&self) -> Result<Vec<SqlView>, EngineError> {
        if self.cluster_state() == portway_ignite_protocol::ClusterState::Inactive {
            return Ok(Vec::new());
        }
        let prefix = layout::ALL_SQL_VIEWS;
        let views = self.table.with_prefix(prefix);
        let view = |(key, value): (&[u8], &[u8])| {
            let view = SqlView::decode(&key[prefix.len()..], value);
            view.ok_or(EngineError::Unreadable("a view"))
        };
        views.map(view).collect()
    }

    /// Keeps a view, in place of one with its name.
    ///
    /// # Errors
    /// When there is no room for it, or it cannot be written.
    pub(crate) fn put_sql_view(&mut self, view: &SqlView) -> Result<(), EngineError> {
        let mut batch = Batch::default();
        batch.put(view.key(), view.encode());
        self.change_sql_views(&batch)
    }

    /// Forgets a view.
    ///
    /// # Errors
    /// When that cannot be written.
    pub(crate) fn remove_sql_view(&mut self, view: &SqlView) -> Result<(), EngineError> {
        let mut batch = Batch::default();
        batch.delete(view.key());
        self.change_sql_views(&batch)
    }

    fn change_sql_views(&mut self, batch: &Batch) -> Result<(), EngineError> {
        self.commit(batch)?;
        self.sql_changes.note_definition();
        Ok(())
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::engine::tests::engine;

    fn view(schema: &str, name: &str, columns: Option<&[&str]>) -> SqlView {
        SqlView {
            schema: schema.to_owned(),
            name: name.to_owned(),
            sql: format!("SELECT 1 AS {name}"),
            columns: columns.map(|names| names.iter().map(|name| (*name).to_owned()).collect()),
        }
    }

    #[test]
    fn views_are_kept_by_schema_and_name_and_replaced() {
        let mut grid = engine();
        let kept = [
            view("A", "BC", Some(&["X", ""])),
            view("AB", "C", Some(&[])),
            view("PUBLIC", "V", None),
        ];
        for view in &kept {
            grid.put_sql_view(&SqlView {
                sql: "SELECT 0".to_owned(),
                ..view.clone()
            })
            .unwrap();
            let before = grid.definitions();
            grid.put_sql_view(view).unwrap();
            assert_ne!(grid.definitions(), before, "statements are read again");
        }
        assert_eq!(grid.sql_views().unwrap().len(), 3);
        assert!(
            kept.iter()
                .all(|view| grid.sql_views().unwrap().contains(view))
        );
        grid.remove_sql_view(&kept[0]).unwrap();
        assert!(!grid.sql_views().unwrap().contains(&kept[0]));
        assert_eq!(grid.sql_views().unwrap().len(), 2);
    }

    #[test]
    fn what_is_cut_off_is_no_view() {
        let whole = view("PUBLIC", "V", Some(&["X"]));
        let (key, value) = (whole.key(), whole.encode());
        assert_eq!(SqlView::decode(&key[1..], &value), Some(whole));
        assert_eq!(SqlView::decode(&key[1..key.len() - 1], &value), None);
        assert_eq!(SqlView::decode(&key[1..], &value[..value.len() - 1]), None);
    }
}
