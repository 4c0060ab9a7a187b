//! From text to [`TunnelFile`].

use std::str::FromStr;

use super::{
    Hook, HookEvent, InterfaceSection, PeerSection, TunnelFile, TunnelFileError, TunnelFileProblem,
    value,
};
use crate::PublicKey;

/// The longest file: sixty thousand peers with one line of prefixes each are shorter.
const LONGEST_FILE: usize = 16 << 20;

/// The longest line: a hook is a shell command, and `AllowedIPs` may list hundreds of prefixes.
const LONGEST_LINE: usize = 64 << 10;

/// The most peers, as wireguard-go has it.
const MOST_PEERS: usize = 1 << 16;

const INTERFACE_KEYS: &str = "PrivateKey, ListenPort, FwMark, Address, DNS, MTU, Table, PreUp, \
                              PostUp, PreDown, PostDown and SaveConfig";
const PEER_KEYS: &str = "PublicKey, PresharedKey, AllowedIPs, Endpoint and PersistentKeepalive";

const KEY: &str = "a key: 32 bytes in base64, 44 characters that end in '='";
const PORT: &str = "a port of 0 to 65535";
const MARK: &str = "a number of 0 to 4294967295, 0x in front of hexadecimal, or off";
const ADDRESSES: &str =
    "addresses with the length of their network, as in 10.77.0.2/16, fd00::2/64";
const PREFIXES: &str = "prefixes, as in 10.77.0.0/16, fd00::/64";
const WORDS: &str = "a list of addresses and search domains";
const MTU: &str = "a number of 68 to 65535";
const TABLE: &str = "auto, off, or the number or name of a table";
const COMMAND: &str = "a shell command";
const TRUTH: &str = "true or false";
const ENDPOINT: &str = "HOST:PORT or [V6]:PORT with a port of 1 to 65535";
const KEEPALIVE: &str = "seconds of 0 to 65535, or off";

impl FromStr for TunnelFile {
    type Err = TunnelFileError;

    fn from_str(text: &str) -> Result<Self, TunnelFileError> {
        if text.len() > LONGEST_FILE {
            let problem = TunnelFileProblem::FileTooLong(LONGEST_FILE);
            return Err(TunnelFileError { line: 1, problem });
        }
        let mut reader = Reader::default();
        for (index, line) in text.lines().enumerate() {
            let line_number = index + 1;
            reader
                .handle_line(line, line_number)
                .map_err(|problem| TunnelFileError {
                    line: line_number,
                    problem,
                })?;
        }
        reader.finish()
    }
}

/// A file as far as it was read.
#[derive(Default)]
struct Reader {
    interface: InterfaceSection,
    peers: Vec<OpenPeer>,
    section: Section,
}

#[derive(Clone, Copy, Default)]
enum Section {
    #[default]
    None,
    Interface,
    Peer,
}

/// A peer whose key may still come.
struct OpenPeer {
    line: usize,
    public_key: Option<PublicKey>,
    rest: PeerSection,
}

impl Reader {
    fn handle_line(&mut self, line: &str, line_number: usize) -> Result<(), TunnelFileProblem> {
        if line.len() > LONGEST_LINE {
            return Err(TunnelFileProblem::LineTooLong(LONGEST_LINE));
        }
        let line = line.split('#').next().unwrap_or_default().trim();
        if line.is_empty() {
            return Ok(());
        }
        if line.starts_with('[') {
            return self.begin_section(line, line_number);
        }
        let (key, text) = line.split_once('=').ok_or(TunnelFileProblem::NoEquals)?;
        let setting = Setting {
            key: key.trim(),
            text: text.trim(),
        };
        match (self.section, self.peers.last_mut()) {
            (Section::Interface, _) => interface_setting(&mut self.interface, &setting),
            (Section::Peer, Some(peer)) => peer_setting(peer, &setting),
            _ => Err(TunnelFileProblem::NoSection),
        }
    }

    fn begin_section(&mut self, line: &str, line_number: usize) -> Result<(), TunnelFileProblem> {
        if line.eq_ignore_ascii_case("[interface]") {
            self.section = Section::Interface;
        } else if line.eq_ignore_ascii_case("[peer]") {
            if self.peers.len() == MOST_PEERS {
                return Err(TunnelFileProblem::TooManyPeers(MOST_PEERS));
            }
            self.section = Section::Peer;
            let rest = PeerSection::new(PublicKey::from_bytes([0; 32]));
            self.peers.push(OpenPeer {
                line: line_number,
                public_key: None,
                rest,
            });
        } else {
            return Err(TunnelFileProblem::Section);
        }
        Ok(())
    }

    fn finish(self) -> Result<TunnelFile, TunnelFileError> {
        let peers: Result<_, _> = self.peers.into_iter().map(OpenPeer::close).collect();
        Ok(TunnelFile {
            interface: self.interface,
            peers: peers?,
        })
    }
}

