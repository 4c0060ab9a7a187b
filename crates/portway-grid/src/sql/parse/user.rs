//! CREATE, ALTER and DROP USER.

use std::fmt;

use sqlparser::keywords::Keyword;
use sqlparser::tokenizer::Token;

use super::{Statement, end, parser, refused};
use crate::sql::error::SqlError;

/// A statement about users.
#[derive(Clone, PartialEq, Eq)]
pub(crate) enum UserStatement {
    Create { name: String, password: String },
    Alter { name: String, password: String },
    Drop { name: String },
}

/// Without the password.
impl fmt::Debug for UserStatement {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        let (verb, name) = match self {
            Self::Create { name, .. } => ("CREATE", name),
            Self::Alter { name, .. } => ("ALTER", name),
            Self::Drop { name } => ("DROP", name),
        };
        write!(formatter, "{verb} USER {name}")
    }
}

pub(super) fn user(sql: &str, tokens: Vec<Token>) -> Result<Statement, SqlError> {
    let mut parser = parser(tokens);
    let verb = parser.next_token().to_string().to_uppercase();
    // The word USER, which brought us here.
    parser.next_token();
    let name = parser
        .parse_identifier()
        .map_err(|error| refused(sql, &error))?;
    let name = match name.quote_style {
        Some(_) => name.value,
        None => name.value.to_uppercase(),
    };
    let statement = if verb == "DROP" {
        UserStatement::Drop { name }
    } else {
        let expected = parser
            .expect_keywords(&[Keyword::WITH, Keyword::PASSWORD])
            .and_then(|()| parser.parse_literal_string());
        let password = expected.map_err(|error| refused(sql, &error))?;
        match verb.as_str() {
            "CREATE" => UserStatement::Create { name, password },
            _ => UserStatement::Alter { name, password },
        }
    };
    end(sql, &mut parser)?;
    Ok(Statement::User(statement))
}
