//! The device plugin's side, as its documentation and its wire strings say, with faults to choose.

use std::io::{IoSlice, IoSliceMut};
use std::mem::MaybeUninit;
use std::os::fd::{AsFd, BorrowedFd, OwnedFd};
use std::path::{Path, PathBuf};
use std::sync::{Arc, Mutex};
use std::thread::JoinHandle;
use std::time::{Duration, Instant};

use portway_xdp::program::SocketMap;
use rustix::net::{
    AddressFamily, RecvAncillaryBuffer, RecvAncillaryMessage, RecvFlags, SendAncillaryBuffer,
    SendAncillaryMessage, SendFlags, SocketAddrUnix, SocketType,
};

/// What the plugin does wrong once it has accepted the pod, if it gets so far.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) enum Fault {
    FailValidation,
    RefuseBusyPoll,
    ForgetMap,
    GiveAFile,
    KnowNothing,
    Garbage(Vec<u8>),
    Silence,
    Close,
}

/// Longer than a client takes on a machine with much else to do, shorter than anyone waits.
const PATIENCE: Duration = Duration::from_secs(60);

/// What the plugin saw.
#[derive(Clone, Debug, Default)]
pub(crate) struct Seen {
    /// All that it was sent.
    requests: Vec<String>,
    /// Time-out and budget of a request that came with a descriptor.
    pub(crate) busy_poll: Option<String>,
}

/// A plugin that serves one connection, as the real one does, with the interface eth1.
#[derive(Debug)]
pub(crate) struct Plugin {
    directory: tempfile::TempDir,
    thread: JoinHandle<()>,
    seen: Arc<Mutex<Seen>>,
}

impl Plugin {
    pub(crate) fn start(pod: &str, map: Option<SocketMap>, fault: Option<Fault>) -> Self {
        let directory = tempfile::tempdir().expect("a directory");
        let listener = rustix::net::socket(AddressFamily::UNIX, SocketType::SEQPACKET, None)
            .expect("a socket");
        let address = SocketAddrUnix::new(socket_path(directory.path())).expect("a short path");
        rustix::net::bind(&listener, &address).expect("bind");
        rustix::net::listen(&listener, 1).expect("listen");
        let pod = pod.to_owned();
        let seen = Arc::new(Mutex::new(Seen::default()));
        let seen_there = Arc::clone(&seen);
        let thread = std::thread::spawn(move || {
            let socket = rustix::net::accept(&listener).expect("a client");
            let mut session = Session {
                socket,
                pod,
                map,
                fault,
                seen: seen_there,
            };
            session.serve();
        });
        Self {
            directory,
            thread,
            seen,
        }
    }

    pub(crate) fn path(&self) -> PathBuf {
        socket_path(self.directory.path())
    }

    /// Waits until the connection is over.
    ///
    /// # Panics
    /// With what the plugin saw, if that takes too long.
    pub(crate) fn join(self) -> Seen {
        let begin = Instant::now();
        while !self.thread.is_finished() {
            let waited = begin.elapsed();
            let seen = || self.seen.lock().expect("the plugin is right").clone();
            assert!(waited < PATIENCE, "its client stays; it saw {:?}", seen());
            std::thread::sleep(Duration::from_millis(1));
        }
        self.thread.join().expect("the plugin is right");
        self.seen.lock().expect("the plugin is right").clone()
    }
}

fn socket_path(directory: &Path) -> PathBuf {
    directory.join("afxdp.sock")
}

struct Session {
    socket: OwnedFd,
    pod: String,
    map: Option<SocketMap>,
    fault: Option<Fault>,
    seen: Arc<Mutex<Seen>>,
}

impl Session {
    fn serve(&mut self) {
        if !self.admit() {
            return;
        }
        while let Some((request, descriptor)) = self.receive() {
            match self.fault.clone() {
                Some(Fault::Silence) => {}
                Some(Fault::Close) => return,
                Some(Fault::KnowNothing) => self.send(b"/nak", None),
                Some(Fault::Garbage(bytes)) => self.send(&bytes, None),
                _ if !self.answer(&request, descriptor.as_ref()) => return,
                _ => {}
            }
        }
    }

