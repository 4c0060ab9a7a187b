//! What is wrong with a configuration.

use crate::address::AddressError;
#[cfg(feature = "tls")]
use crate::tls::TlsOptionsError;

/// Why a configuration cannot be used.
#[derive(Clone, Debug, thiserror::Error)]
#[non_exhaustive]
pub enum ConfigurationError {
    /// No address was given.
    #[error("no address of a grid node is given; name at least one as HOST:PORT or unix:PATH")]
    NoAddress,
    /// An address cannot be read.
    #[error(transparent)]
    Address(#[from] AddressError),
    /// The options of TLS cannot be used.
    #[cfg(feature = "tls")]
    #[error(transparent)]
    Tls(#[from] TlsOptionsError),
    /// A limit is out of its range.
    #[error("{name} is {value}; it must be from {least} to {most}")]
    Limit {
        /// The name of the setting.
        name: &'static str,
        /// The given value.
        value: usize,
        /// The least allowed value.
        least: usize,
        /// The greatest allowed value.
        most: usize,
    },
}
