//! One port with its mode, in the thread that serves it.

use std::{
    any::Any,
    os::fd::RawFd,
    panic::{AssertUnwindSafe, catch_unwind},
    sync::Arc,
    time::Instant,
};

use portway_xdp::Burst;
use rustix::net::{AddressFamily, SocketType, netdevice::name_to_index, socket};

use super::{PortEnd, error::end_after, figures::PortFigures};
use crate::{
    Port,
    modes::{AccessRules, Arrival, DiscardReason, Discards, Mode, Outputs, packets},
};

/// A port, its mode, and what they have counted.
#[derive(Debug)]
pub(super) struct Lane {
    pub(super) index: usize,
    port: Port,
    mode: Box<dyn Mode>,
    interface: Option<Interface>,
    received: Burst,
    generated: Burst,
    discards: Discards,
    figures: Arc<PortFigures>,
    is_over: bool,
}

/// An interface as it was at the start: one that was removed and made again is another one.
#[derive(Debug)]
struct Interface {
    name: String,
    index: u32,
}

impl Interface {
    fn find(name: &str) -> Option<Self> {
        let index = index_of(name)?;
        Some(Self {
            name: name.to_owned(),
            index,
        })
    }

    fn is_gone(&self) -> bool {
        index_of(&self.name) != Some(self.index)
    }
}

fn index_of(name: &str) -> Option<u32> {
    let socket = socket(AddressFamily::UNIX, SocketType::DGRAM, None).ok()?;
    name_to_index(socket, name).ok()
}

impl Lane {
    pub(super) fn new(
        index: usize,
        port: Port,
        mode: Box<dyn Mode>,
        interface: Option<&str>,
        burst: usize,
        figures: Arc<PortFigures>,
    ) -> Self {
        Self {
            index,
            interface: interface.and_then(Interface::find),
            received: Burst::with_limit(burst),
            generated: Burst::with_limit(mode.generates()),
            discards: Discards::default(),
            port,
            mode,
            figures,
            is_over: false,
        }
    }

    pub(super) fn descriptor(&self) -> Option<RawFd> {
        self.port.descriptor()
    }

    pub(super) fn is_over(&self) -> bool {
        self.is_over
    }

    /// Whether something may come without a word.
    pub(super) fn is_blind(&self) -> bool {
        !self.is_over && self.mode.receives() && self.port.descriptor().is_none()
    }

    pub(super) fn replace_rules(&mut self, rules: &Arc<AccessRules>) {
        self.mode.replace_rules(rules);
    }

    /// Receives a burst and lets the mode decide about it; sends what the mode makes of itself. Tells whether there was
    /// anything.
    #[inline]
    pub(super) fn serve(&mut self, outputs: &mut Outputs) -> bool {
        if self.is_over {
            return false;
        }
        let mut worked = false;
        if self.mode.generates() > 0 {
            worked |= self.generate(outputs);
        }
        if self.mode.receives() && self.has_room(outputs) {
            worked |= self.receive(outputs);
        }
        worked
    }

    fn has_room(&self, outputs: &mut Outputs) -> bool {
        let output = self.mode.waits_for_room();
        output.is_none_or(|port| !outputs.has_port(port) || outputs.burst(port).is_empty())
    }

    #[inline]
    fn receive(&mut self, outputs: &mut Outputs) -> bool {
        let count = self.port.rx_burst(&mut self.received);
        if count > 0 {
            if self.mode.reads() {
                self.received.prefetch();
            }
            self.handle(outputs);
            self.figures.discards.publish(&self.discards);
        }
        self.look_for_errors(outputs);
        count > 0
    }

