//! The handshake with the device plugin, against a small server that speaks the same messages, and against servers that
//! misbehave.
#![cfg(all(target_os = "linux", not(miri)))]

mod network;
mod plugin;

use std::time::Duration;

use portway_xdp::device_plugin::{Client, DevicePluginError};
use portway_xdp::program::SocketMap;
use portway_xdp::{Region, Socket};

use self::network::in_network;
use self::plugin::{Fault, Plugin};

/// A pod's name that is as long as a message has room for.
const LONGEST: &str = "a-pod-whose-name-fills-the-room-that-a-message-has-1234";
/// Long enough for every server here that answers at all.
const TIMEOUT: Duration = Duration::from_secs(20);

fn connect(plugin: &Plugin, host_name: &str) -> Result<Client, DevicePluginError> {
    Client::builder(plugin.path())
        .host_name(host_name)
        .timeout(TIMEOUT)
        .connect()
}

fn socket() -> Socket {
    let region = Region::builder().chunks(2048).build().expect("memory");
    Socket::builder("left", 0).open(&region).expect("a socket")
}

/// Makes a map to be handed over; `None`, with a line that says so, where the test may not.
#[expect(clippy::print_stderr, reason = "a test that skips says why")]
fn map() -> Option<SocketMap> {
    let map = SocketMap::create(4).ok();
    if map.is_none() {
        eprintln!("skipped: a map needs CAP_BPF");
    }
    map
}

#[test]
fn a_pod_fetches_its_map_and_says_good_bye() {
    let Some(map) = map() else {
        return;
    };
    let plugin = Plugin::start("pod-1", Some(map), None);
    let mut client = connect(&plugin, "pod-1").unwrap();
    assert_eq!(client.version().unwrap(), "0.1");
    assert_eq!(client.socket_map("eth1").unwrap().queues(), 4);
    client.finish().unwrap();
    plugin.join();
}

#[test]
fn a_socket_is_lent_to_the_plugin_for_busy_polling() {
    in_network(1, || {
        let plugin = Plugin::start("pod-1", None, None);
        let mut client = connect(&plugin, "pod-1").unwrap();
        let mut socket = socket();
        client
            .set_busy_poll(&mut socket, Duration::from_micros(20), 64)
            .unwrap();
        client.finish().unwrap();
        assert_eq!(plugin.join().busy_poll.as_deref(), Some("20,64"));
    });
}

#[test]
fn a_refusal_of_busy_polling_is_told() {
    in_network(1, || {
        let plugin = Plugin::start("pod-1", None, Some(Fault::RefuseBusyPoll));
        let mut client = connect(&plugin, "pod-1").unwrap();
        let mut socket = socket();
        let error = client
            .set_busy_poll(&mut socket, Duration::from_micros(20), 64)
            .unwrap_err();
        assert!(
            matches!(error, DevicePluginError::BusyPollRefused),
            "{error}"
        );
    });
}

#[test]
fn a_pod_that_the_plugin_does_not_know_is_refused() {
    let plugin = Plugin::start("pod-1", None, None);
    let error = connect(&plugin, "pod-2").unwrap_err();
    assert!(
        matches!(error, DevicePluginError::HostRefused { cut: false, .. }),
        "{error}"
    );
}

#[test]
fn a_name_that_just_fits_is_sent_whole_and_a_longer_one_is_cut() {
    let plugin = Plugin::start(LONGEST, None, None);
    connect(&plugin, LONGEST).unwrap().finish().unwrap();
    let plugin = Plugin::start("another", None, None);
    let error = connect(&plugin, &format!("{LONGEST}-and-more")).unwrap_err();
    let DevicePluginError::HostRefused {
        host_name,
        cut: true,
    } = error
    else {
        panic!("{error}");
    };
    assert_eq!(host_name, LONGEST);
}

#[test]
fn a_plugin_that_cannot_ask_the_kubelet_is_told_apart_from_a_refusal() {
    let plugin = Plugin::start("pod-1", None, Some(Fault::FailValidation));
    let error = connect(&plugin, "pod-1").unwrap_err();
    assert!(
        matches!(error, DevicePluginError::ValidationFailed { .. }),
        "{error}"
    );
}

