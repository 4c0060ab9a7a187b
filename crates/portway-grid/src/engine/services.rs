//! Services that somebody has ended: nobody can call them until the next start.

use super::Engine;

impl Engine {
    /// Ends a service that the program has registered; calls that are under way go on.
    pub(crate) fn end_service(&mut self, name: &str) {
        self.ended_services.insert(name.to_owned());
    }

    pub(crate) fn has_ended_service(&self, name: &str) -> bool {
        self.ended_services.contains(name)
    }
}
