//! Running a program on a frame from memory, for the tests: the kernel is the judge of what a program does.

use std::os::fd::{AsFd, AsRawFd};

use super::abi::{self, Command};
use super::call::{Failure, address, bpf};
use super::program::Program;

impl Program {
    /// Runs the program once on `frame`, which must have 14 bytes at least, and returns what it returned.
    pub(crate) fn run(&self, frame: &[u8]) -> Result<u32, Failure> {
        let mut attributes = abi::TestRun {
            program_fd: self.as_fd().as_raw_fd().cast_unsigned(),
            data_size_in: u32::try_from(frame.len()).unwrap_or(u32::MAX),
            data_in: address(frame.as_ptr()),
            repeat: 1,
            ..Default::default()
        };
        // SAFETY: the kernel reads `data_size_in` bytes of `frame` and writes nothing: there is no `data_out`.
        unsafe {
            bpf(
                Command::ProgramTestRun,
                &mut attributes,
                "run the XDP program",
            )?
        };
        Ok(attributes.return_value)
    }
}
