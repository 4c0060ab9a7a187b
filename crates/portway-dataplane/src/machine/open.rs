//! Ports out of a configuration.

use std::{
    net::{SocketAddr, UdpSocket},
    path::Path,
};

use portway_xdp::{Copying, Region, Socket, SocketError, Wakeup, program::AttachMode};
use rustix::process::{Resource as Limit, Rlimit, getrlimit, setrlimit};
use tracing::info;

use super::{
    claims::{Claims, Resource},
    error::{OpenError, OpenReason},
    memory::{Memories, Memory, Terms},
    programs::{Entrance, Programs},
};
use crate::{
    CaptureFiles, NullPort, PacketPort, Port, RingPort, TunnelInterface, UdpPort, XdpPort,
    config::{BackEnd, Configuration, Lport, SocketMapOrigin, XdpOptions},
};

/// The ports of a configuration.
#[derive(Debug)]
#[non_exhaustive]
pub struct Opened {
    /// One for each lport, in their order.
    pub ports: Vec<Port>,
    /// How each of them works, where it is an AF_XDP socket.
    pub ways: Vec<Option<XdpWay>>,
    /// Keep it as long as the ports: then nobody else in this process gets what is theirs.
    pub hold: Hold,
}

/// How an AF_XDP port has come out.
#[derive(Clone, Debug, Eq, PartialEq)]
#[non_exhaustive]
pub struct XdpWay {
    /// Where the program runs; none, where it is not ours.
    pub mode: Option<AttachMode>,
    /// Whether frames are copied.
    pub copying: Copying,
}

/// What the ports of a configuration have to themselves in this process; given back when it is dropped.
#[derive(Debug)]
pub struct Hold {
    _claims: Claims,
}

/// Opens the ports of a configuration. `holder` is the name by which others in this process learn who has them.
///
/// Raises this process's limit of locked memory as far as it may, because AF_XDP counts against it.
///
/// # Errors
///
/// The first lport or umem that cannot be opened, with what to do; what was opened before it is closed again.
pub fn open(configuration: &Configuration, holder: &str) -> Result<Opened, OpenError> {
    raise_memory_lock();
    let claims = claim(configuration, holder)?;
    let mut opening = Opening {
        configuration,
        memories: Memories::new(configuration),
        programs: Programs::new(configuration),
    };
    let entrances = opening.entrances()?;
    let mut rings = opening.rings()?;
    let (mut ports, mut ways) = (Vec::new(), Vec::new());
    for (index, lport) in configuration.lports.iter().enumerate() {
        let failed = |reason| failure(lport, reason);
        let (port, way) = match (rings[index].take(), &entrances[index]) {
            (Some(port), _) => (port, None),
            (None, Some((options, entrance))) => {
                let (port, way) = opening.xdp(lport, options, entrance).map_err(failed)?;
                (port, Some(way))
            }
            (None, None) => (opening.plain(lport).map_err(failed)?, None),
        };
        ports.push(port);
        ways.push(way);
    }
    opening.programs.finish();
    let hold = Hold { _claims: claims };
    Ok(Opened { ports, ways, hold })
}

fn failure(lport: &Lport, reason: impl Into<OpenReason>) -> OpenError {
    OpenError {
        name: lport.name.clone(),
        span: lport.span,
        reason: Box::new(reason.into()),
    }
}

fn raise_memory_lock() {
    let limit = getrlimit(Limit::Memlock);
    let raised = Rlimit {
        current: limit.maximum,
        maximum: limit.maximum,
    };
    if raised != limit {
        // Opening says it, if the limit is too low.
        let _ = setrlimit(Limit::Memlock, raised);
    }
}

