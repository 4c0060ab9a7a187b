//! The parser of the control socket.

use portway_gateway::{RequestEvent, RequestParser};

/// Feeds the input in two different rhythms; where the cuts fall must not change what is understood.
pub fn uapi(input: &[u8]) {
    let whole = events(input, usize::MAX);
    let crumbs = events(input, 7);
    assert_eq!(whole, crumbs, "reading in small pieces changes nothing");
}

/// All changes and answers that the input brings, without the places where batches were cut.
fn events(input: &[u8], piece: usize) -> Vec<String> {
    let mut parser = RequestParser::default();
    let mut events = Vec::new();
    let mut rest = input;
    while !rest.is_empty() && !parser.is_broken() {
        let space = parser.free_space();
        let length = space.len().min(piece).min(rest.len());
        assert!(length > 0, "there is room once all events are taken");
        space[..length].copy_from_slice(&rest[..length]);
        parser.filled(length);
        rest = &rest[length..];
        while let Some(event) = parser.poll() {
            match event {
                RequestEvent::Apply(changes) => {
                    events.extend(changes.iter().map(|change| format!("{change:?}")));
                }
                other => events.push(format!("{other:?}")),
            }
        }
    }
    events.extend(
        parser
            .abandon()
            .iter()
            .flatten()
            .map(|change| format!("{change:?}")),
    );
    events
}
