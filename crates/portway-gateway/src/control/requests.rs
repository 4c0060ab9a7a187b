//! What callers ask for, checked.

use std::{
    fmt::Display,
    net::{IpAddr, SocketAddr},
    str::FromStr,
    time::SystemTime,
};

use ipnet::IpNet;
use portway_control::v1::{AddPeerRequest, ChangePeerRequest, change_peer_request::Expiry};
use portway_rpc::Status;
use prost_types::Timestamp;

use super::failure::of_field;
use crate::{
    PresharedKey,
    fleet::{NewPeer, OnConflict, PeerEdit, Prefixes, UnixSeconds},
};

/// The new peer that was asked for.
pub(super) fn new_peer(request: &AddPeerRequest, now: SystemTime) -> Result<NewPeer, Status> {
    let prefixes: Result<Vec<IpNet>, _> = request
        .prefixes
        .iter()
        .map(|prefix| parsed("prefixes", prefix))
        .collect();
    let preshared_key = (!request.preshared_key.is_empty())
        .then(|| secret::<PresharedKey>("preshared_key", &request.preshared_key));
    Ok(NewPeer {
        public_key: parsed("public_key", &request.public_key)?,
        name: parsed("name", &request.name)?,
        prefixes: Prefixes::new(prefixes?).map_err(|error| of_field("prefixes", error))?,
        on_conflict: match request.steal {
            true => OnConflict::Steal,
            false => OnConflict::Refuse,
        },
        keepalive: keepalive(request.keepalive_seconds)?,
        expires: request
            .expires
            .as_ref()
            .map(|expires| time_to_come(expires, now))
            .transpose()?,
        preshared_key: preshared_key.transpose()?,
    })
}

/// The changes that were asked for.
pub(super) fn edit(request: &ChangePeerRequest, now: SystemTime) -> Result<PeerEdit, Status> {
    let expires = match &request.expiry {
        Some(Expiry::Expires(expires)) => Some(Some(time_to_come(expires, now)?)),
        Some(Expiry::NeverExpires(true)) => Some(None),
        Some(Expiry::NeverExpires(false)) | None => None,
    };
    Ok(PeerEdit {
        enabled: request.enabled,
        keepalive: request.keepalive_seconds.map(keepalive).transpose()?,
        expires,
    })
}

/// A field that is written as text.
pub(super) fn parsed<T: FromStr<Err: Display>>(field: &str, text: &str) -> Result<T, Status> {
    text.parse()
        .map_err(|error: T::Err| of_field(field, format_args!("{error}")))
}

/// As [`parsed`], for what must not be repeated in an error.
fn secret<T: FromStr>(field: &str, text: &str) -> Result<T, Status> {
    text.parse()
        .map_err(|_| of_field(field, "it is no key of 32 bytes in base64"))
}

/// The address of whoever stands behind the caller: `ADDR` or `ADDR:PORT`.
pub(super) fn client_address(text: &str) -> Result<Option<IpAddr>, Status> {
    if text.is_empty() {
        return Ok(None);
    }
    let with_port = || text.parse::<SocketAddr>().ok().map(|it| it.ip());
    let address = text.parse().ok().or_else(with_port);
    address
        .map(Some)
        .ok_or_else(|| of_field("client_address", "it is no address, as in 198.51.100.7"))
}

fn keepalive(seconds: u32) -> Result<u16, Status> {
    u16::try_from(seconds).map_err(|_| of_field("keepalive_seconds", "at most 65535 seconds"))
}

fn time_to_come(time: &Timestamp, now: SystemTime) -> Result<UnixSeconds, Status> {
    let time = SystemTime::try_from(*time)
        .map_err(|_| of_field("expires", "it is no time between 1970 and 9999"))?;
    if time <= now {
        return Err(of_field("expires", "this time is over"));
    }
    Ok(UnixSeconds::from_system_time(time))
}

#[cfg(test)]
mod tests {
    use std::time::{Duration, UNIX_EPOCH};

    use portway_control::Reason;

    use super::*;

    const NOW: SystemTime = UNIX_EPOCH;

    fn request() -> AddPeerRequest {
        AddPeerRequest {
            name: "laptop".to_owned(),
            public_key: "37lVV5joVw8ks90Z69uC0ie9XYm00hEAZfkzxY1CDks=".to_owned(),
            ..AddPeerRequest::default()
        }
    }

    #[track_caller]
    fn refused(field: &str, change: impl FnOnce(&mut AddPeerRequest)) {
        let mut request = request();
        change(&mut request);
        let status = new_peer(&request, NOW).unwrap_err();
        assert_eq!(Reason::of(&status), Some(Reason::Field));
        assert!(status.message().starts_with(field), "{}", status.message());
    }

    #[test]
    fn a_field_that_is_wrong_is_named() {
        assert!(new_peer(&request(), NOW).is_ok());
        refused("name", |request| request.name = "a b".to_owned());
        refused("public_key", |request| request.public_key.clear());
        refused("prefixes", |request| {
            request.prefixes = vec!["10.0.0.1/8".to_owned()]
        });
        refused("keepalive_seconds", |request| {
            request.keepalive_seconds = 1 << 16
        });
        refused("preshared_key", |request| {
            request.preshared_key = "secret".to_owned()
        });
        refused("expires", |request| request.expires = Some(NOW.into()));
    }

    #[test]
    fn a_wrong_secret_is_not_repeated() {
        let mut request = request();
        request.preshared_key = "my secret".to_owned();
        let status = new_peer(&request, NOW).unwrap_err();
        assert!(!status.message().contains("my secret"));
    }

    #[test]
    fn an_expiry_is_set_removed_or_left_alone() {
        let edited = |expiry| {
            let request = ChangePeerRequest {
                expiry,
                ..ChangePeerRequest::default()
            };
            edit(&request, NOW).unwrap().expires
        };
        let later = NOW + Duration::from_secs(9);
        assert_eq!(
            edited(Some(Expiry::Expires(later.into()))),
            Some(Some(UnixSeconds::new(9)))
        );
        assert_eq!(edited(Some(Expiry::NeverExpires(true))), Some(None));
        assert_eq!(edited(None), None);
    }

    #[test]
    fn the_address_of_a_client_may_have_a_port() {
        let address = Some("198.51.100.7".parse().unwrap());
        for text in ["198.51.100.7", "198.51.100.7:4711"] {
            assert_eq!(client_address(text).unwrap(), address);
        }
        assert_eq!(client_address("").unwrap(), None);
        assert!(client_address("a.example").is_err());
    }
}
