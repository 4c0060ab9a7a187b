//! What becomes of a connection when a message panics while it is encoded.

use std::sync::Arc;

use portway_rpc::{
    Call, Code, Context, FramedChannel, FramedListener, FramedOnly, FramedOptions, Handle,
    HandleStream, MessagePack, Method, Open, Receiving, Request, Sending, Server, Service, Shape,
    Status, Target, Visit,
};
use serde::{Deserialize, Serialize, Serializer};
use tokio::{sync::Notify, time::timeout};

use crate::service::LIMIT;

/// A message whose second half cannot be encoded if it says so.
#[derive(Debug, Deserialize, PartialEq, Serialize)]
struct Message {
    first: String,
    second: Half,
}

#[derive(Debug, Deserialize, PartialEq)]
enum Half {
    Whole,
    Broken,
}

impl Serialize for Half {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        match self {
            Self::Whole => serializer.serialize_unit_variant("Half", 0, "Whole"),
            Self::Broken => panic!("asked for"),
        }
    }
}

fn whole(text: &str) -> Message {
    Message {
        first: text.to_owned(),
        second: Half::Whole,
    }
}

fn broken(text: &str) -> Message {
    Message {
        second: Half::Broken,
        ..whole(text)
    }
}

macro_rules! method {
    ($name:ident, $shape:ident) => {
        struct $name;
        impl Method for $name {
            type Request = Message;
            type Response = Message;
            type Codec = MessagePack;
            const SERVICE: &'static str = "test.Fragile";
            const NAME: &'static str = stringify!($name);
            const SHAPE: Shape = Shape::$shape;
        }
    };
}

method!(Answer, Unary);
method!(Later, Unary);
method!(Stream, Bidirectional);

#[derive(Default)]
struct Fragile {
    go_on: Arc<Notify>,
}

impl Handle<Answer> for Fragile {
    async fn handle(&self, _: Context, request: Message) -> Result<Message, Status> {
        match request.first.as_str() {
            "break" => Ok(broken("half of an answer")),
            _ => Ok(request),
        }
    }
}

/// Is under way while others fail.
impl Handle<Later> for Fragile {
    async fn handle(&self, _: Context, request: Message) -> Result<Message, Status> {
        self.go_on.notified().await;
        Ok(request)
    }
}

impl HandleStream<Stream> for Fragile {
    async fn handle_stream(
        &self,
        _: Context,
        mut requests: Receiving<Message>,
        mut responses: Sending<Message>,
    ) -> Result<(), Status> {
        while let Some(request) = requests.receive().await? {
            if request.first == "break" {
                responses.send(broken("half of a message")).await?;
            }
            responses.send(request).await?;
        }
        Ok(())
    }
}

impl Service for Fragile {
    type Reach = FramedOnly;
    const NAME: &'static str = "test.Fragile";
    fn visit<V: Visit<Self>>(visitor: &mut V) {
        visitor.unary::<Answer>();
        visitor.unary::<Later>();
        visitor.streaming::<Stream>();
    }
}

async fn answer(channel: &FramedChannel, message: Message) -> Result<Message, Status> {
    let call = Call::<Answer>::call(channel, message.into());
    timeout(LIMIT, call).await.expect("it hangs")
}

#[tokio::test]
async fn a_message_that_panics_fails_its_own_call_only() {
    let service = Fragile::default();
    let go_on = Arc::clone(&service.go_on);
    let options = FramedOptions::new();
    let listener = FramedListener::tcp("127.0.0.1:0", options.clone());
    let listener = listener.await.unwrap();
    let target = Target::Tcp(listener.address().unwrap().to_string());
    let server = Server::builder().service(service).listen(listener);
    tokio::spawn(server.serve(std::future::pending()));
    let channel = FramedChannel::connect(target, options).await.unwrap();

    let other = channel.clone();
    let under_way =
        tokio::spawn(async move { Call::<Later>::call(&other, whole("later").into()).await });
    let (mut requests, mut responses) = Open::<Stream>::open(&channel, Request::new(None))
        .await
        .unwrap();
    requests.send(whole("open")).await.unwrap();
    assert_eq!(responses.receive().await.unwrap(), Some(whole("open")));

    for _ in 0..3 {
        // What the server answers, and what the client asks; long enough to be encoded elsewhere.
        for text in ["short", &"long".repeat(10_000)] {
            let error = answer(&channel, broken(text)).await.unwrap_err();
            assert_eq!(error.code(), Code::Internal, "{error}");
            let error = answer(&channel, whole("break")).await.unwrap_err();
            assert_eq!(error.code(), Code::Internal, "{error}");
            assert!(error.message().contains("panicked"), "{error}");
            assert_eq!(answer(&channel, whole(text)).await.unwrap(), whole(text));
        }
        // A stream of the server that breaks ends with its status.
        let (mut sending, mut receiving) = Open::<Stream>::open(&channel, Request::new(None))
            .await
            .unwrap();
        sending.send(whole("break")).await.unwrap();
        let error = timeout(LIMIT, receiving.receive()).await.expect("it hangs");
        assert_eq!(error.unwrap_err().code(), Code::Internal);
    }
    // A message of the client that cannot be sent is not sent, and the stream goes on.
    let error = requests.send(broken("half")).await.unwrap_err();
    assert_eq!(error.code(), Code::Internal);
    requests.send(whole("still open")).await.unwrap();
    let next = timeout(LIMIT, responses.receive()).await.expect("it hangs");
    assert_eq!(next.unwrap(), Some(whole("still open")));

    go_on.notify_one();
    let answered = timeout(LIMIT, under_way).await.expect("it hangs");
    assert_eq!(answered.unwrap().unwrap(), whole("later"));
}
