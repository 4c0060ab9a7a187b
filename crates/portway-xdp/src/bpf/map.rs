//! Maps: tables that programs and processes share.

use std::ffi::CString;
use std::io;
use std::os::fd::{AsFd, AsRawFd, BorrowedFd, OwnedFd};
use std::os::unix::ffi::OsStrExt;
use std::path::Path;

use super::abi::{self, Command};
use super::call::{Failure, address, bpf, bpf_descriptor, open_by_id};
use super::processors::PossibleProcessors;

/// The kinds of maps that this crate uses, by their number in `enum bpf_map_type`.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[repr(u32)]
pub(crate) enum MapKind {
    /// `BPF_MAP_TYPE_PERCPU_ARRAY`
    PerCpuArray = 6,
    /// `BPF_MAP_TYPE_XSKMAP`
    SocketMap = 17,
}

/// A map with 32-bit keys from 0.
#[derive(Debug)]
pub(crate) struct Map {
    descriptor: OwnedFd,
    value_size: u32,
    entries: u32,
}

impl Map {
    /// Makes a map of `entries` values of `value_size` bytes each.
    pub(crate) fn create(
        kind: MapKind,
        name: &str,
        value_size: u32,
        entries: u32,
    ) -> Result<Self, Failure> {
        let mut attributes = abi::MapCreate {
            map_type: kind as u32,
            key_size: size_of::<u32>() as u32,
            value_size,
            max_entries: entries,
            map_name: abi::object_name(name),
            ..Default::default()
        };
        // SAFETY: the command reads the structure alone, and returns a new descriptor.
        let descriptor =
            unsafe { bpf_descriptor(Command::MapCreate, &mut attributes, "create a BPF map")? };
        Ok(Self {
            descriptor,
            value_size,
            entries,
        })
    }

    /// Takes over the descriptor of a map made elsewhere, once the kernel has said that it is of `kind`.
    pub(crate) fn from_descriptor(descriptor: OwnedFd, kind: MapKind) -> Result<Self, Failure> {
        let mut information = abi::MapInformation::default();
        let mut attributes = abi::ObjectInformation {
            fd: descriptor.as_raw_fd().cast_unsigned(),
            information_length: size_of::<abi::MapInformation>() as u32,
            information: address(&raw mut information),
        };
        let doing = "describe a BPF map";
        // SAFETY: the kernel writes at most `information_length` bytes to `information`, which lives until after the
        // call. A program's or link's description would be written within the same bound.
        unsafe { bpf(Command::ObjectInformation, &mut attributes, doing)? };
        let described = attributes.information_length as usize == size_of::<abi::MapInformation>();
        if !described || information.map_type != kind as u32 || information.key_size != 4 {
            let source = io::Error::new(io::ErrorKind::InvalidInput, "not a map of this kind");
            return Err(Failure { doing, source });
        }
        Ok(Self {
            descriptor,
            value_size: information.value_size,
            entries: information.max_entries,
        })
    }

    /// Opens a map by its number, whoever has made it. Needs CAP_SYS_ADMIN.
    pub(crate) fn by_id(id: u32, kind: MapKind) -> Result<Self, Failure> {
        Self::from_descriptor(open_by_id(Command::MapById, id, "open a BPF map")?, kind)
    }

    /// Opens a pinned map.
    pub(crate) fn from_pin(path: &Path, kind: MapKind) -> Result<Self, Failure> {
        let doing = "open the pinned BPF map";
        let path = path_text(path, doing)?;
        let mut attributes = abi::Object {
            path: address(path.as_ptr()),
            ..Default::default()
        };
        // SAFETY: `path` is closed by a zero and lives until after the call, which returns a new descriptor.
        let descriptor = unsafe { bpf_descriptor(Command::ObjectGet, &mut attributes, doing)? };
        Self::from_descriptor(descriptor, kind)
    }

    /// Gives the map a name in a BPF file system, which keeps it alive beyond this process.
    pub(crate) fn pin(&self, path: &Path) -> Result<(), Failure> {
        let doing = "pin the BPF map";
        let path = path_text(path, doing)?;
        let mut attributes = abi::Object {
            path: address(path.as_ptr()),
            fd: self.descriptor.as_raw_fd().cast_unsigned(),
            ..Default::default()
        };
        // SAFETY: `path` is closed by a zero and lives until after the call.
        unsafe { bpf(Command::ObjectPin, &mut attributes, doing)? };
        Ok(())
    }

    /// Returns how many keys there are.
    pub(crate) fn entries(&self) -> u32 {
        self.entries
    }

    /// Sets the value of `key` in a map whose values are 32 bits.
    pub(crate) fn update(&self, key: u32, value: u32) -> Result<(), Failure> {
        let doing = "set an entry of the BPF map";
        self.expect_value_size(size_of::<u32>(), doing)?;
        let mut attributes = abi::MapElement {
            key: address(&raw const key),
            value: address(&raw const value),
            ..self.element()
        };
        // SAFETY: the kernel reads four bytes each, the sizes of the map's key and value, both checked.
        unsafe { bpf(Command::MapUpdate, &mut attributes, doing)? };
        Ok(())
    }

    /// Removes `key`.
    pub(crate) fn delete(&self, key: u32) -> Result<(), Failure> {
        let mut attributes = abi::MapElement {
            key: address(&raw const key),
            ..self.element()
        };
        // SAFETY: the kernel reads four bytes, the size of the map's key.
        unsafe {
            bpf(
                Command::MapDelete,
                &mut attributes,
                "remove an entry of the BPF map",
            )?
        };
        Ok(())
    }

    /// Returns the values of `key`, one for each processor that may ever be there.
    pub(crate) fn lookup_per_cpu(
        &self,
        key: u32,
        processors: PossibleProcessors,
    ) -> Result<Vec<u64>, Failure> {
        let doing = "read an entry of the BPF map";
        self.expect_value_size(size_of::<u64>(), doing)?;
        let mut values = vec![0_u64; processors.get()];
        let mut attributes = abi::MapElement {
            key: address(&raw const key),
            value: address(values.as_mut_ptr()),
            ..self.element()
        };
        // SAFETY: the kernel reads four bytes of key and writes eight bytes for each possible processor; the count
        // of these is the kernel's own.
        unsafe { bpf(Command::MapLookup, &mut attributes, doing)? };
        Ok(values)
    }

    fn element(&self) -> abi::MapElement {
        let map_fd = self.descriptor.as_raw_fd().cast_unsigned();
        abi::MapElement {
            map_fd,
            ..Default::default()
        }
    }

    fn expect_value_size(&self, size: usize, doing: &'static str) -> Result<(), Failure> {
        if self.value_size as usize == size {
            return Ok(());
        }
        let source = io::Error::new(io::ErrorKind::InvalidInput, "values of another size");
        Err(Failure { doing, source })
    }
}

impl AsFd for Map {
    fn as_fd(&self) -> BorrowedFd<'_> {
        self.descriptor.as_fd()
    }
}

fn path_text(path: &Path, doing: &'static str) -> Result<CString, Failure> {
    CString::new(path.as_os_str().as_bytes()).map_err(|zero| Failure {
        doing,
        source: io::Error::new(io::ErrorKind::InvalidInput, zero),
    })
}
