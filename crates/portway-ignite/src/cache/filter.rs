//! Code of the user's that decides on the server which entries count.

use std::fmt;

use portway_ignite_protocol::{CodePlatform, RemoteFilter, WriteValue};

use crate::client::{Argument, Encoder};

/// A filter that runs on the server.
#[derive(Clone)]
pub(super) struct Filter {
    object: Argument<'static>,
    platform: CodePlatform,
}

impl Filter {
    pub(super) fn new<F>(object: F, platform: CodePlatform) -> Self
    where
        F: WriteValue + Send + Sync + 'static,
    {
        Self {
            object: Argument::new(object),
            platform,
        }
    }

    pub(super) fn argument(&self) -> &Argument<'static> {
        &self.object
    }

    pub(super) fn encode(&self, encoder: &Encoder) -> RemoteFilter {
        RemoteFilter {
            object: self.object.encode(encoder),
            platform: self.platform.code(),
        }
    }
}

impl fmt::Debug for Filter {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        let mut shown = formatter.debug_struct("Filter");
        shown
            .field("platform", &self.platform)
            .finish_non_exhaustive()
    }
}
