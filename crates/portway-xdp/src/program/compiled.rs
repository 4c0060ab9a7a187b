//! Compiled XDP programs, loaded by aya, beside our sockets.

use std::os::fd::AsFd;
use std::time::Duration;

use aya::maps::Map;
use aya::programs::Xdp;

use super::attached::{AttachPolicy, Attached, DEFAULT_PATIENCE};
use super::error::ProgramError;
use super::interface::Interface;
use super::linking::Parts;
use super::socket_map::SocketMap;
use crate::bpf::Program;

/// An XDP program that was compiled elsewhere, in the kernel and ready to be attached.
///
/// aya reads the object file, makes its maps and loads the program; attaching and the sockets are as for a
/// [`Match`](super::Match): by a BPF link that ends with the process, in driver mode or, where the driver refuses, in generic
/// mode. Other maps of the object stay with the `aya::Ebpf` that made them, for the caller to read and write.
///
/// ```no_run
/// use portway_xdp::program::Compiled;
///
/// # fn example(socket: &portway_xdp::Socket) -> Result<(), Box<dyn std::error::Error>> {
/// let mut object = aya::Ebpf::load_file("filter.o")?;
/// let attached = Compiled::load(&mut object, "filter", "xsks_map")?.attach("eth0")?;
/// attached.insert(socket.queue(), socket)?;
/// # Ok(())
/// # }
/// ```
#[derive(Debug)]
#[must_use = "it is attached by `attach`"]
pub struct Compiled {
    parts: Parts,
    policy: AttachPolicy,
    patience: Duration,
}

/// Why a compiled program cannot be used.
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum CompiledError {
    /// The object has no program of this name.
    #[error("the object has no program {name:?}: programs go by the names of their functions")]
    NoProgram {
        /// The name that was given.
        name: String,
    },
    /// The object has no map of this name, or it is not one of sockets.
    #[error("the object has no map of AF_XDP sockets (BPF_MAP_TYPE_XSKMAP) {name:?}")]
    NoSocketMap {
        /// The name that was given.
        name: String,
    },
    /// It is not an XDP program, or the kernel refuses it.
    #[error("the program {name:?} cannot be loaded as an XDP program")]
    Load {
        /// The name that was given.
        name: String,
        /// What aya says of it, with the verifier's words where it has spoken.
        source: Box<aya::programs::ProgramError>,
    },
    /// The map or the program cannot be used.
    #[error(transparent)]
    Program(#[from] ProgramError),
}

impl Compiled {
    /// Loads the program of this name into the kernel, unless that is done already, and takes a hold of the map that it
    /// redirects to. Needs CAP_BPF and CAP_NET_ADMIN.
    ///
    /// # Errors
    ///
    /// There is no such program or map, or the kernel refuses the program.
    pub fn load(
        object: &mut aya::Ebpf,
        program: &str,
        sockets: &str,
    ) -> Result<Self, CompiledError> {
        let sockets = socket_map(object, sockets)?;
        let name = || program.to_owned();
        let refused = |source| CompiledError::Load {
            name: name(),
            source: Box::new(source),
        };
        let found = object.program_mut(program);
        let found = found.ok_or_else(|| CompiledError::NoProgram { name: name() })?;
        let found: &mut Xdp = found.try_into().map_err(refused)?;
        match found.load() {
            Ok(()) | Err(aya::programs::ProgramError::AlreadyLoaded) => {}
            Err(error) => return Err(refused(error)),
        }
        let descriptor = found.fd().map_err(refused)?.as_fd().try_clone_to_owned();
        let descriptor = descriptor.map_err(|source| ProgramError::Kernel {
            doing: "copy the descriptor of a program",
            source,
        })?;
        let parts = Parts {
            program: Program::from_descriptor(descriptor),
            sockets,
            counters: None,
        };
        Ok(Self {
            parts,
            policy: AttachPolicy::default(),
            patience: DEFAULT_PATIENCE,
        })
    }

    /// Sets which modes may be used. Driver mode with generic mode to fall back to, when not called.
    pub fn policy(mut self, policy: AttachPolicy) -> Self {
        self.policy = policy;
        self
    }

    /// Sets how long attaching is tried again while another program is on the interface, half a second when not called.
    pub fn patience(mut self, patience: Duration) -> Self {
        self.patience = patience;
        self
    }

    /// Attaches it to the interface of this name.
    ///
    /// # Errors
    ///
    /// Those of [`AttachedBuilder::attach`](super::AttachedBuilder::attach).
    pub fn attach(self, interface: &str) -> Result<Attached, ProgramError> {
        let interface = Interface::find(interface)?;
        self.parts.attach(&interface, self.policy, self.patience)
    }
}

fn socket_map(object: &aya::Ebpf, name: &str) -> Result<SocketMap, CompiledError> {
    let Some(Map::XskMap(map)) = object.map(name) else {
        return Err(CompiledError::NoSocketMap {
            name: name.to_owned(),
        });
    };
    let descriptor = map.fd().as_fd().try_clone_to_owned();
    let descriptor = descriptor.map_err(|source| ProgramError::Kernel {
        doing: "copy the descriptor of a map",
        source,
    })?;
    Ok(SocketMap::from_descriptor(descriptor)?)
}
