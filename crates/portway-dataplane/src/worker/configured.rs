//! Workers as a configuration describes them.

use std::{path::Path, sync::Arc};

use portway_xdp::Region;

use super::{StartError, ThreadSettings, WorkersBuilder};
use crate::{
    AccessFilter, AccessPolicy, AccessRules, CaptureFiles, Echo, Forward, Generator, Identity,
    LinkType, Loopback, Mode, PatternClassifier, PatternRule, Patterns, Port, RouteRule,
    RouteTable, Router, SendOnly, Sink, Steer,
    config::{self, BackEnd, Configuration, Lport},
};

/// Frames of a capture file's own memory: two of the largest bursts and what pools keep.
const CAPTURE_FRAMES: usize = 1024;
/// Room for a packet of Ethernet's longest frames in one chunk.
const CAPTURE_CHUNK: usize = 16 << 10;

/// What the modes of all ports are made from; what is large is made once.
#[derive(Debug)]
struct Shared {
    identities: Arc<[Identity]>,
    routes: Arc<RouteTable>,
    rules: Arc<AccessRules>,
    patterns: Arc<Patterns>,
    burst: usize,
    /// The index of the port that is the capture file.
    capture: Option<usize>,
}

impl WorkersBuilder {
    /// Workers as a configuration wants them. `ports` are its lports, opened, in their order
    /// ([`machine::open`](crate::machine::open)).
    ///
    /// Mode `capture` adds a port behind them, which is the file, and mode `replay` one whose packets go out of the first
    /// lport that the thread serves.
    ///
    /// # Errors
    ///
    /// A thread has no mode, or its mode lacks an option or cannot work on one of its ports.
    pub fn from_configuration(
        configuration: &Configuration,
        ports: Vec<Port>,
    ) -> Result<Self, StartError> {
        let modes = modes_of(configuration)?;
        let mut shared = Shared::new(configuration)?;
        if modes.contains(&Some(config::Mode::Capture)) {
            shared.capture = Some(ports.len());
        }
        let mut builder = Self::default();
        builder.burst(configuration.options.burst);
        for (index, port) in ports.into_iter().enumerate() {
            let mode = shared.mode(modes[index], index, &port)?;
            match interface_of(&configuration.lports[index]) {
                Some(interface) => builder.port_on(interface, port, mode),
                None => builder.port(port, mode),
            };
        }
        builder.add_threads(configuration, shared.capture.is_some())?;
        Ok(builder)
    }

    /// Adds the threads that serve something, with the ports that are files.
    fn add_threads(
        &mut self,
        configuration: &Configuration,
        captures: bool,
    ) -> Result<(), StartError> {
        let options = &configuration.options;
        let mut capture = options.capture_file.as_deref().filter(|_| captures);
        for thread in working(configuration) {
            let mut served = thread.lports.clone();
            if let Some(file) = capture.take() {
                served.push(self.capture_into(file)?);
            }
            if configuration.mode_of(thread) == Some(config::Mode::Replay)
                && let Some(file) = &options.replay_file
            {
                served.push(self.replay(file, thread.lports[0])?);
            }
            let cores = configuration.cores_of(thread).unwrap_or_default();
            let settings = ThreadSettings::new(&thread.name)
                .ports(served)
                .cores(cores.iter().copied());
            self.thread(match (thread.idle_timeout, thread.interrupt_timeout) {
                (Some(idle), Some(interrupt)) => settings.sleeps(idle, interrupt),
                _ => settings,
            });
        }
        Ok(())
    }

    fn capture_into(&mut self, file: &Path) -> Result<usize, StartError> {
        let port = CaptureFiles::new()
            .write(file)
            .open("capture", &capture_region()?)?;
        Ok(self.companion(port, Box::new(SendOnly)))
    }

    fn replay(&mut self, file: &Path, to: usize) -> Result<usize, StartError> {
        let port = CaptureFiles::new()
            .replay(file)
            .open("replay", &capture_region()?)?;
        let mode = Steer::patiently_to(to).called(config::Mode::Replay.name());
        Ok(self.companion(port, Box::new(mode)))
    }
}

/// Threads that serve a port; the others have nothing to do here.
fn working(configuration: &Configuration) -> impl Iterator<Item = &config::Thread> {
    let threads = configuration.threads.iter();
    threads.filter(|thread| !thread.lports.is_empty())
}

/// By lport: what its thread does with packets; none where no thread serves it.
fn modes_of(configuration: &Configuration) -> Result<Vec<Option<config::Mode>>, StartError> {
    let mut modes = vec![None; configuration.lports.len()];
    for thread in working(configuration) {
        let mode = configuration.mode_of(thread);
        let mode = mode.ok_or_else(|| StartError::NoMode {
            thread: thread.name.clone(),
        })?;
        check_options(mode, configuration)?;
        for lport in &thread.lports {
            modes[*lport] = Some(mode);
        }
    }
    Ok(modes)
}