fn claim(configuration: &Configuration, holder: &str) -> Result<Claims, OpenError> {
    let mut claims = Claims::new(holder);
    for umem in &configuration.umems {
        let resource = Resource::Region(umem.name.clone());
        take(&mut claims, resource).map_err(|reason| OpenError {
            name: umem.name.clone(),
            span: umem.span,
            reason: Box::new(reason),
        })?;
    }
    for lport in &configuration.lports {
        for resource in resources(lport) {
            take(&mut claims, resource).map_err(|reason| failure(lport, reason))?;
        }
    }
    Ok(claims)
}

fn take(claims: &mut Claims, resource: Resource) -> Result<(), OpenReason> {
    let what = resource.to_string();
    let taken = claims.take(resource);
    taken.map_err(|holder| OpenReason::Claimed { what, holder })
}

/// What an lport has to itself.
fn resources(lport: &Lport) -> Vec<Resource> {
    let mut resources = vec![Resource::Port(lport.name.clone())];
    let interface = || lport.interface.clone();
    match &lport.back_end {
        BackEnd::Xdp(options) => resources.push(Resource::Queue {
            interface: interface(),
            queue: options.queue,
        }),
        BackEnd::Tap | BackEnd::Tun => resources.push(Resource::Interface(interface())),
        BackEnd::Udp(address) if address.port() != 0 => resources.push(Resource::Socket(*address)),
        BackEnd::Capture {
            written: Some(file),
            ..
        } => resources.push(Resource::File(file.clone())),
        _ => {}
    }
    resources
}

/// A configuration on its way to ports.
struct Opening<'a> {
    configuration: &'a Configuration,
    memories: Memories<'a>,
    programs: Programs<'a>,
}

impl<'a> Opening<'a> {
    /// Attaches programs and fetches maps, all of them before the first socket: a device plugin ends the conversation
    /// after a refusal.
    fn entrances(&mut self) -> Result<Vec<Option<(&'a XdpOptions, Entrance)>>, OpenError> {
        let lports = self.configuration.lports.iter();
        let entrances = lports.map(|lport| match &lport.back_end {
            BackEnd::Xdp(options) => {
                let entrance = self.programs.entrance(&lport.interface, options);
                let entrance = entrance.map_err(|reason| failure(lport, reason))?;
                Ok(Some((options, entrance)))
            }
            _ => Ok(None),
        });
        entrances.collect()
    }

