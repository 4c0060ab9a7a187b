//! In Rust what the nodes of `scripts/ignite` have in Java: tasks, and two services of one class.

use std::collections::BTreeMap;
use std::sync::Arc;
use std::sync::atomic::{AtomicI32, Ordering};
use std::time::Duration;

use portway_grid::{GridConfiguration, Limits, RawValue, Service};
use uuid::Uuid;

/// As the nodes have it.
const TASKS_PER_CONNECTION: usize = 1024;

/// A grid in memory with these functions.
pub(crate) fn configuration() -> GridConfiguration {
    let mut limits = Limits::default();
    limits.tasks_per_connection = TASKS_PER_CONNECTION;
    let cancelled = Arc::new(AtomicI32::new(0));
    with_tasks(GridConfiguration::in_memory().limits(limits), cancelled)
        .service(echo("portway.single"))
        .service(echo("portway.everywhere").on_each_node())
}

fn with_tasks(configuration: GridConfiguration, cancelled: Arc<AtomicI32>) -> GridConfiguration {
    let counted = Arc::clone(&cancelled);
    configuration
        .task("portway.test.EchoTask", |_, argument: RawValue| async {
            Ok(argument)
        })
        .task("portway.test.NodesTask", |call, ()| async move {
            Ok(vec![call.node])
        })
        .task("portway.test.FailTask", |_, message: String| async {
            Err::<(), _>(message)
        })
        .task("portway.test.SleepTask", move |_, milliseconds: i64| {
            let guard = CountIfDropped(Some(Arc::clone(&cancelled)));
            sleep_to_the_end(milliseconds, guard)
        })
        .task("portway.test.CancelledSleepsTask", move |_, ()| {
            let cancelled = counted.load(Ordering::SeqCst);
            async move { Ok(cancelled) }
        })
}

/// Counts a task that is dropped before its end.
struct CountIfDropped(Option<Arc<AtomicI32>>);

impl Drop for CountIfDropped {
    fn drop(&mut self) {
        if let Some(cancelled) = &self.0 {
            cancelled.fetch_add(1, Ordering::SeqCst);
        }
    }
}

async fn sleep_to_the_end(milliseconds: i64, mut guard: CountIfDropped) -> Result<i32, String> {
    sleep(milliseconds).await?;
    guard.0 = None;
    Ok(1)
}

async fn sleep(milliseconds: i64) -> Result<i64, String> {
    let duration = u64::try_from(milliseconds).map_err(|error| error.to_string())?;
    tokio::time::sleep(Duration::from_millis(duration)).await;
    Ok(milliseconds)
}

/// What `Echo.java` is.
fn echo(name: &str) -> Service {
    Service::new(name, "portway.test.Echo")
        .method("node", |call, ()| async move { Ok(call.node) })
        .method("echo", |_, (text,): (Option<String>,)| async { Ok(text) })
        .method("any", |_, (value,): (RawValue,)| async { Ok(value) })
        .method("list", |_, (values,): (RawValue,)| async { Ok(values) })
        .method(
            "map",
            |_, (entries,): (Option<BTreeMap<String, i32>>,)| async { Ok(entries) },
        )
        .method("sum", |_, (values,): (Vec<i32>,)| async move {
            Ok(values.iter().sum::<i32>())
        })
        .method("describe", |_, values| async { describe(values) })
        .typed_method(
            "overloaded",
            &["java.lang.String"],
            |_, (_,): (Option<String>,)| async { Ok("string") },
        )
        .typed_method(
            "overloaded",
            &["java.lang.Integer"],
            |_, (_,): (Option<i32>,)| async { Ok("integer") },
        )
        .method("attribute", |call, (name,): (String,)| async move {
            Ok(call.attribute(&name))
        })
        .method("fail", |_, (message,): (String,)| async {
            Err::<(), _>(message)
        })
        .method("sleep", |_, (milliseconds,): (i64,)| sleep(milliseconds))
}

type Person = (String, i32, bool, f64, Uuid);

fn describe((name, age, active, weight, id): Person) -> Result<String, String> {
    Ok(format!("{name}/{age}/{active}/{weight}/{id}"))
}
