//! Lambda's Runtime API, as far as a runtime that is measured needs it.

use std::{
    io::{BufRead as _, BufReader, Write as _},
    net::{SocketAddr, TcpListener, TcpStream},
    sync::mpsc::{Receiver, Sender, SyncSender, channel, sync_channel},
    sync::{Arc, Mutex, PoisonError},
    thread,
    time::{Duration, Instant},
};

use anyhow::{Context as _, ensure};

/// An answer that takes longer fails the measurement.
const PATIENCE: Duration = Duration::from_secs(20);

/// `GET /` in the form of payload version 2.0.
const EVENT: &str = r#"{"version":"2.0","routeKey":"$default","rawPath":"/","rawQueryString":"","headers":{"host":"d"},"requestContext":{"http":{"method":"GET","path":"/","protocol":"HTTP/1.1","sourceIp":"192.0.2.1","userAgent":"bench"},"accountId":"1","apiId":"a","domainName":"d","domainPrefix":"d","requestId":"r","routeKey":"$default","stage":"$default","time":"01/Jan/2026:00:00:00 +0000","timeEpoch":1},"isBase64Encoded":false}"#;

/// Serves one runtime.
#[derive(Debug)]
pub(crate) struct RuntimeApi {
    address: SocketAddr,
    ask: SyncSender<()>,
    answers: Receiver<(Instant, String)>,
}

impl RuntimeApi {
    pub(crate) fn start() -> anyhow::Result<Self> {
        let listener = TcpListener::bind("127.0.0.1:0")?;
        let address = listener.local_addr()?;
        let (ask, asked) = sync_channel(1);
        let (answer, answers) = channel();
        let asked = Arc::new(Mutex::new(asked));
        thread::spawn(move || {
            for stream in listener.incoming().map_while(Result::ok) {
                let (asked, answer) = (Arc::clone(&asked), answer.clone());
                // A connection that breaks is one that its runtime closed.
                thread::spawn(move || serve(&stream, &asked, &answer));
            }
        });
        Ok(Self {
            address,
            ask,
            answers,
        })
    }

    pub(crate) fn address(&self) -> String {
        self.address.to_string()
    }

    /// Hands out a request, and gives the moment at which its answer was here.
    ///
    /// # Errors
    ///
    /// Fails when there is none in time, or a wrong one.
    pub(crate) fn ask(&self) -> anyhow::Result<Instant> {
        self.ask.send(()).context("the runtime is gone")?;
        let (moment, answer) = self
            .answers
            .recv_timeout(PATIENCE)
            .context("no answer in time")?;
        ensure!(answer.contains("Hello rust!"), "it answered {answer}");
        Ok(moment)
    }
}

fn serve(
    stream: &TcpStream,
    asked: &Mutex<Receiver<()>>,
    answer: &Sender<(Instant, String)>,
) -> Option<()> {
    stream.set_nodelay(true).ok()?;
    let mut reader = BufReader::new(stream.try_clone().ok()?);
    let mut writer = stream.try_clone().ok()?;
    loop {
        let mut first = String::new();
        if reader.read_line(&mut first).ok()? == 0 {
            return None;
        }
        let length = headers(&mut reader)?;
        if first.starts_with("GET") {
            asked
                .lock()
                .unwrap_or_else(PoisonError::into_inner)
                .recv()
                .ok()?;
            let head = format!(
                "HTTP/1.1 200 OK\r\nContent-Type: application/json\r\nLambda-Runtime-Aws-Request-Id: 1\r\nLambda-Runtime-Deadline-Ms: 99999999999999\r\n\
                 Lambda-Runtime-Invoked-Function-Arn: arn:aws:lambda:x:1:function:bench\r\nContent-Length: {}\r\n\r\n",
                EVENT.len()
            );
            writer.write_all((head + EVENT).as_bytes()).ok()?;
        } else {
            let body = body(&mut reader, length)?;
            answer.send((Instant::now(), body)).ok()?;
            writer
                .write_all(b"HTTP/1.1 202 Accepted\r\nContent-Length: 0\r\n\r\n")
                .ok()?;
        }
    }
}

/// Reads the headers; gives the length of the body, or nothing if it comes in chunks.
fn headers(reader: &mut impl std::io::BufRead) -> Option<Option<usize>> {
    let mut length = Some(0);
    loop {
        let mut line = String::new();
        reader.read_line(&mut line).ok()?;
        let line = line.trim().to_ascii_lowercase();
        if line.is_empty() {
            return Some(length);
        }
        if let Some(value) = line.strip_prefix("content-length:") {
            length = value.trim().parse().ok();
        } else if line.starts_with("transfer-encoding:") {
            length = None;
        }
    }
}

fn body(reader: &mut impl std::io::BufRead, length: Option<usize>) -> Option<String> {
    let mut body = Vec::new();
    match length {
        Some(length) => {
            body.resize(length, 0);
            reader.read_exact(&mut body).ok()?;
        }
        None => loop {
            let mut line = String::new();
            reader.read_line(&mut line).ok()?;
            let size = usize::from_str_radix(line.trim(), 16).ok()?;
            let mut chunk = vec![0; size + 2];
            reader.read_exact(&mut chunk).ok()?;
            if size == 0 {
                break;
            }
            body.extend_from_slice(&chunk[..size]);
        },
    }
    String::from_utf8(body).ok()
}
