//! HTTP requests and their answers in the form in which Lambda hands them on: payload version 2.0.

use std::collections::BTreeMap;

use anyhow::{Context as _, Result, bail};
use base64::{Engine as _, engine::general_purpose::STANDARD};
use hyper::{HeaderMap, Method, Uri, body::Bytes};
use serde::Deserialize;
use serde_json::{Value, json};

use super::runtime_api::Answer;

/// What ends the head of a streamed answer.
const END_OF_HEAD: [u8; 8] = [0; 8];

/// An HTTP answer.
#[derive(Debug, PartialEq, Eq)]
pub(crate) struct HttpAnswer {
    pub(crate) status: u16,
    pub(crate) headers: Vec<(String, String)>,
    pub(crate) body: Bytes,
}

/// The form of both, whole answers and heads of streamed ones.
#[derive(Deserialize)]
#[serde(rename_all = "camelCase")]
struct Head {
    status_code: u16,
    #[serde(default)]
    headers: BTreeMap<String, String>,
    #[serde(default)]
    cookies: Vec<String>,
    #[serde(default)]
    body: Option<String>,
    #[serde(default)]
    is_base64_encoded: bool,
}

/// The event of a request.
pub(crate) fn of_request(method: &Method, uri: &Uri, headers: &HeaderMap, body: &[u8]) -> Value {
    let query = uri.query().unwrap_or_default();
    let http = json!({
        "method": method.as_str(), "path": uri.path(), "protocol": "HTTP/1.1", "sourceIp": "127.0.0.1",
        "userAgent": text(headers, "user-agent"),
    });
    let context = json!({
        "http": http, "accountId": "local", "apiId": "local", "domainName": text(headers, "host"), "domainPrefix": "local",
        "requestId": "local", "routeKey": "$default", "stage": "$default", "time": "01/Jan/2026:00:00:00 +0000", "timeEpoch": 0,
    });
    let mut event = json!({
        "version": "2.0", "routeKey": "$default", "rawPath": uri.path(), "rawQueryString": query,
        "headers": joined(headers), "requestContext": context, "isBase64Encoded": false,
    });
    match std::str::from_utf8(body) {
        Ok("") => {}
        Ok(body) => event["body"] = body.into(),
        Err(_) => {
            event["body"] = STANDARD.encode(body).into();
            event["isBase64Encoded"] = true.into();
        }
    }
    event
}

/// The HTTP answer in what a program answered.
///
/// # Errors
/// What the program says, or that its answer has another form.
pub(crate) fn answer(answer: &Answer) -> Result<HttpAnswer> {
    match answer {
        Answer::Error(message) => bail!("the function failed: {message}"),
        Answer::Response {
            body,
            is_stream: true,
        } => streamed(body),
        Answer::Response { body, .. } => {
            let head: Head = serde_json::from_slice(body)
                .context("the function answered, but not to an HTTP request")?;
            head.into_answer()
        }
    }
}

fn streamed(body: &Bytes) -> Result<HttpAnswer> {
    let end = body
        .windows(END_OF_HEAD.len())
        .position(|bytes| bytes == END_OF_HEAD)
        .context("the streamed answer has no head")?;
    let head: Head = serde_json::from_slice(&body[..end])
        .context("the head of the streamed answer cannot be read")?;
    let mut answer = head.into_answer()?;
    answer.body = body.slice(end + END_OF_HEAD.len()..);
    Ok(answer)
}

impl Head {
    fn into_answer(self) -> Result<HttpAnswer> {
        let body = self.body.unwrap_or_default();
        let body = if self.is_base64_encoded {
            STANDARD.decode(body).context("the body is not base64")?
        } else {
            body.into_bytes()
        };
        let cookies = self.cookies.into_iter();
        let cookies = cookies.map(|cookie| ("set-cookie".to_owned(), cookie));
        Ok(HttpAnswer {
            status: self.status_code,
            headers: self.headers.into_iter().chain(cookies).collect(),
            body: body.into(),
        })
    }
}

fn text<'a>(headers: &'a HeaderMap, name: &str) -> &'a str {
    headers
        .get(name)
        .and_then(|value| value.to_str().ok())
        .unwrap_or_default()
}

/// Values of one name are joined by commas.
fn joined(headers: &HeaderMap) -> BTreeMap<&str, String> {
    headers
        .keys()
        .map(|name| {
            let values = headers.get_all(name).iter();
            let values: Vec<_> = values
                .map(|value| String::from_utf8_lossy(value.as_bytes()))
                .collect();
            (name.as_str(), values.join(","))
        })
        .collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    fn response(body: &'static [u8], is_stream: bool) -> Answer {
        let body = Bytes::from_static(body);
        Answer::Response { body, is_stream }
    }

    #[test]
    fn bytes_that_are_no_text_travel_as_base64() {
        let event = of_request(
            &Method::POST,
            &Uri::from_static("/a?b=c"),
            &HeaderMap::new(),
            &[0xff],
        );
        assert_eq!(event["body"], "/w==");
        assert_eq!(event["isBase64Encoded"], true);
        assert_eq!(event["rawPath"], "/a");
        assert_eq!(event["rawQueryString"], "b=c");
    }

    #[test]
    fn cookies_of_an_answer_are_headers_again() {
        let answer = answer(&response(
            br#"{"statusCode":201,"headers":{"a":"b"},"cookies":["one=1","two=2"],"body":"/w==","isBase64Encoded":true}"#,
            false,
        ))
        .expect("an answer");
        let header = |name: &str, value: &str| (name.to_owned(), value.to_owned());
        let expected = HttpAnswer {
            status: 201,
            headers: vec![
                header("a", "b"),
                header("set-cookie", "one=1"),
                header("set-cookie", "two=2"),
            ],
            body: Bytes::from_static(&[0xff]),
        };
        assert_eq!(answer, expected);
    }

    #[test]
    fn the_body_of_a_streamed_answer_begins_after_eight_null_bytes() {
        let answer = answer(&response(
            b"{\"statusCode\":200}\0\0\0\0\0\0\0\0\0body",
            true,
        ));
        assert_eq!(&answer.expect("an answer").body[..], b"\0body");
    }

    #[test]
    fn what_is_no_http_answer_is_an_error() {
        assert!(answer(&response(b"null", false)).is_err());
        assert!(answer(&response(b"{\"statusCode\":200}", true)).is_err());
        assert!(answer(&Answer::Error("broken".into())).is_err());
    }
}
