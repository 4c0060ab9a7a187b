//! Compute tasks and services that are Rust functions: what each side sees of their ends.

mod common;

use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};

use common::{DIALECT, RawClient, listen, serve, soon};
use portway_grid::{Grid, GridConfiguration, Limits, RawValue, Service};
use portway_ignite::protocol::{
    ExecuteTask, Incoming, InvokeService, NodeId, Operation, Request, ResourceId, ServerError,
    ServiceArguments, Status, TaskFlags, decode_body,
};
use portway_ignite::{Client, ClientConfiguration, IgniteObject, SqlQuery};
use tokio::sync::Notify;
use uuid::Uuid;

const TASKS: usize = 2;

fn with_tasks() -> GridConfiguration {
    let mut limits = Limits::default();
    limits.tasks_per_connection = TASKS;
    GridConfiguration::in_memory()
        .limits(limits)
        .task("echo", |_, argument: RawValue| async { Ok(argument) })
        .task("never", |_, ()| {
            std::future::pending::<Result<(), String>>()
        })
        .task("panic", |_, text: String| async move {
            assert!(text.is_empty(), "{text}");
            Ok(())
        })
}

fn task(name: &str, argument: &RawValue) -> Request {
    Request::ExecuteTask(ExecuteTask {
        nodes: Vec::new(),
        flags: TaskFlags::default(),
        timeout: 0,
        task: name.to_owned(),
        argument: argument.clone(),
    })
}

fn text(text: &str) -> RawValue {
    RawValue::encode(text, Default::default())
}

async fn refusal(client: &mut RawClient, request: &Request) -> ServerError {
    let id = client.request(request).await;
    let (Incoming::Response(header), _) = client.message().await else {
        panic!("an answer is expected, a notification came");
    };
    assert_eq!(header.request_id, id);
    header.error.expect("it is refused")
}

/// What the next message tells of the end of a task.
async fn end_of(client: &mut RawClient, task: ResourceId) -> Result<RawValue, ServerError> {
    let (Incoming::Notification(header), body) = client.message().await else {
        panic!("a notification is expected, an answer came");
    };
    assert_eq!(header.resource, task);
    assert_eq!(header.operation, Operation::TaskFinished.code());
    match header.error {
        Some(error) => Err(error),
        None => Ok(decode_body(&body, DIALECT).expect("it is a value")),
    }
}

#[tokio::test]
async fn a_task_is_answered_with_its_number_and_then_with_its_result() {
    let (_grid, address) = serve(with_tasks()).await;
    let mut client = RawClient::connect(&address).await;
    for number in 1..=3 {
        let started: ResourceId = client.ask(&task("echo", &text("to be"))).await;
        assert_eq!(started, ResourceId(number));
        assert_eq!(end_of(&mut client, started).await, Ok(text("to be")));
        let error = refusal(&mut client, &Request::ResourceClose(started)).await;
        assert_eq!(error.status, Status::RESOURCE_DOES_NOT_EXIST);
    }
}

#[tokio::test]
async fn a_service_that_was_killed_is_called_and_shown_no_longer() {
    let answer = |name| {
        Service::new(name, "example.Answer").method("answer", |_, ()| async { Ok::<_, String>(42) })
    };
    let configuration = with_tasks().service(answer("one")).service(answer("two"));
    let (_grid, address) = serve(configuration).await;
    let client = Client::connect(ClientConfiguration::new([address])).await;
    let client = client.unwrap();
    for name in ["one", "one", "none"] {
        let kill = SqlQuery::new(format!("KILL SERVICE '{name}'"));
        client.execute(kill).await.unwrap();
    }
    let called = client.service("one").invoke::<i32>("answer", ()).await;
    let refusal = called.unwrap_err().to_string();
    assert!(refusal.contains("Service not found: one"), "{refusal}");
    let other: i32 = client.service("two").invoke("answer", ()).await.unwrap();
    assert_eq!(other, 42);
    assert_eq!(
        texts(&client, "SELECT NAME FROM SYS.SERVICES").await,
        ["two"]
    );
}

