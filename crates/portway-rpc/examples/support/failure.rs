//! Why an example ends, told to a person.

use std::{error::Error, fmt};

/// Why an example ends; what `main` returns is shown by `Debug`, which here is the sentence.
pub(crate) struct Failure(Box<dyn Error>);

impl fmt::Debug for Failure {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        fmt::Display::fmt(&self.0, formatter)
    }
}

impl<E: Into<Box<dyn Error>>> From<E> for Failure {
    fn from(error: E) -> Self {
        Self(error.into())
    }
}
