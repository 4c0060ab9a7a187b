//! The configuration of `deploy/kubernetes` as a pod runs it: with CAP_NET_RAW alone, and a device plugin of our own that
//! has attached the XDP program.

use std::{fs, os::fd::AsFd as _, process::Command};

use portway_xdp::program::{Attached, Match, SocketMap};

use crate::{
    common::{Running, get},
    lab::Lab,
    plugin::Plugin,
};

/// What the ConfigMap holds.
fn shipped_configuration() -> String {
    let manifest = include_str!("../../../../deploy/kubernetes/configuration.yaml");
    let (_, text) = manifest.split_once("net.jsonc: |\n").unwrap();
    let lines = text
        .lines()
        .map(|line| line.strip_prefix("    ").unwrap_or(line));
    lines.collect::<Vec<_>>().join("\n")
}

/// A pod whose device is called eth1, as the plugin and the network attachment leave it.
fn pod() -> Option<(Lab, Attached, Plugin)> {
    let lab = Lab::new("pod", 1)?;
    lab.ip(0, "addr add 10.9.0.1/24 dev eth0");
    lab.own_ip("link set p0 down");
    lab.own_ip("link set p0 name eth1 up");
    lab.own_ip("addr add 10.9.0.2/24 dev eth1");
    let attach = || {
        Attached::builder("eth1", Match::everything())
            .attach()
            .unwrap()
    };
    let attached = lab.inside_own(attach).join().unwrap();
    let map = attached.socket_map().as_fd().try_clone_to_owned().unwrap();
    let map = SocketMap::from_descriptor(map).unwrap();
    let pod_name = rustix::system::uname()
        .nodename()
        .to_string_lossy()
        .into_owned();
    let plugin = Plugin::start(&pod_name, Some(map), None);
    Some((lab, attached, plugin))
}

/// Starts the container's command with the container's privileges.
fn start(lab: &Lab, plugin: &Plugin) -> Running {
    let path = "/tmp/afxdp_dp/${AFXDP_DEVICES_PORTWAY}/afxdp.sock";
    let text = shipped_configuration();
    assert!(text.contains(path), "{text}");
    let text = text.replace(path, plugin.path().to_str().unwrap());
    fs::write(lab.place.path().join("net.jsonc"), text).unwrap();
    let arguments = [
        "net",
        "run",
        "net.jsonc",
        "--control",
        "net.sock",
        "--metrics",
        "127.0.0.1:0",
    ];
    let plain = lab.place.command(&arguments);
    let mut bare = Command::new("setpriv");
    bare.args([
        "--no-new-privs",
        "--inh-caps=-all",
        "--bounding-set=-all,+net_raw",
    ]);
    bare.arg(plain.get_program()).args(plain.get_args());
    bare.env("AFXDP_DEVICES_PORTWAY", "eth1");
    lab.start_command(&bare)
}

#[test]
fn a_pod_with_one_capability_answers_on_the_device_of_the_plugin() {
    let Some((lab, _attached, plugin)) = pod() else {
        return;
    };
    let running = start(&lab, &plugin);
    plugin.join();
    let status = fs::read_to_string(format!("/proc/{}/status", running.id())).unwrap();
    assert!(status.contains("CapEff:\t0000000000002000\n"), "{status}");
    let said = lab.try_in(0, "ping -c 5 -i 0.05 -w 20 10.9.0.2").unwrap();
    assert!(said.contains("5 received"), "{said}");
    let address = running.value("metrics").to_owned();
    let answer = lab
        .inside_own(move || get(&address, "/readyz"))
        .join()
        .unwrap();
    assert!(answer.starts_with("HTTP/1.1 200"), "{answer}");
    assert_eq!(running.terminate().0, Some(0));
}
