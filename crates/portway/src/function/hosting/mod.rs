//! Packages and programs on this machine, as platforms would run them.

mod emulation;
pub(crate) mod event;
mod front;
pub(crate) mod package;
pub(crate) mod process;
mod runtime;
pub(crate) mod runtime_api;

pub(crate) use emulation::emulate;
