//! Parts of the messages of errors.

use std::fmt;
use std::io;

use super::{Delivery, Error};

/// What to look at when a node cannot be reached.
pub(super) fn hint(source: &io::Error) -> &'static str {
    match source.kind() {
        io::ErrorKind::ConnectionRefused => "check that the node runs and listens there",
        io::ErrorKind::NotFound => "check that the path is right and that the node runs",
        io::ErrorKind::PermissionDenied => "check the rights of this user",
        io::ErrorKind::UnexpectedEof => "it may ask for TLS, or be no grid node",
        io::ErrorKind::TimedOut => "check the address, and firewalls on the way",
        _ => "check the address",
    }
}

/// What is not known after the loss of a connection.
pub(super) fn doubt(delivery: Delivery) -> &'static str {
    match delivery {
        Delivery::NotSent => "",
        Delivery::Unknown => "; a write may or may not have been carried out",
    }
}

/// Several errors in one line.
pub(super) struct Joined<'a>(pub(super) &'a [Error]);

impl fmt::Display for Joined<'_> {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        for (index, error) in self.0.iter().enumerate() {
            let separator = if index == 0 { "" } else { "; " };
            write!(formatter, "{separator}{error}")?;
        }
        Ok(())
    }
}
