//! Plain tokio: bytes of a known length to and fro, nothing else. The bound for anything.

use tokio::{
    io::{AsyncReadExt as _, AsyncWriteExt as _},
    net::{TcpListener, TcpStream},
};

use crate::messaging::load::{Load, Progress, Sample, sides};

/// As many messages in one write as calls are to be under way.
pub(crate) fn calls(load: Load) -> anyhow::Result<Sample> {
    sides(
        load,
        move |listener: TcpListener| async move {
            let (mut stream, _) = listener.accept().await?;
            stream.set_nodelay(true)?;
            let mut buffer = vec![0; load.size * load.depth];
            loop {
                let length = stream.read(&mut buffer).await?;
                if length == 0 {
                    return Ok(());
                }
                stream.write_all(&buffer[..length]).await?;
            }
        },
        move |address, progress: Progress| async move {
            let mut stream = TcpStream::connect(address).await?;
            stream.set_nodelay(true)?;
            let mut buffer = vec![0; load.size * load.depth];
            while !progress.is_over() {
                stream.write_all(&buffer).await?;
                stream.read_exact(&mut buffer).await?;
                progress.add(load.depth as u64);
            }
            Ok(())
        },
    )
}
