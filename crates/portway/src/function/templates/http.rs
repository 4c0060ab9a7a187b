//! A function over HTTP: here, on Lambda, and where only JavaScript runs.

use axum::{Json, Router, routing::get};
use serde::Serialize;

#[derive(Serialize)]
struct Greeting {
    msg: &'static str,
}

#[portway_function::main]
async fn app() -> Router {
    Router::new().route("/", get(hello))
}

async fn hello() -> Json<Greeting> {
    Json(Greeting { msg: "Hello rust!" })
}