#[test]
fn an_interface_of_another_pod_has_no_map_and_the_conversation_goes_on() {
    let plugin = Plugin::start("pod-1", None, None);
    let mut client = connect(&plugin, "pod-1").unwrap();
    let error = client.socket_map("eth9").unwrap_err();
    assert!(
        matches!(error, DevicePluginError::MapRefused { .. }),
        "{error}"
    );
    assert_eq!(client.version().unwrap(), "0.1");
}

#[test]
fn a_map_that_is_promised_and_not_given_is_an_error() {
    let plugin = Plugin::start("pod-1", None, Some(Fault::ForgetMap));
    let error = connect(&plugin, "pod-1")
        .unwrap()
        .socket_map("eth1")
        .unwrap_err();
    assert!(
        matches!(error, DevicePluginError::NoMap { source: None, .. }),
        "{error}"
    );
}

#[test]
fn a_descriptor_that_is_no_map_is_an_error() {
    let plugin = Plugin::start("pod-1", None, Some(Fault::GiveAFile));
    let error = connect(&plugin, "pod-1")
        .unwrap()
        .socket_map("eth1")
        .unwrap_err();
    assert!(
        matches!(
            error,
            DevicePluginError::NoMap {
                source: Some(_),
                ..
            }
        ),
        "{error}"
    );
}

#[test]
fn a_request_that_the_plugin_does_not_know_is_told() {
    let plugin = Plugin::start("pod-1", None, Some(Fault::KnowNothing));
    let mut client = connect(&plugin, "pod-1").unwrap();
    let error = client.version().unwrap_err();
    assert!(
        matches!(error, DevicePluginError::NotUnderstood { .. }),
        "{error}"
    );
}

#[test]
fn garbage_ends_the_conversation() {
    for garbage in [
        vec![b'x'; 1],
        vec![0xff; 64],
        vec![b'0'; 500],
        b"/host_ok".to_vec(),
    ] {
        let plugin = Plugin::start("pod-1", None, Some(Fault::Garbage(garbage)));
        let mut client = connect(&plugin, "pod-1").unwrap();
        let error = client.socket_map("eth1").unwrap_err();
        assert!(
            matches!(error, DevicePluginError::UnexpectedAnswer { .. }),
            "{error}"
        );
        assert!(matches!(
            client.version(),
            Err(DevicePluginError::OutOfStep)
        ));
    }
}

#[test]
fn silence_ends_in_time() {
    let plugin = Plugin::start("pod-1", None, Some(Fault::Silence));
    let builder = Client::builder(plugin.path()).host_name("pod-1");
    let mut client = builder
        .timeout(Duration::from_millis(200))
        .connect()
        .unwrap();
    let error = client.version().unwrap_err();
    assert!(
        matches!(error, DevicePluginError::TimedOut { .. }),
        "{error}"
    );
    // The answer to that question may still come: it must not be taken for one to the next.
    assert!(matches!(
        client.version(),
        Err(DevicePluginError::OutOfStep)
    ));
}

#[test]
fn a_connection_that_is_closed_in_between_is_told() {
    let plugin = Plugin::start("pod-1", None, Some(Fault::Close));
    let mut client = connect(&plugin, "pod-1").unwrap();
    let error = client.version().unwrap_err();
    assert!(matches!(error, DevicePluginError::Closed { .. }), "{error}");
}

#[test]
fn a_socket_that_is_not_there_is_told_with_its_path() {
    let directory = tempfile::tempdir().unwrap();
    let path = directory.path().join("afxdp.sock");
    let error = Client::builder(&path).connect().unwrap_err();
    assert!(
        error.to_string().contains(path.to_str().unwrap()),
        "{error}"
    );
}

#[test]
fn a_name_that_would_change_the_message_is_not_sent() {
    let plugin = Plugin::start("pod-1", None, None);
    let mut client = connect(&plugin, "pod-1").unwrap();
    for name in ["", "eth1,eth2", "eth 1", "eth1\n", &"e".repeat(60)] {
        let error = client.socket_map(name).unwrap_err();
        assert!(
            matches!(error, DevicePluginError::InvalidName { .. }),
            "{error}"
        );
    }
    client.finish().unwrap();
}
