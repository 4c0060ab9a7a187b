//! Cuts frames out of what a socket delivers.

use bytes::{Buf, BytesMut};

use crate::frame::{Frame, FrameError, HEADER};

/// Cuts frames out of a buffer that a socket fills.
#[derive(Clone, Copy, Debug)]
pub struct Decoder {
    maximum_frame: u32,
}

impl Decoder {
    /// Makes a decoder that refuses frames above `maximum_frame` bytes behind their length.
    pub fn new(maximum_frame: u32) -> Self {
        Self { maximum_frame }
    }

    /// Takes the next whole frame out of `buffer`; nothing if it is not there yet.
    ///
    /// # Errors
    /// What is wrong with the frame. A length above the limit is told before anything is kept.
    #[inline]
    pub fn decode(&self, buffer: &mut BytesMut) -> Result<Option<Frame>, FrameError> {
        while let Some(length) = self.whole(buffer)? {
            let kind = buffer[4];
            let flags = buffer[5];
            let stream = u32::from_be_bytes([buffer[6], buffer[7], buffer[8], buffer[9]]);
            let body = if length == HEADER {
                buffer.advance(HEADER);
                bytes::Bytes::new()
            } else {
                let mut frame = buffer.split_to(length).freeze();
                frame.advance(HEADER);
                frame
            };
            if let Some(frame) = Frame::decode(kind, flags, stream, body)? {
                return Ok(Some(frame));
            }
        }
        Ok(None)
    }

    /// Returns how many bytes the next frame still needs; zero before its length is known.
    pub fn missing(&self, buffer: &BytesMut) -> usize {
        let Some(length) = frame_length(buffer) else {
            return 0;
        };
        (length.min(self.maximum_frame) as usize + 4).saturating_sub(buffer.len())
    }

    /// Returns the length of the whole frame at the front, if it is there.
    fn whole(&self, buffer: &BytesMut) -> Result<Option<usize>, FrameError> {
        let Some(length) = frame_length(buffer) else {
            return Ok(None);
        };
        if length > self.maximum_frame {
            return Err(FrameError::FrameTooLarge {
                length,
                limit: self.maximum_frame,
            });
        }
        let whole = length as usize + 4;
        if whole < HEADER {
            return Err(FrameError::Truncated { kind: 0 });
        }
        Ok((buffer.len() >= whole).then_some(whole))
    }
}

fn frame_length(buffer: &BytesMut) -> Option<u32> {
    buffer
        .first_chunk()
        .map(|length| u32::from_be_bytes(*length))
}
