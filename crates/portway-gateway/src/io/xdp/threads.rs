//! Opening both sides, and the threads of their queues.

use std::{
    io::{self, ErrorKind},
    iter,
    panic::{AssertUnwindSafe, catch_unwind},
    sync::{
        Arc,
        atomic::{AtomicBool, Ordering},
    },
    thread::{self, JoinHandle},
};

use mio::{Registry, Waker};
use portway_dataplane::{NextHops, Port, PortReceiver, PortSender, Region};

use super::{
    answers::Answers,
    inner_end::InnerEnd,
    interface::{Attachment, computes_checksums, queues, region},
    outer_end::OuterEnd,
    own_addresses::OwnAddresses,
    queue::{Ends, Queue, QueueThread},
    side::XdpSide,
};
use crate::io::{
    DataPathError, XdpInner, XdpInterface,
    handle::text_of,
    path::{SharedWorker, lock},
};

/// Both sides, as far as they are on AF_XDP.
#[derive(Default)]
pub(in crate::io) struct Opened {
    pub(in crate::io) outer: Option<(Arc<OuterEnd>, Attachment)>,
    pub(in crate::io) inner: Option<(XdpSide, Attachment)>,
    pub(in crate::io) queues: Vec<Queue>,
}

/// What is asked for.
pub(in crate::io) struct Wanted<'a> {
    /// With the addresses that it serves, and the port that the kernel's socket has.
    pub(in crate::io) outer: Option<(&'a XdpInterface, OwnAddresses, u16)>,
    pub(in crate::io) inner: Option<&'a XdpInner>,
    /// That of the tunnel.
    pub(in crate::io) mtu: u16,
}

/// Opens the sides that are on AF_XDP, over one region, so that frames go from one to the other.
///
/// # Errors
///
/// Names what is missing and what helps.
pub(in crate::io) fn open(
    wanted: &Wanted<'_>,
    registry: &Registry,
    first_token: usize,
) -> io::Result<Opened> {
    check(wanted)?;
    let outer = wanted.outer.as_ref().map(|(side, ..)| *side);
    let inner = wanted.inner.map(|inner| &inner.interface);
    if outer.is_none() && inner.is_none() {
        return Ok(Opened::default());
    }
    let hops = |side: &XdpInterface| NextHops::of(&side.name);
    let hops = (outer.map(hops).transpose()?, inner.map(hops).transpose()?);
    let region = region_for([(outer, &hops.0), (inner, &hops.1)])?;
    let mut opened = Opened::default();
    let (mut receivers, mut ends) = ((Vec::new(), Vec::new()), (None, None));
    if let (Some((side, own, port)), Some(hops)) = (&wanted.outer, hops.0) {
        let local = (own.clone(), *port);
        let (end, attachment) = open_outer(side, local, hops, &region, &mut receivers.0)?;
        ends.0 = Some(Arc::clone(&end));
        opened.outer = Some((end, attachment));
    }
    if let (Some(inner), Some(hops)) = (wanted.inner, hops.1) {
        let (end, attachment) = open_inner(inner, hops, &region, &mut receivers.1)?;
        let (name, networks) = (&inner.interface.name, inner.networks.clone());
        let answers = Answers::open(name, networks)?;
        let side = XdpSide::new(
            end.clone(),
            name,
            answers,
            wanted.mtu,
            registry,
            first_token,
        )?;
        ends.1 = Some(end);
        opened.inner = Some((side, attachment));
    }
    opened.queues = pair(receivers, &ends, wanted.mtu.into());
    Ok(opened)
}

/// Memory for the sockets of both sides.
fn region_for(sides: [(Option<&XdpInterface>, &Option<NextHops>); 2]) -> io::Result<Region> {
    let there = sides.iter().filter_map(|(side, _)| *side);
    let sockets = there.map(|side| queues(side).len()).sum();
    let mtus = sides.iter().filter_map(|(_, hops)| hops.as_ref());
    let mtu = mtus.map(NextHops::mtu).max().unwrap_or(0);
    // Packets that leave by the inner side have the checksums of those who sent them.
    let [(outer, _), _] = sides;
    region(sockets, mtu, outer.is_some_and(computes_checksums))
}

