//! Links: what keeps a program on an interface exactly as long as somebody holds it.

use std::os::fd::{AsFd, AsRawFd, BorrowedFd, OwnedFd};

use super::abi::{self, Command};
use super::call::{Failure, address, bpf, bpf_descriptor, open_by_id};
use super::program::Program;

/// How many links of the system are looked at: more than a machine has.
const LINK_LIMIT: usize = 65_536;

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

    /// Opens the link that keeps the program with this number attached, if there is one. Needs CAP_SYS_ADMIN. It stays
    /// attached as long as one of those who hold the link is there.
    pub(crate) fn of_program(program: u32) -> Result<Option<Self>, Failure> {
        let mut last = 0;
        for _ in 0..LINK_LIMIT {
            let Some(id) = next_id(last)? else {
                return Ok(None);
            };
            match open_by_id(Command::LinkById, id, "open a BPF link") {
                Ok(descriptor) => {
                    let link = Self { descriptor };
                    if link.program()? == program {
                        return Ok(Some(link));
                    }
                }
                // It went while it was looked at.
                Err(failure) if failure.errno() == libc::ENOENT => {}
                Err(failure) => return Err(failure),
            }
            last = id;
        }
        Ok(None)
    }

    /// The number of its program.
    fn program(&self) -> Result<u32, Failure> {
        let mut information = abi::LinkInformation::default();
        let mut attributes = abi::ObjectInformation {
            fd: self.descriptor.as_raw_fd().cast_unsigned(),
            information_length: size_of::<abi::LinkInformation>() as u32,
            information: address(&raw mut information),
        };
        let doing = "describe a BPF link";
        // SAFETY: the kernel writes at most `information_length` bytes to `information`, which lives until after the
        // call.
        unsafe { bpf(Command::ObjectInformation, &mut attributes, doing)? };
        Ok(information.program_id)
    }
}

/// The number of the link that comes after `last`.
fn next_id(last: u32) -> Result<Option<u32>, Failure> {
    let mut attributes = abi::ById {
        id: last,
        ..Default::default()
    };
    // SAFETY: the command reads and writes the structure alone.
    let result = unsafe { bpf(Command::NextLinkId, &mut attributes, "list the BPF links") };
    match result {
        Ok(_) => Ok(Some(attributes.next)),
        Err(failure) if failure.errno() == libc::ENOENT => Ok(None),
        Err(failure) => Err(failure),
    }
}

impl AsFd for Link {
    fn as_fd(&self) -> BorrowedFd<'_> {
        self.descriptor.as_fd()
    }
}
