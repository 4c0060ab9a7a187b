//! The greeting of either side.

use bytes::{Buf, BufMut, BytesMut};

use crate::frame::{FrameError, MAGIC, MINIMUM_FRAME, PROTOCOL_VERSION, Settings, block::Reader};

/// What a side says first.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Hello {
    /// The lowest version that it speaks.
    pub lowest: u8,
    /// The highest; a server answers with the chosen one twice.
    pub highest: u8,
    /// What it accepts.
    pub settings: Settings,
}

impl Hello {
    /// Makes the greeting of this side.
    pub(crate) fn new(settings: Settings) -> Self {
        Self {
            lowest: PROTOCOL_VERSION,
            highest: PROTOCOL_VERSION,
            settings,
        }
    }

    /// Returns the settings of a side that speaks this version and has room for a frame.
    pub(crate) fn accepted(self) -> Result<Settings, FrameError> {
        let Self {
            lowest,
            highest,
            settings,
        } = self;
        if !(lowest..=highest).contains(&PROTOCOL_VERSION) {
            return Err(FrameError::Version { lowest, highest });
        }
        if settings.maximum_frame < MINIMUM_FRAME || settings.window == 0 {
            return Err(FrameError::Settings);
        }
        Ok(settings)
    }

    pub(crate) fn put(&self, body: &mut BytesMut) {
        body.put_slice(&MAGIC);
        body.put_u8(self.lowest);
        body.put_u8(self.highest);
        body.put_u32(self.settings.maximum_frame);
        body.put_u32(self.settings.maximum_streams);
        body.put_u32(self.settings.window);
    }

    pub(crate) fn read(reader: &mut Reader) -> Result<Self, FrameError> {
        if reader.body.get(..4) != Some(MAGIC.as_slice()) {
            return Err(FrameError::Magic);
        }
        reader.body.advance(4);
        let (lowest, highest) = (reader.u8()?, reader.u8()?);
        let settings = Settings {
            maximum_frame: reader.u32()?,
            maximum_streams: reader.u32()?,
            window: reader.u32()?,
        };
        // A later version may say more.
        reader.body.clear();
        Ok(Self {
            lowest,
            highest,
            settings,
        })
    }
}
