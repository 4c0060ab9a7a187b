//! The UAPI server over a real Unix socket.

#![cfg(test)]

use std::{
    io::{Read as _, Write as _},
    net::Shutdown,
    os::unix::{fs::PermissionsExt as _, net::UnixStream},
    path::{Path, PathBuf},
    sync::{Arc, Mutex},
    time::{Duration, Instant},
};

use portway_gateway::{
    Change, Device, DeviceSnapshot, Errno, PeerSnapshot, PublicKey, UapiServer, UapiServerError,
};

/// How long a test waits for what must happen.
const PATIENCE: Duration = Duration::from_secs(10);

/// Remembers what was applied; refuses port 1.
#[derive(Default)]
struct Recorder(Mutex<Vec<Change>>);

impl Device for Recorder {
    fn apply(&self, changes: Vec<Change>) -> Result<(), Errno> {
        for change in changes {
            if change == Change::ListenPort(1) {
                return Err(Errno::ADDRESS_IN_USE);
            }
            self.0.lock().unwrap().push(change);
        }
        Ok(())
    }

    fn snapshot(&self) -> Result<DeviceSnapshot, Errno> {
        let peers = self.0.lock().unwrap().iter().map(snapshot_of).collect();
        Ok(DeviceSnapshot {
            listen_port: 51820,
            peers,
            ..DeviceSnapshot::default()
        })
    }
}

fn snapshot_of(change: &Change) -> PeerSnapshot {
    let Change::Peer(peer) = change else {
        panic!("{change:?}")
    };
    PeerSnapshot {
        public_key: peer.public_key,
        preshared_key: None,
        endpoint: None,
        last_handshake: None,
        sent_bytes: 0,
        received_bytes: 0,
        keepalive: 0,
        allowed_prefixes: Vec::new(),
    }
}

struct Fixture {
    folder: tempfile::TempDir,
    device: Arc<Recorder>,
}

impl Fixture {
    fn new() -> Self {
        Self {
            folder: tempfile::tempdir().unwrap(),
            device: Arc::default(),
        }
    }

    fn path(&self) -> PathBuf {
        self.folder.path().join("wireguard/wg0.sock")
    }

    fn start(&self) -> Result<UapiServer, UapiServerError> {
        let device: Arc<dyn Device> = Arc::<Recorder>::clone(&self.device);
        UapiServer::start(&self.path(), device)
    }

    fn changes(&self) -> Vec<Change> {
        self.device.0.lock().unwrap().clone()
    }
}

fn connect(path: &Path) -> UnixStream {
    let stream = UnixStream::connect(path).unwrap();
    stream.set_read_timeout(Some(PATIENCE)).unwrap();
    stream
}

/// Sends a request and reads up to the empty line that ends its answer.
fn ask(mut stream: &UnixStream, request: &str) -> String {
    stream.write_all(request.as_bytes()).unwrap();
    let mut answer = Vec::new();
    let mut piece = [0; 65536];
    while !answer.ends_with(b"\n\n") {
        let length = stream.read(&mut piece).unwrap();
        assert_ne!(
            length,
            0,
            "closed after {}",
            String::from_utf8_lossy(&answer)
        );
        answer.extend_from_slice(&piece[..length]);
    }
    String::from_utf8(answer).unwrap()
}

#[test]
fn several_requests_are_served_on_one_connection() {
    let fixture = Fixture::new();
    let _server = fixture.start().unwrap();
    let stream = connect(&fixture.path());
    assert_eq!(ask(&stream, "get=1\n\n"), "listen_port=51820\nerrno=0\n\n");
    assert_eq!(ask(&stream, "set=1\nlisten_port=1\n\n"), "errno=-98\n\n");
    assert_eq!(ask(&stream, "set=1\nlisten_port=x\n\n"), "errno=-22\n\n");
    assert_eq!(ask(&stream, "set=1\nfwmark=7\n\n"), "errno=0\n\n");
    assert_eq!(fixture.changes(), [Change::FirewallMark(7)]);
}

#[test]
fn nonsense_is_answered_and_ends_that_connection_alone() {
    let fixture = Fixture::new();
    let _server = fixture.start().unwrap();
    let other = connect(&fixture.path());
    let mut stream = connect(&fixture.path());
    assert_eq!(ask(&stream, "hello\n"), "errno=-71\n\n");
    assert_eq!(stream.read(&mut [0; 8]).unwrap(), 0);
    assert_eq!(ask(&other, "get=1\n\n"), "listen_port=51820\nerrno=0\n\n");
}