    /// Lets the mode decide. A panic of it ends the port, and what it leaves behind is counted.
    #[inline]
    fn handle(&mut self, outputs: &mut Outputs) {
        let (port, now) = (self.index, Instant::now());
        let (mode, received) = (&mut self.mode, &mut self.received);
        let (arrived, waiting) = (packets(received), outputs.waiting());
        let before = self.discards;
        outputs.exchange_discards(&mut self.discards);
        let handled = catch_unwind(AssertUnwindSafe(|| {
            mode.handle(received, Arrival { port, now }, outputs);
        }));
        self.port.give_back(outputs.refuse());
        outputs.exchange_discards(&mut self.discards);
        if let Err(panic) = handled {
            let discarded = self.discards.total() - before.total();
            let sent = (outputs.waiting() - waiting) as u64;
            self.discards[DiscardReason::Panicked] += arrived.saturating_sub(discarded + sent);
            self.received.clear();
            // Whoever sees the end sees what it cost.
            self.figures.discards.publish(&self.discards);
            self.end_by_panic(&*panic, outputs);
        }
    }

    fn generate(&mut self, outputs: &mut Outputs) -> bool {
        let (mode, port, burst) = (&mut self.mode, &mut self.port, &mut self.generated);
        port.prepare(burst, burst.vacancy());
        if let Err(panic) = catch_unwind(AssertUnwindSafe(|| mode.generate(burst))) {
            burst.clear();
            self.end_by_panic(&*panic, outputs);
            return false;
        }
        let sent = port.tx_burst(burst);
        self.look_for_errors(outputs);
        sent > 0
    }

    /// Sends what waits for this port.
    #[inline]
    pub(super) fn flush(&mut self, outputs: &mut Outputs) {
        if !self.is_over && !outputs.burst(self.index).is_empty() {
            self.port.tx_burst(outputs.burst(self.index));
        }
    }

    #[inline]
    fn look_for_errors(&mut self, outputs: &mut Outputs) {
        if let Some(error) = self.port.take_error() {
            self.judge(&error, outputs);
        }
    }

    #[cold]
    fn judge(&mut self, error: &std::io::Error, outputs: &mut Outputs) {
        tracing::debug!(port = self.port.name(), %error, "a burst met an error");
        if self.check_interface(outputs)
            && let Some(end) = end_after(error)
        {
            self.end(end, outputs);
        }
    }

    /// Looks after what no burst tells: the interface, what the system alone counts, and what is held back. Tells whether the
    /// port goes on.
    pub(super) fn check(&mut self, outputs: &mut Outputs) -> bool {
        if !self.is_over {
            self.port.refresh_statistics();
            self.port.flush();
            self.look_for_errors(outputs);
            self.check_interface(outputs);
        }
        !self.is_over
    }

    fn check_interface(&mut self, outputs: &mut Outputs) -> bool {
        let gone = self
            .interface
            .as_ref()
            .filter(|interface| interface.is_gone());
        if let Some(Interface { name, .. }) = gone {
            let interface = name.clone();
            self.end(PortEnd::InterfaceGone { interface }, outputs);
        }
        !self.is_over
    }

    fn end_by_panic(&mut self, panic: &(dyn Any + Send), outputs: &mut Outputs) {
        let mode = self.figures.mode;
        let message = message_of(panic);
        self.end(PortEnd::Panicked { mode, message }, outputs);
    }

    fn end(&mut self, end: PortEnd, outputs: &mut Outputs) {
        tracing::error!(port = self.port.name(), reason = %end, "a port has ended; the others go on");
        self.is_over = true;
        self.generated.clear();
        outputs.close(self.index);
        // Only the first reason is one.
        let _ = self.figures.end.set(end);
    }
}

impl Drop for Lane {
    fn drop(&mut self) {
        let _ = self.figures.end.set(PortEnd::Stopped);
    }
}

fn message_of(panic: &(dyn Any + Send)) -> String {
    let text = panic.downcast_ref::<&str>().map(|text| (*text).to_owned());
    text.or_else(|| panic.downcast_ref::<String>().cloned())
        .unwrap_or_else(|| "without a message".to_owned())
}
