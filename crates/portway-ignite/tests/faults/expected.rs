//! What a key may hold, as far as one writer can know.

use portway_ignite::{Delivery, Error};

/// All values that a key may have.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct Expected {
    allowed: Vec<Option<String>>,
    /// A write failed without a word about what became of it: it may be carried out at any later
    /// time, so that nothing more can be known about this key.
    is_doubtful: bool,
}

impl Expected {
    pub(crate) fn nothing() -> Self {
        Self {
            allowed: vec![None],
            is_doubtful: false,
        }
    }

    pub(crate) fn is_certain(&self) -> bool {
        !self.is_doubtful
    }

    /// The value, of a key that is certain.
    pub(crate) fn value(&self) -> Option<&String> {
        assert!(self.is_certain(), "only certain keys are used");
        self.allowed[0].as_ref()
    }

    pub(crate) fn allows(&self, value: Option<&String>) -> bool {
        self.allowed.iter().any(|allowed| allowed.as_ref() == value)
    }

    /// Notes that the grid acknowledged this value.
    pub(crate) fn acknowledged(&mut self, value: Option<String>) {
        self.allowed = vec![value];
    }

    /// Notes that a write of this value failed with `error`.
    pub(crate) fn failed(&mut self, value: Option<String>, error: &Error) {
        if was_not_sent(error) {
            return;
        }
        self.is_doubtful = true;
        if !self.allowed.contains(&value) {
            self.allowed.push(value);
        }
    }
}

/// Whether the client promises that a request never left.
fn was_not_sent(error: &Error) -> bool {
    matches!(
        error,
        Error::ConnectionLost {
            delivery: Delivery::NotSent,
            ..
        }
    )
}
