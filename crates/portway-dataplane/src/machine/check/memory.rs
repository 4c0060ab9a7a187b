//! Regions: their pages, and memory that is locked.

use portway_xdp::PageSize;

use super::{
    Plan, RegionPlan,
    facts::{Capability, Facts},
};
use crate::{
    config::{BackEnd, Configuration, Umem},
    machine::memory::smaller,
};

pub(super) fn assess(configuration: &Configuration, facts: &Facts, plan: &mut Plan) {
    let mut facts = facts.clone();
    for umem in &configuration.umems {
        let pages = pages(umem, &mut facts, plan);
        plan.regions.push(RegionPlan {
            name: umem.name.clone(),
            buffers: umem.buffers,
            buffer_size: umem.buffer_size,
            pages: name(pages),
        });
    }
    assess_locking(configuration, &facts, plan);
}

/// The pages that a umem gets: those it asks for, or the next smaller ones that are free. Takes them.
fn pages(umem: &Umem, facts: &mut Facts, plan: &mut Plan) -> PageSize {
    let mut pages = umem.pages;
    loop {
        let Some(next) = smaller(pages) else {
            return pages;
        };
        let kilobytes = pages.bytes() as u64 >> 10;
        let needed = umem.bytes().div_ceil(pages.bytes() as u64);
        let free = facts.huge_pages.entry(kilobytes).or_default();
        if needed <= *free {
            *free -= needed;
            return pages;
        }
        let problem = format!(
            "it wants {needed} pages of {}, and {free} are free: {} are used",
            name(pages),
            name(next),
        );
        let remedy = format!(
            "echo {needed} > /sys/kernel/mm/hugepages/hugepages-{kilobytes}kB/nr_hugepages"
        );
        plan.note((&umem.name, umem.span), problem, remedy);
        pages = next;
    }
}

fn name(pages: PageSize) -> &'static str {
    match pages {
        PageSize::Huge1G => "1GB",
        PageSize::Huge2M => "2MB",
        _ => "4KB",
    }
}

/// Memory of AF_XDP sockets counts against a limit, all of it together.
fn assess_locking(configuration: &Configuration, facts: &Facts, plan: &mut Plan) {
    let Some(limit) = facts.memory_lock else {
        return;
    };
    if facts.may(Capability::IpcLock) {
        return;
    }
    let mut locked = 0;
    for (index, umem) in configuration.umems.iter().enumerate() {
        let is_locked = configuration
            .lports
            .iter()
            .any(|lport| lport.umem == index && matches!(lport.back_end, BackEnd::Xdp(_)));
        locked += if is_locked { umem.bytes() } else { 0 };
        if is_locked && locked > limit {
            let (kilobytes, limit) = (locked >> 10, limit >> 10);
            let problem = format!(
                "AF_XDP locks {kilobytes} KiB up to here, and this process may lock {limit} KiB"
            );
            let remedy = format!(
                "ulimit -l {kilobytes} (LimitMEMLOCK={kilobytes}K in a unit), or grant CAP_IPC_LOCK, or a smaller `bufcnt`"
            );
            plan.lack((&umem.name, umem.span), problem, remedy);
        }
    }
}
