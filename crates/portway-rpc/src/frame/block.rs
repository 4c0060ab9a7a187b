//! What frames are made of: numbers, texts, metadata, a status.

use bytes::{Buf, BufMut, Bytes, BytesMut};

use crate::{
    Code, Metadata, Status,
    frame::{Flags, FrameError},
};

/// Writes a block of metadata: a count, then names and values with their lengths.
pub(crate) fn put_metadata(body: &mut BytesMut, metadata: &Metadata) {
    body.put_u8(length(metadata.len()));
    for (name, value) in metadata.iter() {
        body.put_u8(length(name.len()));
        body.put_slice(name.as_bytes());
        body.put_u16(length(value.len()));
        body.put_slice(value);
    }
}

/// Writes a status: code, text, details, metadata.
pub(crate) fn put_status(body: &mut BytesMut, status: &Status) {
    body.put_u8(status.code().number());
    body.put_u16(length(status.message().len()));
    body.put_slice(status.message().as_bytes());
    // Details that do not fit are left out rather than cut, which would make other details.
    let details = if status.details().len() <= usize::from(u16::MAX) / 8 {
        status.details().as_ref()
    } else {
        &[]
    };
    body.put_u16(length(details.len()));
    body.put_slice(details);
    if !status.metadata().is_empty() {
        put_metadata(body, status.metadata());
    }
}

/// Narrows a length that the types of metadata and status keep below the limit.
fn length<T: TryFrom<usize> + Default>(length: usize) -> T {
    debug_assert!(
        T::try_from(length).is_ok(),
        "metadata and status are bounded"
    );
    T::try_from(length).unwrap_or_default()
}

/// Reads the body of one frame.
pub(crate) struct Reader {
    pub(crate) kind: u8,
    pub(crate) body: Bytes,
}

impl Reader {
    fn need(&self, bytes: usize) -> Result<(), FrameError> {
        if self.body.len() < bytes {
            return Err(FrameError::Truncated { kind: self.kind });
        }
        Ok(())
    }

    pub(crate) fn u8(&mut self) -> Result<u8, FrameError> {
        self.need(1)?;
        Ok(self.body.get_u8())
    }

    pub(crate) fn u16(&mut self) -> Result<u16, FrameError> {
        self.need(2)?;
        Ok(self.body.get_u16())
    }

    pub(crate) fn u32(&mut self) -> Result<u32, FrameError> {
        self.need(4)?;
        Ok(self.body.get_u32())
    }

    pub(crate) fn u64(&mut self) -> Result<u64, FrameError> {
        self.need(8)?;
        Ok(self.body.get_u64())
    }

    fn bytes(&mut self, length: usize) -> Result<Bytes, FrameError> {
        self.need(length)?;
        Ok(self.body.split_to(length))
    }

    fn text(&self, bytes: &[u8]) -> Result<String, FrameError> {
        let text = std::str::from_utf8(bytes).map_err(|_| FrameError::Text { kind: self.kind })?;
        Ok(text.to_owned())
    }

    /// Reads the rest as a text of at most `limit` bytes.
    pub(crate) fn rest_text(&mut self, limit: usize) -> Result<String, FrameError> {
        let rest = self.body.split_to(self.body.len());
        if rest.len() > limit {
            return Err(FrameError::Text { kind: self.kind });
        }
        self.text(&rest)
    }

    /// Takes the rest as the message, if there is one.
    pub(crate) fn message(&mut self, flags: Flags) -> Option<Bytes> {
        flags
            .has(Flags::MESSAGE)
            .then(|| self.body.split_to(self.body.len()))
    }

    /// Reads a block of metadata, if there is one. Values are copied: they outlive the buffer.
    pub(crate) fn metadata(&mut self, flags: Flags) -> Result<Metadata, FrameError> {
        let mut metadata = Metadata::new();
        if !flags.has(Flags::METADATA) {
            return Ok(metadata);
        }
        for _ in 0..self.u8()? {
            let name = usize::from(self.u8()?);
            let name = self.bytes(name)?;
            let name = self.text(&name)?;
            let value = usize::from(self.u16()?);
            let value = Bytes::copy_from_slice(&self.bytes(value)?);
            let refused = |source| FrameError::Metadata {
                kind: self.kind,
                source,
            };
            metadata.append_value(name, value).map_err(refused)?;
        }
        Ok(metadata)
    }

    pub(crate) fn status(&mut self, flags: Flags) -> Result<Status, FrameError> {
        let code = Code::from_number(u32::from(self.u8()?));
        let message = usize::from(self.u16()?);
        let message = self.bytes(message)?;
        let message = self.text(&message)?;
        let details = usize::from(self.u16()?);
        let details = Bytes::copy_from_slice(&self.bytes(details)?);
        let metadata = self.metadata(flags)?;
        Ok(Status::new(code, message)
            .with_details(details)
            .with_metadata(metadata))
    }

    /// Checks that nothing is left.
    pub(crate) fn finish(&self) -> Result<(), FrameError> {
        if self.body.is_empty() {
            return Ok(());
        }
        Err(FrameError::TrailingBytes { kind: self.kind })
    }
}
