//! Whether frames that XDP sends out of an interface arrive at its other end.

use std::fmt;
use std::io;

use super::error::ProgramError;
use super::ethtool;
use super::interface::Interface;
use crate::netlink::link;

/// What [`can_redirect`] found out. Its text says what to do.
#[derive(Clone, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub enum Redirection {
    /// Frames arrive: the interface is not a veth, or its peer is ready for them.
    Possible,
    /// The interface is a veth whose peer drops such frames without a word.
    PeerNotReady {
        /// The peer's name.
        peer: String,
    },
    /// The interface is a veth whose peer is in another network namespace, where it cannot be looked at.
    PeerElsewhere,
}

impl fmt::Display for Redirection {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Possible => f.write_str("frames that XDP sends or redirects arrive"),
            Self::PeerNotReady { peer } => write!(
                f,
                "frames that XDP sends or redirects out of this veth vanish, because its peer {peer} has neither GRO nor \
                 an XDP program: `ethtool -K {peer} gro on`"
            ),
            Self::PeerElsewhere => f.write_str(
                "the peer of this veth is in another network namespace; frames that XDP sends or redirects to it vanish \
                 unless it has GRO (`ethtool -K PEER gro on` there) or an XDP program",
            ),
        }
    }
}

/// Tells whether frames that an XDP program sends back (`XDP_TX`) or redirects out of `interface` arrive at its other end.
///
/// A veth hands such frames to its peer only if that one polls for them, which it does with GRO switched on or with an XDP
/// program of its own; otherwise they vanish. Frames that an AF_XDP socket sends in copy mode, or that a program redirects
/// *into* a socket, are not concerned. Needs no privilege.
///
/// # Errors
///
/// [`NoSuchInterface`](ProgramError::NoSuchInterface), or [`Kernel`](ProgramError::Kernel), when the interface or its peer
/// cannot be asked about.
pub fn can_redirect(interface: &str) -> Result<Redirection, ProgramError> {
    let interface = Interface::find(interface)?;
    let facts = link::link(interface.index).map_err(asking)?;
    let Some(peer) = facts.peer.filter(|_| facts.kind.as_deref() == Some("veth")) else {
        return Ok(Redirection::Possible);
    };
    if facts.peer_is_elsewhere {
        return Ok(Redirection::PeerElsewhere);
    }
    let peer = link::link(peer).map_err(asking)?;
    let ready =
        peer.program.is_some() || ethtool::has_receive_offload(&peer.name).map_err(asking)?;
    Ok(if ready {
        Redirection::Possible
    } else {
        Redirection::PeerNotReady { peer: peer.name }
    })
}

fn asking(source: io::Error) -> ProgramError {
    ProgramError::Kernel {
        doing: "describe an interface",
        source,
    }
}
