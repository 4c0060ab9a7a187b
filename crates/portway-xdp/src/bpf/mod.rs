//! What this crate needs of bpf(2): maps, programs, links, pins, and an assembler for the programs.
//!
//! No C compiler and no ELF file take part: a program is assembled in memory and handed to the kernel.

mod abi;
mod assembler;
mod call;
mod instruction;
mod link;
mod map;
mod processors;
mod program;
#[cfg(test)]
mod test_run;

pub(crate) use assembler::{Assembler, AssemblyError, Label};
pub(crate) use call::Failure;
pub(crate) use instruction::{Comparison, Helper, Instruction, Register, Width};
pub(crate) use link::{Link, LinkMode};
pub(crate) use map::{Map, MapKind};
pub(crate) use processors::PossibleProcessors;
pub(crate) use program::{Frags, LoadError, Program};
