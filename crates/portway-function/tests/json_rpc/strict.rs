//! What the specification says (<https://www.jsonrpc.org/specification>), and the bounds that are ours.

use std::sync::{Arc, atomic::Ordering};

use axum::{
    Router,
    body::Body,
    http::{Method, Request, StatusCode},
};
use portway_function::json_rpc::{JsonRpc, router};
use serde_json::{Value, json};

use crate::desk::{Desk, answer, call, post};

async fn ask(body: &str) -> Value {
    let (status, json) = post(router(Desk::default()), "/Desk", body).await;
    let expected = if json.is_null() {
        StatusCode::NO_CONTENT
    } else {
        StatusCode::OK
    };
    assert_eq!(status, expected, "{body}");
    json
}

async fn result(method: &str, parameters: Value) -> Value {
    ask(&call(method, parameters)).await["result"].take()
}

/// Code and message of the error that a body gets.
async fn refusal(body: &str) -> (i64, String) {
    let json = ask(body).await;
    assert!(json.get("result").is_none(), "{json}");
    let error = &json["error"];
    (
        error["code"].as_i64().unwrap(),
        error["message"].as_str().unwrap().to_owned(),
    )
}

#[tokio::test]
async fn parameters_go_by_position_and_by_name() {
    assert_eq!(result("subtract", json!([42, 23])).await, 19);
    assert_eq!(result("subtract", json!([23, 42])).await, -19);
    assert_eq!(
        result("subtract", json!({"subtrahend": 23, "minuend": 42})).await,
        19
    );
    assert_eq!(
        result("Desk.subtract", json!({"minuend": 42, "subtrahend": 23})).await,
        19
    );
    assert_eq!(result("names", json!(["a", "b", "c"])).await, "a b c");
}

#[tokio::test]
async fn an_option_that_is_not_sent_is_none() {
    for parameters in [json!([]), json!({}), json!([null])] {
        assert_eq!(result("greet", parameters).await, "Hello, stranger!");
    }
    let without = r#"{"jsonrpc":"2.0","method":"greet","id":1}"#;
    assert_eq!(ask(without).await["result"], "Hello, stranger!");
}

