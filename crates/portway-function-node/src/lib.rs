//! The source of a Node add-on that replaces Node by another program, for the versions that lack `process.execve`.
//!
//! It is a crate of its own because it is the one thing here that talks to the system without a library: the packager compiles
//! [`SOURCE`] for the platform of the package (`rustc` alone suffices, for x86_64 and arm64), and the result needs nothing but the
//! Node that loads it. Nothing of it is linked into programs that depend on this crate.

/// The source of the add-on: a `cdylib` without the standard library.
///
/// When Node loads it, it reads the program's path from the environment variable `PORTWAY_FUNCTION_EXECUTABLE`, and calls `execve`
/// with that path as the only argument and with the environment as it is. It returns only if that failed; Node then goes on.
pub const SOURCE: &str = include_str!("addon.rs");

/// What `rustc` is called with, besides linker, target, source and output: no unwinding and no symbols. The linker must leave the
/// start files out, so that the add-on loads into every Node of the processor, whatever its C library.
pub const COMPILER_OPTIONS: &[&str] = &[
    "--crate-name=addon",
    "--crate-type=cdylib",
    "--edition=2024",
    "-Copt-level=s",
    "-Cpanic=abort",
    "-Cstrip=symbols",
];
