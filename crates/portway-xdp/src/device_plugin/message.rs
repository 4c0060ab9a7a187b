//! The messages: plain ASCII, one in each packet, without an end mark.

use std::fmt;

/// The plugin's room for a message; a longer one would be cut off there.
pub(super) const MESSAGE_LIMIT: usize = 64;
/// What a request for a connection has before the host name.
const CONNECT: &str = "/connect,";
/// How much of a host name a message has room for.
pub(super) const HOST_NAME_LIMIT: usize = MESSAGE_LIMIT - CONNECT.len();

/// What the pod asks.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Request<'a> {
    Connect { host_name: &'a str },
    Version,
    SocketMap { interface: &'a str },
    BusyPoll { microseconds: u32, budget: u16 },
    Finish,
}

impl fmt::Display for Request<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Connect { host_name } => write!(f, "{CONNECT}{host_name}"),
            Self::Version => f.write_str("/version"),
            Self::SocketMap { interface } => write!(f, "/xsk_map_fd,{interface}"),
            Self::BusyPoll {
                microseconds,
                budget,
            } => {
                write!(f, "/config_busy_poll,{microseconds},{budget}")
            }
            Self::Finish => f.write_str("/fin"),
        }
    }
}

/// What the plugin answers.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) enum Answer {
    HostAccepted,
    HostRefused,
    /// The plugin could not find out about the host. It sends a refusal behind it.
    ValidationFailed,
    Version(String),
    /// A map is attached to the message.
    MapGiven,
    MapRefused,
    BusyPollSet,
    BusyPollRefused,
    Finished,
    /// The plugin does not know the request, or found it malformed.
    NotUnderstood,
}

impl Answer {
    /// Returns the answer that these bytes are, if they are one.
    pub(super) fn parse(bytes: &[u8]) -> Option<Self> {
        Some(match bytes {
            b"/host_ok" => Self::HostAccepted,
            b"/host_nak" => Self::HostRefused,
            b"/error" => Self::ValidationFailed,
            b"/fd_ack" => Self::MapGiven,
            b"/fd_nak" => Self::MapRefused,
            b"/config_busy_poll_ack" => Self::BusyPollSet,
            b"/config_busy_poll_nak" => Self::BusyPollRefused,
            b"/fin_ack" => Self::Finished,
            b"/nak" => Self::NotUnderstood,
            version => Self::Version(version_text(version)?),
        })
    }
}

/// A version is numbers with points between them.
fn version_text(bytes: &[u8]) -> Option<String> {
    let text = std::str::from_utf8(bytes).ok()?;
    let is_number = |part: &str| !part.is_empty() && part.bytes().all(|byte| byte.is_ascii_digit());
    text.split('.').all(is_number).then(|| text.to_owned())
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    #[test]
    fn requests_are_written_as_the_plugin_reads_them() {
        for (request, text) in [
            (Request::Connect { host_name: "pod-1" }, "/connect,pod-1"),
            (Request::Version, "/version"),
            (Request::SocketMap { interface: "eth0" }, "/xsk_map_fd,eth0"),
            (
                Request::BusyPoll {
                    microseconds: 20,
                    budget: 64,
                },
                "/config_busy_poll,20,64",
            ),
            (Request::Finish, "/fin"),
        ] {
            assert_eq!(request.to_string(), text);
        }
    }

    #[test]
    fn the_longest_request_fits() {
        let longest = Request::BusyPoll {
            microseconds: u32::MAX,
            budget: u16::MAX,
        };
        assert!(longest.to_string().len() <= MESSAGE_LIMIT);
    }

    #[test]
    fn a_version_is_numbers_and_points() {
        assert_eq!(
            Answer::parse(b"0.1"),
            Some(Answer::Version("0.1".to_owned()))
        );
        for text in ["", ".", "0.", "0.x", "/0.1", "0.1 "] {
            assert_eq!(Answer::parse(text.as_bytes()), None, "{text:?}");
        }
    }

    proptest! {
        #[test]
        fn any_bytes_are_an_answer_or_none(bytes in prop::collection::vec(any::<u8>(), 0..80)) {
            if let Some(Answer::Version(text)) = Answer::parse(&bytes) {
                prop_assert_eq!(text.as_bytes(), bytes.as_slice());
            }
        }
    }
}
