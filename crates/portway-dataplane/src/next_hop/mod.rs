//! Next hops: where on its link a frame goes, by the kernel's routes and its table of neighbours.
//!
//! The kernel is asked once for each destination; what it says afterwards of changes is followed. So a program that sends
//! past the kernel sends where the kernel would, with whatever rules, routes and neighbours it has.

mod kernel;
mod message;

use std::{
    collections::HashMap,
    io,
    net::IpAddr,
    os::fd::{AsRawFd, RawFd},
    time::{Duration, Instant},
};

use kernel::{News, Questions};
use message::{Link, Message, Route};
use smoltcp::wire::EthernetAddress;

#[cfg(feature = "fuzzing")]
pub(crate) use message::describe;

/// Destinations and neighbours that are remembered; with more, all are forgotten and asked for anew.
const REMEMBERED: usize = 16 * 1024;
/// How often the kernel is told that a neighbour is wanted, at most.
const USE_INTERVAL: Duration = Duration::from_secs(1);

/// Knows the next hops of one Ethernet interface.
///
/// Reading needs no privilege. To have the kernel find neighbours, and keep those that are used, it takes
/// CAP_NET_ADMIN; without it only neighbours are known that the kernel itself speaks to.
#[derive(Debug)]
pub struct NextHops {
    link: Link,
    mac: EthernetAddress,
    mark: u32,
    questions: Questions,
    news: News,
    /// None: not by this interface, or not at all.
    routes: HashMap<IpAddr, Option<Route>>,
    neighbours: HashMap<IpAddr, Known>,
    is_removed: bool,
}

#[derive(Clone, Copy, Debug)]
struct Known {
    mac: Option<EthernetAddress>,
    is_stale: bool,
    /// When the kernel was told last that it is wanted.
    used: Option<Instant>,
}

/// Where a packet to some destination goes.
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
pub enum Towards {
    /// To this neighbour.
    Neighbour(Neighbour),
    /// To a neighbour that is being looked for.
    Unresolved,
    /// By another interface, to this host itself, or nowhere.
    Elsewhere,
}

/// The neighbour that packets to a destination are handed to.
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
pub struct Neighbour {
    /// Its address on the link.
    pub mac: EthernetAddress,
    /// The longest packet of IP that may go this way.
    pub mtu: usize,
}

impl NextHops {
    /// Begins to follow an interface of this network namespace.
    ///
    /// # Errors
    ///
    /// There is no such interface, it is no Ethernet, or the system has no netlink.
    pub fn of(interface: &str) -> io::Result<Self> {
        let mut questions = Questions::open()?;
        // First listen, then ask: so no change falls between.
        let news = News::open()?;
        let link = questions.link(interface)?;
        let mac = link.mac.ok_or_else(|| {
            let text = format!("{interface} has no Ethernet address; choose another interface");
            io::Error::new(io::ErrorKind::InvalidInput, text)
        })?;
        Ok(Self {
            link,
            mac,
            mark: 0,
            questions,
            news,
            routes: HashMap::new(),
            neighbours: HashMap::new(),
            is_removed: false,
        })
    }

    /// The interface's own address on its link.
    pub fn mac(&self) -> EthernetAddress {
        self.mac
    }

    /// Length of the longest packet of IP that the interface takes.
    pub fn mtu(&self) -> usize {
        self.link.mtu
    }

    /// Whether the interface was removed from the system.
    pub fn is_removed(&self) -> bool {
        self.is_removed
    }

    /// Looks up routes for packets with this mark (`SO_MARK`) from now on; 0 is none.
    pub fn set_mark(&mut self, mark: u32) {
        self.mark = mark;
        self.routes.clear();
    }