/// Whether a mode has what it cannot do without.
fn check_options(mode: config::Mode, configuration: &Configuration) -> Result<(), StartError> {
    let options = &configuration.options;
    let option = match mode {
        config::Mode::Capture if options.capture_file.is_none() => "capture-file",
        config::Mode::Replay if options.replay_file.is_none() => "replay-file",
        config::Mode::Route if options.routes.is_empty() => "l3fwd-fib-rules",
        config::Mode::Pattern if options.patterns.is_empty() => "hs-patterns",
        _ => return Ok(()),
    };
    Err(StartError::MissingOption {
        mode: mode.name(),
        option,
    })
}

fn capture_region() -> Result<Region, StartError> {
    let region = Region::builder()
        .chunk_size(CAPTURE_CHUNK)
        .chunks(CAPTURE_FRAMES);
    Ok(region.build()?)
}

/// The interface that a port ends with.
fn interface_of(lport: &Lport) -> Option<&str> {
    let has_one = matches!(
        lport.back_end,
        BackEnd::Xdp(_) | BackEnd::PacketSocket | BackEnd::Tap | BackEnd::Tun
    );
    has_one.then_some(lport.interface.as_str())
}

impl Shared {
    fn new(configuration: &Configuration) -> Result<Self, StartError> {
        let options = &configuration.options;
        let identities = configuration
            .lports
            .iter()
            .map(|lport| identity(lport, configuration));
        let routes: Vec<RouteRule> = options.routes.iter().map(|rule| rule.value).collect();
        let patterns: Vec<PatternRule> = options
            .patterns
            .iter()
            .map(|rule| rule.value.clone())
            .collect();
        Ok(Self {
            identities: identities.collect::<Result<_, _>>()?,
            routes: Arc::new(RouteTable::new(&routes)),
            rules: Arc::new(AccessRules::of_configuration(configuration)),
            patterns: Arc::new(Patterns::new(&patterns)?),
            burst: options.burst,
            capture: None,
        })
    }

    /// The mode of one port.
    fn mode(
        &self,
        mode: Option<config::Mode>,
        index: usize,
        port: &Port,
    ) -> Result<Box<dyn Mode>, StartError> {
        let Some(mode) = mode else {
            return Ok(Box::new(SendOnly));
        };
        if let Some(mode) = self.mode_for_any(mode) {
            return Ok(mode);
        }
        if port.link_type() != LinkType::Ethernet {
            return Err(StartError::NotEthernet {
                mode: mode.name(),
                port: port.name().to_owned(),
            });
        }
        Ok(self.mode_for_ethernet(mode, &self.identities[index]))
    }

    /// A mode that does not look into frames.
    fn mode_for_any(&self, mode: config::Mode) -> Option<Box<dyn Mode>> {
        Some(match (mode, self.capture) {
            (config::Mode::Drop | config::Mode::Replay, _) => Box::new(Sink),
            (config::Mode::Capture, Some(port)) => Box::new(Steer::to(port).called(mode.name())),
            _ => return None,
        })
    }

    fn mode_for_ethernet(&self, mode: config::Mode, identity: &Identity) -> Box<dyn Mode> {
        match mode {
            config::Mode::TransmitOnly => Box::new(Generator::new(identity.mac, self.burst)),
            config::Mode::TransmitOnlyReceive => {
                Box::new(Generator::new(identity.mac, self.burst).receiving())
            }
            config::Mode::Loopback => Box::new(Loopback),
            config::Mode::Forward => Box::new(Forward),
            config::Mode::Route => {
                let (routes, identities) = (Arc::clone(&self.routes), Arc::clone(&self.identities));
                Box::new(Router::new(routes, identities))
            }
            config::Mode::AclStrict => self.filter(AccessPolicy::Strict),
            config::Mode::AclPermissive => self.filter(AccessPolicy::Permissive),
            config::Mode::Pattern => Box::new(PatternClassifier::new(Arc::clone(&self.patterns))),
            config::Mode::Echo => Box::new(Echo::new(identity.clone())),
            config::Mode::Drop | config::Mode::Capture | config::Mode::Replay => Box::new(Sink),
        }
    }

    fn filter(&self, policy: AccessPolicy) -> Box<dyn Mode> {
        Box::new(AccessFilter::new(policy, Arc::clone(&self.rules)))
    }
}

impl AccessRules {
    /// The rules that a configuration starts with: those of the demonstration, if it asks for them, and its own.
    pub fn of_configuration(configuration: &Configuration) -> Self {
        let options = &configuration.options;
        let mut rules = Vec::new();
        if options.acl_demonstration {
            rules.extend_from_slice(Self::demonstration().rules());
        }
        rules.extend(options.acl_rules.iter().map(|rule| rule.value));
        Self::new(rules)
    }
}

fn identity(lport: &Lport, configuration: &Configuration) -> Result<Identity, StartError> {
    let more = &configuration.options.echo_addresses;
    let Some(interface) = interface_of(lport) else {
        return Ok(Identity {
            mac: None,
            addresses: more.clone(),
        });
    };
    Identity::of_interface(interface, more).map_err(|source| StartError::Addresses {
        interface: interface.to_owned(),
        source,
    })
}
