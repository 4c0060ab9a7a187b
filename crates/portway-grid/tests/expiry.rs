//! Entries that expire, and who is told of it.

mod common;

use common::{DIALECT, RawClient, int, listen_to, put, serve};
use portway_grid::GridConfiguration;
use portway_ignite_protocol::{
    AtomicityMode, CacheConfiguration, CacheHeader, CacheId, Concurrency, CreateCacheRequest,
    EntryEvent, EventKind, ExpiryDuration, ExpiryPolicy, Incoming, Isolation, RawValue, Request,
    ResourceId, StartTransaction, decode_body,
};

/// The kinds of the next events; answers in between are dropped.
async fn told(client: &mut RawClient, count: usize) -> Vec<EventKind> {
    let mut kinds = Vec::new();
    while kinds.len() < count {
        if let (Incoming::Notification(_), body) = client.message().await {
            let events: Vec<EntryEvent> = decode_body(&body, DIALECT).expect("events");
            kinds.extend(events.into_iter().map(|event| event.kind));
        }
    }
    kinds
}

#[tokio::test]
async fn an_expiry_is_told_without_any_request() {
    let (_grid, address) = serve(GridConfiguration::in_memory()).await;
    let mut client = RawClient::connect(&address).await;
    let mut header = client.create_cache("A").await;
    client.ask::<ResourceId>(&listen_to(header)).await;
    header.expiry = Some(ExpiryPolicy {
        create: ExpiryDuration::Milliseconds(30),
        ..Default::default()
    });
    client.request(&put(header, &int(1), &int(2))).await;
    assert_eq!(
        told(&mut client, 2).await,
        [EventKind::Created, EventKind::Expired]
    );
}

/// A connection that holds `key` until it ends.
async fn holder(address: &str, mut header: CacheHeader, key: &RawValue) -> RawClient {
    let mut holder = RawClient::connect(address).await;
    let begin = StartTransaction {
        concurrency: Concurrency::Pessimistic,
        isolation: Isolation::RepeatableRead,
        timeout: 0,
        label: None,
    };
    let transaction: i32 = holder.ask(&Request::StartTransaction(begin)).await;
    header.transaction = Some(transaction);
    holder.ask::<()>(&put(header, key, &int(0))).await;
    holder
}

#[tokio::test]
async fn a_put_that_waited_for_the_end_of_a_connection_expires_in_time() {
    let (_grid, address) = serve(GridConfiguration::in_memory()).await;
    let mut client = RawClient::connect(&address).await;
    let mut configuration = CacheConfiguration::new("A");
    configuration.atomicity = AtomicityMode::Transactional;
    let create = CreateCacheRequest::new(configuration);
    client.ask::<()>(&Request::GetOrCreateCache(create)).await;
    let mut header = CacheHeader::new(CacheId::of("A"));
    client.ask::<ResourceId>(&listen_to(header)).await;
    let holder = holder(&address, header, &int(1)).await;
    header.expiry = Some(ExpiryPolicy {
        create: ExpiryDuration::Milliseconds(30),
        ..Default::default()
    });
    client.request(&put(header, &int(1), &int(2))).await;
    assert!(client.is_alive().await, "the put waits, others do not");
    drop(holder);
    assert_eq!(
        told(&mut client, 2).await,
        [EventKind::Created, EventKind::Expired]
    );
}
