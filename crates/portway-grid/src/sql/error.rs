//! Why a statement failed, in the words of Ignite and of H2, which its clients match on.

use portway_ignite_protocol::{ServerError, Status};
use uuid::Uuid;

use super::statement::Long;
use crate::engine::EngineError;

/// The version of H2 in Ignite 2.17; it stands behind each of H2's codes.
const H2_BUILD: u32 = 197;

/// A failed statement.
#[derive(Debug, thiserror::Error)]
pub(crate) enum SqlError {
    /// H2 refuses the text, or a part of it that needs no rows.
    #[error("{message}")]
    Parse { code: u32, message: String },
    /// H2 fails at a row.
    #[error("{message}")]
    Execution { code: u32, message: String },
    /// Ignite refuses it, with an SQLSTATE.
    #[error("{message}")]
    Ignite {
        state: &'static str,
        message: String,
    },
    #[error(transparent)]
    Engine(#[from] EngineError),
    /// Too many statements take long: this one is to be carried out after one of them.
    #[error("too many statements are running")]
    Busy,
    /// Not all rows of a table have been read: it is to be carried out again, and reads on.
    #[error("the rows are being read")]
    Unread,
    /// The tables are no longer those that the statement was read for: it is to be read again.
    #[error("the tables were redefined")]
    Redefined,
    /// It takes longer than a statement may hold the grid: it is to go on elsewhere.
    #[error("the statement takes long")]
    Long(Box<Long>),
}

/// H2's codes (`org.h2.api.ErrorCode`).
pub(crate) mod code {
    pub(crate) const COLUMN_COUNT: u32 = 21_002;
    pub(crate) const OUT_OF_RANGE: u32 = 22_003;
    pub(crate) const OUT_OF_RANGE_OF_COLUMN: u32 = 22_004;
    pub(crate) const LIKE_ESCAPE: u32 = 22_025;
    pub(crate) const HEXADECIMAL_ODD: u32 = 90_003;
    pub(crate) const HEXADECIMAL: u32 = 90_004;
    pub(crate) const INVALID_VALUE: u32 = 90_008;
    pub(crate) const TO_CHAR_FORMAT: u32 = 90_010;
    pub(crate) const PARSE_ERROR: u32 = 90_014;
    pub(crate) const TO_DATE_FORMAT: u32 = 90_056;
    pub(crate) const SUM_OF_WRONG_TYPE: u32 = 90_015;
    pub(crate) const STRING_FORMAT: u32 = 90_095;
    /// A failure inside of H2; the statement is not told.
    pub(crate) const GENERAL: u32 = 50_000;
    pub(crate) const CANNOT_PARSE_DATE: u32 = 22_007;
    pub(crate) const DIVISION_BY_ZERO: u32 = 22_012;
    pub(crate) const DATA_CONVERSION: u32 = 22_018;
    /// Where H2 lists what it expected.
    pub(crate) const SYNTAX: u32 = 42_001;
    pub(crate) const SYNTAX_OF_COMMAND: u32 = 42_000;
    pub(crate) const TABLE_NOT_FOUND: u32 = 42_102;
    pub(crate) const DUPLICATE_COLUMN: u32 = 42_121;
    pub(crate) const MUST_GROUP_BY: u32 = 90_016;
    pub(crate) const INDEX_NOT_FOUND: u32 = 42_112;
    pub(crate) const COLUMN_NOT_FOUND: u32 = 42_122;
    pub(crate) const SUBQUERY_NOT_SINGLE: u32 = 90_053;
    pub(crate) const UNSUPPORTED: u32 = 50_100;
    pub(crate) const FUNCTION_NOT_FOUND: u32 = 90_022;
    pub(crate) const INVALID_AGGREGATE: u32 = 90_054;
    pub(crate) const UNSUPPORTED_CIPHER: u32 = 90_055;
    pub(crate) const AMBIGUOUS_COLUMN: u32 = 90_059;
    pub(crate) const ORDER_BY_NOT_IN_RESULT: u32 = 90_068;
    pub(crate) const SCHEMA_NOT_FOUND: u32 = 90_079;
    pub(crate) const COMPRESSION_OPTIONS: u32 = 90_102;
    pub(crate) const COMPRESSION_ALGORITHM: u32 = 90_103;
    pub(crate) const COMPRESSION: u32 = 90_104;
    pub(crate) const PARAMETER_COUNT: u32 = 7_001;
}

pub(crate) fn index_not_found(name: &str) -> SqlError {
    let message = format!("Index \"{name}\" not found");
    SqlError::parse(code::INDEX_NOT_FOUND, message)
}

/// SQLSTATEs of Ignite (`IgniteQueryErrorCode`, `SqlStateCode`).
pub(crate) mod state {
    pub(crate) const INTERNAL: &str = "50000";
    pub(crate) const PARSING: &str = "42000";
    pub(crate) const UNSUPPORTED: &str = "0A000";
    pub(crate) const CONSTRAINT: &str = "23000";
    pub(crate) const NULL_VALUE: &str = "22004";
    pub(crate) const CONVERSION: &str = "0700B";
    pub(crate) const CANCELLED: &str = "57014";
    pub(crate) const READ_ONLY: &str = "90097";
}

impl SqlError {
    pub(crate) fn parse(code: u32, message: impl Into<String>) -> Self {
        let message = message.into();
        Self::Parse { code, message }
    }

    pub(crate) fn ignite(state: &'static str, message: impl Into<String>) -> Self {
        let message = message.into();
        Self::Ignite { state, message }
    }

    /// H2's failure where a node does not say what it was doing.
    pub(crate) fn of_h2(code: u32, message: &str) -> Self {
        Self::ignite(state::INTERNAL, format!("{message} [{code}-{H2_BUILD}]"))
    }

