//! The headers of requests and replies.
//!
//! Metadata travel under their own names, those behind the message with `trailer-` before them,
//! binary ones in base64. An error has the headers of NATS' service protocol, and the exact code and
//! the details as gRPC has them.

use std::time::Duration;

use async_nats::{
    HeaderMap, HeaderName, HeaderValue, Message,
    service::{NATS_SERVICE_ERROR, NATS_SERVICE_ERROR_CODE},
};

use super::code;
use crate::{
    Code, Metadata, Status, format_timeout,
    header::{self, CONTENT_TYPE, text},
    parse_timeout,
};

/// What is left until the deadline.
const TIMEOUT: &str = "grpc-timeout";

/// The number of gRPC's code.
const STATUS: &str = "grpc-status";

/// The text of an error whose text has characters that `Nats-Service-Error` cannot have; each
/// character that is not printable ASCII is a `%` with two digits, as in gRPC.
const MESSAGE: &str = "grpc-message";

/// The details of an error, in base64.
const DETAILS: &str = "grpc-status-details-bin";

/// Stands before the names of metadata behind the message.
const TRAILER: &str = "trailer-";

/// Headers that begin so are the server's own.
const OF_THE_SERVER: &str = "nats-";

/// Returns the headers of a request.
pub(super) fn request(metadata: &Metadata, timeout: Duration, content_type: &str) -> HeaderMap {
    let mut headers = HeaderMap::new();
    insert(&mut headers, CONTENT_TYPE, content_type);
    insert(&mut headers, TIMEOUT, &format_timeout(timeout));
    add(&mut headers, "", metadata);
    headers
}

/// Returns the headers of a reply.
pub(super) fn reply(leading: &Metadata, trailing: &Metadata, content_type: &str) -> HeaderMap {
    let mut headers = HeaderMap::new();
    insert(&mut headers, CONTENT_TYPE, content_type);
    add(&mut headers, "", leading);
    add(&mut headers, TRAILER, trailing);
    headers
}

/// Adds the headers of an error to those of a reply.
pub(super) fn add_error(headers: &mut HeaderMap, status: &Status) {
    let shown: String = status.message().chars().map(printable).collect();
    if shown != status.message() {
        insert(headers, MESSAGE, &percent_encoded(status.message()));
    }
    insert(headers, NATS_SERVICE_ERROR, &shown);
    let number = code::number(status.code()).to_string();
    insert(headers, NATS_SERVICE_ERROR_CODE, &number);
    insert(headers, STATUS, &status.code().number().to_string());
    if !status.details().is_empty() {
        insert(headers, DETAILS, &text(DETAILS, status.details()));
    }
    add(headers, TRAILER, status.metadata());
}

fn add(headers: &mut HeaderMap, prefix: &str, metadata: &Metadata) {
    for (name, value) in metadata.iter() {
        let (name, value) = (format!("{prefix}{name}"), text(name, value));
        // Metadata are printable ASCII without colons in the names: both sides always parse.
        if let (Ok(name), Ok(value)) = (name.parse::<HeaderName>(), value.parse::<HeaderValue>()) {
            headers.append(name, value);
        }
    }
}

fn insert(headers: &mut HeaderMap, name: &'static str, value: &str) {
    // Values here have no line breaks: the only ones that do not parse.
    if let Ok(value) = value.parse::<HeaderValue>() {
        headers.insert(name, value);
    }
}

fn printable(character: char) -> char {
    if character.is_control() {
        ' '
    } else {
        character
    }
}

/// Writes each byte that is not printable ASCII, and `%`, as `%` with two digits.
fn percent_encoded(text: &str) -> String {
    let encode = |byte: u8| match byte {
        b'%' => "%25".to_owned(),
        b' '..=b'~' => char::from(byte).to_string(),
        _ => format!("%{byte:02X}"),
    };
    text.bytes().map(encode).collect()
}

/// Reads what [`percent_encoded`] wrote; what is no such code stays as it is.
fn percent_decoded(text: &str) -> String {
    let mut bytes = Vec::with_capacity(text.len());
    let mut rest = text.as_bytes();
    while let Some((first, behind)) = rest.split_first() {
        let code = behind.get(..2).and_then(|digits| {
            let digits = std::str::from_utf8(digits).ok()?;
            u8::from_str_radix(digits, 16).ok()
        });
        match code.filter(|_| *first == b'%') {
            Some(code) => {
                bytes.push(code);
                rest = &behind[2..];
            }
            None => {
                bytes.push(*first);
                rest = behind;
            }
        }
    }
    String::from_utf8_lossy(&bytes).into_owned()
}

/// The headers of a message, sorted.
#[derive(Debug, Default)]
pub(super) struct Parsed {
    pub(super) metadata: Metadata,
    pub(super) trailing: Metadata,
    timeout: Option<String>,
    pub(super) content_type: Option<String>,
    status: Option<Code>,
    number: Option<u32>,
    shown: Option<String>,
    message: Option<String>,
    details: bytes::Bytes,
}

