//! What to call: a URL.

use std::{fmt, str::FromStr};

use portway_rpc::{GrpcTarget, Target as FramedTarget};

use crate::commands::messaging::without_secret;

/// What a target may look like; said wherever one is refused.
const FORMS: &str = "write grpc://HOST:PORT/SERVICE/METHOD, grpcs://, framed://, framed+tls://, \
    unix:PATH#SERVICE/METHOD, grpc+unix:PATH#SERVICE/METHOD or nats://HOST[:PORT]/SERVICE/METHOD";

/// A server, and what to call there.
#[derive(Clone, Debug)]
pub(super) struct CallTarget {
    pub(super) place: Place,
    pub(super) service: Option<String>,
    pub(super) method: Option<String>,
}

/// A transport and where it is.
#[derive(Clone, Debug)]
pub(super) enum Place {
    Grpc(GrpcTarget),
    Framed(FramedTarget),
    Nats(NatsServer),
}

/// A server of NATS: `nats://[USER:PASSWORD@]HOST[:PORT]` or `tls://`. It is shown without what is
/// secret: arguments are logged.
#[derive(Clone)]
pub(super) struct NatsServer(pub(super) String);

/// A text that is no target.
#[derive(Debug, thiserror::Error)]
#[error("that is no target: {FORMS}")]
pub(crate) struct CallTargetError;

impl FromStr for CallTarget {
    type Err = CallTargetError;

    fn from_str(text: &str) -> Result<Self, CallTargetError> {
        let (place, path) = match text.split_once("unix:") {
            Some(_) => text.split_once('#').unwrap_or((text, "")),
            None => {
                let host = text.find("://").ok_or(CallTargetError)? + 3;
                let end = text[host..].find('/').map_or(text.len(), |at| host + at);
                (&text[..end], text[end..].trim_start_matches('/'))
            }
        };
        let place = if let Some(path) = place.strip_prefix("grpc+unix:") {
            format!("unix:{path}").parse().map(Place::Grpc).ok()
        } else if place.starts_with("grpc") {
            place.parse().map(Place::Grpc).ok()
        } else if let Some(("nats" | "tls", host)) = place.split_once("://") {
            (!host.is_empty()).then(|| Place::Nats(NatsServer(place.to_owned())))
        } else {
            place.parse().map(Place::Framed).ok()
        };
        let mut names = path.split('/').map(str::to_owned);
        let (service, method) = (names.next(), names.next());
        if names.next().is_some() {
            return Err(CallTargetError);
        }
        Ok(Self {
            place: place.ok_or(CallTargetError)?,
            service: service.filter(|name| !name.is_empty()),
            method: method.filter(|name| !name.is_empty()),
        })
    }
}

impl CallTarget {
    /// Returns what it names as a subject of NATS, if that is where it leads.
    pub(super) fn subject(&self) -> Option<String> {
        match (&self.place, &self.service, &self.method) {
            (Place::Nats(_), Some(service), Some(method)) => Some(format!("{service}.{method}")),
            (Place::Nats(_), Some(subject), None) => Some(subject.clone()),
            _ => None,
        }
    }
}

impl fmt::Display for Place {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Grpc(target @ GrpcTarget::Unix(_)) => write!(formatter, "grpc+{target}"),
            Self::Grpc(target) => target.fmt(formatter),
            Self::Framed(target) => target.fmt(formatter),
            Self::Nats(server) => server.fmt(formatter),
        }
    }
}

impl fmt::Display for NatsServer {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        formatter.write_str(&without_secret(&self.0))
    }
}

impl fmt::Debug for NatsServer {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        fmt::Display::fmt(self, formatter)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_target_names_a_server_and_perhaps_a_service_and_a_method() {
        for (text, place, service, method) in [
            ("grpc://[::1]:1", "grpc://[::1]:1", None, None),
            ("grpcs://host:1/", "grpcs://host:1", None, None),
            ("grpc://host:1/a.B", "grpc://host:1", Some("a.B"), None),
            (
                "framed://host:1/a.B/C",
                "framed://host:1",
                Some("a.B"),
                Some("C"),
            ),
            ("unix:/run/a.sock", "unix:/run/a.sock", None, None),
            (
                "unix:/run/a.sock#a.B/C",
                "unix:/run/a.sock",
                Some("a.B"),
                Some("C"),
            ),
            (
                "grpc+unix:/run/a.sock#a.B",
                "grpc+unix:/run/a.sock",
                Some("a.B"),
                None,
            ),
            (
                "nats://user:secret@host:4222/a.B/C",
                "nats://host:4222",
                Some("a.B"),
                Some("C"),
            ),
            (
                "tls://host/north.a.B.C",
                "tls://host",
                Some("north.a.B.C"),
                None,
            ),
        ] {
            let target: CallTarget = text.parse().unwrap();
            assert_eq!(target.place.to_string(), place, "{text}");
            assert_eq!(target.service.as_deref(), service, "{text}");
            assert_eq!(target.method.as_deref(), method, "{text}");
            assert!(!format!("{target:?}").contains("secret"), "{target:?}");
        }
    }

    #[test]
    fn what_is_no_target_is_refused() {
        for text in [
            "",
            "host:1",
            "grpc://host",
            "http://host:1",
            "grpc://host:1/a/b/c",
            "unix:",
            "nats://",
        ] {
            assert!(text.parse::<CallTarget>().is_err(), "{text}");
        }
    }
}
