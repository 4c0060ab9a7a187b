//! Who has what in this process: a queue or a file that two have is served by neither.

use std::{
    collections::BTreeMap,
    fmt,
    net::SocketAddr,
    path::PathBuf,
    sync::{Mutex, PoisonError},
};

/// What only one can have at a time.
#[derive(Clone, Debug, Eq, Ord, PartialEq, PartialOrd)]
pub(super) enum Resource {
    Port(String),
    Region(String),
    Queue { interface: String, queue: u32 },
    Interface(String),
    File(PathBuf),
    Socket(SocketAddr),
}

/// Names mean something in a network namespace only; this is its number.
type Namespace = u64;

/// The holders of this process.
static HOLDERS: Mutex<BTreeMap<(Namespace, Resource), String>> = Mutex::new(BTreeMap::new());

/// Resources of one holder, given back when it is dropped.
#[derive(Debug)]
pub(super) struct Claims {
    namespace: Namespace,
    holder: String,
    resources: Vec<Resource>,
}

impl Claims {
    pub(super) fn new(holder: impl Into<String>) -> Self {
        Self {
            namespace: namespace(),
            holder: holder.into(),
            resources: Vec::new(),
        }
    }

    /// Takes a resource; gives the name of its holder, if there is one.
    pub(super) fn take(&mut self, resource: Resource) -> Result<(), String> {
        let mut holders = HOLDERS.lock().unwrap_or_else(PoisonError::into_inner);
        let key = (self.namespace, resource);
        if let Some(holder) = holders.get(&key) {
            return Err(holder.clone());
        }
        self.resources.push(key.1.clone());
        holders.insert(key, self.holder.clone());
        Ok(())
    }
}

impl Drop for Claims {
    fn drop(&mut self) {
        let mut holders = HOLDERS.lock().unwrap_or_else(PoisonError::into_inner);
        for resource in self.resources.drain(..) {
            holders.remove(&(self.namespace, resource));
        }
    }
}

/// The network namespace of this thread; zero where the system does not tell, which makes all of them one.
fn namespace() -> Namespace {
    rustix::fs::stat("/proc/thread-self/ns/net").map_or(0, |file| file.st_ino)
}

impl fmt::Display for Resource {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Port(name) => write!(formatter, "port `{name}`"),
            Self::Region(name) => write!(formatter, "region `{name}`"),
            Self::Queue { interface, queue } => write!(formatter, "queue {queue} of {interface}"),
            Self::Interface(name) => write!(formatter, "interface {name}"),
            Self::File(path) => write!(formatter, "file {}", path.display()),
            Self::Socket(address) => write!(formatter, "UDP address {address}"),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_second_claim_learns_the_holder_until_the_first_one_is_gone() {
        let queue = |queue| Resource::Queue {
            interface: "claims-test".into(),
            queue,
        };
        let mut first = Claims::new("first");
        let mut second = Claims::new("second");
        assert_eq!(first.take(queue(0)), Ok(()));
        assert_eq!(second.take(queue(1)), Ok(()));
        assert_eq!(second.take(queue(0)), Err("first".to_owned()));
        drop(first);
        assert_eq!(second.take(queue(0)), Ok(()));
    }
}