/// Sorts the headers of a message.
pub(super) fn parse(message: &Message) -> Parsed {
    let mut parsed = Parsed::default();
    for (name, values) in message.headers.iter().flat_map(HeaderMap::iter) {
        let name: &str = name.as_ref();
        for value in values {
            parsed.take(&name.to_ascii_lowercase(), value.as_str());
        }
    }
    parsed
}

impl Parsed {
    fn take(&mut self, name: &str, value: &str) {
        let of_service = |header: &str| header.eq_ignore_ascii_case(name);
        match name {
            CONTENT_TYPE => self.content_type = Some(value.to_owned()),
            TIMEOUT => self.timeout = Some(value.to_owned()),
            STATUS => self.status = value.parse().ok().map(Code::from_number),
            MESSAGE => self.message = Some(percent_decoded(value)),
            DETAILS => self.details = header::value(DETAILS, value),
            _ if of_service(NATS_SERVICE_ERROR) => self.shown = Some(value.to_owned()),
            _ if of_service(NATS_SERVICE_ERROR_CODE) => self.number = value.parse().ok(),
            _ if name.starts_with(OF_THE_SERVER) => {}
            _ => match name.strip_prefix(TRAILER) {
                Some(name) => header::append(&mut self.trailing, name.to_owned(), value),
                None => header::append(&mut self.metadata, name.to_owned(), value),
            },
        }
    }

    /// Returns what is left until the deadline of a request, if it says it.
    pub(super) fn timeout(&self) -> Result<Option<Duration>, Status> {
        let malformed = || Status::invalid_argument("the header grpc-timeout is malformed");
        let parse = |text| parse_timeout(text).ok_or_else(malformed);
        self.timeout.as_deref().map(parse).transpose()
    }

    /// Returns the error that a reply is, if it is one.
    pub(super) fn error(&mut self) -> Option<Status> {
        let failed = self.status.is_some_and(|code| code != Code::Ok)
            || self.shown.is_some()
            || self.number.is_some();
        if !failed {
            return None;
        }
        let foreign = || self.number.map_or(Code::Unknown, code::of_number);
        let code = self
            .status
            .filter(|code| *code != Code::Ok)
            .unwrap_or_else(foreign);
        let message = self
            .message
            .take()
            .or(self.shown.take())
            .unwrap_or_default();
        let status = Status::new(code, message).with_details(std::mem::take(&mut self.details));
        Some(status.with_metadata(self.trailing.clone()))
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    fn read(headers: HeaderMap) -> Parsed {
        parse(&Message {
            subject: "a".into(),
            reply: None,
            payload: bytes::Bytes::new(),
            headers: Some(headers),
            status: None,
            description: None,
            length: 0,
        })
    }

    proptest! {
        #[test]
        fn an_error_comes_back_as_it_was(
            code in 1_u32..17,
            text in any::<String>(),
            details in prop::collection::vec(any::<u8>(), 0..50),
        ) {
            let sent = Status::new(Code::from_number(code), text).with_details(details);
            let mut headers = HeaderMap::new();
            add_error(&mut headers, &sent);
            let found = read(headers).error().expect("an error");
            prop_assert_eq!(found.code(), sent.code());
            prop_assert_eq!(found.message(), sent.message());
            prop_assert_eq!(found.details(), sent.details());
        }

        #[test]
        fn whatever_a_foreign_program_sends_is_read(name in "[!-9;-~]{1,20}", value in "[ -~]{0,40}") {
            let mut headers = HeaderMap::new();
            if let (Ok(name), Ok(value)) = (name.parse::<HeaderName>(), value.parse::<HeaderValue>()) {
                headers.append(name, value);
            }
            let _error = read(headers).error();
        }
    }

    #[test]
    fn metadata_of_both_ends_of_a_reply_are_told_apart() {
        let (mut leading, mut trailing) = (Metadata::new(), Metadata::new());
        leading.append("served-by", "a").unwrap();
        trailing.append_binary("sum-bin", vec![0, 255]).unwrap();
        let mut parsed = read(reply(&leading, &trailing, "application/protobuf"));
        assert_eq!((&parsed.metadata, &parsed.trailing), (&leading, &trailing));
        assert!(parsed.error().is_none());
    }

    #[test]
    fn a_timeout_that_is_none_is_refused() {
        for (text, expected) in [("20m", Ok(Some(20))), ("soon", Err(Code::InvalidArgument))] {
            let mut headers = HeaderMap::new();
            insert(&mut headers, TIMEOUT, text);
            let found = read(headers).timeout();
            let found = found.map(|timeout| timeout.map(|it| it.as_millis()));
            assert_eq!(found.map_err(|status| status.code()), expected);
        }
        assert!(read(HeaderMap::new()).timeout().unwrap().is_none());
    }

    #[test]
    fn a_foreign_error_has_the_code_of_its_number() {
        let mut headers = HeaderMap::new();
        headers.insert(NATS_SERVICE_ERROR, "no such picture");
        headers.insert(NATS_SERVICE_ERROR_CODE, "404");
        let status = read(headers).error().expect("an error");
        assert_eq!(
            (status.code(), status.message()),
            (Code::NotFound, "no such picture")
        );
    }
}
