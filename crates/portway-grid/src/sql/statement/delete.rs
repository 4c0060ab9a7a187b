//! DELETE.

use sqlparser::ast::{Delete, FromTable};

use super::Run;
use crate::sql::error::SqlError;

impl Run<'_> {
    pub(super) fn delete(&mut self, delete: &Delete) -> Result<i64, SqlError> {
        let (FromTable::WithFromKeyword(from) | FromTable::WithoutKeyword(from)) = &delete.from;
        let [from] = from.as_slice() else {
            return Err(SqlError::unsupported("DELETE from several tables"));
        };
        let condition = delete.selection.as_ref();
        self.refuse_change_of_view(&from.relation, &[], condition, "")?;
        let (table, alias) = self.target(&from.relation)?;
        let found = self.found(&table, alias, &[], condition, delete.limit.as_ref())?;
        if !found.is_empty() {
            self.engine.check_writable(table.cache)?;
        }
        let keys = found.iter().map(|(key, _)| key.as_bytes());
        self.engine.remove_all(self.call(&table), keys)?;
        Ok(i64::try_from(found.len()).unwrap_or(i64::MAX))
    }
}
