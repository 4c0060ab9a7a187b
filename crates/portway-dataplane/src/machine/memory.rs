//! The regions of a configuration.

use std::collections::{BTreeMap, BTreeSet};

use portway_xdp::{PageSize, Region, RegionError};
use tracing::warn;

use crate::config::{BackEnd, Configuration, Lport, Umem, XdpOptions, XdpPath, fill_ring};

/// What all AF_XDP sockets of one memory have in common, because the first one fixes it.
#[derive(Clone, Copy, Debug, Eq, Ord, PartialEq, PartialOrd)]
pub(super) struct Terms {
    pub(super) copies: bool,
    pub(super) always_wakes: bool,
    pub(super) unaligned: bool,
}

impl Terms {
    pub(super) fn of(options: &XdpOptions) -> Self {
        Self {
            copies: options.path == XdpPath::Generic,
            always_wakes: options.always_wake,
            unaligned: options.unaligned_chunks,
        }
    }
}

/// A region, and how many frames each of its AF_XDP sockets lends to the kernel.
#[derive(Clone, Debug)]
pub(super) struct Memory {
    pub(super) region: Region,
    pub(super) fill_ring: u32,
}

/// The regions that were made so far.
///
/// A umem is one region for all of its lports, so that frames go from one to the other without a copy. Only AF_XDP
/// lports that cannot share, because their terms differ, have one each.
#[derive(Debug)]
pub(super) struct Memories<'a> {
    configuration: &'a Configuration,
    made: BTreeMap<(usize, Option<Terms>), Memory>,
}

impl<'a> Memories<'a> {
    pub(super) fn new(configuration: &'a Configuration) -> Self {
        Self {
            configuration,
            made: BTreeMap::new(),
        }
    }

    /// The memory of an lport that is no AF_XDP socket: any of its umem.
    pub(super) fn plain(&mut self, lport: &Lport) -> Result<Memory, RegionError> {
        let terms = self.terms_of(lport.umem).first().copied();
        self.get(lport, terms)
    }

    /// The memory of an AF_XDP lport with these terms.
    pub(super) fn shared(&mut self, lport: &Lport, terms: Terms) -> Result<Memory, RegionError> {
        self.get(lport, Some(terms))
    }

    fn get(&mut self, lport: &Lport, terms: Option<Terms>) -> Result<Memory, RegionError> {
        if let Some(memory) = self.made.get(&(lport.umem, terms)) {
            return Ok(memory.clone());
        }
        let umem = &self.configuration.umems[lport.umem];
        let (buffers, sockets) = self.share(lport.umem, terms);
        let memory = Memory {
            region: make(umem, buffers)?,
            // The configuration has enough for all; a part of it may be less than its share.
            fill_ring: fill_ring(buffers, sockets, umem.receive_ring).unwrap_or(64),
        };
        self.made.insert((lport.umem, terms), memory.clone());
        Ok(memory)
    }

    /// Buffers of a memory and the sockets that they are for: all of the umem, unless several terms divide it. Terms that
    /// no lport asks for are those of lports which could not have what they asked for: any of them.
    fn share(&self, umem: usize, terms: Option<Terms>) -> (usize, usize) {
        let all = self.terms_of(umem);
        let sharers = |terms: Terms| self.sockets(umem).filter(move |(_, own)| *own == terms);
        let whole = &self.configuration.umems[umem];
        match terms.filter(|terms| all.len() > 1 && all.contains(terms)) {
            None => (whole.buffers, self.sockets(umem).count()),
            Some(terms) => {
                let regions: BTreeSet<usize> = sharers(terms).map(|(own, _)| own.region).collect();
                let buffers = regions.iter().map(|region| whole.regions[*region]).sum();
                (buffers, sharers(terms).count())
            }
        }
    }

    /// The AF_XDP lports of a umem with their terms.
    fn sockets(&self, umem: usize) -> impl Iterator<Item = (&'a Lport, Terms)> {
        let lports = self.configuration.lports.iter();
        lports.filter_map(move |lport| match &lport.back_end {
            BackEnd::Xdp(options) if lport.umem == umem => Some((lport, Terms::of(options))),
            _ => None,
        })
    }

    fn terms_of(&self, umem: usize) -> BTreeSet<Terms> {
        self.sockets(umem).map(|(_, terms)| terms).collect()
    }
}

/// Makes a region of the pages asked for, or of the next smaller ones that there are.
fn make(umem: &Umem, buffers: usize) -> Result<Region, RegionError> {
    let mut pages = umem.pages;
    loop {
        let region = Region::builder()
            .chunk_size(umem.buffer_size)
            .chunks(buffers)
            .page_size(pages)
            .build();
        match (region, smaller(pages)) {
            (Err(error @ RegionError::HugePages { .. }), Some(next)) => {
                warn!(umem = umem.name, %error, "smaller pages are used");
                pages = next;
            }
            (result, _) => return result,
        }
    }
}

/// The next smaller pages.
pub(super) fn smaller(pages: PageSize) -> Option<PageSize> {
    match pages {
        PageSize::Huge1G => Some(PageSize::Huge2M),
        PageSize::Huge2M => Some(PageSize::Ordinary),
        _ => None,
    }
}