fn open_outer(
    side: &XdpInterface,
    (own, port): (OwnAddresses, u16),
    hops: NextHops,
    region: &Region,
    receivers: &mut Vec<PortReceiver>,
) -> io::Result<(Arc<OuterEnd>, Attachment)> {
    let (attachment, ports) = Attachment::open(side, region, own.rule(port))?;
    let senders = senders(ports, receivers);
    let end = OuterEnd::new(own, port, hops, senders);
    Ok((Arc::new(end), attachment))
}

fn open_inner(
    inner: &XdpInner,
    hops: NextHops,
    region: &Region,
    receivers: &mut Vec<PortReceiver>,
) -> io::Result<(Arc<InnerEnd>, Attachment)> {
    let rule = InnerEnd::rule(&inner.networks);
    let (attachment, ports) = Attachment::open(&inner.interface, region, rule)?;
    let end = InnerEnd::new(inner.addresses.clone(), hops, senders(ports, receivers));
    Ok((Arc::new(end), attachment))
}

/// Parts the halves of ports.
fn senders(ports: Vec<Port>, receivers: &mut Vec<PortReceiver>) -> Vec<PortSender> {
    let (receiving, sending): (Vec<_>, _) = ports.into_iter().map(Port::split).unzip();
    receivers.extend(receiving);
    sending
}

fn check(wanted: &Wanted<'_>) -> io::Result<()> {
    let refuse = |text: String| Err(io::Error::new(ErrorKind::InvalidInput, text));
    if let Some((side, own, _)) = &wanted.outer {
        if own.first().is_loopback() {
            return refuse(format!(
                "AF_XDP on {} needs the address that clients dial, not {}: listen on one of the interface's own",
                side.name,
                own.first()
            ));
        }
        if wanted
            .inner
            .is_some_and(|inner| inner.interface.name == side.name)
        {
            return refuse(format!(
                "{} cannot be the outer and the inner side: an interface has one XDP program",
                side.name
            ));
        }
    }
    Ok(())
}

/// Gives each thread a queue of either side, as far as there are.
fn pair(
    (outer, inner): (Vec<PortReceiver>, Vec<PortReceiver>),
    ends: &Ends,
    mtu: usize,
) -> Vec<Queue> {
    let count = outer.len().max(inner.len());
    let outer = outer
        .into_iter()
        .map(Some)
        .chain(iter::repeat_with(|| None));
    let inner = inner
        .into_iter()
        .map(Some)
        .chain(iter::repeat_with(|| None));
    (0..count)
        .zip(outer.zip(inner))
        .map(|(number, (outer, inner))| Queue {
            number,
            outer,
            inner,
            ends: ends.clone(),
            mtu,
        })
        .collect()
}

/// The running threads; dropping it stops them and waits for their end.
#[derive(Default)]
pub(in crate::io) struct QueueThreads {
    stopped: Arc<AtomicBool>,
    threads: Vec<(Waker, JoinHandle<()>)>,
}

impl QueueThreads {
    /// Starts a thread for each queue.
    pub(in crate::io) fn start(queues: Vec<Queue>, worker: &SharedWorker) -> io::Result<Self> {
        let mut threads = Self::default();
        for queue in queues {
            let name = format!("portway-queue-{}", queue.number);
            let stopped = Arc::clone(&threads.stopped);
            let (thread, waker) = QueueThread::new(queue, Arc::clone(worker), stopped)?;
            let worker = Arc::clone(worker);
            let handle = thread::Builder::new()
                .name(name)
                .spawn(move || run(thread, &worker))?;
            threads.threads.push((waker, handle));
        }
        Ok(threads)
    }
}

/// Runs a queue; where it ends before it is told to, the whole data path does.
fn run(mut thread: QueueThread, worker: &SharedWorker) {
    let error = match catch_unwind(AssertUnwindSafe(|| thread.run())) {
        Ok(Ok(())) => return,
        Ok(Err(error)) => DataPathError::io("waited for packets")(error),
        Err(panic) => DataPathError::Panicked(text_of(&*panic)),
    };
    lock(worker).fail(error);
}

impl Drop for QueueThreads {
    fn drop(&mut self) {
        self.stopped.store(true, Ordering::Release);
        for (waker, _) in &self.threads {
            if let Err(error) = waker.wake() {
                tracing::error!(%error, "cannot wake the thread of a queue");
            }
        }
        for (_, thread) in self.threads.drain(..) {
            // It catches its panics.
            let _ = thread.join();
        }
    }
}
