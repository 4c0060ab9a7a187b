//! What a streamer promises although something goes wrong.

use portway_ignite::{ClientEvent, Error, StreamerOptions};

use crate::server::{ScriptedServer, numbers, soon};

#[tokio::test]
async fn a_batch_whose_task_panics_is_handed_back() {
    let server = ScriptedServer::start().await;
    let panics = |event: &ClientEvent<'_>| {
        assert!(
            !matches!(
                event,
                ClientEvent::RequestStarted {
                    operation: "data_streamer",
                    ..
                }
            ),
            "a listener of the program goes wrong"
        );
    };
    let configuration = server.configuration().listener(panics);
    let (client, _peer) = server.connect(configuration).await;
    let streamer = numbers(&client).streamer(StreamerOptions::new());
    streamer.add(&1, &1).await.unwrap();
    let failure = soon(streamer.flush()).await.unwrap_err();
    assert_eq!(failure.lost(), 1);
    assert!(
        matches!(
            failure.error(),
            Error::Interrupted {
                operation: "data_streamer",
                ..
            }
        ),
        "{failure}"
    );
}
