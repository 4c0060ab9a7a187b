//! The add-on that replaces Node by the program where Node itself cannot.

use std::{path::Path, process::Command};

use anyhow::{Context as _, Result};
use portway_function_node::{COMPILER_OPTIONS, SOURCE};

use super::{Architecture, cargo};

/// Compiles the add-on for a processor.
///
/// `None` if the tool chain has no linker for it: packages work without, on old versions of Node more slowly.
pub(crate) fn compile(architecture: Architecture, scratch: &Path) -> Result<Option<Vec<u8>>> {
    let source = scratch.join("addon.rs");
    let output = scratch.join("addon.node");
    std::fs::write(&source, SOURCE).context("cannot write the add-on's source")?;
    let triple = format!("{}-unknown-linux-gnu", architecture.in_triples());
    if !cargo::has_target(&triple) {
        return Ok(None);
    }
    for linker in LINKERS {
        let compiled = Command::new("rustc")
            .args(COMPILER_OPTIONS)
            .args(linker)
            .args(["--target", &triple, "-o"])
            .arg(&output)
            .arg(&source)
            .output();
        if compiled.is_ok_and(|compiled| compiled.status.success()) {
            return Ok(Some(std::fs::read(&output)?));
        }
    }
    Ok(None)
}

/// Linkers to try: the one that comes with the tool chain, for any processor, then the C compiler of this machine.
const LINKERS: [&[&str]; 2] = [
    &["-Clinker=rust-lld", "-Clinker-flavor=ld.lld"],
    &[
        "-Clink-arg=-nostdlib",
        "-Clink-arg=-nostartfiles",
        "-Clink-arg=-Wl,--build-id=none",
    ],
];
