//! Types of serde in a cache of the embedded grid.

use portway_grid::{Grid, GridConfiguration, Listener};
use portway_ignite::{
    BinaryObject, Cache, CacheConfiguration, Client, ClientConfiguration, Serde, Value, to_value,
};
use serde::{Deserialize, Serialize};

#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(rename = "com.example.Job")]
struct Job {
    name: String,
    state: State,
    place: Option<Place>,
}

#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
enum State {
    Waiting,
    Running { since: u32 },
}

#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
struct Place {
    node: String,
}

#[tokio::test]
async fn a_type_of_serde_is_stored_as_an_object_and_shown_as_json() {
    let grid = Grid::open(GridConfiguration::in_memory()).unwrap();
    let listener = Listener::bind_tcp("127.0.0.1:0").await.unwrap();
    let address = listener.address().to_string();
    grid.serve(listener);
    let client = Client::connect(ClientConfiguration::new([address]))
        .await
        .unwrap();
    let jobs: Cache<i32, Serde<Job>> = client
        .create_cache(CacheConfiguration::new("jobs"))
        .await
        .unwrap();
    let job = Job {
        name: "sum".to_owned(),
        state: State::Running { since: 5 },
        place: Some(Place {
            node: "one".to_owned(),
        }),
    };

    jobs.put(&1, &Serde(job.clone())).await.unwrap();

    assert_eq!(jobs.get(&1).await.unwrap(), Some(Serde(job.clone())));
    let objects: Cache<i32, BinaryObject> = client.cache("jobs");
    let object = objects.get(&1).await.unwrap().unwrap();
    assert_eq!(object.type_name(), Some("com.example.Job"));
    assert_eq!(object.deserialize::<Job>().unwrap(), job);
    let json = serde_json::to_string(&object).unwrap();
    let expected = r#"{"name":"sum","state":{"Running":{"since":5}},"place":{"node":"one"}}"#;
    assert_eq!(json, expected);

    let values: Cache<i32, Value> = client.cache("jobs");
    let waiting = Job {
        state: State::Waiting,
        place: None,
        ..job
    };
    values.put(&2, &to_value(&waiting).unwrap()).await.unwrap();
    assert_eq!(jobs.get(&2).await.unwrap(), Some(Serde(waiting)));
}
