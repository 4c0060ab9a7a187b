//! The framed protocol of portway-rpc, from both sides.

use bytes::{Bytes, BytesMut};
use portway_rpc::frame::{
    ClientConnection, ClientEvent, Decoder, Frame, ServerConnection, ServerEvent, Settings,
};

/// Reads the input as the bytes of a peer.
///
/// What was understood is the same after it was written and read again; a connection that takes
/// it keeps no more streams than its limit, and says no more than it was asked.
pub fn frames(input: &[u8]) {
    let Some((side, input)) = input.split_first() else {
        return;
    };
    let mut buffer = BytesMut::from(input);
    if side % 2 == 0 {
        serve(&mut buffer);
    } else {
        call(&mut buffer);
    }
}

/// A small limit, so that inputs reach it.
const STREAMS: u32 = 4;

fn settings() -> Settings {
    Settings::default().maximum_streams(STREAMS).window(100)
}

fn serve(buffer: &mut BytesMut) {
    let mut server = ServerConnection::new(settings());
    let decoder = Decoder::new(1 << 20);
    while let Ok(Some(frame)) = decoder.decode(buffer) {
        written_and_read(&frame);
        let event = server.receive(frame);
        let Ok(event) = event else { return };
        if let ServerEvent::Request {
            stream,
            end,
            message,
            ..
        } = event
        {
            server.insert(stream, end, message.as_ref().map(Bytes::len), ());
        }
        assert!(
            server.open_streams() <= STREAMS as usize,
            "the limit on streams holds"
        );
    }
}

fn call(buffer: &mut BytesMut) {
    let mut client = ClientConnection::<()>::new(settings());
    let decoder = Decoder::new(1 << 20);
    let mut open = 0;
    while let Ok(Some(frame)) = decoder.decode(buffer) {
        written_and_read(&frame);
        match client.receive(frame) {
            Ok(ClientEvent::Ready) => {
                for _ in 0..STREAMS {
                    open += usize::from(opened(&mut client));
                }
            }
            Ok(ClientEvent::Message { end: true, .. } | ClientEvent::Ended { .. }) => open -= 1,
            Ok(_) => {}
            Err(_) => return,
        }
        assert_eq!(client.open_streams(), open, "no call is lost or ends twice");
    }
}

fn opened(client: &mut ClientConnection<()>) -> bool {
    let metadata = portway_rpc::Metadata::new();
    let opening = portway_rpc::frame::Opening {
        service: "fuzz.Fuzz",
        method: "Fuzz",
        timeout: std::time::Duration::from_secs(1),
        metadata: &metadata,
    };
    client.has_room() && client.open(opening, None, false, ()).is_ok()
}

fn written_and_read(frame: &Frame) {
    let mut bytes = BytesMut::new();
    frame.encode(&mut bytes);
    let again = Decoder::new(u32::MAX).decode(&mut bytes);
    let again = again
        .expect("what was read can be written")
        .expect("as a whole");
    assert_eq!(
        format!("{frame:?}"),
        format!("{again:?}"),
        "it says the same"
    );
}