#[tokio::test]
async fn system_views_show_the_services_and_the_tasks_that_run() {
    let echo = Service::new("echo", "example.Echo");
    let (_grid, address) = serve(with_tasks().service(echo)).await;
    let mut raw = RawClient::connect(&address).await;
    let never: ResourceId = raw.ask(&task("never", &RawValue::NULL)).await;
    let client = Client::connect(ClientConfiguration::new([address])).await;
    let client = client.unwrap();
    let services = "SELECT NAME || ' ' || SERVICE_CLASS FROM SYS.SERVICES";
    assert_eq!(texts(&client, services).await, ["echo example.Echo"]);
    let tasks = "SELECT TASK_NAME FROM SYS.TASKS WHERE START_TIME > 0";
    assert_eq!(texts(&client, tasks).await, ["never"]);
    raw.request(&Request::ResourceClose(never)).await;
    assert!(end_of(&mut raw, never).await.is_err());
    assert!(texts(&client, tasks).await.is_empty());
}

async fn texts(client: &Client, sql: &str) -> Vec<String> {
    let mut rows = client.sql(SqlQuery::new(sql)).await.expect("rows");
    let mut texts = Vec::new();
    while let Some(row) = rows.next().await {
        texts.push(row.expect("a row").get(0).expect("a text"));
    }
    texts
}

#[tokio::test]
async fn without_a_limit_tasks_are_disabled_and_with_one_it_counts() {
    let defaults = with_tasks().limits(Limits::default());
    let (_grid, address) = serve(defaults).await;
    let mut client = RawClient::connect(&address).await;
    let error = refusal(&mut client, &task("echo", &text("x"))).await;
    assert_eq!(error.status, Status::FUNCTIONALITY_DISABLED);

    let (_grid, address) = serve(with_tasks()).await;
    let mut client = RawClient::connect(&address).await;
    let never = task("never", &RawValue::NULL);
    let first: ResourceId = client.ask(&never).await;
    let _: ResourceId = client.ask(&never).await;
    let error = refusal(&mut client, &never).await;
    assert_eq!(error.status, Status::TOO_MANY_TASKS);
    let expected = "Active compute tasks per connection limit (2) exceeded. ";
    assert!(error.message.starts_with(expected), "{error}");

    client.request(&Request::ResourceClose(first)).await;
    let cancelled = end_of(&mut client, first).await.unwrap_err();
    assert_eq!(cancelled.message, "Task was cancelled");
    assert!(matches!(client.message().await, (Incoming::Response(_), _)));
    let _: ResourceId = client.ask(&never).await;
}

#[tokio::test]
async fn a_task_that_is_not_known_or_not_for_this_node_uses_up_a_number() {
    let (_grid, address) = serve(with_tasks()).await;
    let mut client = RawClient::connect(&address).await;
    let unknown = refusal(&mut client, &task("no.such", &text("x"))).await;
    assert_eq!(
        unknown.message,
        "Unknown task name or failed to auto-deploy task (was task (re|un)deployed?): no.such"
    );
    let Request::ExecuteTask(mut elsewhere) = task("echo", &text("x")) else {
        unreachable!()
    };
    elsewhere.nodes = vec![NodeId(Uuid::from_u128(1))];
    let elsewhere = refusal(&mut client, &Request::ExecuteTask(elsewhere)).await;
    assert_eq!(elsewhere.message, "Topology projection is empty.");
    let third: ResourceId = client.ask(&task("echo", &text("x"))).await;
    assert_eq!(third, ResourceId(3));
}

