//! What the control API shows and asks for on TCP: a certificate, tokens, certificates of clients.

use std::{fs, io::Write as _, path::Path, sync::Arc};

use portway_control::Fingerprint;
use portway_gateway::control::Access;
use rcgen::{CertificateParams, KeyPair};
use rustls::{
    RootCertStore, ServerConfig,
    crypto::{CryptoProvider, ring::default_provider},
    pki_types::{CertificateDer, PrivateKeyDer},
    server::{WebPkiClientVerifier, danger::ClientCertVerifier},
};

use super::{UpArguments, folder::Folder};
use crate::{
    arguments::ControlServerArguments,
    commands::credentials::{authorities, certificates, private_key, token as token_in},
    failure::{Advise as _, Advised},
};

/// The certificate that is made where none is named, and its key.
const CERTIFICATE_FILE: &str = "control.crt";
const KEY_FILE: &str = "control.key";

/// What a listener with TLS needs.
pub(super) struct ControlTls {
    pub(super) configuration: Arc<ServerConfig>,
    pub(super) fingerprint: Fingerprint,
    pub(super) access: Access,
}

impl ControlTls {
    /// Reads what the arguments name, and makes the certificate that they do not name.
    pub(super) fn of(arguments: &UpArguments, folder: &Folder) -> anyhow::Result<Self> {
        let control = &arguments.control;
        let (chain, key) = match (&control.control_cert, &control.control_key) {
            (Some(certificate), Some(key)) => (certificates(certificate)?, private_key(key)?),
            _ => own_certificate(arguments, folder)?,
        };
        let fingerprint = Fingerprint::of(chain.first().map_or(&[], |own| own.as_ref()));
        let (access, clients) = access(control)?;
        let provider = Arc::new(default_provider());
        let builder = ServerConfig::builder_with_provider(Arc::clone(&provider));
        let builder = builder.with_safe_default_protocol_versions()?;
        let asks_for_token = !control.control_token.is_empty();
        let builder = match clients {
            None => builder.with_no_client_auth(),
            Some(roots) => {
                builder.with_client_cert_verifier(verifier(roots, &provider, asks_for_token)?)
            }
        };
        let configuration = builder.with_single_cert(chain, key).advise(
            "the certificate of the control API cannot be used",
            "--control-key names the key of --control-cert",
        )?;
        Ok(Self {
            configuration: Arc::new(configuration),
            fingerprint,
            access,
        })
    }
}

/// Who may do what, and whose certificates are asked for.
fn access(control: &ControlServerArguments) -> anyhow::Result<(Access, Option<RootCertStore>)> {
    let mut access = Access::proven();
    for token in &control.control_token {
        access = access.token(token.role, &token_in(&token.file)?);
    }
    let provider = Arc::new(default_provider());
    let mut all: Option<RootCertStore> = None;
    for authority in &control.control_client_ca {
        let roots = authorities(&authority.file)?;
        all.get_or_insert_with(RootCertStore::empty)
            .extend(roots.roots.iter().cloned());
        access = access.authority(authority.role, verifier(roots, &provider, false)?);
    }
    Ok((access, all))
}

fn verifier(
    roots: RootCertStore,
    provider: &Arc<CryptoProvider>,
    is_optional: bool,
) -> anyhow::Result<Arc<dyn ClientCertVerifier>> {
    let builder =
        WebPkiClientVerifier::builder_with_provider(Arc::new(roots), Arc::clone(provider));
    let builder = match is_optional {
        true => builder.allow_unauthenticated(),
        false => builder,
    };
    Ok(builder.build()?)
}

type Identity = (Vec<CertificateDer<'static>>, PrivateKeyDer<'static>);

/// The certificate in the data directory; made at the first start.
fn own_certificate(arguments: &UpArguments, folder: &Folder) -> anyhow::Result<Identity> {
    let place = |name: &str| folder.path().join(name);
    let (certificate_file, key_file) = (place(CERTIFICATE_FILE), place(KEY_FILE));
    if !certificate_file.exists() {
        let key = KeyPair::generate()?;
        let certificate = CertificateParams::new(names(arguments))?.self_signed(&key)?;
        // The certificate comes last: as long as it is missing, both are made anew.
        write_private(&key_file, &key.serialize_pem())?;
        write_private(&certificate_file, &certificate.pem())?;
    }
    Ok((certificates(&certificate_file)?, private_key(&key_file)?))
}

/// What clients may dial.
fn names(arguments: &UpArguments) -> Vec<String> {
    let listen = arguments.control.control_listen.map(|listen| listen.ip());
    let listen = listen.filter(|address| !address.is_unspecified());
    let endpoint = arguments.endpoint.as_ref();
    let mut names = vec!["localhost".to_owned()];
    names.extend(listen.map(|address| address.to_string()));
    names.extend(endpoint.map(|endpoint| endpoint.host().to_owned()));
    names.dedup();
    names
}

/// Replaces a file that only its owner can read, in one step.
fn write_private(file: &Path, text: &str) -> Result<(), Advised> {
    let write = || {
        let folder = file.parent().unwrap_or(Path::new("."));
        // Temporary files have mode 0600.
        let mut draft = tempfile::NamedTempFile::new_in(folder)?;
        draft.write_all(text.as_bytes())?;
        draft.as_file().sync_all()?;
        draft.persist(file).map_err(|error| error.error)?;
        fs::File::open(folder)?.sync_all()
    };
    write().advise(
        format_args!("cannot write {}", file.display()),
        "the data directory must belong to the user who runs the gateway",
    )
}
