//! What the tests pack: routes with everything that a platform may spoil, and a service with types of all kinds.

use std::{collections::BTreeMap, sync::LazyLock, time::Duration};

use axum::{
    Json, Router,
    body::{Body, Bytes},
    extract::DefaultBodyLimit,
    http::Uri,
    response::{AppendHeaders, IntoResponse},
    routing::{get, post},
};
use chrono::{DateTime, Utc};
use futures_util::stream;
use portway_function::{
    App, BoxError, Cron, Message,
    json_rpc::{CallError, JsonRpc},
};
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};
use tokio::sync::Barrier;

/// Somebody with an account.
#[derive(Debug, Clone, Serialize, Deserialize, JsonSchema)]
struct User {
    /// Larger than a number of JavaScript holds exactly.
    id: u64,
    born: DateTime<Utc>,
    nickname: Option<String>,
    tags: Vec<String>,
    scores: BTreeMap<String, i64>,
    role: Role,
    place: (f64, f64),
}

#[derive(Debug, Clone, Serialize, Deserialize, JsonSchema)]
#[serde(tag = "kind", rename_all = "camelCase")]
enum Role {
    Guest,
    Member { since: DateTime<Utc> },
}

/// Why a withdrawal fails.
#[derive(Debug, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "camelCase")]
enum Refusal {
    TooMuch { available: u64 },
    Closed,
}

impl std::fmt::Display for Refusal {
    fn fmt(&self, formatter: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        match self {
            Self::TooMuch { available } => write!(formatter, "only {available} are left"),
            Self::Closed => formatter.write_str("the account is closed"),
        }
    }
}

struct Accounts;

/// Accounts of users.
#[portway_function::json_rpc(client)]
impl Accounts {
    /// Gives a user back as it came.
    pub async fn echo(&self, user: User) -> User {
        user
    }

    /// The sum of two integers.
    pub fn add(&self, left: i64, right: i64) -> i64 {
        left.wrapping_add(right)
    }

    /// Greets, by name if there is one.
    pub fn greet(&self, name: Option<String>) -> String {
        format!("Hello, {}!", name.as_deref().unwrap_or("stranger"))
    }

    /// Takes money out.
    pub async fn withdraw(&self, amount: u64) -> Result<u64, Refusal> {
        match amount {
            0 => Err(Refusal::Closed),
            1..=100 => Ok(100 - amount),
            _ => Err(Refusal::TooMuch { available: 9_007_199_254_740_993 }),
        }
    }

    /// A text of this length, with digits and quotes in it.
    pub fn text(&self, length: u32) -> String {
        "\\\"12345678901234567890".chars().cycle().take(length as usize).collect()
    }

    /// Has the name of what calls in the client.
    pub fn call(&self, number: u32) -> u32 {
        number
    }

    /// Breaks off.
    pub async fn panic(&self) {
        panic!("a secret");
    }
}

#[portway_function::main]
async fn app() -> Result<App, BoxError> {
    match std::env::var("SAMPLE_START").as_deref() {
        Ok("fails") => return Err("the database is away".into()),
        Ok("panics") => panic!("nothing is configured"),
        _ => {}
    }
    let router = Router::new()
        .route("/", get(|| async { Json(serde_json::json!({ "msg": "Hello rust!" })) }))
        .route("/binary", get(|| async { (0..=255).collect::<Vec<u8>>() }))
        .route("/cookies", get(cookies))
        .route("/length", post(length))
        .route("/meet", get(meet))
        .route("/panic", get(|| async { panic!("a secret") as () }))
        .route("/slow", get(slow))
        .route("/called", get(called))
        .route("/stream", get(stream))
        .layer(DefaultBodyLimit::max(16 << 20))
        .merge(JsonRpc::new(Accounts).at("/genezio/Accounts").genezio().into_router())
        .merge(portway_function::json_rpc::router(Accounts));
    let streaming = std::env::var_os("SAMPLE_STREAMS").is_some();
    Ok(App::new(router).on_cron(on_cron).on_message(on_message).response_streaming(streaming))
}

async fn cookies() -> impl IntoResponse {
    AppendHeaders([("set-cookie", "one=1"), ("set-cookie", "two=2")])
}

async fn length(body: Bytes) -> String {
    body.len().to_string()
}

/// Calls its own service by the client in Rust, at the address that the query names.
async fn called(uri: Uri) -> Result<String, String> {
    let client = AccountsClient::new(uri.query().unwrap_or_default()).map_err(|error| error.to_string())?;
    let sum = client.add(9_007_199_254_740_993, 1).await.map_err(|error| error.to_string())?;
    match client.withdraw(1000).await {
        Err(CallError::Method { error: Refusal::TooMuch { available }, .. }) => Ok(format!("{sum} {available}")),
        other => Err(format!("{other:?}")),
    }
}

/// The second half comes only after the first one went out.
async fn stream() -> Body {
    let halves = stream::unfold(0_u8, |at| async move {
        match at {
            0 => Some((Ok::<_, std::io::Error>("first,"), 1)),
            1 => {
                tokio::time::sleep(Duration::from_millis(700)).await;
                Some((Ok("second"), 2))
            }
            _ => None,
        }
    });
    Body::from_stream(halves)
}

/// Answers when as many requests are here at once.
async fn meet() -> &'static str {
    static ALL: LazyLock<Barrier> = LazyLock::new(|| Barrier::new(3));
    ALL.wait().await;
    "met"
}

/// Says when it begins, so that a test can do something meanwhile.
async fn slow() -> &'static str {
    eprintln!("slow begins");
    tokio::time::sleep(Duration::from_millis(500)).await;
    "done"
}

async fn on_cron(cron: Cron) -> Result<(), BoxError> {
    if cron.name == "nightly" { Ok(()) } else { Err("another schedule".into()) }
}

async fn on_message(message: Message) -> Result<(), BoxError> {
    if message.body == "good" { Ok(()) } else { Err("bad work".into()) }
}
