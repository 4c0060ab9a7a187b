//! Links: what keeps a program on an interface exactly as long as somebody holds it.

use std::os::fd::{AsFd, AsRawFd, BorrowedFd, OwnedFd};

use super::abi::{self, Command};
use super::call::{Failure, bpf_descriptor};
use super::program::Program;

/// Where in the way of a frame the program runs.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum LinkMode {
    /// In the driver, before the kernel has made a packet buffer of its own.
    Driver,
    /// In the kernel's general code, behind any driver.
    Generic,
}

/// A program on an interface. Closing it, which the end of the process does too, takes the program off.
#[derive(Debug)]
pub(crate) struct Link {
    descriptor: OwnedFd,
}

impl Link {
    /// Puts `program` on the interface with the index `interface`.
    pub(crate) fn create(
        program: &Program,
        interface: u32,
        mode: LinkMode,
    ) -> Result<Self, Failure> {
        let flags = match mode {
            LinkMode::Driver => abi::LINK_DRIVER,
            LinkMode::Generic => abi::LINK_GENERIC,
        };
        let mut attributes = abi::LinkCreate {
            program_fd: program.as_fd().as_raw_fd().cast_unsigned(),
            interface_index: interface,
            attach_type: abi::ATTACH_TYPE_XDP,
            flags,
        };
        let doing = "attach the XDP program";
        // SAFETY: the command reads the structure alone, and returns a new descriptor.
        let descriptor = unsafe { bpf_descriptor(Command::LinkCreate, &mut attributes, doing)? };
        Ok(Self { descriptor })
    }
}

impl AsFd for Link {
    fn as_fd(&self) -> BorrowedFd<'_> {
        self.descriptor.as_fd()
    }
}