    /// What Java says of an index that an array does not have, which H2 hands on.
    pub(crate) fn out_of_bounds(index: usize, length: i32) -> Self {
        let message = format!(
            "{GENERAL_ERROR}java.lang.ArrayIndexOutOfBoundsException: Index {index} out of bounds \
             for length {length}\""
        );
        Self::parse(code::GENERAL, message)
    }

    /// What this grid's SQL lacks.
    pub(crate) fn unsupported(what: &str) -> Self {
        Self::parse(
            code::UNSUPPORTED,
            format!("Feature not supported: \"{what}\""),
        )
    }

    /// For a query whose rows are longer than one may leave behind.
    pub(crate) fn too_many_bytes(limit: usize) -> Self {
        let message = format!("The rows are longer than {limit} bytes; ask for less with LIMIT");
        Self::ignite(state::INTERNAL, message)
    }

    /// For a statement whose time is over, or whose rows nobody waits for.
    pub(crate) fn cancelled() -> Self {
        let message = "The query was cancelled while executing.";
        Self::ignite(state::CANCELLED, message)
    }

    /// For a statement that somebody has ended.
    pub(crate) fn killed() -> Self {
        let message = "class org.apache.ignite.cache.query.QueryCancelledException: The query was \
                       cancelled while executing.";
        Self::ignite(state::INTERNAL, message)
    }

    /// Whether a statement was ended before it was done.
    pub(crate) fn is_cancelled(&self) -> bool {
        matches!(self, Self::Ignite { state, .. } if *state == state::CANCELLED)
    }

    /// The same failure, found at a row.
    pub(crate) fn at_row(self) -> Self {
        match self {
            Self::Parse { code, message } => Self::Execution { code, message },
            other => other,
        }
    }

    /// What a node with this id answers about this statement.
    pub(crate) fn into_server_error(self, sql: &str, node: Uuid) -> ServerError {
        let (state, message) = match self {
            Self::Parse {
                code: code::GENERAL,
                message,
            } => {
                let code = code::GENERAL;
                let text = format!("Failed to parse query. {message} [{code}-{H2_BUILD}]");
                (state::PARSING, text)
            }
            Self::Parse { code, message } => {
                let text = format!(
                    "Failed to parse query. {message}; SQL statement:\n{sql} [{code}-{H2_BUILD}]"
                );
                (state::PARSING, text)
            }
            Self::Execution {
                code: code::GENERAL,
                message,
            } => {
                let text = format!(
                    "Failed to execute map query on remote node [nodeId={node}, errMsg={}]",
                    words_of_java(&message)
                );
                (state::INTERNAL, text)
            }
            Self::Execution { code, message } => {
                let message = match code {
                    // H2 finds them when it reads the statement, a node when it runs its part.
                    code::MUST_GROUP_BY | code::INVALID_AGGREGATE => {
                        format!("{message}; SQL statement:\n{sql}")
                    }
                    _ => message,
                };
                let text = format!(
                    "Failed to execute map query on remote node [nodeId={node}, errMsg={message} \
                     [{code}-{H2_BUILD}]]"
                );
                (state::INTERNAL, text)
            }
            Self::Ignite { state, message } => (state, message),
            unfinished @ (Self::Busy | Self::Unread | Self::Redefined | Self::Long(_)) => {
                (state::INTERNAL, unfinished.to_string())
            }
            Self::Engine(error) => {
                let refused = ServerError::from(error);
                (state::INTERNAL, refused.message)
            }
        };
        ServerError::new(Status::FAILED, format!("{state}: {message}"))
    }
}

/// What H2 puts before the failure of a class of Java.
const GENERAL_ERROR: &str = "General error: \"";

/// The failure of a class of Java as a node tells it that meets it at a row.
fn words_of_java(message: &str) -> &str {
    let words = message
        .strip_prefix(GENERAL_ERROR)
        .and_then(|failure| failure.strip_suffix('"'));
    let words = words.and_then(|failure| failure.split_once(": "));
    words.map_or(message, |(_, words)| words)
}

/// A value as H2 puts it into a message: empty text stands there without quotes.
pub(crate) fn quoted(value: &str) -> String {
    if value.is_empty() {
        return String::new();
    }
    format!("\"{}\"", value.replace('"', "\"\""))
}

/// How a failure of a function travels through SQLite, which carries text alone.
const MARK: char = '\u{1}';

impl SqlError {
    /// The failure as text that [`SqlError::from_sqlite`] understands.
    pub(crate) fn for_sqlite(self) -> rusqlite::Error {
        let text = match self {
            Self::Parse { code, message } | Self::Execution { code, message } => {
                format!("{MARK}{code}{MARK}{message}")
            }
            other => other.to_string(),
        };
        rusqlite::Error::UserFunctionError(text.into())
    }

    /// What SQLite failed with.
    pub(crate) fn from_sqlite(error: &rusqlite::Error) -> Self {
        let interrupted = rusqlite::ErrorCode::OperationInterrupted;
        if error.sqlite_error_code() == Some(interrupted) {
            return Self::cancelled();
        }
        let text = match error {
            rusqlite::Error::SqliteFailure(_, Some(text)) => text.clone(),
            other => other.to_string(),
        };
        if let Some((code, message)) = text
            .strip_prefix(MARK)
            .and_then(|rest| rest.split_once(MARK))
        {
            return Self::Execution {
                code: code.parse().unwrap_or(code::UNSUPPORTED),
                message: message.to_owned(),
            };
        }
        if text.contains("misuse of aggregate") {
            return Self::Execution {
                code: code::INVALID_AGGREGATE,
                message: "Invalid use of aggregate function".to_owned(),
            };
        }
        Self::ignite(state::INTERNAL, format!("The query failed: {text}"))
    }
}
