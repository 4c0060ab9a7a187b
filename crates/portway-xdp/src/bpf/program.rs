//! Loading a program: the kernel's verifier reads it and keeps it, or says why not.

use std::fmt;
use std::os::fd::{AsFd, AsRawFd, BorrowedFd, OwnedFd};

use super::abi::{self, Command};
use super::call::{Failure, address, bpf, bpf_descriptor, open_by_id};
use super::instruction::Instruction;

/// The room for the verifier's log. It is asked for only after a refusal; what does not fit is left out.
const LOG_ROOM: usize = 64 * 1024;
/// How many lines of the log's end an error shows: the refusal is at the end.
const LOG_LINES_SHOWN: usize = 12;
/// How many maps a description has room for: those of a program of ours, and one to tell that there are more.
const MAPS_DESCRIBED: usize = 3;
/// A line of its own that the kernel knows as compatible with the GPL, so that no helper is withheld.
const LICENSE: &std::ffi::CStr = c"Dual MIT/GPL";

/// Whether a program is told of frames that are spread over several buffers.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub(crate) enum Frags {
    /// The driver hands over frames of one buffer alone, and refuses to be set to larger ones.
    #[default]
    SingleBuffer,
    /// The program reads the first buffer and copes with others behind it.
    SeveralBuffers,
}

/// A program that the kernel did not take.
#[derive(Debug, thiserror::Error)]
#[error("{failure}{}", LogEnd(log))]
pub(crate) struct LoadError {
    #[source]
    pub(crate) failure: Failure,
    /// What the verifier said; empty if it was not asked or had nothing to say.
    pub(crate) log: String,
}

/// An XDP program in the kernel.
#[derive(Debug)]
pub(crate) struct Program {
    descriptor: OwnedFd,
}

impl Program {
    /// Has the kernel check and keep the program. The maps it names by descriptor must be open.
    pub(crate) fn load(
        name: &str,
        instructions: &[Instruction],
        frags: Frags,
    ) -> Result<Self, LoadError> {
        match try_load(name, instructions, frags, &mut []) {
            Ok(descriptor) => Ok(Self { descriptor }),
            Err(failure) if has_log(&failure) => Self::load_with_log(name, instructions, frags),
            Err(failure) => Err(LoadError {
                failure,
                log: String::new(),
            }),
        }
    }

    fn load_with_log(
        name: &str,
        instructions: &[Instruction],
        frags: Frags,
    ) -> Result<Self, LoadError> {
        let mut room = vec![0_u8; LOG_ROOM];
        match try_load(name, instructions, frags, &mut room) {
            Ok(descriptor) => Ok(Self { descriptor }),
            Err(failure) => Err(LoadError {
                failure,
                log: log_text(&room),
            }),
        }
    }

    /// Takes over a program that something else has loaded. Whether it is an XDP program the kernel says when it is attached.
    #[cfg(feature = "aya")]
    pub(crate) fn from_descriptor(descriptor: OwnedFd) -> Self {
        Self { descriptor }
    }

    /// Opens a program by its number, whoever has loaded it. Needs CAP_SYS_ADMIN.
    pub(crate) fn by_id(id: u32) -> Result<Self, Failure> {
        let descriptor = open_by_id(Command::ProgramById, id, "open an XDP program")?;
        Ok(Self { descriptor })
    }

    /// Returns the number that the kernel and its tools know the program by.
    pub(crate) fn id(&self) -> Result<u32, Failure> {
        Ok(self.describe()?.id)
    }

    /// Asks the kernel what it knows of the program.
    pub(crate) fn describe(&self) -> Result<Description, Failure> {
        let mut map_ids = [0_u32; MAPS_DESCRIBED];
        let mut information = abi::ProgramInformation {
            map_count: map_ids.len() as u32,
            map_ids: address(map_ids.as_mut_ptr()),
            ..Default::default()
        };
        let mut attributes = abi::ObjectInformation {
            fd: self.descriptor.as_raw_fd().cast_unsigned(),
            information_length: size_of::<abi::ProgramInformation>() as u32,
            information: address(&raw mut information),
        };
        let doing = "describe an XDP program";
        // SAFETY: the kernel writes at most `information_length` bytes to `information` and `map_count` numbers to
        // `map_ids`; both live until after the call. It writes nothing to where no room is said to be.
        unsafe { bpf(Command::ObjectInformation, &mut attributes, doing)? };
        let known = map_ids.get(..information.map_count as usize);
        Ok(Description {
            id: information.id,
            tag: information.tag,
            name: information.name,
            maps: known.map(<[u32]>::to_vec),
        })
    }
}

/// What the kernel tells of a program.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct Description {
    /// Its number.
    pub(crate) id: u32,
    /// A digest of its instructions, in which maps do not count.
    pub(crate) tag: [u8; 8],
    name: [u8; abi::NAME_LENGTH],
    /// The numbers of its maps; none, if there are more than any program of ours has.
    pub(crate) maps: Option<Vec<u32>>,
}

impl Description {
    /// Whether it was loaded by this name.
    pub(crate) fn has_name(&self, name: &str) -> bool {
        self.name == abi::object_name(name)
    }
}

impl AsFd for Program {
    fn as_fd(&self) -> BorrowedFd<'_> {
        self.descriptor.as_fd()
    }
}

/// Only a refusal of the verifier leaves a log.
fn has_log(failure: &Failure) -> bool {
    matches!(failure.errno(), libc::EACCES | libc::EINVAL | libc::E2BIG)
}

fn try_load(
    name: &str,
    instructions: &[Instruction],
    frags: Frags,
    log: &mut [u8],
) -> Result<OwnedFd, Failure> {
    let mut attributes = abi::ProgramLoad {
        program_type: abi::PROGRAM_TYPE_XDP,
        instruction_count: u32::try_from(instructions.len()).unwrap_or(u32::MAX),
        instructions: address(instructions.as_ptr()),
        license: address(LICENSE.as_ptr()),
        flags: if frags == Frags::SeveralBuffers {
            abi::PROGRAM_HAS_FRAGS
        } else {
            0
        },
        name: abi::object_name(name),
        expected_attach_type: abi::ATTACH_TYPE_XDP,
        ..Default::default()
    };
    if !log.is_empty() {
        attributes.log_level = 1;
        attributes.log_size = u32::try_from(log.len()).unwrap_or(u32::MAX);
        attributes.log_buffer = address(log.as_mut_ptr());
    }
    // SAFETY: the instructions, the licence's text with its closing zero and the log live until after the call; the
    // kernel reads and writes as many as are named. The result is a new descriptor.
    unsafe {
        bpf_descriptor(
            Command::ProgramLoad,
            &mut attributes,
            "load the XDP program",
        )
    }
}

fn log_text(room: &[u8]) -> String {
    let written = room.split(|&byte| byte == 0).next().unwrap_or_default();
    String::from_utf8_lossy(written).into_owned()
}

/// The last lines of a log, each on a line of its own.
struct LogEnd<'a>(&'a str);

impl fmt::Display for LogEnd<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let lines: Vec<&str> = self.0.lines().collect();
        let from = lines.len().saturating_sub(LOG_LINES_SHOWN);
        lines[from..]
            .iter()
            .try_for_each(|line| write!(f, "\n  {line}"))
    }
}
