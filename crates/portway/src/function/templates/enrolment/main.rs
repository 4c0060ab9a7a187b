//! A page on which a guest with a one-time token lets a device in. The key pair is made in the browser. `place` says
//! where guests are let in, and with what right.

mod gateway;
mod place;

use axum::{
    Json, Router,
    extract::{DefaultBodyLimit, State},
    http::{HeaderValue, StatusCode, header},
    response::{IntoResponse, Response},
    routing::{get, post},
};
use portway_function::{BoxError, ClientAddress};
use serde_json::json;

use gateway::{Application, Gateway, Refusal};

/// A request for enrolment has a token and a key, some two hundred bytes.
const LONGEST_REQUEST: usize = 4096;

/// Nothing comes from elsewhere, and nobody frames the page.
const POLICY: &str = "default-src 'none'; script-src 'self'; style-src 'self'; img-src 'self' blob: data:; connect-src 'self'; \
                      base-uri 'none'; form-action 'none'; frame-ancestors 'none'";

#[portway_function::main]
async fn app() -> Result<Router, BoxError> {
    Ok(Router::new()
        .route("/", get(page("text/html; charset=utf-8", include_str!("page/index.html"))))
        .route("/enrol.js", get(page("text/javascript; charset=utf-8", include_str!("page/enrol.js"))))
        .route("/qr.js", get(page("text/javascript; charset=utf-8", include_str!("page/qr.js"))))
        .route("/style.css", get(page("text/css; charset=utf-8", include_str!("page/style.css"))))
        .route("/enrol", post(enrol))
        .layer(DefaultBodyLimit::max(LONGEST_REQUEST))
        .with_state(Gateway::from_environment()?))
}

/// Answers with one of the page's files.
fn page(kind: &'static str, text: &'static str) -> impl Fn() -> std::future::Ready<Response> + Clone {
    move || {
        let headers = [
            (header::CONTENT_TYPE, kind),
            (header::CONTENT_SECURITY_POLICY, POLICY),
            (header::REFERRER_POLICY, "no-referrer"),
            (header::X_CONTENT_TYPE_OPTIONS, "nosniff"),
            (header::CACHE_CONTROL, "no-cache"),
        ];
        std::future::ready((headers, text).into_response())
    }
}

/// `{"token", "public_key"}`, or `{"token", "generate": true}` of a caller that cannot make a key pair.
async fn enrol(
    State(gateway): State<Gateway>,
    ClientAddress(address): ClientAddress,
    Json(application): Json<Application>,
) -> Response {
    let address = address.map(|address| address.to_string()).unwrap_or_default();
    let mut response = match gateway.redeem(application, address).await {
        Ok(enrolment) => Json(enrolment).into_response(),
        Err(refusal) => refused(refusal),
    };
    response.headers_mut().insert(header::CACHE_CONTROL, HeaderValue::from_static("no-store"));
    response
}

fn refused(refusal: Refusal) -> Response {
    let status = match refusal {
        Refusal::Key => StatusCode::BAD_REQUEST,
        Refusal::Token => StatusCode::FORBIDDEN,
        Refusal::KeyTaken => StatusCode::CONFLICT,
        Refusal::TooMany => StatusCode::TOO_MANY_REQUESTS,
        Refusal::Gateway => StatusCode::BAD_GATEWAY,
    };
    (status, Json(json!({ "error": refusal.to_string() }))).into_response()
}
