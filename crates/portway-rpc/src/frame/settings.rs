//! What both sides tell each other first.

/// The first bytes of a greeting.
pub const MAGIC: [u8; 4] = *b"PWRP";

/// The version of the protocol that this side speaks.
pub const PROTOCOL_VERSION: u8 = 1;

/// The smallest limit on frames that a side may announce: metadata and a status fit in.
pub const MINIMUM_FRAME: u32 = 16 * 1024;

/// What a message costs of a stream's credit beside its bytes, so that empty messages are not
/// free: what a receiver needs to keep one.
pub const MESSAGE_OVERHEAD: u32 = 32;

/// How many methods a client may name on one connection.
pub const MAXIMUM_METHODS: usize = 4096;

/// What a side accepts.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub struct Settings {
    /// The most bytes of a frame behind its length.
    pub maximum_frame: u32,
    /// How many streams the other side may have open.
    pub maximum_streams: u32,
    /// The credit of a new stream in bytes.
    pub window: u32,
}

impl Default for Settings {
    /// 4 MiB for a frame, as gRPC has for a message; 1024 streams; 256 KiB for each.
    fn default() -> Self {
        Self {
            maximum_frame: 4 << 20,
            maximum_streams: 1024,
            window: 256 << 10,
        }
    }
}

impl Settings {
    /// Sets the most bytes of a frame behind its length; at least [`MINIMUM_FRAME`].
    #[must_use]
    pub fn maximum_frame(mut self, bytes: u32) -> Self {
        self.maximum_frame = bytes.max(MINIMUM_FRAME);
        self
    }

    /// Sets how many streams the other side may have open; at least one.
    #[must_use]
    pub fn maximum_streams(mut self, streams: u32) -> Self {
        self.maximum_streams = streams.max(1);
        self
    }

    /// Sets the credit of a new stream in bytes; at least one.
    ///
    /// A stream that is not read holds this much and one message. More lets a single stream fill
    /// a link whose round trips take longer.
    #[must_use]
    pub fn window(mut self, bytes: u32) -> Self {
        self.window = bytes.clamp(1, 1 << 30);
        self
    }
}
