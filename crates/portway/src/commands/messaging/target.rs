//! Where messages go to and come from: a URL.

use std::{fmt, str::FromStr};

use portway_rpc::Target as FramedTarget;

/// What a target may look like; said wherever one is refused.
const FORMS: &str = "write nats://HOST[:PORT]/SUBJECT, amqp://[USER:PASSWORD@]HOST[:PORT]/[VHOST/]NAME, \
    framed://HOST:PORT/NAME or unix:PATH#NAME";

/// A transport, where it is, and the name of a topic or queue there.
#[derive(Clone)]
pub(crate) struct MessageTarget {
    pub(super) transport: Transport,
    pub(super) name: String,
}

/// A transport and where it is.
#[derive(Clone)]
pub(super) enum Transport {
    Nats(String),
    Amqp(String),
    Framed(FramedTarget),
}

/// A text that is no target.
#[derive(Debug, thiserror::Error)]
#[error("that is no target: {FORMS}")]
pub(crate) struct MessageTargetError;

impl FromStr for MessageTarget {
    type Err = MessageTargetError;

    fn from_str(text: &str) -> Result<Self, MessageTargetError> {
        let separator = if text.starts_with("unix:") { '#' } else { '/' };
        let (place, name) = text.rsplit_once(separator).ok_or(MessageTargetError)?;
        let transport = match place.split_once(':').map(|(scheme, _)| scheme) {
            // What is before the last slash is the scheme's own where no host is given.
            _ if place.ends_with('/') => None,
            Some("nats" | "tls") => Some(Transport::Nats(place.to_owned())),
            Some("amqp" | "amqps") => Some(Transport::Amqp(place.to_owned())),
            Some("framed" | "unix") => place.parse().ok().map(Transport::Framed),
            _ => None,
        };
        let name = (!name.is_empty()).then(|| name.to_owned());
        match (transport, name) {
            (Some(transport), Some(name)) => Ok(Self { transport, name }),
            _ => Err(MessageTargetError),
        }
    }
}

/// Without user and password.
impl fmt::Display for MessageTarget {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        let name = &self.name;
        match &self.transport {
            Transport::Nats(place) | Transport::Amqp(place) => {
                write!(formatter, "{}/{name}", without_secret(place))
            }
            Transport::Framed(target @ FramedTarget::Unix(_)) => {
                write!(formatter, "{target}#{name}")
            }
            Transport::Framed(target) => write!(formatter, "{target}/{name}"),
        }
    }
}

/// Arguments are logged; secrets are not.
impl fmt::Debug for MessageTarget {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        fmt::Display::fmt(self, formatter)
    }
}

/// Returns an address without the user and the password in it.
pub(crate) fn without_secret(place: &str) -> String {
    match (place.split_once("://"), place.rsplit_once('@')) {
        (Some((scheme, _)), Some((_, host))) => format!("{scheme}://{host}"),
        _ => place.to_owned(),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn targets_are_shown_as_they_were_written_but_for_secrets() {
        for text in [
            "nats://127.0.0.1:4222/orders.placed",
            "amqp://host/jobs",
            "framed://127.0.0.1:7000/jobs",
            "unix:/run/jobs.sock#jobs",
        ] {
            assert_eq!(text.parse::<MessageTarget>().unwrap().to_string(), text);
        }
        let target: MessageTarget = "amqp://user:secret@host:5673/north/jobs".parse().unwrap();
        assert_eq!(target.to_string(), "amqp://host:5673/north/jobs");
        assert_eq!(format!("{target:?}"), "amqp://host:5673/north/jobs");
    }

    #[test]
    fn what_is_no_target_is_refused() {
        for text in [
            "",
            "orders",
            "nats://orders",
            "nats://host/",
            "framed://host/jobs",
            "unix:/run/jobs.sock",
            "kafka://host/jobs",
        ] {
            assert!(text.parse::<MessageTarget>().is_err(), "{text}");
        }
    }
}
