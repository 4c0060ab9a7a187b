//! Which connections a client has.

use portway_ignite::{
    Address, AddressFinder, Cache, Client, ClientConfiguration, Error, FoundAddresses,
};

use super::{Fleet, connections, eventually, fresh_cache, soon};

#[tokio::test]
async fn one_address_is_enough_to_find_all_nodes() {
    let Some(fleet) = Fleet::find() else { return };
    let client = fleet.connect().await;
    assert!(connections(&client).values().all(|count| *count == 1));
}

#[tokio::test]
async fn each_node_gets_the_wanted_number_of_connections() {
    let Some(fleet) = Fleet::find() else { return };
    let configuration = fleet.one_address().connections_per_node(3);
    let client = Client::connect(configuration).await.unwrap();
    let nodes = fleet.addresses.len();
    eventually(async || {
        let open = connections(&client);
        open.len() == nodes && open.values().all(|count| *count == 3)
    })
    .await;
    let cache: Cache<i32, i32> = fresh_cache(&client, "turns").await;
    for key in 0..100 {
        cache.put(&key, &key).await.unwrap();
        assert_eq!(cache.get(&key).await.unwrap(), Some(key));
    }
}

#[tokio::test]
async fn a_client_without_awareness_keeps_to_one_connection() {
    let Some(fleet) = Fleet::find() else { return };
    let configuration = ClientConfiguration::new(&fleet.addresses).partition_awareness(false);
    let client = Client::connect(configuration).await.unwrap();
    let cache: Cache<i32, i32> = fresh_cache(&client, "lonely").await;
    for key in 0..100 {
        cache.put(&key, &key).await.unwrap();
    }
    assert_eq!(connections(&client).len(), 1);
    assert_eq!(client.metrics().nodes.len(), 1, "no other was tried");
}

#[tokio::test]
async fn without_discovery_only_the_named_nodes_are_used() {
    let Some(fleet) = Fleet::find() else { return };
    let named = &fleet.addresses[..2];
    let configuration = ClientConfiguration::new(named).discovery(false);
    let client = Client::connect(configuration).await.unwrap();
    eventually(async || connections(&client).len() == 2).await;
    assert_eq!(client.metrics().nodes.len(), 2);
}

#[tokio::test]
async fn an_address_finder_takes_the_place_of_discovery() {
    struct Finder(Vec<String>);
    impl AddressFinder for Finder {
        fn addresses(&self) -> FoundAddresses<'_> {
            let addresses: Vec<Address> = self
                .0
                .iter()
                .map(|address| address.parse().unwrap())
                .collect();
            Box::pin(async move { Ok(addresses) })
        }
    }
    let Some(fleet) = Fleet::find() else { return };
    let finder = Finder(fleet.addresses[1..].to_vec());
    let none: [&str; 0] = [];
    let configuration = ClientConfiguration::new(none).address_finder(finder);
    let client = Client::connect(configuration).await.unwrap();
    let expected = fleet.addresses.len() - 1;
    eventually(async || connections(&client).len() == expected).await;
}

#[tokio::test]
async fn closing_answers_what_is_in_flight_and_refuses_the_rest() {
    let Some(fleet) = Fleet::find() else { return };
    let client = fleet.connect().await;
    let cache: Cache<i32, i32> = fresh_cache(&client, "closing").await;
    let mut writers = tokio::task::JoinSet::new();
    for writer in 0..50 {
        let cache = cache.clone();
        writers.spawn(async move {
            let mut written = 0;
            loop {
                match cache.put(&(writer * 100_000 + written), &written).await {
                    Ok(()) => written += 1,
                    Err(error) => return (written, error),
                }
            }
        });
    }
    eventually(async || {
        client
            .metrics()
            .operations
            .iter()
            .any(|put| put.started > 500)
    })
    .await;
    soon(client.close()).await;
    while let Some(ended) = soon(writers.join_next()).await {
        let (written, error) = ended.unwrap();
        assert!(matches!(error, Error::Closed), "after {written}: {error}");
    }
    eventually(async || connections(&client).is_empty()).await;
    assert!(matches!(cache.get(&1).await, Err(Error::Closed)));
}
