//! Ports over capture files (pcap): one that is replayed, one that is written.

use std::{
    fs::File,
    io::{self, BufReader, BufWriter, Write},
    path::{Path, PathBuf},
    sync::{Arc, Mutex, MutexGuard, PoisonError},
    time::{Duration, SystemTime, UNIX_EPOCH},
};

use pcap_file::{
    DataLink, PcapError,
    pcap::{PcapHeader, PcapPacket, PcapReader, PcapWriter},
};
use portway_xdp::{Burst, FramePool, Region};

use super::{
    DropReason, LinkType, NullPort, Port, Receive, ReceiveCounts, Transmit, TransmitCounts,
};

/// Larger than any packet that goes through a port.
const SNAP_LENGTH: u32 = 262_144;

/// Capture files as a port: what is in one is received, what is sent goes into the other.
///
/// Packets come as fast as they are asked for, not at the times of the file; after the last one nothing comes. The file
/// that is written is complete after [`Port::flush`], and once the port is dropped.
#[derive(Clone, Debug, Default)]
#[must_use = "nothing is opened until `open`"]
pub struct CaptureFiles {
    replayed: Option<PathBuf>,
    written: Option<PathBuf>,
    link_type: LinkType,
}

/// Why a capture file cannot be used.
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum CaptureError {
    /// The system does not give or make the file.
    #[error("the capture file {} cannot be opened", path.display())]
    Open {
        /// The file.
        path: PathBuf,
        /// The system's reason.
        source: io::Error,
    },
    /// It is not a capture file in pcap format.
    #[error("{} is not a pcap file; convert pcapng with `editcap -F pcap`", path.display())]
    Format {
        /// The file.
        path: PathBuf,
        /// What is wrong with it.
        source: PcapError,
    },
    /// Its packets begin with neither Ethernet nor IP.
    #[error("the packets of {} begin with {link:?}; only Ethernet and raw IP can be replayed", path.display())]
    Link {
        /// The file.
        path: PathBuf,
        /// What its packets begin with.
        link: DataLink,
    },
}

impl CaptureFiles {
    /// Neither file: nothing comes, and what is sent goes nowhere.
    pub fn new() -> Self {
        Self::default()
    }

    /// Receives the packets of this file.
    pub fn replay(mut self, path: impl Into<PathBuf>) -> Self {
        self.replayed = Some(path.into());
        self
    }

    /// Writes what is sent into this file, which is made anew.
    pub fn write(mut self, path: impl Into<PathBuf>) -> Self {
        self.written = Some(path.into());
        self
    }

    /// What the packets of the written file begin with; Ethernet unless set.
    pub fn link_type(mut self, link_type: LinkType) -> Self {
        self.link_type = link_type;
        self
    }

    /// Opens the files. Frames come from `region`.
    ///
    /// # Errors
    ///
    /// Names the file and what is wrong with it.
    pub fn open(self, name: impl Into<String>, region: &Region) -> Result<Port, CaptureError> {
        let receive: Box<dyn Receive> = match &self.replayed {
            Some(path) => Box::new(Replay::open(path, region)?),
            None => NullPort::half(region),
        };
        let transmit: Box<dyn Transmit> = match &self.written {
            Some(path) => Box::new(Capture::create(path, self.link_type, region)?),
            None => NullPort::half(region),
        };
        Ok(Port::new(name, region, receive, transmit))
    }
}

#[derive(Debug)]
struct Replay {
    reader: PcapReader<BufReader<File>>,
    link_type: LinkType,
    pool: FramePool,
    ended: bool,
}

impl Replay {
    fn open(path: &Path, region: &Region) -> Result<Self, CaptureError> {
        let path = || path.to_owned();
        let file = File::open(path()).map_err(|source| CaptureError::Open {
            path: path(),
            source,
        })?;
        let reader =
            PcapReader::new(BufReader::new(file)).map_err(|source| CaptureError::Format {
                path: path(),
                source,
            })?;
        let link_type = match reader.header().datalink {
            DataLink::ETHERNET => LinkType::Ethernet,
            DataLink::RAW | DataLink::IPV4 | DataLink::IPV6 => LinkType::Ip,
            link => return Err(CaptureError::Link { path: path(), link }),
        };
        Ok(Self {
            reader,
            link_type,
            pool: FramePool::new(region),
            ended: false,
        })
    }
}

