//! Finds out where the program runs. Decides from what it is told; reads nothing itself.

use std::{net::SocketAddr, path::PathBuf};

use thiserror::Error;

/// Where a local server listens unless `--listen` says otherwise.
const LOCAL_ADDRESS: &str = "127.0.0.1:3000";

/// How long a name in the environment or an argument may be before it is left out of an error.
const LONGEST_SHOWN: usize = 100;

/// Where the program finds itself, and so how requests reach it.
#[derive(Debug, Clone, PartialEq, Eq)]
#[non_exhaustive]
pub enum Place {
    /// Lambda, natively or in Node's place: `AWS_LAMBDA_RUNTIME_API` is set, events are polled from there.
    Lambda,
    /// Behind a packaged JavaScript module, which named this Unix socket in `PORTWAY_FUNCTION_SOCKET`.
    Module(PathBuf),
    /// A platform that names a port in `PORT` and sends HTTP to it, on all addresses.
    Port(u16),
    /// A server on this machine: `--listen ADDR:PORT`, or 127.0.0.1:3000.
    Local(SocketAddr),
    /// Nowhere: the packager asks for the description of the JSON-RPC services (`--describe`).
    Describe,
    /// Nowhere: somebody asks how the program is used (`--help`).
    Help,
}

/// The command line or the environment says something that cannot be followed.
#[derive(Debug, Clone, PartialEq, Eq, Error)]
#[non_exhaustive]
pub enum PlaceError {
    /// `--listen` has no address.
    #[error("--listen needs an address, as in --listen 127.0.0.1:3000")]
    NoAddress,
    /// What follows `--listen` is no address.
    #[error("--listen {0}: not an address; write ADDR:PORT, as in 127.0.0.1:3000 or [::1]:0")]
    BadAddress(String),
    /// `PORT` holds no port.
    #[error("PORT={0}: not a port; a number from 0 to 65535 belongs there")]
    BadPort(String),
    /// An argument that is not known.
    #[error("{0}: no such argument; only --listen ADDR:PORT, --describe and --help are known")]
    UnknownArgument(String),
}

impl Place {
    /// Finds the place from the arguments (without the program's name) and the environment.
    ///
    /// What is said on the command line wins over the environment. In the environment a socket handed over by a packaged module
    /// wins over the Runtime API, which wins over `PORT`.
    ///
    /// # Errors
    /// If an argument is unknown, or an address or port cannot be read.
    pub fn find(
        arguments: impl IntoIterator<Item = String>,
        variable: impl Fn(&str) -> Option<String>,
    ) -> Result<Self, PlaceError> {
        match Self::from_arguments(arguments)? {
            Some(place) => Ok(place),
            None => Self::from_environment(variable),
        }
    }

    fn from_arguments(
        arguments: impl IntoIterator<Item = String>,
    ) -> Result<Option<Self>, PlaceError> {
        let mut arguments = arguments.into_iter();
        let mut place = None;
        while let Some(argument) = arguments.next() {
            place = Some(match argument.as_str() {
                "--describe" => Self::Describe,
                "--help" | "-h" => Self::Help,
                "--listen" => {
                    Self::Local(address(&arguments.next().ok_or(PlaceError::NoAddress)?)?)
                }
                other => match other.strip_prefix("--listen=") {
                    Some(text) => Self::Local(address(text)?),
                    None => return Err(PlaceError::UnknownArgument(shown(other))),
                },
            });
        }
        Ok(place)
    }

    fn from_environment(variable: impl Fn(&str) -> Option<String>) -> Result<Self, PlaceError> {
        let set = |name| variable(name).filter(|value| !value.is_empty());
        if let Some(path) = set("PORTWAY_FUNCTION_SOCKET") {
            return Ok(Self::Module(path.into()));
        }
        if set("AWS_LAMBDA_RUNTIME_API").is_some() {
            return Ok(Self::Lambda);
        }
        match set("PORT") {
            Some(port) => port
                .trim()
                .parse()
                .map(Self::Port)
                .map_err(|_| PlaceError::BadPort(shown(&port))),
            None => address(LOCAL_ADDRESS).map(Self::Local),
        }
    }
}

fn address(text: &str) -> Result<SocketAddr, PlaceError> {
    text.parse()
        .map_err(|_| PlaceError::BadAddress(shown(text)))
}

/// Outside text as an error may show it: without control characters, and not too long.
fn shown(text: &str) -> String {
    text.chars()
        .filter(|character| !character.is_control())
        .take(LONGEST_SHOWN)
        .collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    fn find(arguments: &[&str], environment: &[(&str, &str)]) -> Result<Place, PlaceError> {
        Place::find(arguments.iter().map(ToString::to_string), |name| {
            environment
                .iter()
                .find(|(key, _)| *key == name)
                .map(|(_, value)| (*value).to_owned())
        })
    }

    #[test]
    fn a_bare_start_is_a_local_server() {
        let expected = Place::Local("127.0.0.1:3000".parse().expect("an address"));
        assert_eq!(find(&[], &[]), Ok(expected));
    }

    #[test]
    fn a_runtime_interface_is_lambda_even_beside_a_port() {
        let environment = [("PORT", "80"), ("AWS_LAMBDA_RUNTIME_API", "127.0.0.1:9001")];
        assert_eq!(find(&[], &environment), Ok(Place::Lambda));
    }

    #[test]
    fn a_socket_of_a_module_wins_over_lambda() {
        let environment = [
            ("PORTWAY_FUNCTION_SOCKET", "/run/f"),
            ("AWS_LAMBDA_RUNTIME_API", "x"),
        ];
        assert_eq!(find(&[], &environment), Ok(Place::Module("/run/f".into())));
    }

    #[test]
    fn the_command_line_wins_over_the_environment() {
        let place = find(&["--listen", "[::1]:0"], &[("PORT", "80")]);
        assert_eq!(
            place,
            Ok(Place::Local("[::1]:0".parse().expect("an address")))
        );
        assert_eq!(
            find(&["--describe"], &[("PORT", "80")]),
            Ok(Place::Describe)
        );
    }

    #[test]
    fn what_cannot_be_followed_is_named() {
        assert_eq!(find(&["--listen"], &[]), Err(PlaceError::NoAddress));
        assert_eq!(
            find(&["--listen=here"], &[]),
            Err(PlaceError::BadAddress("here".into()))
        );
        assert_eq!(
            find(&[], &[("PORT", "65536")]),
            Err(PlaceError::BadPort("65536".into()))
        );
        assert_eq!(
            find(&["--verbose"], &[]),
            Err(PlaceError::UnknownArgument("--verbose".into()))
        );
    }

    #[test]
    fn an_empty_variable_counts_as_unset() {
        let expected = Place::Local("127.0.0.1:3000".parse().expect("an address"));
        let environment = [("PORT", ""), ("AWS_LAMBDA_RUNTIME_API", "")];
        assert_eq!(find(&[], &environment), Ok(expected));
    }
}
