//! Invitations, and what becomes of them.

use std::{
    net::{IpAddr, Ipv4Addr},
    sync::{Arc, PoisonError},
    time::{Duration, SystemTime},
};

use portway_control::{
    Reason,
    v1::{Enrolment, Invitation, InviteRequest, RedeemRequest, redeem_request::Key},
};
use portway_rpc::{Context, Status};
use tokio::time::Instant;

use super::{
    failure::{self, of_field, of_fleet},
    messages::texts,
    requests::{client_address, parsed},
    service::Shared,
};
use crate::{
    InterfaceSection, PeerSection, PlainText, PrivateKey, PublicKey, TunnelFile,
    fleet::{AddedPeer, FleetError, InvitationToken, PeerName, RedeemError, UnixSeconds},
};

/// How long a token is good unless the caller says otherwise: a day.
const USUAL_LIFETIME: Duration = Duration::from_secs(24 * 3600);
/// A year; who wants more wants no one-time token.
const LONGEST_LIFETIME: Duration = Duration::from_secs(366 * 24 * 3600);
/// After this time a token that is not good is refused, whatever was found out how fast.
const REFUSAL_TIME: Duration = Duration::from_millis(300);

/// Makes a token.
pub(super) async fn invite(shared: &Shared, request: &InviteRequest) -> Result<Invitation, Status> {
    let name: PeerName = parsed("name", &request.name)?;
    let lifetime = match Duration::from_secs(request.lifetime_seconds) {
        Duration::ZERO => USUAL_LIFETIME,
        lifetime if lifetime > LONGEST_LIFETIME => {
            return Err(of_field("lifetime_seconds", "at most 366 days"));
        }
        lifetime => lifetime,
    };
    let now = SystemTime::now();
    let expires = UnixSeconds::from_system_time(now + lifetime);
    let token = shared.fleet.invite(&name, expires, now).await;
    let token = token.map_err(of_fleet)?;
    Ok(Invitation {
        token: token.reveal().to_owned(),
        name: name.to_string(),
        expires: Some(expires.to_system_time().into()),
    })
}

/// The key of whoever enrols: its public half, or a pair that is made for it.
enum EnrolledKey {
    Given(PublicKey),
    Made(PrivateKey),
}

impl EnrolledKey {
    fn of(request: &RedeemRequest) -> Result<Self, Status> {
        match &request.key {
            Some(Key::PublicKey(text)) => parsed("public_key", text).map(Self::Given),
            Some(Key::Generate(true)) => PrivateKey::generate()
                .map(Self::Made)
                .map_err(|error| Status::internal("no key could be made").with_source(error)),
            Some(Key::Generate(false)) | None => Err(of_field(
                "public_key",
                "send one, or ask to generate a pair",
            )),
        }
    }

    fn public(&self) -> PublicKey {
        match self {
            Self::Given(key) => *key,
            Self::Made(key) => key.public_key(),
        }
    }

    fn private(&self) -> Option<&PrivateKey> {
        match self {
            Self::Given(_) => None,
            Self::Made(key) => Some(key),
        }
    }
}

/// Lets the holder of a token in.
pub(super) async fn redeem(
    shared: &Arc<Shared>,
    context: &Context,
    request: &RedeemRequest,
) -> Result<Enrolment, Status> {
    let begin = Instant::now();
    take_attempt(shared, context, request, begin)?;
    let key = EnrolledKey::of(request)?;
    let (token, public_key) = (InvitationToken::shown(&request.token), key.public());
    let for_task = Arc::clone(shared);
    // A caller that goes away must not leave a consumed token without a peer.
    let redeemed = tokio::spawn(async move {
        let now = SystemTime::now();
        for_task.fleet.redeem(&token, public_key, now).await
    });
    let redeemed = redeemed
        .await
        .map_err(|error| Status::internal("the enrolment broke off").with_source(error))?;
    match redeemed {
        Ok(added) => Ok(enrolment(shared, &added, &key)),
        Err(RedeemError::Fleet(error)) => Err(refusal(error)),
        Err(error @ RedeemError::Token) => {
            tokio::time::sleep_until(begin + REFUSAL_TIME).await;
            Err(Reason::Token.status(error.to_string()))
        }
    }
}

/// Why the holder of a good token was not let in, in words that tell nothing of other peers and of the grid.
fn refusal(error: FleetError) -> Status {
    let text = match &error {
        FleetError::NameTaken { .. } => {
            "a peer of this name is there already: ask for another invitation"
        }
        FleetError::KeyTaken { .. } => "this public key is in use already: make another pair",
        FleetError::NoAddress { .. } => "no address is left in the tunnel: ask the operator",
        _ => "nobody can be let in at the moment: try again later",
    };
    let full = of_fleet(error);
    tracing::warn!(
        error = full.message(),
        "somebody with a good token was not let in"
    );
    Reason::of(&full).unwrap_or(Reason::Grid).status(text)
}

/// Counts an attempt of the client behind the caller, or of the caller itself.
fn take_attempt(
    shared: &Shared,
    context: &Context,
    request: &RedeemRequest,
    now: Instant,
) -> Result<(), Status> {
    let forwarded = client_address(&request.client_address)?;
    let caller = || context.peer().and_then(|peer| peer.address);
    let address = forwarded.or_else(|| caller().map(|address| address.ip()));
    // All who come over a socket of this machine and name nobody are one.
    let address = address.unwrap_or(IpAddr::V4(Ipv4Addr::LOCALHOST));
    let mut attempts = shared
        .attempts
        .lock()
        .unwrap_or_else(PoisonError::into_inner);
    attempts
        .take(address, now.into_std())
        .map_err(failure::too_many_attempts)
}

fn enrolment(shared: &Shared, added: &AddedPeer, key: &EnrolledKey) -> Enrolment {
    let dns = shared
        .gateway
        .as_ref()
        .map(|gateway| gateway.dns.as_slice());
    let dns: Vec<String> = dns
        .unwrap_or_default()
        .iter()
        .map(ToString::to_string)
        .collect();
    let AddedPeer {
        record,
        addresses,
        gateway,
    } = added;
    Enrolment {
        name: record.name.to_string(),
        public_key: record.public_key.to_base64(),
        private_key: key.private().map(PrivateKey::to_base64).unwrap_or_default(),
        addresses: texts(addresses),
        gateway_public_key: gateway.public_key.to_base64(),
        endpoint: gateway.endpoint.to_string(),
        allowed_ips: texts(gateway.networks.as_slice()),
        configuration: configuration(added, key, &dns),
        dns,
        keepalive_seconds: record.keepalive.into(),
    }
}

/// The wg-quick file of the peer's side.
fn configuration(added: &AddedPeer, key: &EnrolledKey, dns: &[String]) -> String {
    let AddedPeer {
        record,
        addresses,
        gateway,
    } = added;
    let peer = PeerSection {
        preshared_key: record.preshared_key.clone(),
        allowed_prefixes: gateway.networks.as_slice().to_vec(),
        endpoint: Some(gateway.endpoint.clone()),
        keepalive: (record.keepalive != 0).then_some(record.keepalive),
        ..PeerSection::new(gateway.public_key)
    };
    let dns = dns
        .iter()
        .filter_map(|server| server.parse::<PlainText>().ok());
    let interface = InterfaceSection {
        private_key: key.private().cloned(),
        addresses: addresses.clone(),
        dns: dns.collect(),
        ..InterfaceSection::default()
    };
    let file = TunnelFile {
        interface,
        peers: vec![peer],
    };
    file.to_text().to_string()
}
