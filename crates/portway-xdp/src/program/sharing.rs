//! One program for the sockets of several processes.

use super::attached::{AttachMode, AttachPolicy, Attached, SHARED_PROGRAM_NAME};
use super::interface::Interface;
use super::socket_map::SocketMap;
use crate::bpf::{Link, Program};
use crate::netlink::link;

/// Tells whether the program with this number was attached to be [shared](super::AttachedBuilder::sharing) with other
/// processes, which it is with those who want the same frames. Needs CAP_SYS_ADMIN; without it, the answer is no.
pub fn may_be_shared(program: u32) -> bool {
    let described = Program::by_id(program).and_then(|program| program.describe());
    described.is_ok_and(|description| description.has_name(SHARED_PROGRAM_NAME))
}

/// Takes part in the program that another process has on the interface, if it does the same as `own`. A hold of its link
/// keeps it there when the other process ends; whatever keeps from getting one (a privilege, or its end just now) is a no.
pub(super) fn join(interface: &Interface, own: &Program, policy: AttachPolicy) -> Option<Attached> {
    let facts = link::link(interface.index).ok()?;
    let mode = if facts.program_is_generic {
        AttachMode::Generic
    } else {
        AttachMode::Driver
    };
    let program = Program::by_id(facts.program.filter(|_| policy.allows(mode))?).ok()?;
    let (own, theirs) = (own.describe().ok()?, program.describe().ok()?);
    let is_same = theirs.has_name(SHARED_PROGRAM_NAME) && theirs.tag == own.tag;
    let [sockets] = theirs.maps.as_deref().filter(|_| is_same)? else {
        return None;
    };
    Some(Attached {
        link: Link::of_program(theirs.id).ok()??,
        sockets: SocketMap::by_id(*sockets).ok()?,
        program,
        counters: None,
        mode,
        refusal: None,
        is_shared: true,
    })
}

impl AttachPolicy {
    fn allows(self, mode: AttachMode) -> bool {
        match self {
            Self::DriverElseGeneric => true,
            Self::Driver => mode == AttachMode::Driver,
            Self::Generic => mode == AttachMode::Generic,
        }
    }
}
