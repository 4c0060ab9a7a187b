//! AF_XDP sockets over veth, in copy mode, in network namespaces of the tests' own.
#![cfg(all(target_os = "linux", not(miri)))]

mod errors;
mod processes;
mod requests;
mod support;
mod traffic;
