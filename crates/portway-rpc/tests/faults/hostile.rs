//! A client that says what it likes, and the server to which it says it.

use std::{net::SocketAddr, time::Duration};

use bytes::{Bytes, BytesMut};
use portway_rpc::{
    Code, FramedListener, FramedOptions, Metadata, Server,
    frame::{Decoder, Frame, Hello, PROTOCOL_VERSION, Settings},
};
use tokio::{
    io::{AsyncReadExt as _, AsyncWriteExt as _},
    net::TcpStream,
    task::JoinHandle,
};

use crate::service::{Everything, LIMIT};

pub(crate) async fn serve(
    service: Everything,
    options: FramedOptions,
) -> (SocketAddr, JoinHandle<()>) {
    let listener = FramedListener::tcp("127.0.0.1:0", options).await.unwrap();
    let address = listener.address().unwrap();
    let server = Server::builder().service(service).listen(listener);
    let server = tokio::spawn(async move { server.serve(std::future::pending()).await.unwrap() });
    (address, server)
}

/// A client that says what it likes.
pub(crate) struct Hostile {
    pub(crate) stream: TcpStream,
    pub(crate) buffer: BytesMut,
}

impl Hostile {
    pub(crate) async fn connect(address: SocketAddr) -> Self {
        let stream = TcpStream::connect(address).await.unwrap();
        Self {
            stream,
            buffer: BytesMut::new(),
        }
    }

    pub(crate) async fn greeted(address: SocketAddr, settings: Settings) -> Self {
        let mut client = Self::connect(address).await;
        let (lowest, highest) = (PROTOCOL_VERSION, PROTOCOL_VERSION);
        client
            .send(&[Frame::Hello(Hello {
                lowest,
                highest,
                settings,
            })])
            .await;
        assert!(matches!(client.receive().await, Some(Frame::Hello(_))));
        client
    }

    pub(crate) async fn send(&mut self, frames: &[Frame]) {
        let mut bytes = BytesMut::new();
        frames.iter().for_each(|frame| frame.encode(&mut bytes));
        self.stream.write_all(&bytes).await.unwrap();
    }

    /// Receives a frame; nothing if the server closed the connection.
    pub(crate) async fn receive(&mut self) -> Option<Frame> {
        let decoder = Decoder::new(u32::MAX);
        loop {
            if let Some(frame) = decoder.decode(&mut self.buffer).unwrap() {
                return Some(frame);
            }
            let read = self.stream.read_buf(&mut self.buffer);
            let count = tokio::time::timeout(LIMIT, read)
                .await
                .expect("the server says nothing");
            if count.unwrap_or(0) == 0 {
                return None;
            }
        }
    }

    pub(crate) async fn expect_refusal(mut self, code: Code, text: &str) {
        match self.receive().await {
            Some(Frame::GoAway {
                code: told, reason, ..
            }) => {
                assert_eq!(told, code, "{reason}");
                assert!(reason.contains(text), "{reason}");
            }
            other => panic!("{other:?} instead of a refusal"),
        }
        assert!(self.receive().await.is_none(), "the connection is closed");
    }
}

pub(crate) fn named(path: &str) -> Frame {
    Frame::Method {
        number: 0,
        path: path.to_owned(),
    }
}

pub(crate) fn request(stream: u32) -> Frame {
    Frame::Request {
        stream,
        method: 0,
        timeout: Duration::from_secs(60),
        metadata: Metadata::new(),
        message: Some(Bytes::new()),
        end: true,
    }
}