    fn admit(&mut self) -> bool {
        let Some((request, _)) = self.receive() else {
            return false;
        };
        if self.fault == Some(Fault::FailValidation) {
            self.send(b"/error", None);
            self.send(b"/host_nak", None);
            return false;
        }
        let admitted = request.strip_prefix("/connect,") == Some(&self.pod);
        self.send(if admitted { b"/host_ok" } else { b"/host_nak" }, None);
        admitted
    }

    /// Answers a request; `false` after the last.
    fn answer(&mut self, request: &str, descriptor: Option<&OwnedFd>) -> bool {
        match request {
            "/version" => self.send(b"0.1", None),
            "/fin" => {
                self.send(b"/fin_ack", None);
                return false;
            }
            "/xsk_map_fd,eth1" => self.give_map(),
            _ if request.starts_with("/xsk_map_fd,") => self.send(b"/fd_nak", None),
            _ => match request
                .strip_prefix("/config_busy_poll,")
                .filter(|_| descriptor.is_some())
            {
                Some(_) if self.fault == Some(Fault::RefuseBusyPoll) => {
                    self.send(b"/config_busy_poll_nak", None);
                    return false;
                }
                Some(values) => {
                    self.note(|seen| seen.busy_poll = Some(values.to_owned()));
                    self.send(b"/config_busy_poll_ack", None);
                }
                None => self.send(b"/nak", None),
            },
        }
        true
    }

    fn give_map(&self) {
        let file = std::fs::File::open("/dev/null").expect("a file");
        match (&self.fault, &self.map) {
            (Some(Fault::ForgetMap), _) => self.send(b"/fd_ack", None),
            (Some(Fault::GiveAFile), _) => self.send(b"/fd_ack", Some(file.as_fd())),
            (_, Some(map)) => self.send(b"/fd_ack", Some(map.as_fd())),
            (_, None) => self.send(b"/fd_nak", None),
        }
    }

    fn send(&self, text: &[u8], descriptor: Option<BorrowedFd<'_>>) {
        let mut room = [MaybeUninit::uninit(); rustix::cmsg_space!(ScmRights(1))];
        let mut control = SendAncillaryBuffer::new(&mut room);
        if let Some(descriptor) = &descriptor {
            control.push(SendAncillaryMessage::ScmRights(std::slice::from_ref(
                descriptor,
            )));
        }
        // The client may have gone already; its test then says what it saw.
        let _ = rustix::net::sendmsg(
            &self.socket,
            &[IoSlice::new(text)],
            &mut control,
            SendFlags::NOSIGNAL,
        );
    }

    fn receive(&self) -> Option<(String, Option<OwnedFd>)> {
        let mut bytes = [0; 64];
        let mut room = [MaybeUninit::uninit(); rustix::cmsg_space!(ScmRights(1))];
        let mut control = RecvAncillaryBuffer::new(&mut room);
        let mut slices = [IoSliceMut::new(&mut bytes)];
        let flags = RecvFlags::CMSG_CLOEXEC;
        let message = rustix::net::recvmsg(&self.socket, &mut slices, &mut control, flags).ok()?;
        let descriptor = control.drain().find_map(|message| match message {
            RecvAncillaryMessage::ScmRights(mut descriptors) => descriptors.next(),
            _ => None,
        });
        let text = String::from_utf8_lossy(bytes.get(..message.bytes)?).into_owned();
        self.note(|seen| seen.requests.push(text.clone()));
        (!text.is_empty()).then_some((text, descriptor))
    }

    fn note(&self, what: impl FnOnce(&mut Seen)) {
        what(&mut self.seen.lock().expect("whoever reads it is right"));
    }
}
