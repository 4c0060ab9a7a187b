//! The messages that are sent: JSON from arguments, files or standard input.

use std::{convert::Infallible, path::PathBuf, str::FromStr};

use serde_json::Value;
use tokio::{
    io::{AsyncBufReadExt as _, AsyncReadExt as _, BufReader},
    sync::mpsc,
};

use crate::failure::{Advise as _, Advised};

/// Messages that are read ahead of what is sent.
const READ_AHEAD: usize = 64;

/// The longest text that is taken for one message.
const LONGEST: u64 = 64 << 20;

/// Where messages come from.
#[derive(Clone, Debug)]
pub(super) enum Body {
    Text(String),
    File(PathBuf),
    Input,
}

impl FromStr for Body {
    type Err = Infallible;

    fn from_str(text: &str) -> Result<Self, Infallible> {
        Ok(match text.strip_prefix('@') {
            Some(path) => Self::File(path.into()),
            None if text == "-" => Self::Input,
            None => Self::Text(text.to_owned()),
        })
    }
}

/// Reads the one message of a method that takes one.
pub(super) async fn only(bodies: &[Body]) -> Result<Value, Advised> {
    let body = match bodies {
        [] => return Ok(Value::Object(serde_json::Map::new())),
        [body] => body,
        _ => return Err(several()),
    };
    let text = match body {
        Body::Text(text) => text.clone(),
        Body::File(path) => read_file(path)?,
        Body::Input => {
            let mut text = String::new();
            let mut input = tokio::io::stdin().take(LONGEST);
            let read = input.read_to_string(&mut text).await;
            read.advise("cannot read standard input", "give JSON as UTF-8")?;
            text
        }
    };
    match parse(&text)?.as_slice() {
        [value] => Ok(value.clone()),
        _ => Err(several()),
    }
}

fn several() -> Advised {
    Advised::wrong_use(
        "the method takes one message",
        "give one message by --json BODY",
    )
}

/// Reads the messages of a stream, as they come.
pub(super) fn all(bodies: Vec<Body>) -> mpsc::Receiver<Result<Value, Advised>> {
    let (sender, receiver) = mpsc::channel(READ_AHEAD);
    let bodies = match bodies.is_empty() {
        true => vec![Body::Input],
        false => bodies,
    };
    tokio::spawn(async move {
        for body in bodies {
            if let Err(error) = send(body, &sender).await {
                // Nobody waits for it any more if the call is over.
                let _over = sender.send(Err(error)).await;
                return;
            }
        }
    });
    receiver
}

type Sender = mpsc::Sender<Result<Value, Advised>>;

async fn send(body: Body, sender: &Sender) -> Result<(), Advised> {
    let text = match body {
        Body::Text(text) => text,
        Body::File(path) => read_file(&path)?,
        Body::Input => return send_lines(sender).await,
    };
    for value in parse(&text)? {
        let _over = sender.send(Ok(value)).await;
    }
    Ok(())
}

async fn send_lines(sender: &Sender) -> Result<(), Advised> {
    let mut lines = BufReader::new(tokio::io::stdin());
    let mut line = String::new();
    loop {
        line.clear();
        let mut limited = (&mut lines).take(LONGEST);
        let read = limited.read_line(&mut line).await;
        if read.advise("cannot read standard input", "give JSON as UTF-8")? == 0 {
            return Ok(());
        }
        for value in parse(&line)? {
            if sender.send(Ok(value)).await.is_err() {
                return Ok(());
            }
        }
    }
}

fn read_file(path: &PathBuf) -> Result<String, Advised> {
    std::fs::read_to_string(path).advise(
        format_args!("cannot read {}", path.display()),
        "name a file with JSON",
    )
}

/// Reads values that stand behind one another.
fn parse(text: &str) -> Result<Vec<Value>, Advised> {
    let values: Result<Vec<Value>, _> = serde_json::Deserializer::from_str(text)
        .into_iter()
        .collect();
    let failed = values.advise("that is no JSON", "write --json '{\"name\": \"value\"}'");
    failed.map_err(Advised::into_wrong_use)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[tokio::test]
    async fn a_method_that_takes_one_message_gets_one() {
        assert_eq!(only(&[]).await.unwrap(), serde_json::json!({}));
        let text = |text: &str| text.parse().unwrap();
        let one = only(&[text("{\"a\": 1}")]).await.unwrap();
        assert_eq!(one["a"], 1);
        for wrong in [
            vec![text("{")],
            vec![text("{}{}")],
            vec![text("{}"), text("{}")],
        ] {
            assert!(only(&wrong).await.is_err(), "{wrong:?}");
        }
    }

    #[tokio::test]
    async fn a_stream_gets_all_of_them_in_order() {
        let bodies = ["1 2", "3"].map(|text| text.parse().unwrap());
        let mut values = all(bodies.to_vec());
        for number in 1..=3 {
            assert_eq!(values.recv().await.unwrap().unwrap(), number);
        }
        assert!(values.recv().await.is_none());
    }
}
