//! What a thread can be told while it works.

use std::sync::Arc;

use crate::modes::AccessRules;

#[derive(Clone, Debug)]
pub(super) enum Order {
    /// Serve the ports.
    Resume,
    /// Leave the ports alone.
    Pause,
    /// Judge by these rules from now on.
    Rules(Arc<AccessRules>),
}
