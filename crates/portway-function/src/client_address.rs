//! Who calls, as the platform tells it.

use std::{
    convert::Infallible,
    net::{IpAddr, SocketAddr},
};

use axum::{
    extract::{ConnectInfo, FromRequestParts},
    http::{HeaderMap, request::Parts},
};
use lambda_http::request::RequestContext;

/// The address of whoever calls, as far as the place knows it: an extractor that never fails.
///
/// It is what the platform says, never a header that a caller can write: the peer of the connection for a local server, `sourceIp` of
/// Lambda's event, the last entry of `x-forwarded-for` behind a load balancer, and the platform's own header behind a packaged module.
///
/// ```
/// use axum::{Router, routing::get};
/// use portway_function::ClientAddress;
///
/// async fn hello(ClientAddress(address): ClientAddress) -> String {
///     match address {
///         Some(address) => format!("Hello, {address}!"),
///         None => "Hello, whoever you are!".to_owned(),
///     }
/// }
///
/// let router: Router = Router::new().route("/", get(hello));
/// ```
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub struct ClientAddress(pub Option<IpAddr>);

impl ClientAddress {
    /// Reads an address; what is none is nobody's.
    pub(crate) fn read(text: &str) -> Self {
        let address = text.trim().parse::<IpAddr>().ok();
        Self(address.map(|address| address.to_canonical()))
    }

    fn of(context: &RequestContext, headers: &HeaderMap) -> Self {
        let told = match context {
            RequestContext::ApiGatewayV2(context) => context.http.source_ip.as_deref(),
            RequestContext::ApiGatewayV1(context) => context.identity.source_ip.as_deref(),
            _ => forwarded(headers),
        };
        told.map(Self::read).unwrap_or_default()
    }
}

/// What the nearest proxy added.
fn forwarded(headers: &HeaderMap) -> Option<&str> {
    let last = headers.get_all("x-forwarded-for").iter().next_back()?;
    last.to_str().ok()?.rsplit(',').next()
}

impl<S: Sync> FromRequestParts<S> for ClientAddress {
    type Rejection = Infallible;

    async fn from_request_parts(parts: &mut Parts, _: &S) -> Result<Self, Infallible> {
        if let Some(address) = parts.extensions.get::<Self>() {
            return Ok(*address);
        }
        if let Some(context) = parts.extensions.get::<RequestContext>() {
            return Ok(Self::of(context, &parts.headers));
        }
        let peer = parts.extensions.get::<ConnectInfo<SocketAddr>>();
        Ok(Self(peer.map(|ConnectInfo(peer)| peer.ip().to_canonical())))
    }
}

#[cfg(test)]
mod tests {
    use axum::http::Request;

    use super::*;

    async fn extracted(request: Request<()>) -> Option<String> {
        let (mut parts, ()) = request.into_parts();
        let Ok(ClientAddress(address)) = ClientAddress::from_request_parts(&mut parts, &()).await;
        address.map(|address| address.to_string())
    }

    #[tokio::test]
    async fn the_peer_of_a_connection_is_the_caller_whatever_headers_say() {
        let mut request = Request::new(());
        request
            .headers_mut()
            .insert("x-forwarded-for", "192.0.2.9".parse().expect("a value"));
        assert_eq!(extracted(request.clone()).await, None);
        let peer: SocketAddr = "[::ffff:192.0.2.1]:9".parse().expect("an address");
        request.extensions_mut().insert(ConnectInfo(peer));
        assert_eq!(extracted(request).await.as_deref(), Some("192.0.2.1"));
    }

    #[tokio::test]
    async fn what_a_module_says_wins() {
        let mut request = Request::new(());
        request
            .extensions_mut()
            .insert(ClientAddress::read(" 2001:db8::1"));
        assert_eq!(extracted(request).await.as_deref(), Some("2001:db8::1"));
    }

    #[test]
    fn behind_a_load_balancer_the_last_entry_counts() {
        let mut headers = HeaderMap::new();
        headers.append(
            "x-forwarded-for",
            "spoofed, 192.0.2.7".parse().expect("a value"),
        );
        assert_eq!(forwarded(&headers).map(str::trim), Some("192.0.2.7"));
    }
}