#[tokio::test]
async fn a_panic_and_a_wrong_argument_are_failures_of_the_task_alone() {
    let (_grid, address) = serve(with_tasks()).await;
    let mut client = RawClient::connect(&address).await;
    let started: ResourceId = client.ask(&task("panic", &text("secret"))).await;
    let failed = end_of(&mut client, started).await.unwrap_err();
    assert_eq!(failed.status, Status::FAILED);
    assert!(failed.message.contains("panic"), "{failed}");
    assert!(!failed.message.contains("secret"), "{failed}");

    let started: ResourceId = client.ask(&task("panic", &RawValue::NULL)).await;
    let failed = end_of(&mut client, started).await.unwrap_err();
    assert!(failed.message.contains("cannot be read"), "{failed}");
    assert!(client.is_alive().await);
}

/// Tells when it is dropped.
struct Dropped(Arc<Notify>);

impl Drop for Dropped {
    fn drop(&mut self) {
        self.0.notify_one();
    }
}

#[tokio::test]
async fn what_runs_for_a_connection_ends_with_it() {
    let dropped = Arc::new(Notify::new());
    let begun = Arc::new(Notify::new());
    let told = (Arc::clone(&dropped), Arc::clone(&begun));
    let service = Service::new("slow", "org.example.Slow").method("wait", move |_, ()| {
        let guard = Dropped(Arc::clone(&told.0));
        told.1.notify_one();
        async move {
            std::future::pending::<()>().await;
            drop(guard);
            Ok(())
        }
    });
    let (_grid, address) = serve(GridConfiguration::in_memory().service(service)).await;
    let mut client = RawClient::connect(&address).await;
    client.request(&call("slow", "wait", Vec::new())).await;
    soon(begun.notified()).await;
    assert!(client.is_alive().await, "a call holds nobody up");
    drop(client);
    soon(dropped.notified()).await;
}

fn call(service: &str, method: &str, arguments: Vec<RawValue>) -> Request {
    Request::InvokeService(InvokeService {
        service: service.to_owned(),
        keep_binary: false,
        timeout: 0,
        nodes: Vec::new(),
        method: method.to_owned(),
        arguments: ServiceArguments::Untyped(arguments),
        context: Vec::new(),
    })
}

#[tokio::test]
async fn a_panic_of_a_method_is_answered_and_counts_as_failed() {
    let fragile = Arc::new(AtomicBool::new(true));
    let broken = Arc::clone(&fragile);
    let service = Service::new("vase", "org.example.Vase").method("look", move |_, ()| {
        // In the function itself, before there is a future.
        assert!(!broken.swap(false, Ordering::SeqCst), "it fell");
        async { Ok("whole") }
    });
    let (grid, address) = serve(GridConfiguration::in_memory().service(service)).await;
    let mut client = RawClient::connect(&address).await;
    let look = call("vase", "look", Vec::new());
    let error = refusal(&mut client, &look).await;
    assert_eq!(error.status, Status::FAILED);
    assert_eq!(client.ask::<RawValue>(&look).await, text("whole"));
    assert_eq!(grid.statistics().failed_requests, 1);
}

#[derive(IgniteObject, Debug, PartialEq)]
#[ignite(type_name = "org.example.Order")]
struct Order {
    number: i64,
    note: Option<String>,
}

/// The client has never told the grid of the type that it is answered with.
#[tokio::test]
async fn objects_are_given_and_answered_with_their_types() {
    let service = Service::new("orders", "org.example.Orders")
        .method("make", |_, (number,): (i64,)| async move {
            Ok(Order {
                number,
                note: Some("made".to_owned()),
            })
        })
        .method("note", |_, (order,): (Order,)| async { Ok(order.note) });
    let grid = Grid::open(GridConfiguration::in_memory().service(service)).unwrap();
    let address = listen(&grid).await;
    let client = Client::connect(ClientConfiguration::new([address]))
        .await
        .unwrap();
    let orders = client.service("orders");
    let order: Order = soon(orders.invoke("make", (7_i64,))).await.unwrap();
    assert_eq!(order.number, 7);
    let known = client.binary_type("org.example.Order").await.unwrap();
    assert_eq!(known.unwrap().fields.len(), 2);
    let note: Option<String> = soon(orders.invoke("note", (&order,))).await.unwrap();
    assert_eq!(note, order.note);
}
