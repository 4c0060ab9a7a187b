//! KILL: statements that end what others have running.

use sqlparser::tokenizer::Token;
use uuid::Uuid;

use super::{Statement, unknown_command};
use crate::sql::error::{SqlError, code};

/// What is to be ended.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) enum Kill {
    Query {
        node: Uuid,
        number: i64,
    },
    Transaction {
        xid: String,
    },
    ContinuousQuery {
        node: Uuid,
        routine: Uuid,
    },
    /// The number of a task and the node that began it.
    Task {
        number: u64,
        node: Uuid,
    },
    /// A connection's number; none stands for all connections.
    Client {
        number: Option<i64>,
    },
    Service {
        name: String,
    },
    /// A scan, which a node goes on with where it is a thin client's.
    Scan,
}

/// `KILL` and what follows; H2 says what does not fit.
pub(super) fn kill(sql: &str, tokens: &[Token]) -> Result<Statement, SqlError> {
    let what = tokens.get(1..).and_then(read);
    what.map(Statement::Kill)
        .ok_or_else(|| match unknown_command(sql, tokens) {
            SqlError::Parse { message, .. } => SqlError::parse(code::SYNTAX_OF_COMMAND, message),
            other => other,
        })
}

fn read(tokens: &[Token]) -> Option<Kill> {
    let (first, rest) = tokens.split_first()?;
    let Token::Word(word) = first else {
        return None;
    };
    Some(match (word.value.to_uppercase().as_str(), rest) {
        ("QUERY", [Token::Word(word), id]) if word.value.eq_ignore_ascii_case("ASYNC") => {
            query(text(id)?)?
        }
        ("QUERY", [id]) => query(text(id)?)?,
        ("TRANSACTION", [xid]) => Kill::Transaction {
            xid: text(xid)?.to_owned(),
        },
        ("CONTINUOUS", [node, routine]) => Kill::ContinuousQuery {
            node: text(node)?.parse().ok()?,
            routine: text(routine)?.parse().ok()?,
        },
        ("COMPUTE", [id]) => {
            let (number, node) = text(id)?.split_once('-')?;
            Kill::Task {
                number: u64::from_str_radix(number, 16).ok()?,
                node: node.parse().ok()?,
            }
        }
        ("SERVICE", [name]) => Kill::Service {
            name: text(name)?.to_owned(),
        },
        ("SCAN", [node, cache, Token::Number(number, _)]) => {
            let _: Uuid = text(node)?.parse().ok()?;
            text(cache)?;
            let _: u64 = number.parse().ok()?;
            Kill::Scan
        }
        ("CLIENT", [Token::Number(number, _)]) => Kill::Client {
            number: Some(number.parse().ok()?),
        },
        ("CLIENT", [Token::Word(word)]) if word.value.eq_ignore_ascii_case("ALL") => {
            Kill::Client { number: None }
        }
        _ => return None,
    })
}

/// The node and the number of a statement.
fn query(id: &str) -> Option<Kill> {
    let (node, number) = id.split_once('_')?;
    Some(Kill::Query {
        node: node.parse().ok()?,
        number: number.parse().ok()?,
    })
}

fn text(token: &Token) -> Option<&str> {
    match token {
        Token::SingleQuotedString(text) => Some(text),
        _ => None,
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::sql::parse::parse;

    #[test]
    fn what_is_to_end_is_named_as_on_a_node() {
        let id = "96728f7f-811c-4d26-b0ff-5ca4e12cac0e";
        let node: Uuid = id.parse().unwrap();
        let query = Kill::Query { node, number: 7 };
        let xid = "a-b".to_owned();
        let known = [
            (format!("KILL QUERY '{id}_7'"), query.clone()),
            (format!("kill query async '{id}_7'"), query),
            (
                "KILL TRANSACTION 'a-b'".to_owned(),
                Kill::Transaction { xid },
            ),
            (
                format!("KILL CONTINUOUS '{id}' '{id}'"),
                Kill::ContinuousQuery {
                    node,
                    routine: node,
                },
            ),
            (
                format!("KILL COMPUTE '1f-{id}'"),
                Kill::Task { number: 31, node },
            ),
            (format!("KILL SCAN '{id}' 'cache' 1"), Kill::Scan),
            (
                "KILL SERVICE 'rates'".to_owned(),
                Kill::Service {
                    name: "rates".to_owned(),
                },
            ),
            ("KILL CLIENT 5".to_owned(), Kill::Client { number: Some(5) }),
            ("KILL CLIENT ALL".to_owned(), Kill::Client { number: None }),
        ];
        for (sql, kill) in known {
            let Statement::Kill(read) = parse(&sql).unwrap().statement else {
                panic!("{sql}");
            };
            assert_eq!(read, kill);
        }
        for sql in [
            "KILL",
            "KILL QUERY",
            "KILL QUERY 'a'",
            "KILL CLIENT 'a'",
            "KILL x",
        ] {
            assert!(parse(sql).is_err(), "{sql}");
        }
    }
}
