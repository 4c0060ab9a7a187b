//! Functions called as entry processors.

use std::sync::Arc;

use portway_ignite_protocol::{EntryProcessor, InvokeOutcome, ObjectHeader, java};

use super::*;

const CLASS: &str = "org.example.Append";

/// A binary object of a class without fields.
fn object_of(class: &str) -> RawValue {
    let mut bytes = vec![103, 1, 1, 0];
    bytes.extend_from_slice(&java::type_id(class).to_le_bytes());
    bytes.extend_from_slice(&[1, 0, 0, 0, 24, 0, 0, 0, 0, 0, 0, 0, 24, 0, 0, 0]);
    assert!(ObjectHeader::parse(&bytes).is_ok());
    RawValue::from_bytes(&bytes.into()).unwrap()
}

fn text(text: &str) -> RawValue {
    RawValue::encode(text, BinaryConfiguration::default())
}

/// A grid with a processor that appends its argument, and fails without one.
fn peer() -> (Peer, CacheHeader) {
    let (mut peer, header) = Peer::with_cache("A");
    peer.host.functions.add_entry_processor(
        CLASS,
        Arc::new(|entry, arguments| {
            let [argument] = arguments else {
                return Err("one argument is needed".to_owned());
            };
            let before = entry
                .value
                .as_ref()
                .map(|value| value.read::<String>().unwrap());
            let after = before.unwrap_or_default() + &argument.read::<String>().unwrap();
            entry.value = Some(text(&after));
            Ok(text(&after))
        }),
    );
    (peer, header)
}

fn processor(class: &str, arguments: Vec<RawValue>) -> EntryProcessor {
    EntryProcessor {
        object: object_of(class),
        platform: 1,
        arguments,
    }
}

fn invoke(header: CacheHeader, processor: EntryProcessor) -> Request {
    let key = text("key");
    let action = KeyValueAction::Invoke { key, processor };
    Request::KeyValue(KeyValueRequest { header, action })
}

#[test]
fn a_function_changes_an_entry_and_answers() {
    let (mut peer, header) = peer();
    for expected in ["a", "aa"] {
        let request = invoke(header, processor(CLASS, vec![text("a")]));
        assert_eq!(peer.ask::<RawValue>(&request).unwrap(), text(expected));
    }
    let action = KeyValueAction::InvokeAll {
        keys: vec![text("key"), text("other"), text("key")],
        processor: processor(CLASS, vec![text("b")]),
    };
    let request = Request::KeyValue(KeyValueRequest { header, action });
    let outcomes = peer.ask::<Vec<InvokeOutcome>>(&request).unwrap();
    let answers: Vec<_> = outcomes.into_iter().map(|outcome| outcome.result).collect();
    assert_eq!(answers, [Ok(text("aab")), Ok(text("b"))]);
}

#[test]
fn what_a_function_says_against_it_has_its_own_status() {
    let (mut peer, header) = peer();
    let request = invoke(header, processor(CLASS, Vec::new()));
    let error = peer.ask::<RawValue>(&request).unwrap_err();
    assert_eq!(error.status, Status::ENTRY_PROCESSOR);
    assert_eq!(error.message, "one argument is needed");
}

#[test]
fn an_unknown_class_is_refused_as_by_a_node_without_it() {
    let (mut peer, header) = peer();
    let request = invoke(header, processor("org.example.Other", Vec::new()));
    let error = peer.ask::<RawValue>(&request).unwrap_err();
    assert_eq!(error.status, Status::FAILED);
    let expected = "Failed to resolve class name [platformId=0, platform=Java, typeId=";
    assert!(error.message.starts_with(expected), "{error}");
}

#[test]
fn compute_is_disabled_and_services_are_not_there() {
    let (mut peer, _) = peer();
    let missing = Request::ServiceDescriptor("none".to_owned());
    let error = peer.ask::<()>(&missing).unwrap_err();
    assert_eq!(error.message, "Service not found: none");
    assert!(
        peer.ask::<Vec<NodeId>>(&Request::ServiceNodes("none".to_owned()))
            .unwrap()
            .is_empty()
    );
}
