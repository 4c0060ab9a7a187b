//! What brings frames to AF_XDP sockets: own programs, pinned maps, the device plugin.

use std::{
    collections::{BTreeMap, BTreeSet},
    path::{Path, PathBuf},
    sync::Arc,
};

use portway_xdp::{
    Socket,
    device_plugin::Client,
    program::{AttachMode, AttachPolicy, Attached, DEFAULT_QUEUES, Match, SocketMap},
};
use tracing::{info, warn};

use super::error::OpenReason;
use crate::{
    BusyPoll,
    config::{BackEnd, Configuration, SocketMapOrigin, XdpOptions, XdpPath},
};

/// Where one socket is put in.
#[derive(Clone, Debug)]
pub(super) enum Entrance {
    Own(Arc<Attached>),
    Map(Arc<SocketMap>),
}

impl Entrance {
    pub(super) fn insert(&self, socket: &Socket) -> Result<(), OpenReason> {
        match self {
            Self::Own(program) => program.insert(socket.queue(), socket)?,
            Self::Map(map) => map.insert(socket.queue(), socket)?,
        }
        Ok(())
    }

    /// The program of our own.
    pub(super) fn program(&self) -> Option<Arc<Attached>> {
        match self {
            Self::Own(program) => Some(program.clone()),
            Self::Map(_) => None,
        }
    }

    /// The mode of the program, if it is our own.
    pub(super) fn mode(&self) -> Option<AttachMode> {
        self.program().map(|program| program.mode())
    }
}

/// The programs and maps of a configuration, each opened once.
#[derive(Debug)]
pub(super) struct Programs<'a> {
    configuration: &'a Configuration,
    own: BTreeMap<&'a str, Arc<Attached>>,
    maps: BTreeMap<(&'a SocketMapOrigin, &'a str), Arc<SocketMap>>,
    plugins: BTreeMap<&'a Path, Client>,
}

/// What is wanted of the program of an interface.
struct Wishes {
    rule: Match,
    policy: AttachPolicy,
    queues: u32,
}

impl<'a> Programs<'a> {
    pub(super) fn new(configuration: &'a Configuration) -> Self {
        Self {
            configuration,
            own: BTreeMap::new(),
            maps: BTreeMap::new(),
            plugins: BTreeMap::new(),
        }
    }

    /// Finds or makes the entrance for a socket on `interface`.
    pub(super) fn entrance(
        &mut self,
        interface: &'a str,
        options: &'a XdpOptions,
    ) -> Result<Entrance, OpenReason> {
        let origin = &options.socket_map;
        if *origin == SocketMapOrigin::OwnProgram {
            return self.attach(interface).map(Entrance::Own);
        }
        if let Some(map) = self.maps.get(&(origin, interface)) {
            return Ok(Entrance::Map(map.clone()));
        }
        let map = match origin {
            SocketMapOrigin::DevicePlugin(path) => self.hand_out(path, interface)?,
            SocketMapOrigin::Pinned(path) => SocketMap::from_pin(path)?,
            SocketMapOrigin::OwnProgram => unreachable!("dealt with above"),
        };
        let map = Arc::new(map);
        self.maps.insert((origin, interface), map.clone());
        Ok(Entrance::Map(map))
    }

    fn attach(&mut self, interface: &'a str) -> Result<Arc<Attached>, OpenReason> {
        if let Some(program) = self.own.get(interface) {
            return Ok(program.clone());
        }
        let wishes = self.wishes(interface);
        let program = Attached::builder(interface, wishes.rule)
            .policy(wishes.policy)
            .queues(wishes.queues)
            .sharing()
            .attach()?;
        if program.is_shared() {
            info!(interface, "the XDP program of another process is shared");
        }
        if let Some(refusal) = program.refusal() {
            info!(interface, %refusal, "generic mode: the driver does not take an XDP program");
        }
        let program = Arc::new(program);
        self.own.insert(interface, program.clone());
        Ok(program)
    }

    /// What the lports of an interface want of its program: one serves them all.
    fn wishes(&self, interface: &str) -> Wishes {
        let (mut paths, mut rules, mut queues) = (BTreeSet::new(), Vec::new(), DEFAULT_QUEUES);
        for lport in &self.configuration.lports {
            if let BackEnd::Xdp(options) = &lport.back_end
                && lport.interface == interface
            {
                paths.insert(options.path == XdpPath::Driver);
                rules.push(options.rule.clone());
                queues = queues.max(options.queue.saturating_add(1));
            }
        }
        rules.dedup();
        let policy = if paths.contains(&true) {
            AttachPolicy::DriverElseGeneric
        } else {
            AttachPolicy::Generic
        };
        Wishes {
            // Who has no rule wants everything, and so the program takes everything.
            rule: rules
                .into_iter()
                .collect::<Option<Vec<_>>>()
                .map_or_else(Match::everything, Match::any),
            policy,
            queues,
        }
    }

    fn hand_out(&mut self, path: &'a Path, interface: &str) -> Result<SocketMap, OpenReason> {
        let failed = |source| OpenReason::DevicePlugin {
            path: PathBuf::from(path),
            source,
        };
        // The plugin serves one connection for each socket in the pod's life.
        if !self.plugins.contains_key(path) {
            let client = Client::builder(path).connect().map_err(failed)?;
            self.plugins.insert(path, client);
        }
        let client = self.plugins.get_mut(path).expect("inserted above");
        client.socket_map(interface).map_err(failed)
    }

    /// Has the plugin switch busy polling on, which this process may not do itself.
    pub(super) fn busy_poll(
        &mut self,
        path: &Path,
        socket: &mut Socket,
        wish: BusyPoll,
    ) -> Result<(), OpenReason> {
        let Some(client) = self.plugins.get_mut(path) else {
            return Ok(());
        };
        let answer = client.set_busy_poll(socket, wish.interval, wish.budget);
        answer.map_err(|source| OpenReason::DevicePlugin {
            path: path.to_owned(),
            source,
        })
    }

    /// Says good-bye to the plugins.
    pub(super) fn finish(self) {
        for (path, client) in self.plugins {
            if let Err(error) = client.finish() {
                warn!(path = %path.display(), %error, "the device plugin did not take leave");
            }
        }
    }
}
