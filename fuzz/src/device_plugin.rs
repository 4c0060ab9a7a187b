//! The handshake with the AF_XDP device plugin, whose answers the input is.

use std::{
    fs::{self, File},
    io::{IoSlice, IoSliceMut},
    mem::MaybeUninit,
    os::fd::{AsFd, OwnedFd},
    path::PathBuf,
    thread,
    time::Duration,
};

use portway_xdp::device_plugin::{Client, DevicePluginError};
use rustix::net::{
    AddressFamily, RecvFlags, SendAncillaryBuffer, SendAncillaryMessage, SendFlags, SocketAddrUnix,
    SocketType,
};

/// In the length of an answer: a descriptor is sent along.
const WITH_DESCRIPTOR: u8 = 0x80;
/// Nobody stays silent here, so that it is never reached.
const TIMEOUT: Duration = Duration::from_secs(10);

/// Has a client ask for all there is, of a plugin that answers with the parts of the input: each behind a byte that says its
/// length, and by its uppermost bit that a descriptor (which is no map) comes with it. Behind the last one it closes.
///
/// A version is what was sent, a file is no map, and who was answered with nonsense asks nothing more.
pub fn device_plugin(input: &[u8]) {
    let (plugin, path) = listen();
    let answers = parts(input);
    let server = thread::spawn(move || answer(&plugin, &answers));
    converse(path.clone());
    server.join().expect("the plugin does not panic");
    let _ = fs::remove_file(path);
}

fn converse(path: PathBuf) {
    let builder = Client::builder(path).host_name("pod").timeout(TIMEOUT);
    let Ok(mut client) = builder.connect() else {
        return;
    };
    let version = client.version();
    if let Ok(version) = &version {
        assert!(
            version
                .bytes()
                .all(|byte| byte.is_ascii_digit() || byte == b'.')
        );
    }
    let map = client.socket_map("eth0");
    assert!(map.is_err(), "a file is no map");
    let nonsense = |error: &DevicePluginError| {
        matches!(
            error,
            DevicePluginError::UnexpectedAnswer { .. } | DevicePluginError::OutOfStep
        )
    };
    let is_lost =
        version.err().as_ref().is_some_and(nonsense) || map.err().as_ref().is_some_and(nonsense);
    let finished = client.finish();
    assert!(!is_lost || matches!(finished, Err(DevicePluginError::OutOfStep)));
}

/// A socket of its own for each thread.
fn listen() -> (OwnedFd, PathBuf) {
    let folder = std::env::temp_dir();
    let name = format!(
        "portway-fuzz-{}-{:?}",
        std::process::id(),
        thread::current().id()
    );
    let path = folder.join(name);
    let _ = fs::remove_file(&path);
    let socket = rustix::net::socket(AddressFamily::UNIX, SocketType::SEQPACKET, None);
    let socket = socket.expect("a socket");
    let address = SocketAddrUnix::new(&path).expect("a short path");
    rustix::net::bind(&socket, &address).expect("a path of its own");
    rustix::net::listen(&socket, 1).expect("it is bound");
    (socket, path)
}

fn parts(mut input: &[u8]) -> Vec<(Vec<u8>, bool)> {
    let mut parts = Vec::new();
    while let Some((length, rest)) = input.split_first() {
        let (part, behind) = rest.split_at(usize::from(length & !WITH_DESCRIPTOR).min(rest.len()));
        parts.push((part.to_vec(), length & WITH_DESCRIPTOR != 0));
        input = behind;
    }
    parts
}

/// Answers each request with the next part. A client that has heard enough closes, which ends it, too.
fn answer(plugin: &OwnedFd, answers: &[(Vec<u8>, bool)]) {
    let Ok(connection) = rustix::net::accept(plugin) else {
        return;
    };
    let file = File::open("/dev/null").expect("it is there");
    for (text, with_descriptor) in answers {
        let mut request = [0; 64];
        let request = &mut [IoSliceMut::new(&mut request)];
        let mut none = rustix::net::RecvAncillaryBuffer::default();
        let received = rustix::net::recvmsg(&connection, request, &mut none, RecvFlags::empty());
        if !received.is_ok_and(|message| message.bytes > 0) {
            return;
        }
        let descriptors = [file.as_fd()];
        let mut room = [MaybeUninit::uninit(); rustix::cmsg_space!(ScmRights(1))];
        let mut control = SendAncillaryBuffer::new(&mut room);
        if *with_descriptor {
            control.push(SendAncillaryMessage::ScmRights(&descriptors));
        }
        let text = [IoSlice::new(text)];
        if rustix::net::sendmsg(&connection, &text, &mut control, SendFlags::NOSIGNAL).is_err() {
            return;
        }
    }
}
