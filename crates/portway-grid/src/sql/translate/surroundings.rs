//! Functions that ask for the time, for the node and for chance.

use portway_ignite_protocol::Timestamp;
use uuid::Uuid;

use super::calls::wrong_count;
use super::{Bound, Translator, Typed};
use crate::sql::convert::convert;
use crate::sql::error::SqlError;
use crate::sql::types::SqlType;
use crate::sql::value::SqlValue;

/// Milliseconds that H2 waits for a lock, as Ignite sets it.
const LOCK_TIMEOUT: i32 = 10_000;

/// Bytes that one call of `SECURE_RAND` makes at most.
const MOST_RANDOM_BYTES: usize = 1 << 20;

impl Translator<'_> {
    /// Functions that are called without parentheses.
    /// What they are called then.
    pub(super) fn keyword_function(&self, name: &str) -> Option<&'static str> {
        Some(match name {
            "CURRENT_DATE" | "TODAY" => "CURRENT_DATE",
            "CURRENT_TIME" | "SYSTIME" => "CURRENT_TIME",
            "CURRENT_TIMESTAMP" | "SYSDATE" | "SYSTIMESTAMP" => "CURRENT_TIMESTAMP",
            "CURRENT_USER" => "USER",
            _ => return None,
        })
    }

    /// The time, which is one for the whole statement.
    fn clock(&self, name: &str, shown: &str) -> Option<Typed> {
        let now = SqlValue::Timestamp(Timestamp {
            milliseconds: self.given.now,
            nanoseconds: 0,
        });
        let ty = match name {
            "CURRENT_DATE" | "CURDATE" | "TODAY" | "GETDATE" => SqlType::Date,
            "CURRENT_TIME" | "CURTIME" | "SYSTIME" => SqlType::Time,
            "CURRENT_TIMESTAMP" | "NOW" | "SYSDATE" | "SYSTIMESTAMP" => SqlType::Timestamp,
            _ => return None,
        };
        let value = convert(now, ty).unwrap_or(SqlValue::Null);
        Some(Typed::known(Bound::written(value), shown.to_owned()))
    }

    /// Functions that ask the node, or chance.
    pub(super) fn without_rows(&mut self, name: &str, shown: &str) -> Option<Typed> {
        let typed = self.clock(name, shown);
        let typed = typed.or_else(|| self.node_or_chance(name, shown))?;
        // It is another one the next time.
        self.is_lasting = false;
        Some(typed)
    }

    /// So many bytes by chance, one at least.
    pub(super) fn random_bytes(
        &mut self,
        arguments: &[Typed],
        shown: String,
    ) -> Result<Typed, SqlError> {
        let [count] = arguments else {
            return Err(wrong_count("SECURE_RAND", 1, 1));
        };
        let count = self.converted(count, SqlType::Int)?;
        let count = self.code(&count);
        let code = format!(
            "(CASE WHEN {count} IS NULL THEN NULL \
             WHEN {count} > {MOST_RANDOM_BYTES} THEN h2_refuse('so many bytes by chance') \
             ELSE randomblob({count}) END)"
        );
        Ok(Typed::new(code, SqlType::Binary, shown))
    }

    fn node_or_chance(&self, name: &str, shown: &str) -> Option<Typed> {
        let known = |value| {
            let bound = Bound::written(value);
            Some(Typed::known(bound, shown.to_owned()))
        };
        match name {
            "AUTOCOMMIT" => known(SqlValue::Boolean(true)),
            "READONLY" => known(SqlValue::Boolean(false)),
            "LOCK_TIMEOUT" => known(SqlValue::Int(LOCK_TIMEOUT)),
            "IDENTITY" | "IDENTITY_VAL_LOCAL" | "LAST_INSERT_ID" | "LASTVAL" => {
                known(SqlValue::BigInt(0))
            }
            "SCOPE_IDENTITY" | "TRANSACTION_ID" => known(SqlValue::Null),
            "DATABASE_PATH" => Some(Typed::literal(SqlValue::Null)),
            "USER" | "CURRENT_USER" => known(SqlValue::Varchar(String::new())),
            "SCHEMA" => known(SqlValue::Varchar(self.given.schema.to_owned())),
            "DATABASE" => {
                let name = self.given.node.to_string().to_uppercase();
                known(SqlValue::Varchar(name))
            }
            "H2VERSION" => Some(Typed::literal(SqlValue::Varchar("1.4.197".to_owned()))),
            "RANDOM_UUID" | "UUID" | "SYS_GUID" => known(SqlValue::Uuid(Uuid::new_v4())),
            "RAND" | "RANDOM" => {
                // The random number of SQLite is 64 bits with sign.
                let code = "((random() / 18446744073709551616.0) + 0.5)".to_owned();
                Some(Typed::new(code, SqlType::Double, shown.to_owned()))
            }
            _ => None,
        }
    }
}
