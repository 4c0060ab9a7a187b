//! Frames: a length and that many bytes.

use bytes::Bytes;
use tokio::io::{AsyncRead, AsyncReadExt as _, AsyncWrite, AsyncWriteExt as _};

/// The largest frame that is read. An event of Lambda has at most 6 MB, in base64 and escaped again as JSON.
pub(super) const MAXIMUM_FRAME: u32 = 16 * 1024 * 1024;

/// Reads a frame; `None` at the end of the connection, between two frames.
pub(super) async fn read(source: &mut (impl AsyncRead + Unpin)) -> std::io::Result<Option<Bytes>> {
    let length = match source.read_u32().await {
        Ok(length) => length,
        Err(error) if error.kind() == std::io::ErrorKind::UnexpectedEof => return Ok(None),
        Err(error) => return Err(error),
    };
    if length > MAXIMUM_FRAME {
        return Err(std::io::Error::other(format!(
            "a frame of {length} bytes; at most {MAXIMUM_FRAME} are read"
        )));
    }
    // Grows with what really arrives: the length alone costs nothing.
    let mut frame = Vec::new();
    source
        .take(u64::from(length))
        .read_to_end(&mut frame)
        .await?;
    if frame.len() < length as usize {
        return Err(std::io::ErrorKind::UnexpectedEof.into());
    }
    Ok(Some(frame.into()))
}

/// Writes a frame.
pub(super) async fn write(
    sink: &mut (impl AsyncWrite + Unpin),
    bytes: &[u8],
) -> std::io::Result<()> {
    let length = u32::try_from(bytes.len())
        .map_err(|_| std::io::Error::other("a frame of more than 4 GiB cannot be written"))?;
    sink.write_u32(length).await?;
    sink.write_all(bytes).await
}
