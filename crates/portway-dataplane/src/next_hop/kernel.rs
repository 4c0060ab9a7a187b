//! The two netlink sockets: one to ask, one to hear of changes.

use std::{
    io,
    net::IpAddr,
    os::fd::{AsRawFd, OwnedFd, RawFd},
};

use rustix::net::{
    AddressFamily, RecvFlags, SendFlags, SocketFlags, SocketType, bind, netdevice::name_to_index,
    netlink::SocketAddrNetlink, recv, send, socket_with,
};

use super::message::{self, Link, Message, Neighbour, Route};

/// An answer about one interface has some 2 KB; the kernel never sends more than this in one message.
const ROOM: usize = 32 << 10;
/// Links, neighbours, and addresses, routes and rules of both versions of IP (`RTMGRP_*`).
const GROUPS: u32 = 0x1 | 0x4 | 0x10 | 0x40 | 0x80 | 0x100 | 0x400 | 1 << 18;

/// Asks one question after the other.
#[derive(Debug)]
pub(super) struct Questions {
    socket: OwnedFd,
    answer: Vec<u8>,
}

impl Questions {
    pub(super) fn open() -> io::Result<Self> {
        Ok(Self {
            socket: netlink()?,
            answer: vec![0; ROOM],
        })
    }

    pub(super) fn link(&mut self, name: &str) -> io::Result<Link> {
        let index = name_to_index(&self.socket, name).map_err(|error| {
            let text = format!("there is no interface {name} in this network namespace: `ip link` lists them ({error})");
            io::Error::new(io::ErrorKind::NotFound, text)
        })?;
        match self.ask(&message::link_question(index))? {
            Message::Link(link) => Ok(link),
            other => Err(unexpected(&other)),
        }
    }

    pub(super) fn route(&mut self, destination: IpAddr, mark: u32) -> io::Result<Option<Route>> {
        match self.ask(&message::route_question(destination, mark))? {
            Message::Route(route) => Ok(route),
            other => Err(unexpected(&other)),
        }
    }

    pub(super) fn neighbour(&mut self, interface: u32, address: IpAddr) -> io::Result<Neighbour> {
        match self.ask(&message::neighbour_question(interface, address))? {
            Message::Neighbour(neighbour) => Ok(neighbour),
            other => Err(unexpected(&other)),
        }
    }

    pub(super) fn use_neighbour(&mut self, interface: u32, address: IpAddr) -> io::Result<()> {
        self.ask(&message::neighbour_use(interface, address))
            .map(drop)
    }

    /// The kernel has answered before the question's `send` returns: there is nothing to wait for.
    fn ask(&mut self, question: &[u8]) -> io::Result<Message> {
        send(&self.socket, question, SendFlags::empty())?;
        let (length, _) = recv(
            &self.socket,
            self.answer.as_mut_slice(),
            RecvFlags::DONTWAIT,
        )?;
        let first = message::read(&self.answer[..length]).next();
        match first.unwrap_or(Message::Other) {
            Message::Error(0) => Ok(Message::Other),
            Message::Error(number) => Err(io::Error::from_raw_os_error(number)),
            message => Ok(message),
        }
    }
}

fn unexpected(message: &Message) -> io::Error {
    let text = format!("rtnetlink's answer makes no sense: {message:?}");
    io::Error::new(io::ErrorKind::InvalidData, text)
}

/// Hears of changes.
#[derive(Debug)]
pub(super) struct News(OwnedFd);

impl News {
    pub(super) fn open() -> io::Result<Self> {
        let socket = netlink()?;
        bind(&socket, &SocketAddrNetlink::new(0, GROUPS))?;
        Ok(Self(socket))
    }

    /// What one datagram has room in.
    pub(super) fn buffer(&self) -> Vec<u8> {
        vec![0; ROOM]
    }

    /// Reads the next datagram, if there is one.
    pub(super) fn read(&self, buffer: &mut [u8]) -> io::Result<Option<usize>> {
        match recv(&self.0, buffer, RecvFlags::DONTWAIT) {
            Ok((length, _)) => Ok(Some(length)),
            Err(rustix::io::Errno::AGAIN) => Ok(None),
            Err(error) => Err(error.into()),
        }
    }
}

impl AsRawFd for News {
    fn as_raw_fd(&self) -> RawFd {
        self.0.as_raw_fd()
    }
}

fn netlink() -> io::Result<OwnedFd> {
    // Protocol 0, which `None` stands for, is NETLINK_ROUTE.
    let (family, kind) = (AddressFamily::NETLINK, SocketType::RAW);
    Ok(socket_with(family, kind, SocketFlags::CLOEXEC, None)?)
}
