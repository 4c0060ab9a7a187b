//! The client in Rust before services of both modes, below a path, and before what is no service.

#![cfg(feature = "client")]
#![expect(
    clippy::unwrap_used,
    reason = "a test may unwrap: its panic is the report"
)]

use std::{collections::BTreeMap, fmt};

use axum::{Router, routing::post};
use portway_function::json_rpc::{CallError, Client, JsonRpc, router};
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

/// An error that says nothing more than its type: in JSON it is null.
#[derive(Debug, Serialize, Deserialize, JsonSchema)]
struct Closed;

impl fmt::Display for Closed {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        formatter.write_str("it is closed")
    }
}

struct Shop;

#[portway_function::json_rpc(client)]
impl Shop {
    pub(crate) fn sum(&self, left: u64, right: u64) -> u64 {
        left.wrapping_add(right)
    }

    pub(crate) fn same(&self, value: u128) -> u128 {
        value
    }

    pub(crate) fn count(&self, values: BTreeMap<Vec<u8>, u64>) -> usize {
        values.into_values().count()
    }

    pub(crate) fn last(&self) -> Option<u64> {
        None
    }

    pub(crate) async fn enter(&self) -> Result<(), Closed> {
        Err(Closed)
    }

    pub(crate) async fn fall(&self) {
        panic!("a secret");
    }
}

/// The address of a server with these routes.
async fn served(router: Router) -> String {
    let listener = tokio::net::TcpListener::bind("127.0.0.1:0").await.unwrap();
    let address = listener.local_addr().unwrap();
    tokio::spawn(async move { axum::serve(listener, router).await });
    format!("http://{address}")
}

async fn check(client: &ShopClient) {
    assert_eq!(client.sum(u64::MAX - 1, 1).await.unwrap(), u64::MAX);
    assert_eq!(client.same(u128::MAX).await.unwrap(), u128::MAX);
    assert_eq!(client.last().await.unwrap(), None);
    let refused = client.enter().await.unwrap_err();
    assert!(
        matches!(&refused, CallError::Method { error: Closed, .. }),
        "{refused:?}"
    );
    assert_eq!(refused.to_string(), "it is closed");
    let fallen = client.fall().await.unwrap_err();
    assert!(
        matches!(fallen, CallError::Refused { code: -32603, .. }),
        "{fallen:?}"
    );
}

#[tokio::test]
async fn it_calls_services_of_both_modes() {
    check(&ShopClient::new(&served(router(Shop)).await).unwrap()).await;
    let genezio = JsonRpc::new(Shop).genezio().into_router();
    check(&ShopClient::new(&served(genezio).await).unwrap()).await;
}

#[tokio::test]
async fn the_address_may_have_a_path_with_or_without_a_slash_at_its_end() {
    let url = served(Router::new().nest("/api/v1", router(Shop))).await;
    for path in ["/api/v1", "/api/v1/"] {
        check(&ShopClient::new(&format!("{url}{path}")).unwrap()).await;
    }
}

#[tokio::test]
async fn what_is_no_address_is_refused_at_once() {
    for address in [
        "",
        "here",
        "ftp://example.com",
        "mailto:ada@example.com",
        "unix:/run/f",
    ] {
        let refused = Client::new(address, "Shop").unwrap_err();
        assert!(
            matches!(refused, CallError::Address(_)),
            "{address}: {refused:?}"
        );
    }
}

#[tokio::test]
async fn parameters_without_a_form_in_json_are_an_error() {
    let client = ShopClient::new("http://127.0.0.1:9").unwrap();
    let values = BTreeMap::from([(vec![1], 1)]);
    let refused = client.count(values).await.unwrap_err();
    assert!(matches!(refused, CallError::Parameters(_)), "{refused:?}");
}

#[tokio::test]
async fn an_answer_that_is_none_is_no_result() {
    for body in [
        "{}",
        "[]",
        "<html>",
        r#"{"error":"Internal error"}"#,
        r#"{"result":"text"}"#,
    ] {
        let router = Router::new().route("/Shop", post(move || async move { body }));
        let client = ShopClient::new(&served(router).await).unwrap();
        let refused = client.last().await.unwrap_err();
        assert!(
            matches!(refused, CallError::Answer { .. }),
            "{body}: {refused:?}"
        );
    }
    let away = ShopClient::new("http://127.0.0.1:9").unwrap();
    assert!(matches!(away.last().await, Err(CallError::Transport(_))));
}
