//! What lports have to be to each other and to their memory.

use std::{collections::BTreeMap, ops::RangeInclusive};

use super::{defaults::UNIT, report::Report};
use crate::config::{BackEnd, Diagnostic, Lport, Umem};

/// The longest name of an interface that the kernel has, in bytes.
const INTERFACE_NAME_LIMIT: usize = 15;
/// What AF_XDP takes as a buffer, in bytes.
const XDP_BUFFERS: RangeInclusive<usize> = 2048..=4096;

/// Checks lports that have been read.
pub(super) fn check(lports: &[Lport], umems: &[Umem], report: &mut Report<'_>) {
    let mut taken: BTreeMap<String, &Lport> = BTreeMap::new();
    for lport in lports {
        check_interface(lport, report);
        if let Some(what) = claim(lport)
            && let Some(first) = taken.insert(what.clone(), lport)
        {
            let message = format!("{what} belongs to lport `{}` already", first.name);
            let twice = Diagnostic::error(lport.span, message);
            let twice = twice.with_key(format!("lports.{}", lport.name));
            report.add(twice.with_place(first.span, "here"));
        }
        check_ring(lport, lports, report);
    }
    for (index, umem) in umems.iter().enumerate() {
        let users = lports
            .iter()
            .filter(|lport| lport.umem == index && matches!(lport.back_end, BackEnd::Xdp(_)));
        check_memory(umem, &users.collect::<Vec<_>>(), report);
    }
}

/// What only one lport can have.
fn claim(lport: &Lport) -> Option<String> {
    let interface = &lport.interface;
    match &lport.back_end {
        BackEnd::Xdp(options) => Some(format!("queue {} of {interface}", options.queue)),
        BackEnd::Tap | BackEnd::Tun => Some(format!("the interface {interface}")),
        BackEnd::Udp(address) if address.port() != 0 => Some(format!("UDP {address}")),
        BackEnd::Capture {
            written: Some(file),
            ..
        } => Some(format!("the file {}", file.display())),
        _ => None,
    }
}

fn check_interface(lport: &Lport, report: &mut Report<'_>) {
    let has_interface = matches!(
        lport.back_end,
        BackEnd::Xdp(_) | BackEnd::PacketSocket | BackEnd::Tap | BackEnd::Tun
    );
    let name = &lport.interface;
    if has_interface && (name.is_empty() || name.len() > INTERFACE_NAME_LIMIT || name.contains('/'))
    {
        let message = format!("`{name}` cannot be the name of an interface");
        report.add(
            Diagnostic::error(lport.span, message)
                .with_key(format!("lports.{}", lport.name))
                .with_label(format!(
                    "legal: 1 to {INTERFACE_NAME_LIMIT} bytes before the colon"
                )),
        );
    }
}

fn check_ring(lport: &Lport, lports: &[Lport], report: &mut Report<'_>) {
    let BackEnd::Ring { peer: Some(peer) } = lport.back_end else {
        return;
    };
    let other = &lports[peer];
    let joined = match other.back_end {
        BackEnd::Ring { peer: Some(back) } => lports[back].name == lport.name,
        _ => false,
    };
    if !joined {
        let message = format!("the other end of ring `{}` does not name it", lport.name);
        let help = format!("write `\"pmd\": \"net_ring:{}\"` there", lport.name);
        let finding = Diagnostic::error(lport.span, message).with_help(help);
        let finding = finding.with_key(format!("lports.{}", lport.name));
        report.add(finding.with_place(other.span, "the other end"));
    }
}

fn check_memory(umem: &Umem, lports: &[&Lport], report: &mut Report<'_>) {
    let Some(first) = lports.first() else { return };
    let (name, ring) = (&umem.name, umem.receive_ring);
    if !XDP_BUFFERS.contains(&umem.buffer_size) {
        let message = format!("umem `{name}` has buffers of {} bytes", umem.buffer_size);
        let finding = Diagnostic::error(umem.span, message)
            .with_key(format!("umems.{name}.bufsz"))
            .with_label("legal for AF_XDP: `bufsz` from 2 to 4");
        report.add(finding.with_place(first.span, "used here"));
    }
    let has = format!("umem `{name}` has {} buffers", umem.buffers);
    let count = lports.len();
    let finding = match umem.fill_ring(count) {
        None => Diagnostic::error(
            umem.span,
            format!("{has}, which is too few for lports: {count}"),
        ),
        Some(fill) if fill < ring => {
            let less = format!("{has}: each lport receives into {fill} of them instead of {ring}");
            Diagnostic::warning(umem.span, less)
        }
        Some(_) => return,
    };
    let enough = (2 * ring as usize * count).div_ceil(UNIT as usize);
    let help = format!("`\"bufcnt\": {enough}` is enough for all");
    report.add(
        finding
            .with_key(format!("umems.{name}.bufcnt"))
            .with_help(help),
    );
}
