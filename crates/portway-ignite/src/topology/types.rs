//! Binary types that were asked for, so that each is asked for once in a while only.

use std::collections::HashMap;
use std::time::Duration;

use tokio::time::Instant;

/// A type that nobody knows yet is known after the first key of it was written.
const PAUSE: Duration = Duration::from_secs(1);
/// Keys of further types go to any node for the time of the pause.
const TYPES_LIMIT: usize = 256;

/// The binary types that were asked for lately.
#[derive(Debug, Default)]
pub(crate) struct AskedTypes(HashMap<i32, Instant>);

impl AskedTypes {
    /// Whether to ask for a type now.
    pub(crate) fn ask(&mut self, type_id: i32, now: Instant) -> bool {
        self.0
            .retain(|_, asked| now.saturating_duration_since(*asked) < PAUSE);
        if self.0.len() >= TYPES_LIMIT || self.0.contains_key(&type_id) {
            return false;
        }
        self.0.insert(type_id, now);
        true
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_type_is_asked_for_again_only_after_a_pause() {
        let now = Instant::now();
        let mut types = AskedTypes::default();
        assert!(types.ask(7, now));
        assert!(!types.ask(7, now));
        assert!(types.ask(8, now));
        assert!(types.ask(7, now + PAUSE));
    }
}