    /// Makes both ends of each ring.
    fn rings(&mut self) -> Result<Vec<Option<Port>>, OpenError> {
        let lports = &self.configuration.lports;
        let mut rings: Vec<Option<Port>> = lports.iter().map(|_| None).collect();
        for (index, lport) in lports.iter().enumerate() {
            let BackEnd::Ring { peer } = lport.back_end else {
                continue;
            };
            let region = |memories: &mut Memories<'_>, lport| {
                let memory = memories.plain(lport);
                memory.map_err(|error| failure(lport, error))
            };
            let near = region(&mut self.memories, lport)?.region;
            let capacity = self.configuration.umems[lport.umem].send_ring as usize;
            match peer.filter(|peer| *peer != index) {
                None => rings[index] = Some(RingPort::alone(&lport.name, capacity, &near)),
                Some(peer) if rings[index].is_none() => {
                    let other = &lports[peer];
                    let far = region(&mut self.memories, other)?.region;
                    let ends = [(lport.name.as_str(), &near), (&other.name, &far)];
                    let (near, far) = RingPort::pair(ends, capacity);
                    (rings[index], rings[peer]) = (Some(near), Some(far));
                }
                Some(_) => {}
            }
        }
        Ok(rings)
    }

    /// Opens an lport that is no AF_XDP socket and no ring.
    fn plain(&mut self, lport: &Lport) -> Result<Port, OpenReason> {
        let region = &self.memories.plain(lport)?.region;
        let (name, interface) = (lport.name.as_str(), lport.interface.as_str());
        Ok(match &lport.back_end {
            BackEnd::PacketSocket => PacketPort::open(name, interface, region)?,
            BackEnd::Tap => TunnelInterface::tap(interface).open(region)?,
            BackEnd::Tun => TunnelInterface::tun(interface).open(region)?,
            BackEnd::Udp(address) => UdpPort::open(name, bind(*address)?, region)?,
            BackEnd::Capture { replayed, written } => {
                let files = captures(replayed.as_deref(), written.as_deref());
                files.open(name, region)?
            }
            BackEnd::Null | BackEnd::Xdp(_) | BackEnd::Ring { .. } => NullPort::open(name, region),
        })
    }

    fn xdp(
        &mut self,
        lport: &Lport,
        options: &XdpOptions,
        entrance: &Entrance,
    ) -> Result<(Port, XdpWay), OpenReason> {
        let (mut socket, region) = self.socket(lport, options, entrance)?;
        if let (SocketMapOrigin::DevicePlugin(path), Some(wish)) =
            (&options.socket_map, options.busy_poll)
        {
            self.programs.busy_poll(path, &mut socket, wish)?;
        }
        entrance.insert(&socket)?;
        let way = XdpWay {
            mode: entrance.mode(),
            copying: socket.copying(),
        };
        tell(lport, options, &way);
        let port = XdpPort::open(&lport.name, socket, entrance.program(), &region);
        Ok((port, way))
    }

    /// Opens the socket, in memory of its own and with a copy where the driver has no zero copy and others of the umem
    /// have it.
    fn socket(
        &mut self,
        lport: &Lport,
        options: &XdpOptions,
        entrance: &Entrance,
    ) -> Result<(Socket, Region), OpenReason> {
        let mut terms = Terms::of(options);
        // The kernel's general code copies in any case.
        terms.copies |= entrance.mode() == Some(AttachMode::Generic);
        let memory = self.memories.shared(lport, terms)?;
        match self.bind(lport, options, terms, &memory) {
            Err(SocketError::NotByDriver { .. }) if !terms.copies => {
                terms.copies = true;
                let memory = self.memories.shared(lport, terms)?;
                let socket = self.bind(lport, options, terms, &memory)?;
                Ok((socket, memory.region))
            }
            result => Ok((result?, memory.region)),
        }
    }

    fn bind(
        &self,
        lport: &Lport,
        options: &XdpOptions,
        terms: Terms,
        memory: &Memory,
    ) -> Result<Socket, SocketError> {
        let umem = &self.configuration.umems[lport.umem];
        let mut builder = Socket::builder(&lport.interface, options.queue)
            .receive_ring(umem.receive_ring)
            .fill_ring(memory.fill_ring)
            .send_ring(umem.send_ring);
        if terms.copies {
            builder = builder.copying(Copying::Copy);
        }
        if terms.always_wakes {
            builder = builder.wakeup(Wakeup::Always);
        }
        if terms.unaligned {
            builder = builder.unaligned_chunks();
        }
        let by_plugin = matches!(options.socket_map, SocketMapOrigin::DevicePlugin(_));
        if let Some(busy_poll) = options.busy_poll.filter(|_| !by_plugin) {
            builder = builder.busy_poll(busy_poll);
        }
        builder.open(&memory.region)
    }
}

fn bind(address: SocketAddr) -> Result<UdpSocket, OpenReason> {
    UdpSocket::bind(address).map_err(|source| OpenReason::Udp { address, source })
}

fn captures(replayed: Option<&Path>, written: Option<&Path>) -> CaptureFiles {
    let mut files = CaptureFiles::new();
    if let Some(path) = replayed {
        files = files.replay(path);
    }
    if let Some(path) = written {
        files = files.write(path);
    }
    files
}

/// Says once how the port works.
fn tell(lport: &Lport, options: &XdpOptions, way: &XdpWay) {
    let mode = way
        .mode
        .map_or("foreign".to_owned(), |mode| mode.to_string());
    let copying = match way.copying {
        Copying::ZeroCopy => "zero copy",
        _ => "copy",
    };
    let (lport, queue) = (lport.name.as_str(), options.queue);
    info!(lport, queue, mode, copying, "AF_XDP port");
}
