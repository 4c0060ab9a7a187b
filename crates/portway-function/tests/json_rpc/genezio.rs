//! What clients that Genezio's CLI generated send and expect, as its own local server was seen to answer them.

use axum::{Router, http::StatusCode};
use portway_function::json_rpc::JsonRpc;
use serde_json::{Value, json};

use crate::desk::{Desk, call, post};

fn desk() -> Router {
    JsonRpc::new(Desk::default()).genezio().into_router()
}

async fn ask(body: &str) -> (StatusCode, Value) {
    post(desk(), "/Desk", body).await
}

#[tokio::test]
async fn a_result_has_a_null_error_beside_it() {
    let (status, json) = ask(&call("Desk.greet", json!(["Ada"]))).await;
    assert_eq!(status, StatusCode::OK);
    assert_eq!(
        json,
        json!({"jsonrpc": "2.0", "result": "Hello, Ada!", "error": null, "id": 1})
    );
}

#[tokio::test]
async fn the_class_before_the_dot_is_not_looked_at() {
    assert_eq!(
        ask(&call("Other.greet", json!(["Ada"]))).await.1["result"],
        "Hello, Ada!"
    );
}

#[tokio::test]
async fn an_error_has_status_400_and_no_stack() {
    let (status, json) = ask(&call("Desk.buy", json!([]))).await;
    let error = json!({"code": -32000, "message": "nothing is left", "data": {"left": 0}});
    assert_eq!(status, StatusCode::BAD_REQUEST);
    assert_eq!(json, json!({"jsonrpc": "2.0", "error": error, "id": 1}));
    let (status, json) = ask(&call("Desk.fall", json!([]))).await;
    let error = json!({"code": -32603, "message": "Internal error"});
    assert_eq!((status, &json["error"]), (StatusCode::BAD_REQUEST, &error));
}

#[tokio::test]
async fn what_is_refused_has_code_minus_1_and_identifier_0() {
    for (body, message) in [
        (
            r#"{"jsonrpc":"2.0","method":"Desk.nothing","params":[],"id":3}"#,
            "Method not found!",
        ),
        (
            r#"{"jsonrpc":"2.0","method":"greet","params":[],"id":3}"#,
            "Method not found!",
        ),
        (
            r#"{"jsonrpc":"2.0","method":"Desk.greet","id":3}"#,
            "Invalid JSON-RPC request",
        ),
        (
            r#"{"jsonrpc":"2.0","method":"Desk.greet","params":[],"id":"3"}"#,
            "Invalid JSON-RPC request",
        ),
        (
            r#"[{"jsonrpc":"2.0","method":"Desk.greet","params":[],"id":3}]"#,
            "Invalid JSON-RPC request",
        ),
        ("3", "Invalid JSON-RPC request"),
    ] {
        let error = json!({"code": -1, "message": message});
        let expected = json!({"jsonrpc": "2.0", "error": error, "id": 0});
        assert_eq!(
            ask(body).await,
            (StatusCode::BAD_REQUEST, expected),
            "{body}"
        );
    }
}

#[tokio::test]
async fn large_integers_come_tagged() {
    let tagged = json!([{"$bigint": u64::MAX.to_string()}, {"$bigint": "-1"}]);
    assert_eq!(
        ask(&call("Desk.same", tagged)).await.1["result"],
        json!([u64::MAX, -1])
    );
}
