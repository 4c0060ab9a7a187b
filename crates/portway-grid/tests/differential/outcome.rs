//! What of an answer both servers must have in common.

use std::collections::BTreeSet;

use portway_ignite_protocol::{
    Cursor, Dialect, Entry, Features, Operation, RawValue, Request, Version, decode_body,
};

use crate::wire::Answer;

const DIALECT: Dialect = Dialect {
    version: Version::LATEST,
    features: Features::NONE,
};

/// An answer without what may differ.
#[derive(Debug, PartialEq, Eq)]
pub(crate) enum Outcome {
    Bytes(Vec<u8>),
    /// Entries come in no order.
    Entries(BTreeSet<(RawValue, RawValue)>),
    Failed(i32, String),
}

impl Outcome {
    pub(crate) fn of(request: &Request, answer: Answer) -> Self {
        let body = match answer {
            Ok(body) => body,
            Err((status, message)) => return Self::Failed(status, beginning(&message)),
        };
        let entries: Vec<Entry> = match request {
            Request::Scan(_) => {
                let cursor: Cursor<Entry> = decode_body(&body, DIALECT).unwrap();
                assert!(!cursor.page.has_more, "a page holds them all");
                cursor.page.rows
            }
            Request::KeyValue(request) if request.action.operation() == Operation::GetAll => {
                decode_body(&body, DIALECT).unwrap()
            }
            // The number of the cursor is the connection's own.
            Request::SqlFields(_) => return Self::Bytes(body[8..].to_vec()),
            _ => return Self::Bytes(body.to_vec()),
        };
        let pairs = entries.into_iter().map(|entry| (entry.key, entry.value));
        Self::Entries(pairs.collect())
    }
}

/// A message up to the first object that it shows: those differ in every run.
fn beginning(message: &str) -> String {
    let objects = ["GridNearTxLocal", "[key=", "[cache="];
    let end = objects
        .iter()
        .filter_map(|object| message.find(object))
        .min();
    message[..end.unwrap_or(message.len())].to_owned()
}
