//! What must be true of an executable before it is packed: it runs on a system that nobody here can look at.

use anyhow::Result;
use object::{
    Architecture as Machine, FileKind, Object as _, ObjectSymbol as _, SymbolKind,
    elf::{FileHeader64, PT_INTERP},
    read::elf::{FileHeader as _, ProgramHeader as _},
};

use super::Architecture;
use crate::failure::Advised;

/// Checks format, processor, linking and symbols.
///
/// # Errors
/// What is wrong, and how it is mended.
pub(crate) fn check(bytes: &[u8], architecture: Architecture) -> Result<()> {
    if FileKind::parse(bytes).ok() != Some(FileKind::Elf64) {
        return Err(Advised::failed(
            "the executable is no 64-bit ELF file",
            "function platforms run Linux; leave the target to `portway function build --arch x86_64|arm64`",
        )
        .into());
    }
    let file = object::File::parse(bytes)?;
    let expected = match architecture {
        Architecture::X86_64 => Machine::X86_64,
        Architecture::Arm64 => Machine::Aarch64,
    };
    if file.architecture() != expected {
        return Err(Advised::failed(
            format!(
                "the executable is for {:?}, not for {}",
                file.architecture(),
                architecture.name()
            ),
            "choose the right --arch, or build the executable for it",
        )
        .into());
    }
    if needs_interpreter(bytes)? {
        return Err(Advised::failed(
            "the executable needs a dynamic linker, which the platform may not have in the right version",
            "link it statically: `portway function build` without --executable does",
        )
        .into());
    }
    if file
        .symbols()
        .any(|symbol| symbol.kind() == SymbolKind::Text)
    {
        return Err(Advised::failed(
            "the executable still has its symbols, which only make the package larger",
            "strip it: `strip FILE`, or `strip = \"symbols\"` in the profile",
        )
        .into());
    }
    Ok(())
}

fn needs_interpreter(bytes: &[u8]) -> Result<bool> {
    let header = FileHeader64::<object::Endianness>::parse(bytes)?;
    let endian = header.endian()?;
    let segments = header.program_headers(endian, bytes)?;
    Ok(segments
        .iter()
        .any(|segment| segment.p_type(endian) == PT_INTERP))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_dynamic_executable_is_refused_with_the_way_to_a_static_one() {
        let own = std::fs::read(std::env::current_exe().expect("a path")).expect("a test program");
        let Some(here) = Architecture::here() else {
            return;
        };
        let error = check(&own, here).expect_err("tests are linked dynamically");
        assert!(error.to_string().contains("dynamic linker"), "{error}");
    }

    #[test]
    fn another_processor_is_named() {
        let own = std::fs::read(std::env::current_exe().expect("a path")).expect("a test program");
        let other = match Architecture::here() {
            Some(Architecture::X86_64) => Architecture::Arm64,
            _ => Architecture::X86_64,
        };
        let error = check(&own, other).expect_err("it is for this machine");
        assert!(error.to_string().contains(other.name()), "{error}");
    }

    #[test]
    fn a_script_is_no_executable_for_a_package() {
        assert!(check(b"#!/bin/sh\n", Architecture::X86_64).is_err());
        assert!(check(b"", Architecture::X86_64).is_err());
    }
}
