//! Rules of the modes: routes, access lists, patterns.

use ipnet::IpNet;
use smoltcp::wire::EthernetAddress;

use super::Span;

/// Where packets to a prefix go: an entry of `l3fwd-fib-rules`, `CIDR,MAC,LPORT`.
#[derive(Clone, Debug, PartialEq)]
#[non_exhaustive]
pub struct Route {
    /// Where it stands.
    pub span: Span,
    /// The destination addresses.
    pub prefix: IpNet,
    /// The next hop.
    pub next_hop: EthernetAddress,
    /// Which lport sends them, as an index into [`Configuration::lports`](super::Configuration::lports). There may be no
    /// such lport, as in files for another machine: then these packets are dropped.
    pub lport: usize,
}

/// Which packets may pass: an entry of `acl-rules`, `SOURCE:DESTINATION:allow|deny`.
#[derive(Clone, Debug, PartialEq)]
#[non_exhaustive]
pub struct AclRule {
    /// Where it stands.
    pub span: Span,
    /// The source addresses.
    pub source: IpNet,
    /// The destination addresses, of the same family.
    pub destination: IpNet,
    /// What becomes of them.
    pub action: AclAction,
}

/// What becomes of packets that an [`AclRule`] speaks of.
#[derive(Clone, Copy, Debug, Eq, Hash, PartialEq)]
pub enum AclAction {
    /// They may pass.
    Allow,
    /// They are dropped.
    Deny,
}

/// What becomes of packets with certain bytes: an entry of `hs-patterns`, `ID:/EXPRESSION/FLAGS`.
#[derive(Clone, Debug, PartialEq)]
#[non_exhaustive]
pub struct Pattern {
    /// Where it stands.
    pub span: Span,
    /// Bit 31: they are dropped; bits 16 to 23: the lport that sends them; bits 0 to 15: a number of its own.
    pub id: u32,
    /// The regular expression.
    pub expression: String,
    /// Letters that change how it is read.
    pub flags: String,
}

impl Pattern {
    /// Where the packets go, as an index into [`Configuration::lports`](super::Configuration::lports); none if they are
    /// dropped. There may be no such lport.
    pub fn lport(&self) -> Option<usize> {
        let drops = self.id >> 31 == 1;
        (!drops).then_some((self.id >> 16 & 0xff) as usize)
    }
}