impl OpenPeer {
    fn close(self) -> Result<PeerSection, TunnelFileError> {
        let problem = TunnelFileProblem::NoPublicKey;
        let public_key = self.public_key.ok_or(TunnelFileError {
            line: self.line,
            problem,
        })?;
        Ok(PeerSection {
            public_key,
            ..self.rest
        })
    }
}

/// One line of a section.
struct Setting<'a> {
    key: &'a str,
    text: &'a str,
}

impl Setting<'_> {
    /// Reads the value; `key` is how the key is documented.
    fn read<T>(
        &self,
        key: &'static str,
        legal: &'static str,
        read: impl FnOnce(&str) -> Option<T>,
    ) -> Result<T, TunnelFileProblem> {
        let value = || Some(self.text.to_owned());
        read(self.text).ok_or_else(|| TunnelFileProblem::Value {
            key,
            value: value(),
            legal,
        })
    }

    /// Reads a value that no error repeats.
    fn read_secret<T: FromStr>(&self, key: &'static str) -> Result<T, TunnelFileProblem> {
        let problem = TunnelFileProblem::Value {
            key,
            value: None,
            legal: KEY,
        };
        value::parsed(self.text).ok_or(problem)
    }

    fn hook(&self, key: &'static str, event: HookEvent) -> Result<Hook, TunnelFileProblem> {
        Ok(Hook {
            event,
            command: self.read(key, COMMAND, value::parsed)?,
        })
    }

    fn unknown(&self, known: &'static str) -> TunnelFileProblem {
        TunnelFileProblem::Key {
            key: self.key.to_owned(),
            known,
        }
    }
}

/// Takes a setting of `wg` itself, or hands it on.
fn interface_setting(
    interface: &mut InterfaceSection,
    setting: &Setting<'_>,
) -> Result<(), TunnelFileProblem> {
    match setting.key.to_ascii_lowercase().as_str() {
        "privatekey" => interface.private_key = Some(setting.read_secret("PrivateKey")?),
        "listenport" => {
            interface.listen_port = Some(setting.read("ListenPort", PORT, value::number)?);
        }
        "fwmark" => {
            interface.firewall_mark = Some(setting.read("FwMark", MARK, value::firewall_mark)?);
        }
        other => return wg_quick_setting(interface, other, setting),
    }
    Ok(())
}

/// Takes a setting that only wg-quick knows; `key` is in lower case.
fn wg_quick_setting(
    interface: &mut InterfaceSection,
    key: &str,
    setting: &Setting<'_>,
) -> Result<(), TunnelFileProblem> {
    match key {
        "address" => {
            let read = |text: &str| value::list(text, value::address);
            interface
                .addresses
                .extend(setting.read("Address", ADDRESSES, read)?);
        }
        "dns" => {
            let read = |text: &str| value::list(text, value::parsed);
            interface.dns.extend(setting.read("DNS", WORDS, read)?);
        }
        "mtu" => interface.mtu = Some(setting.read("MTU", MTU, value::mtu)?),
        "table" => interface.table = Some(setting.read("Table", TABLE, value::parsed)?),
        "preup" => interface
            .hooks
            .push(setting.hook("PreUp", HookEvent::PreUp)?),
        "postup" => interface
            .hooks
            .push(setting.hook("PostUp", HookEvent::PostUp)?),
        "predown" => interface
            .hooks
            .push(setting.hook("PreDown", HookEvent::PreDown)?),
        "postdown" => interface
            .hooks
            .push(setting.hook("PostDown", HookEvent::PostDown)?),
        "saveconfig" => {
            interface.save_config = Some(setting.read("SaveConfig", TRUTH, value::truth)?);
        }
        _ => return Err(setting.unknown(INTERFACE_KEYS)),
    }
    Ok(())
}

fn peer_setting(peer: &mut OpenPeer, setting: &Setting<'_>) -> Result<(), TunnelFileProblem> {
    match setting.key.to_ascii_lowercase().as_str() {
        "publickey" => peer.public_key = Some(setting.read("PublicKey", KEY, value::parsed)?),
        "presharedkey" => peer.rest.preshared_key = Some(setting.read_secret("PresharedKey")?),
        "allowedips" => {
            let read = |text: &str| value::list(text, value::prefix);
            peer.rest
                .allowed_prefixes
                .extend(setting.read("AllowedIPs", PREFIXES, read)?);
        }
        "endpoint" => {
            peer.rest.endpoint = Some(setting.read("Endpoint", ENDPOINT, value::parsed)?);
        }
        "persistentkeepalive" => {
            let keepalive = setting.read("PersistentKeepalive", KEEPALIVE, value::keepalive)?;
            peer.rest.keepalive = Some(keepalive);
        }
        _ => return Err(setting.unknown(PEER_KEYS)),
    }
    Ok(())
}
