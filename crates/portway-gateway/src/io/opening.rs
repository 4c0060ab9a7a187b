//! What a worker begins with, and what is said where it cannot be had.

use std::io;

use mio::{Registry, Token};
use ring::rand::{SecureRandom as _, SystemRandom};

use super::{
    Inner, ListenAddress,
    inner_side::{InnerSide, StackSide},
    tun::TunSide,
    xdp::XdpSide,
};
use crate::state::Random;

pub(super) fn explain_bind(listen: ListenAddress, error: &io::Error) -> io::Error {
    let address = match listen {
        ListenAddress::At(address) => address.to_string(),
        ListenAddress::Any(port) => format!("port {port} of all addresses"),
    };
    let hint = match error.kind() {
        io::ErrorKind::AddrInUse => "choose another port or stop the program that has it",
        io::ErrorKind::AddrNotAvailable => "this host has no such address",
        io::ErrorKind::PermissionDenied => "ports below 1024 and marks need more rights",
        _ => "see the system's reason",
    };
    io::Error::new(
        error.kind(),
        format!("cannot listen on UDP {address}: {error}; {hint}"),
    )
}

pub(super) fn open_inner(
    inner: Inner,
    side: Option<XdpSide>,
    mtu: u16,
    (registry, first_token): (&Registry, usize),
) -> io::Result<InnerSide> {
    match inner {
        Inner::Xdp(_) => side
            .map(|side| InnerSide::Xdp(Box::new(side)))
            .ok_or_else(|| io::ErrorKind::NotFound.into()),
        Inner::Stack(stack) => {
            let registry = registry.try_clone()?;
            Ok(InnerSide::Stack(StackSide::new(
                stack,
                mtu,
                registry,
                first_token,
            )?))
        }
        Inner::Tun(configuration) => {
            let tun = TunSide::new(&configuration, mtu, registry, Token(first_token))?;
            Ok(InnerSide::Tun(Box::new(tun)))
        }
    }
}

/// The system's random source, as the decisions take it.
pub(super) fn system_random() -> Random {
    let source = SystemRandom::new();
    Box::new(move || {
        let mut bytes = [0; 4];
        source
            .fill(&mut bytes)
            .expect("the system's random source gave the keys before");
        u32::from_ne_bytes(bytes)
    })
}