#[test]
fn ten_thousand_peers_arrive_and_are_listed() {
    let fixture = Fixture::new();
    let _server = fixture.start().unwrap();
    let stream = connect(&fixture.path());
    let mut request = "set=1\n".to_owned();
    for number in 0..10_000_u32 {
        let mut key = [0; 32];
        key[..4].copy_from_slice(&number.to_be_bytes());
        request += &format!("public_key={}\n", PublicKey::from_bytes(key).to_hex());
        request += "replace_allowed_ips=true\nallowed_ip=10.0.0.1/32\n";
    }
    assert_eq!(ask(&stream, &(request + "\n")), "errno=0\n\n");
    assert_eq!(fixture.changes().len(), 10_000);
    let answer = ask(&stream, "get=1\n\n");
    assert_eq!(answer.matches("public_key=").count(), 10_000);
}

#[test]
fn whole_lines_count_even_when_the_sender_goes_away() {
    let fixture = Fixture::new();
    let server = fixture.start().unwrap();
    let mut stream = connect(&fixture.path());
    stream.write_all(b"set=1\nfwmark=7\nfwm").unwrap();
    stream.shutdown(Shutdown::Write).unwrap();
    assert_eq!(stream.read(&mut [0; 8]).unwrap(), 0);
    assert_eq!(fixture.changes(), [Change::FirewallMark(7)]);
    drop(server);
}

#[test]
fn only_the_owner_can_open_the_socket() {
    let fixture = Fixture::new();
    let _server = fixture.start().unwrap();
    let mode = |path: &Path| path.metadata().unwrap().permissions().mode() & 0o777;
    assert_eq!(mode(&fixture.path()), 0o600);
    assert_eq!(mode(fixture.path().parent().unwrap()), 0o700);
}

#[test]
fn a_socket_left_behind_is_replaced_and_a_served_one_is_not() {
    let fixture = Fixture::new();
    std::fs::create_dir(fixture.path().parent().unwrap()).unwrap();
    drop(std::os::unix::net::UnixListener::bind(fixture.path()).unwrap());
    let _server = fixture.start().unwrap();
    assert!(matches!(
        fixture.start(),
        Err(UapiServerError::InUse { .. })
    ));
    assert_eq!(ask(&connect(&fixture.path()), "set=1\n\n"), "errno=0\n\n");
}

#[test]
fn a_file_that_is_no_socket_is_left_alone() {
    let fixture = Fixture::new();
    std::fs::create_dir(fixture.path().parent().unwrap()).unwrap();
    std::fs::write(fixture.path(), "mine").unwrap();
    assert!(matches!(
        fixture.start(),
        Err(UapiServerError::Listen { .. })
    ));
    assert_eq!(std::fs::read_to_string(fixture.path()).unwrap(), "mine");
}

#[test]
fn the_end_closes_connections_and_removes_the_file() {
    let fixture = Fixture::new();
    let server = fixture.start().unwrap();
    let mut stream = connect(&fixture.path());
    assert_eq!(ask(&stream, "set=1\n\n"), "errno=0\n\n");
    drop(server);
    assert_eq!(stream.read(&mut [0; 8]).unwrap(), 0);
    assert!(!fixture.path().exists());
}

#[tokio::test]
async fn the_removal_of_the_file_is_noticed_and_a_successor_is_left_alone() {
    let fixture = Fixture::new();
    let mut server = fixture.start().unwrap();
    std::fs::remove_file(fixture.path()).unwrap();
    tokio::time::timeout(PATIENCE, server.removed())
        .await
        .unwrap();
    let successor = fixture.start().unwrap();
    drop(server);
    assert!(successor.path().exists());
}

#[test]
fn too_many_connections_are_refused_and_later_ones_served_again() {
    let fixture = Fixture::new();
    let _server = fixture.start().unwrap();
    let mut streams: Vec<_> = (0..32).map(|_| connect(&fixture.path())).collect();
    for stream in &streams {
        assert_eq!(ask(stream, "set=1\n\n"), "errno=0\n\n");
    }
    assert_eq!(connect(&fixture.path()).read(&mut [0; 8]).unwrap(), 0);
    // Its end is seen by us once its thread has let go of it.
    let mut last = streams.pop().unwrap();
    last.shutdown(Shutdown::Write).unwrap();
    assert_eq!(last.read(&mut [0; 8]).unwrap(), 0);
    // Its place is free a moment after that; on a busy machine the moment is long.
    let deadline = Instant::now() + Duration::from_secs(5);
    while !is_served(&fixture) {
        assert!(Instant::now() < deadline, "no place became free");
        std::thread::sleep(Duration::from_millis(1));
    }
}

fn is_served(fixture: &Fixture) -> bool {
    let mut stream = connect(&fixture.path());
    let _ = stream.write_all(b"set=1\n\n");
    stream.read(&mut [0; 64]).is_ok_and(|length| length > 0)
}