impl Receive for Replay {
    fn receive(&mut self, burst: &mut Burst, counts: &mut ReceiveCounts) -> io::Result<()> {
        while !self.ended && !burst.is_full() {
            // Without a frame the packet stays in the file.
            let Some(mut frame) = self.pool.take() else {
                counts.fill_starved += 1;
                return Ok(());
            };
            let Some(packet) = self.reader.next_packet() else {
                self.ended = true;
                self.pool.give(frame);
                return Ok(());
            };
            let packet = packet.map_err(|error| {
                self.ended = true;
                io::Error::new(io::ErrorKind::InvalidData, error)
            })?;
            let whole = packet.orig_len as usize <= packet.data.len();
            if whole && frame.append(&packet.data).is_ok() {
                // The loop asked for room.
                let _ = burst.push(frame);
            } else {
                counts.count_invalid(DropReason::TooLong);
                self.pool.give(frame);
            }
        }
        Ok(())
    }

    fn link_type(&self) -> LinkType {
        self.link_type
    }
}

struct Capture {
    writer: PcapWriter<Buffered>,
    file: Buffered,
    pool: FramePool,
}

/// A file behind a buffer, held twice: the writer of the format does not flush. Never contended.
#[derive(Clone)]
struct Buffered(Arc<Mutex<BufWriter<File>>>);

impl Buffered {
    fn lock(&self) -> MutexGuard<'_, BufWriter<File>> {
        self.0.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

impl Write for Buffered {
    fn write(&mut self, bytes: &[u8]) -> io::Result<usize> {
        self.lock().write(bytes)
    }

    fn flush(&mut self) -> io::Result<()> {
        self.lock().flush()
    }
}

impl Capture {
    fn create(path: &Path, link_type: LinkType, region: &Region) -> Result<Self, CaptureError> {
        let file = File::create(path).map_err(|source| CaptureError::Open {
            path: path.to_owned(),
            source,
        })?;
        let header = PcapHeader {
            snaplen: SNAP_LENGTH,
            datalink: match link_type {
                LinkType::Ethernet => DataLink::ETHERNET,
                LinkType::Ip => DataLink::RAW,
            },
            ts_resolution: pcap_file::TsResolution::NanoSecond,
            ..PcapHeader::default()
        };
        let mut file = Buffered(Arc::new(Mutex::new(BufWriter::new(file))));
        let writer = PcapWriter::with_header(file.clone(), header).and_then(|writer| {
            // Who reads the file from now on finds a capture file, if an empty one.
            file.flush().map_err(PcapError::IoError)?;
            Ok(writer)
        });
        let writer = writer.map_err(|source| CaptureError::Format {
            path: path.to_owned(),
            source,
        })?;
        Ok(Self {
            writer,
            file,
            pool: FramePool::new(region),
        })
    }
}

impl std::fmt::Debug for Capture {
    fn fmt(&self, formatter: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        formatter.debug_struct("Capture").finish_non_exhaustive()
    }
}

impl Transmit for Capture {
    fn transmit(&mut self, burst: &mut Burst, counts: &mut TransmitCounts) -> io::Result<()> {
        let now = SystemTime::now().duration_since(UNIX_EPOCH);
        let now = now.unwrap_or(Duration::ZERO);
        for taken in 0..burst.len() {
            let frame = &burst[taken];
            let packet = PcapPacket::new(now, frame.len() as u32, frame);
            if let Err(error) = self.writer.write_packet(&packet) {
                burst.drain(taken).for_each(|frame| self.pool.give(frame));
                return Err(into_io(error));
            }
            counts.count_sent(&burst[taken..=taken]);
        }
        self.pool.give_all(burst);
        Ok(())
    }

    fn flush(&mut self) -> io::Result<()> {
        self.file.flush()
    }
}

fn into_io(error: PcapError) -> io::Error {
    match error {
        PcapError::IoError(error) => error,
        other => io::Error::new(io::ErrorKind::InvalidData, other),
    }
}