    /// Where a packet to `destination` goes. Asks the kernel where it is not known yet, which takes some 20 µs; has the
    /// kernel look for a neighbour that it does not know or has not heard of lately.
    pub fn towards(&mut self, destination: IpAddr, now: Instant) -> Towards {
        let route = match self.routes.get(&destination) {
            Some(known) => *known,
            None => self.ask_route(destination),
        };
        let Some(route) = route else {
            return Towards::Elsewhere;
        };
        let address = route.gateway.unwrap_or(destination);
        let known = match self.neighbours.get(&address) {
            Some(known) => *known,
            None => self.ask_neighbour(address),
        };
        if known.mac.is_none() || known.is_stale {
            self.use_neighbour(address, known, now);
        }
        known.mac.map_or(Towards::Unresolved, |mac| {
            Towards::Neighbour(Neighbour {
                mac,
                mtu: route.mtu.unwrap_or(usize::MAX).min(self.link.mtu),
            })
        })
    }

    /// Reads what the kernel said of changes; tells whether anything may go another way than before.
    ///
    /// # Errors
    ///
    /// The system's reason; what was lost is made good by asking anew.
    pub fn read_news(&mut self) -> io::Result<bool> {
        let mut datagram = self.news.buffer();
        let mut changed = false;
        while let Some(length) = self
            .news
            .read(&mut datagram)
            .inspect_err(|_| self.forget())?
        {
            for message in message::read(&datagram[..length]) {
                self.note(message);
                changed = true;
            }
        }
        Ok(changed)
    }

    fn note(&mut self, message: Message) {
        match message {
            Message::Neighbour(neighbour) => self.note_neighbour(&neighbour),
            Message::NeighbourRemoved(neighbour) if neighbour.interface == self.link.index => {
                self.neighbours.remove(&neighbour.address);
            }
            Message::NeighbourRemoved(_) => {}
            Message::LinkRemoved(index) if index == self.link.index => self.is_removed = true,
            Message::Link(link) if link.index == self.link.index => {
                self.mac = link.mac.unwrap_or(self.mac);
                self.link = link;
                self.routes.clear();
            }
            // A route, a rule, an address, or what was not understood.
            _ => self.routes.clear(),
        }
    }

    fn note_neighbour(&mut self, neighbour: &message::Neighbour) {
        if neighbour.interface != self.link.index {
            return;
        }
        // Those that nobody sends to need not be known.
        if let Some(known) = self.neighbours.get_mut(&neighbour.address) {
            (known.mac, known.is_stale) = (neighbour.mac, neighbour.is_stale);
        }
    }

    fn forget(&mut self) {
        self.routes.clear();
        self.neighbours.clear();
    }

    fn ask_route(&mut self, destination: IpAddr) -> Option<Route> {
        let route = self.questions.route(destination, self.mark);
        let route = route
            .inspect_err(|error| tracing::debug!(%destination, %error, "no route"))
            .unwrap_or_default()
            .filter(|route| route.interface == self.link.index);
        if self.routes.len() >= REMEMBERED {
            self.routes.clear();
        }
        self.routes.insert(destination, route);
        route
    }

    fn ask_neighbour(&mut self, address: IpAddr) -> Known {
        let neighbour = self.questions.neighbour(self.link.index, address);
        let known = Known {
            mac: neighbour.as_ref().ok().and_then(|known| known.mac),
            is_stale: neighbour.is_ok_and(|known| known.is_stale),
            used: None,
        };
        if self.neighbours.len() >= REMEMBERED {
            self.neighbours.clear();
        }
        self.neighbours.insert(address, known);
        known
    }

    /// Tells the kernel that a neighbour is wanted, now and then.
    fn use_neighbour(&mut self, address: IpAddr, known: Known, now: Instant) {
        if known.used.is_some_and(|at| now < at + USE_INTERVAL) {
            return;
        }
        if let Err(error) = self.questions.use_neighbour(self.link.index, address) {
            tracing::debug!(%address, %error, "the kernel does not look for a neighbour");
        }
        let used = Some(now);
        self.neighbours.insert(address, Known { used, ..known });
    }
}

/// Becomes readable when there is news.
impl AsRawFd for NextHops {
    fn as_raw_fd(&self) -> RawFd {
        self.news.as_raw_fd()
    }
}
