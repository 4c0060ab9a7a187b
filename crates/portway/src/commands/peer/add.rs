//! `portway peer add`: keys, an address, and the configuration for the peer's side.

use std::{fmt::Display, str::FromStr, time::SystemTime};

use fast_qr::QRBuilder;
use portway_control::v1::{AddPeerRequest, AddedPeer, Gateway, Peer};
use portway_gateway::{
    InterfaceSection, PeerSection, PresharedKey, PrivateKey, PublicKey, TunnelFile, fleet::Prefixes,
};

use super::{
    AddArguments,
    json::{AddedJson, PeerJson},
    place::{self, explain},
};
use crate::{
    arguments::Expiry,
    failure::{Advise as _, Advised},
    output::{self, remark},
};

/// The keys of a peer. Of those that are made here the private one goes nowhere but to stdout.
struct PeerKeys {
    key: PeerKey,
    preshared: Option<PresharedKey>,
}

/// The key of a peer: made here, or only its public half.
enum PeerKey {
    Made(PrivateKey),
    Given(PublicKey),
}

impl PeerKeys {
    fn of(arguments: &AddArguments) -> std::io::Result<Self> {
        let key = match arguments.public_key {
            Some(key) => PeerKey::Given(key),
            None => PeerKey::Made(PrivateKey::generate()?),
        };
        let preshared = arguments.preshared_key.then(PresharedKey::generate);
        Ok(Self {
            key,
            preshared: preshared.transpose()?,
        })
    }

    fn public(&self) -> PublicKey {
        match &self.key {
            PeerKey::Made(key) => key.public_key(),
            PeerKey::Given(key) => *key,
        }
    }

    fn private(&self) -> Option<&PrivateKey> {
        match &self.key {
            PeerKey::Made(key) => Some(key),
            PeerKey::Given(_) => None,
        }
    }
}

/// Adds a peer and prints the configuration for its side.
pub(super) async fn run(arguments: AddArguments) -> anyhow::Result<()> {
    let keys = PeerKeys::of(&arguments)?;
    let wanted = wanted(&arguments, &keys, SystemTime::now())?;
    let control = place::open(&arguments.common).await?;
    let what = format!("cannot add the peer {}", arguments.name);
    let added = control.add_peer(wanted).await.map_err(explain(what))?;
    let configuration = configuration(&added, &keys)?.to_text();
    let peer = added.peer.unwrap_or_default();
    if arguments.common.json {
        return output::print_json(&AddedJson {
            peer: PeerJson::new(&peer),
            configuration: &configuration,
        });
    }
    if arguments.qr {
        let code = QRBuilder::new(configuration.as_bytes())
            .build()
            .map_err(|error| {
                let hint = "print it as text, without --qr, and remove the peer if it is lost";
                Advised::failed(format_args!("the QR code cannot be made: {error:?}"), hint)
            })?;
        return output::print_line(&code.to_str());
    }
    output::print(configuration.as_bytes())?;
    remark(&told(&peer, &keys));
    Ok(())
}

/// Checks what was asked for, before anything is written.
fn wanted(
    arguments: &AddArguments,
    keys: &PeerKeys,
    now: SystemTime,
) -> Result<AddPeerRequest, Advised> {
    let prefixes = Prefixes::new(arguments.allowed_ip.clone()).map_err(|error| {
        Advised::wrong_use(
            format_args!("--allowed-ip: {error}"),
            "as in 192.168.7.0/24",
        )
    })?;
    let expires = arguments.expires.map(|expiry| to_come(expiry, now));
    Ok(AddPeerRequest {
        name: arguments.name.to_string(),
        public_key: keys.public().to_base64(),
        prefixes: prefixes
            .as_slice()
            .iter()
            .map(ToString::to_string)
            .collect(),
        steal: arguments.steal,
        keepalive_seconds: arguments.keepalive.unwrap_or(0).into(),
        expires: expires.transpose()?.map(Into::into),
        preshared_key: keys
            .preshared
            .as_ref()
            .map(PresharedKey::to_base64)
            .unwrap_or_default(),
    })
}

/// The moment of an expiry that is not over yet.
pub(super) fn to_come(expiry: Expiry, now: SystemTime) -> Result<SystemTime, Advised> {
    let moment = expiry.moment(now);
    if moment <= now {
        let hint = "name a time to come: 24h, 7d, or a UTC time like 2030-01-31T12:00:00Z";
        return Err(Advised::wrong_use(
            "--expires names a time that is over",
            hint,
        ));
    }
    Ok(moment)
}

/// The wg-quick file for the peer's side.
fn configuration(added: &AddedPeer, keys: &PeerKeys) -> Result<TunnelFile, Advised> {
    let none = Gateway::default();
    let gateway = added.gateway.as_ref().unwrap_or(&none);
    let keepalive = added.peer.as_ref().map_or(0, |peer| peer.keepalive_seconds);
    let peer = PeerSection {
        preshared_key: keys.preshared.clone(),
        allowed_prefixes: all_parsed(&gateway.networks)?,
        endpoint: Some(parsed(&gateway.endpoint)?),
        keepalive: u16::try_from(keepalive)
            .ok()
            .filter(|keepalive| *keepalive != 0),
        ..PeerSection::new(parsed(&gateway.public_key)?)
    };
    let interface = InterfaceSection {
        private_key: keys.private().cloned(),
        addresses: all_parsed(&added.addresses)?,
        ..InterfaceSection::default()
    };
    Ok(TunnelFile {
        interface,
        peers: vec![peer],
    })
}

fn all_parsed<T: FromStr<Err: Display>>(texts: &[String]) -> Result<Vec<T>, Advised> {
    texts.iter().map(|text| parsed(text)).collect()
}

/// Reads a part of the answer.
fn parsed<T: FromStr<Err: Display>>(text: &str) -> Result<T, Advised> {
    text.parse()
        .map_err(|error: T::Err| error.to_string())
        .advise(
            format_args!("the gateway's answer {text:?} is not understood; the peer was added"),
            "is the gateway of the same version as this program? `portway peer remove` undoes it",
        )
}

fn told(peer: &Peer, keys: &PeerKeys) -> String {
    let (name, prefixes) = (&peer.name, peer.prefixes.join(", "));
    match keys.key {
        PeerKey::Made(_) => format!(
            "The peer {name} is in, with {prefixes}. Its private key is shown this once and \
             stored nowhere."
        ),
        PeerKey::Given(_) => format!(
            "The peer {name} is in, with {prefixes}. Add its PrivateKey to [Interface]; it never \
             was here."
        ),
    }
}
