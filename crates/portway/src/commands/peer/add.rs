//! `portway peer add`: keys, an address, and the configuration for the peer's side.

use std::time::SystemTime;

use fast_qr::QRBuilder;
use portway_gateway::{
    InterfaceSection, PeerSection, PresharedKey, PrivateKey, PublicKey, TunnelFile,
    fleet::{AddedPeer, NewPeer, OnConflict, Prefixes, UnixSeconds},
};

use super::{
    AddArguments,
    json::{AddedJson, PeerJson},
};
use crate::{
    commands::fleet_access::{self, explain},
    failure::Advised,
    output::{self, remark},
};

/// The key of a peer: made here, or only its public half.
enum PeerKey {
    Made(PrivateKey),
    Given(PublicKey),
}

impl PeerKey {
    fn of(arguments: &AddArguments) -> std::io::Result<Self> {
        match arguments.public_key {
            Some(key) => Ok(Self::Given(key)),
            None => PrivateKey::generate().map(Self::Made),
        }
    }

    fn public(&self) -> PublicKey {
        match self {
            Self::Made(key) => key.public_key(),
            Self::Given(key) => *key,
        }
    }

    fn private(&self) -> Option<&PrivateKey> {
        match self {
            Self::Made(key) => Some(key),
            Self::Given(_) => None,
        }
    }
}

/// Adds a peer and prints the configuration for its side.
pub(super) async fn run(arguments: AddArguments) -> anyhow::Result<()> {
    let now = SystemTime::now();
    let key = PeerKey::of(&arguments)?;
    let wanted = wanted(&arguments, key.public(), now)?;
    let fleet = fleet_access::open(&arguments.common.data, &arguments.common.grid).await?;
    let what = format!("cannot add the peer {}", arguments.name);
    let added = fleet.add(wanted, now).await.map_err(explain(what))?;
    let configuration = configuration(&added, key.private()).to_text();
    if arguments.common.json {
        let peer = PeerJson::new(&added.record, None, now);
        return output::print_json(&AddedJson {
            peer,
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
    remark(&told(&added, &key));
    Ok(())
}

/// Checks what was asked for, before anything is written.
fn wanted(
    arguments: &AddArguments,
    public_key: PublicKey,
    now: SystemTime,
) -> anyhow::Result<NewPeer> {
    let prefixes = Prefixes::new(arguments.allowed_ip.clone()).map_err(|error| {
        Advised::wrong_use(
            format_args!("--allowed-ip: {error}"),
            "as in 192.168.7.0/24",
        )
    })?;
    let preshared_key = arguments
        .preshared_key
        .then(PresharedKey::generate)
        .transpose()?;
    Ok(NewPeer {
        public_key,
        name: arguments.name.clone(),
        prefixes,
        on_conflict: if arguments.steal {
            OnConflict::Steal
        } else {
            OnConflict::Refuse
        },
        keepalive: arguments.keepalive.unwrap_or(0),
        expires: expires(arguments, now)?,
        preshared_key,
    })
}

fn expires(arguments: &AddArguments, now: SystemTime) -> Result<Option<UnixSeconds>, Advised> {
    let Some(expiry) = arguments.expires else {
        return Ok(None);
    };
    let moment = expiry.moment(now);
    if moment <= now {
        let hint = "name a time to come: 24h, 7d, or a UTC time like 2030-01-31T12:00:00Z";
        return Err(Advised::wrong_use(
            "--expires names a time that is over",
            hint,
        ));
    }
    Ok(Some(UnixSeconds::from_system_time(moment)))
}

/// The wg-quick file for the peer's side.
fn configuration(added: &AddedPeer, private_key: Option<&PrivateKey>) -> TunnelFile {
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
    let interface = InterfaceSection {
        private_key: private_key.cloned(),
        addresses: addresses.clone(),
        ..InterfaceSection::default()
    };
    TunnelFile {
        interface,
        peers: vec![peer],
    }
}

fn told(added: &AddedPeer, key: &PeerKey) -> String {
    let (name, prefixes) = (&added.record.name, &added.record.prefixes);
    match key {
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
