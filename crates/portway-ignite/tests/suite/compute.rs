use std::collections::BTreeSet;
use std::time::Duration;

use portway_ignite::{Client, Error, RunningTask, Status};
use uuid::Uuid;

const ECHO: &str = "portway.test.EchoTask";
const SLEEP: &str = "portway.test.SleepTask";
/// Longer than any test waits.
const LONG: i64 = 600_000;

pub(crate) async fn a_task_is_given_its_argument_and_answers(client: Client) {
    let compute = client.compute();
    let text: String = compute.execute(ECHO, "to be").await.unwrap();
    assert_eq!(text, "to be");
    let numbers: Vec<i64> = compute.execute(ECHO, &vec![1_i64, 2, 3]).await.unwrap();
    assert_eq!(numbers, [1, 2, 3]);
    let nothing: Option<String> = compute.execute(ECHO, &None::<String>).await.unwrap();
    assert_eq!(nothing, None);
    let () = compute.execute(ECHO, &()).await.unwrap();
}

pub(crate) async fn an_object_goes_through_a_task(client: Client) {
    #[derive(portway_ignite::IgniteObject, Debug, PartialEq)]
    #[ignite(type_name = "portway.test.Unknown")]
    struct Order {
        number: i64,
        note: Option<String>,
    }
    let order = Order {
        number: 7,
        note: Some("soon".to_owned()),
    };
    // The servers do not know its class.
    let compute = client.compute().keep_binary();
    let back: Order = compute.execute(ECHO, &order).await.unwrap();
    assert_eq!(back, order);
}

pub(crate) async fn a_task_runs_on_the_nodes_it_is_offered(client: Client) {
    let all: Vec<Uuid> = client
        .compute()
        .execute("portway.test.NodesTask", &())
        .await
        .unwrap();
    for node in &all {
        let ran: Vec<Uuid> = client
            .compute()
            .on_nodes([*node])
            .execute("portway.test.NodesTask", &())
            .await
            .unwrap();
        assert_eq!(ran, [*node]);
    }
    let distinct: BTreeSet<_> = all.iter().collect();
    assert_eq!(distinct.len(), all.len());
}

pub(crate) async fn a_task_that_fails_says_why(client: Client) {
    let compute = client.compute().without_failover();
    let failed = compute
        .execute::<()>("portway.test.FailTask", "out of paper")
        .await
        .unwrap_err();
    assert_eq!(failed.status(), Some(Status::FAILED));
    assert!(failed.to_string().contains("out of paper"), "{failed}");
    let unknown = compute
        .execute::<()>("portway.test.NoSuchTask", &())
        .await
        .unwrap_err();
    assert_eq!(unknown.status(), Some(Status::FAILED), "{unknown}");
}

pub(crate) async fn a_task_that_takes_too_long_is_ended(client: Client) {
    let compute = client.compute().timeout(Duration::from_millis(200));
    let error = compute.execute::<i32>(SLEEP, &LONG).await.unwrap_err();
    assert!(matches!(error, Error::Server { .. }), "{error}");
}

pub(crate) async fn a_dropped_task_is_cancelled(client: Client) {
    let node: Vec<Uuid> = client
        .compute()
        .execute("portway.test.NodesTask", &())
        .await
        .unwrap();
    let compute = client.compute().on_nodes([node[0]]).without_failover();
    let cancelled = async || {
        compute
            .execute::<i32>("portway.test.CancelledSleepsTask", &())
            .await
            .unwrap()
    };
    let before = cancelled().await;
    let task: RunningTask<i32> = compute.start(SLEEP, &LONG).await.unwrap();
    // It sleeps at the latest when a second task, started later, has come to its end.
    let _: i32 = compute.execute(SLEEP, &100_i64).await.unwrap();
    drop(task);
    while cancelled().await == before {
        tokio::time::sleep(Duration::from_millis(20)).await;
    }
}

pub(crate) async fn many_tasks_run_at_once(client: Client) {
    let mut tasks = Vec::new();
    for number in 0..300_i64 {
        let compute = client.compute();
        let task: RunningTask<i64> = compute.start(ECHO, &number).await.unwrap();
        tasks.push((number, task));
    }
    for (number, task) in tasks {
        assert_eq!(task.result().await.unwrap(), number);
    }
}
