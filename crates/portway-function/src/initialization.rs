//! What a platform is told when the program cannot start: an error of the initialization, not silence until a time-out.

use std::{env, time::Duration};

use http_body_util::BodyExt as _;
use lambda_http::http::{Method, Request};
use lambda_runtime_api_client::{PooledClient, body::Body};
use serde_json::json;
use tracing::debug;

use crate::place::Place;

/// The Runtime API is on the same machine; the program must not hang on its way out.
const PATIENCE: Duration = Duration::from_secs(2);

/// Tells whoever can be told. A packaged module reads the exit code and the standard error output instead.
pub(crate) async fn report(place: &Place, message: &str) {
    if *place == Place::Lambda && env::var_os("AWS_LAMBDA_RUNTIME_API").is_some() {
        match tokio::time::timeout(PATIENCE, tell_runtime(message)).await {
            Ok(Ok(())) => {}
            Ok(Err(error)) => debug!("the Runtime API was not told: {error}"),
            Err(_) => debug!("the Runtime API did not take the error in {PATIENCE:?}"),
        }
    }
}

/// `POST /runtime/init/error`, as the Runtime API's description asks.
async fn tell_runtime(message: &str) -> Result<(), crate::BoxError> {
    let error = json!({
        "errorMessage": message,
        "errorType": "Function.InitializationError",
        "stackTrace": [],
    });
    let request = Request::builder()
        .method(Method::POST)
        .uri("/2018-06-01/runtime/init/error")
        .header(
            "lambda-runtime-function-error-type",
            "Function.InitializationError",
        )
        .body(Body::from(error.to_string()))?;
    let client = PooledClient::builder().build();
    client.call(request).await?.into_body().collect().await?;
    Ok(())
}
