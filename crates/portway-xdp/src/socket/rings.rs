//! The four rings of a socket, made by the kernel and mapped.

use std::io;
use std::mem::size_of;
use std::os::fd::AsRawFd;
use std::sync::Arc;

use super::builder::SocketBuilder;
use super::endpoint::Endpoint;
use super::error::SocketError;
use super::options;
use super::receiver::Receiver;
use super::sender::Sender;
use crate::kernel::{self, Descriptor, MapOffsets, RingOffsets};
use crate::ring::{Consumer, Producer};

/// The ends of the four rings, mapped.
pub(super) struct Rings {
    receive: Consumer<Descriptor>,
    fill: Producer<u64>,
    send: Producer<Descriptor>,
    completion: Consumer<u64>,
}

impl Rings {
    pub(super) fn map(endpoint: &mut Endpoint, asked: &SocketBuilder) -> Result<Self, SocketError> {
        let offsets = Self::make(endpoint, asked)
            .map_err(|source| endpoint.failed("setsockopt of a ring's size", source))?;
        Self::lay(endpoint, asked, &offsets)
            .map_err(|source| endpoint.failed("mmap of a ring", source))
    }

    /// Makes the kernel allocate the rings and says how they are laid out.
    fn make(endpoint: &Endpoint, asked: &SocketBuilder) -> io::Result<MapOffsets> {
        let socket = endpoint.as_raw_fd();
        options::set(socket, kernel::XDP_UMEM_FILL_RING, &asked.fill_entries())?;
        options::set(
            socket,
            kernel::XDP_UMEM_COMPLETION_RING,
            &asked.completion_entries(),
        )?;
        options::set(socket, kernel::XDP_RX_RING, &asked.receive_ring)?;
        options::set(socket, kernel::XDP_TX_RING, &asked.send_ring)?;
        // An older kernel does not know it; then `Sender` calls more often.
        let budget = asked.send_ring.min(crate::memory::MAXIMUM_BURST as u32);
        let _ = options::set(socket, kernel::XDP_MAX_TX_SKB_BUDGET, &budget);
        let mut offsets = MapOffsets::default();
        options::read(socket, kernel::XDP_MMAP_OFFSETS, &mut offsets)?;
        Ok(offsets)
    }

    fn lay(
        endpoint: &mut Endpoint,
        asked: &SocketBuilder,
        offsets: &MapOffsets,
    ) -> io::Result<Self> {
        let (receive, send) = (asked.receive_ring, asked.send_ring);
        let (fill, completion) = (asked.fill_entries(), asked.completion_entries());
        let mut map = |ring: &RingOffsets, size: u32, entry: usize, place: i64| {
            let length = ring.entries as usize + size as usize * entry;
            endpoint
                .map_ring(length, place)
                .map(|mapping| mapping.base())
        };
        let packet = size_of::<Descriptor>();
        let address = size_of::<u64>();
        let receive_base = map(&offsets.receive, receive, packet, kernel::RX_RING_OFFSET)?;
        let send_base = map(&offsets.send, send, packet, kernel::TX_RING_OFFSET)?;
        let fill_base = map(&offsets.fill, fill, address, kernel::FILL_RING_OFFSET)?;
        let completion_base = map(
            &offsets.completion,
            completion,
            address,
            kernel::COMPLETION_RING_OFFSET,
        )?;
        // SAFETY: the kernel laid out these rings with these offsets and sizes; entries are integers; the endpoint keeps
        // them mapped, and each half keeps the endpoint; each end is made once, here.
        unsafe {
            Ok(Self {
                receive: Consumer::new(receive_base, offsets.receive, receive),
                fill: Producer::new(fill_base, offsets.fill, fill),
                send: Producer::new(send_base, offsets.send, send),
                completion: Consumer::new(completion_base, offsets.completion, completion),
            })
        }
    }

    pub(super) fn halves(
        self,
        endpoint: &Arc<Endpoint>,
        asked: &SocketBuilder,
    ) -> (Receiver, Sender) {
        let fill_size = asked.fill_entries();
        let receiver = Receiver::new(endpoint.clone(), self.receive, self.fill, fill_size);
        (
            receiver,
            Sender::new(endpoint.clone(), self.send, self.completion),
        )
    }
}
