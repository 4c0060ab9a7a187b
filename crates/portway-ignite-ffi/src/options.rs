//! What a client is told before it connects.

use std::ffi::c_char;
use std::sync::{Mutex, PoisonError};
use std::time::Duration;

use portway_ignite::ClientConfiguration;

use crate::boundary::{self, Output};
use crate::failure::{Failure, IgniteError};
use crate::handle::{self, Kind, Table};
use crate::input;
use crate::result::IgniteResult;

/// Options of a client. Any thread may use it; a client that has connected keeps its own copy.
pub struct IgniteOptions {
    _private: [u8; 0],
}

pub(crate) struct Options(Mutex<ClientConfiguration>);

impl Kind for Options {
    type Opaque = IgniteOptions;
    const CODE: u8 = 2;
    const NAME: &'static str = "set of options";
    const IS_OF_PROCESS: bool = false;

    fn table() -> &'static Table<Self> {
        static TABLE: Table<Options> = Table::new();
        &TABLE
    }
}

impl Options {
    pub(crate) fn configuration(&self) -> ClientConfiguration {
        self.0
            .lock()
            .unwrap_or_else(PoisonError::into_inner)
            .clone()
    }
}

fn change(
    options: *const IgniteOptions,
    change: impl FnOnce(ClientConfiguration) -> ClientConfiguration,
) -> Result<(), Failure> {
    let options = handle::find::<Options>(options)?;
    let mut held = options.0.lock().unwrap_or_else(PoisonError::into_inner);
    *held = change(held.clone());
    Ok(())
}

/// Makes options for the grid at `addresses`: `HOST:PORT`, `[V6]:PORT` or `unix:PATH`, with commas
/// between several.
///
/// # Safety
/// `addresses` is a text with a final zero, `options` and `error` are room for their types.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn ignite_options_new(
    addresses: *const c_char,
    options: *mut *mut IgniteOptions,
    error: *mut IgniteError,
) -> IgniteResult {
    let body = || {
        // SAFETY: as the caller promises.
        let (output, addresses) = unsafe {
            (
                Output::new(options, "options")?,
                input::text(addresses, "addresses")?,
            )
        };
        let configuration = ClientConfiguration::new(addresses.split(',').map(str::trim));
        output.write(handle::keep(Options(Mutex::new(configuration)))?);
        Ok(())
    };
    // SAFETY: as the caller promises.
    unsafe { boundary::call(error, body) }
}

/// Frees options. Null is allowed.
///
/// # Safety
/// `error` is null or room for an error.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn ignite_options_free(
    options: *mut IgniteOptions,
    error: *mut IgniteError,
) -> IgniteResult {
    // SAFETY: as the caller promises.
    unsafe { boundary::call(error, || handle::free::<Options>(options)) }
}

/// Sets user and password. They are sent in the handshake and shown nowhere.
///
/// # Safety
/// `user` and `password` are texts with a final zero, `error` is null or room for an error.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn ignite_options_set_credentials(
    options: *mut IgniteOptions,
    user: *const c_char,
    password: *const c_char,
    error: *mut IgniteError,
) -> IgniteResult {
    let body = || {
        // SAFETY: as the caller promises.
        let (user, password) = unsafe {
            (
                input::text(user, "user")?,
                input::text(password, "password")?,
            )
        };
        change(options, |held| held.credentials(user, password))
    };
    // SAFETY: as the caller promises.
    unsafe { boundary::call(error, body) }
}

/// Sets how long a connection may take, in milliseconds (5,000 unless set).
///
/// # Safety
/// `error` is null or room for an error.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn ignite_options_set_connect_timeout(
    options: *mut IgniteOptions,
    milliseconds: u32,
    error: *mut IgniteError,
) -> IgniteResult {
    let limit = Duration::from_millis(milliseconds.into());
    // SAFETY: as the caller promises.
    unsafe {
        boundary::call(error, || {
            change(options, |held| held.connect_timeout(limit))
        })
    }
}

/// Sets how long an operation may take, repetitions and the wait for a connection included, in
/// milliseconds (10,000 unless set).
///
/// # Safety
/// `error` is null or room for an error.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn ignite_options_set_request_timeout(
    options: *mut IgniteOptions,
    milliseconds: u32,
    error: *mut IgniteError,
) -> IgniteResult {
    let limit = Duration::from_millis(milliseconds.into());
    // SAFETY: as the caller promises.
    unsafe {
        boundary::call(error, || {
            change(options, |held| held.request_timeout(limit))
        })
    }
}

/// Sets how many requests of one connection may wait for their answers at once; a further call
/// waits for room.
///
/// # Safety
/// `error` is null or room for an error.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn ignite_options_set_requests_in_flight(
    options: *mut IgniteOptions,
    limit: usize,
    error: *mut IgniteError,
) -> IgniteResult {
    // SAFETY: as the caller promises.
    unsafe {
        boundary::call(error, || {
            change(options, |held| held.requests_in_flight(limit))
        })
    }
}

/// Speaks TLS with the nodes. All texts are paths of PEM files and may be null, but `server_name`,
/// which is the name that all nodes' certificates must have (null: the host of each address).
/// Without `authorities` the authorities of the system are trusted. `certificate` and `key` are
/// this client's own, for nodes that ask for one. The files are read when the client connects.
///
/// # Safety
/// The texts are null or have a final zero, `error` is null or room for an error.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn ignite_options_set_tls(
    options: *mut IgniteOptions,
    authorities: *const c_char,
    certificate: *const c_char,
    key: *const c_char,
    server_name: *const c_char,
    error: *mut IgniteError,
) -> IgniteResult {
    let body = || {
        // SAFETY: as the caller promises.
        let (authorities, certificate, key, server_name) = unsafe {
            (
                input::optional_text(authorities, "authorities")?,
                input::optional_text(certificate, "certificate")?,
                input::optional_text(key, "key")?,
                input::optional_text(server_name, "server_name")?,
            )
        };
        let files = TlsFiles {
            authorities,
            certificate,
            key,
            server_name,
        };
        files.apply(options)
    };
    // SAFETY: as the caller promises.
    unsafe { boundary::call(error, body) }
}

/// What a client is told about TLS.
#[cfg_attr(
    not(feature = "tls"),
    expect(dead_code, reason = "read where there is TLS to be told")
)]
struct TlsFiles<'a> {
    authorities: Option<&'a str>,
    certificate: Option<&'a str>,
    key: Option<&'a str>,
    server_name: Option<&'a str>,
}

#[cfg(feature = "tls")]
impl TlsFiles<'_> {
    fn apply(&self, options: *const IgniteOptions) -> Result<(), Failure> {
        use portway_ignite::TlsOptions;

        let mut tls = match self.authorities {
            Some(path) => TlsOptions::new().authority_file(path),
            None => TlsOptions::new().system_authorities(),
        };
        tls = match (self.certificate, self.key) {
            (Some(certificate), Some(key)) => tls.client_certificate_files(certificate, key),
            (None, None) => tls,
            _ => return Err(Failure::argument("certificate and key belong together")),
        };
        if let Some(name) = self.server_name {
            tls = tls.server_name(name);
        }
        change(options, |held| held.tls(tls))
    }
}

#[cfg(not(feature = "tls"))]
impl TlsFiles<'_> {
    fn apply(&self, options: *const IgniteOptions) -> Result<(), Failure> {
        handle::find::<Options>(options)?;
        let message = "this library was built without TLS; build it with the feature tls";
        Err(Failure::new(IgniteResult::Unsupported, message))
    }
}
