//! From [`TunnelFile`] to text.

use std::fmt::{Display, Write as _};

use zeroize::Zeroizing;

use super::{HookEvent, InterfaceSection, PeerSection, TunnelFile};

impl TunnelFile {
    /// Writes the file, keys included. The text is erased when it is dropped; there is no
    /// `Display`, so that no key gets into a log by accident.
    #[must_use]
    pub fn to_text(&self) -> Zeroizing<String> {
        let mut page = Page::default();
        page.interface(&self.interface);
        for peer in &self.peers {
            page.peer(peer);
        }
        page.0
    }
}

#[derive(Default)]
struct Page(Zeroizing<String>);

impl Page {
    fn interface(&mut self, interface: &InterfaceSection) {
        self.0.push_str("[Interface]\n");
        let private_key = interface
            .private_key
            .as_ref()
            .map(|key| Zeroizing::new(key.to_base64()));
        self.setting("PrivateKey", private_key.as_deref());
        self.setting("ListenPort", interface.listen_port);
        self.setting("FwMark", interface.firewall_mark);
        self.list("Address", &interface.addresses);
        self.list("DNS", &interface.dns);
        self.setting("MTU", interface.mtu);
        self.setting("Table", interface.table.as_ref());
        for hook in &interface.hooks {
            self.setting(hook_name(hook.event), Some(&hook.command));
        }
        self.setting("SaveConfig", interface.save_config);
    }

    fn peer(&mut self, peer: &PeerSection) {
        self.0.push_str("\n[Peer]\n");
        let preshared_key = peer
            .preshared_key
            .as_ref()
            .map(|key| Zeroizing::new(key.to_base64()));
        self.setting("PublicKey", Some(peer.public_key));
        self.setting("PresharedKey", preshared_key.as_deref());
        self.list("AllowedIPs", &peer.allowed_prefixes);
        self.setting("Endpoint", peer.endpoint.as_ref());
        self.setting("PersistentKeepalive", peer.keepalive);
    }

    fn setting(&mut self, key: &str, value: Option<impl Display>) {
        if let Some(value) = value {
            // Writing to a string cannot fail.
            let _ = writeln!(self.0, "{key} = {value}");
        }
    }

    fn list(&mut self, key: &str, values: &[impl Display]) {
        if !values.is_empty() {
            let values: Vec<String> = values.iter().map(ToString::to_string).collect();
            self.setting(key, Some(values.join(", ")));
        }
    }
}

const fn hook_name(event: HookEvent) -> &'static str {
    match event {
        HookEvent::PreUp => "PreUp",
        HookEvent::PostUp => "PostUp",
        HookEvent::PreDown => "PreDown",
        HookEvent::PostDown => "PostDown",
    }
}