#[tokio::test]
async fn identifiers_come_back_as_they_were_sent() {
    for id in [
        r#""text""#,
        "1.5",
        "-7",
        "null",
        "123456789012345678901234567890",
    ] {
        let body = format!(r#"{{"jsonrpc":"2.0","method":"greet","id":{id}}}"#);
        let request = Request::builder().method(Method::POST).uri("/Desk");
        let request = request.body(Body::from(body)).unwrap();
        let (_, _, body) = answer(router(Desk::default()), request).await;
        let text = String::from_utf8(body).unwrap();
        assert!(text.ends_with(&format!("\"id\":{id}}}")), "{text}");
    }
}

#[tokio::test]
async fn a_notification_is_carried_out_and_never_answered() {
    let desk = Desk::default();
    let total = Arc::clone(&desk.total);
    let router = router(desk);
    for body in [
        r#"{"jsonrpc":"2.0","method":"add","params":[2]}"#,
        r#"[{"jsonrpc":"2.0","method":"add","params":[3]},{"jsonrpc":"2.0","method":"add","params":{"amount":4}}]"#,
        r#"{"jsonrpc":"2.0","method":"nothing"}"#,
        r#"{"jsonrpc":"2.0","method":"add","params":["no number"]}"#,
        r#"{"jsonrpc":"2.0","method":"fall"}"#,
    ] {
        let answered = post(router.clone(), "/Desk", body).await;
        assert_eq!(answered, (StatusCode::NO_CONTENT, Value::Null), "{body}");
    }
    assert_eq!(total.load(Ordering::Relaxed), 9);
}

#[tokio::test]
async fn what_is_wrong_has_the_code_that_the_specification_gives_it() {
    for (body, code) in [
        (r#"{"jsonrpc":"2.0","method":"foobar,"params":"bar"#, -32700),
        ("", -32700),
        ("[1,", -32700),
        ("1", -32600),
        ("[]", -32600),
        (r#"{"jsonrpc":"2.0","method":1,"params":"bar"}"#, -32600),
        (r#"{"jsonrpc":"1.0","method":"greet","id":1}"#, -32600),
        (r#"{"method":"greet","id":1}"#, -32600),
        (r#"{"jsonrpc":"2.0","method":"greet","id":[1]}"#, -32600),
        (r#"{"jsonrpc":"2.0","method":"nothing","id":1}"#, -32601),
        (r#"{"jsonrpc":"2.0","method":"hidden","id":1}"#, -32601),
        (r#"{"jsonrpc":"2.0","method":"Other.greet","id":1}"#, -32601),
        (
            r#"{"jsonrpc":"2.0","method":"greet","params":"Ada","id":1}"#,
            -32602,
        ),
        (
            r#"{"jsonrpc":"2.0","method":"greet","params":[1],"id":1}"#,
            -32602,
        ),
        (
            r#"{"jsonrpc":"2.0","method":"subtract","params":[1],"id":1}"#,
            -32602,
        ),
        (
            r#"{"jsonrpc":"2.0","method":"subtract","params":[1,2,3],"id":1}"#,
            -32602,
        ),
        (
            r#"{"jsonrpc":"2.0","method":"greet","params":{"nobody":1},"id":1}"#,
            -32602,
        ),
        (
            r#"{"jsonrpc":"2.0","method":"who","params":{"caller":{}},"id":1}"#,
            -32602,
        ),
        (r#"{"jsonrpc":"2.0","method":"fall","id":1}"#, -32603),
    ] {
        assert_eq!(refusal(body).await.0, code, "{body}");
    }
}

#[tokio::test]
async fn what_is_no_request_is_answered_with_the_identifier_null() {
    for body in ["1", "[]", "{", r#"{"jsonrpc":"2.0","method":1}"#] {
        assert_eq!(ask(body).await.get("id"), Some(&Value::Null), "{body}");
    }
}

#[tokio::test]
async fn a_batch_is_answered_in_its_order_without_its_notifications() {
    let body = json!([
        {"jsonrpc": "2.0", "method": "greet", "params": ["Ada"], "id": "1"},
        {"jsonrpc": "2.0", "method": "add", "params": [7]},
        {"jsonrpc": "2.0", "method": "subtract", "params": [42, 23], "id": "2"},
        {"foo": "boo"},
        {"jsonrpc": "2.0", "method": "foo.get", "params": {"name": "myself"}, "id": "5"},
        3,
    ]);
    let json = ask(&body.to_string()).await;
    let answers = json.as_array().unwrap();
    let codes: Vec<_> = answers
        .iter()
        .map(|answer| answer["error"]["code"].as_i64())
        .collect();
    assert_eq!(
        codes,
        [None, None, Some(-32600), Some(-32601), Some(-32600)]
    );
    let ids: Vec<_> = answers.iter().map(|answer| &answer["id"]).collect();
    assert_eq!(
        ids,
        [
            &json!("1"),
            &json!("2"),
            &Value::Null,
            &json!("5"),
            &Value::Null
        ]
    );
    assert_eq!(
        (&answers[0]["result"], &answers[1]["result"]),
        (&json!("Hello, Ada!"), &json!(19))
    );
}

#[tokio::test]
async fn a_batch_of_too_many_requests_is_refused_as_one() {
    let one: Value = serde_json::from_str(&call("greet", json!([]))).unwrap();
    let most = Value::from(vec![one.clone(); 100]);
    assert_eq!(ask(&most.to_string()).await.as_array().unwrap().len(), 100);
    let (code, message) = refusal(&Value::from(vec![one; 101]).to_string()).await;
    assert_eq!(
        (code, message.contains("at most 100")),
        (-32600, true),
        "{message}"
    );
}

#[tokio::test]
async fn integers_of_64_bits_are_exact_in_either_form() {
    let exact = json!([u64::MAX, i64::MIN]);
    let tagged = json!([{"$bigint": u64::MAX.to_string()}, {"$bigint": i64::MIN.to_string()}]);
    assert_eq!(result("same", exact.clone()).await, exact);
    assert_eq!(result("same", tagged).await, exact);
    let one_more = r#"{"jsonrpc":"2.0","method":"same","params":[18446744073709551616,0],"id":1}"#;
    assert_eq!(refusal(one_more).await.0, -32602);
}

#[tokio::test]
async fn an_error_of_a_method_has_its_text_and_its_value_and_nothing_else() {
    let json = ask(&call("buy", json!([]))).await;
    let error = json!({"code": -32000, "message": "nothing is left", "data": {"left": 0}});
    assert_eq!(json, json!({"jsonrpc": "2.0", "error": error, "id": 1}));
}

#[tokio::test]
async fn a_panic_tells_nothing_and_the_next_call_works() {
    let router = router(Desk::default());
    let (_, fallen) = post(router.clone(), "/Desk", &call("fall", json!([]))).await;
    let error = json!({"code": -32603, "message": "Internal error"});
    assert_eq!(fallen, json!({"jsonrpc": "2.0", "error": error, "id": 1}));
    let (_, next) = post(router, "/Desk", &call("greet", json!(["Ada"]))).await;
    assert_eq!(next["result"], "Hello, Ada!");
}

#[tokio::test]
async fn a_method_learns_who_calls() {
    let request = Request::builder()
        .method(Method::POST)
        .uri("/Desk")
        .header("x-name", "Ada");
    let request = request.body(Body::from(call("who", json!([])))).unwrap();
    let (_, _, body) = answer(router(Desk::default()), request).await;
    let json: Value = serde_json::from_slice(&body).unwrap();
    assert_eq!(json["result"], "Ada");
}

#[tokio::test]
async fn a_body_that_is_too_long_is_refused_with_status_413() {
    let desk = || {
        JsonRpc::new(Desk::default())
            .maximum_body(100)
            .into_router()
    };
    let long = call("greet", json!(["x".repeat(100)]));
    let (status, json) = post(desk(), "/Desk", &long).await;
    assert_eq!(
        (status, &json["error"]["code"]),
        (StatusCode::PAYLOAD_TOO_LARGE, &json!(-32600))
    );
    assert_eq!(
        post(desk(), "/Desk", &call("greet", json!([]))).await.0,
        StatusCode::OK
    );
}

#[tokio::test]
async fn pages_of_any_origin_may_call_and_other_ways_to_ask_are_refused() {
    let bare = |router: Router, method: Method| async move {
        let request = Request::builder()
            .method(method)
            .uri("/Desk")
            .header("origin", "http://elsewhere");
        let request = request.header("access-control-request-method", "POST");
        answer(router, request.body(Body::empty()).unwrap()).await
    };
    let (status, headers, _) = bare(router(Desk::default()), Method::OPTIONS).await;
    assert_eq!(
        (status, &headers["access-control-allow-origin"]),
        (StatusCode::OK, &"*".parse().unwrap())
    );
    let (status, _, _) = bare(router(Desk::default()), Method::GET).await;
    assert_eq!(status, StatusCode::METHOD_NOT_ALLOWED);
}
