//! The inner side on AF_XDP, as the worker sees it: what cannot stay in its frame, and what is to be answered.

use std::{net::IpAddr, os::fd::AsRawFd as _, sync::Arc, time::Instant};

use mio::{Interest, Registry, Token, event::Event, unix::SourceFd};
use portway_dataplane::{Burst, PacketQueue};

use super::{
    answers::Answers,
    inner_end::{InnerEnd, Passed},
    lan,
};
use crate::{
    io::{DataPathError, outgoing::Outgoing},
    stack::compose::{self, Refusal},
    state::{Counters, Device, DropReason, destination_of},
};

/// Tokens of the side, from the first on.
const NEWS: usize = 0;
const ASKED: usize = 1;

/// The worker's part of the inner side.
pub(in crate::io) struct XdpSide {
    end: Arc<InnerEnd>,
    interface: String,
    answers: Answers,
    burst: Burst,
    /// What is said back to peers.
    replies: PacketQueue,
    has_replies: bool,
    /// Room for one packet of `replies`.
    packet: Box<[u8]>,
    first_token: usize,
    /// What became readable since it was last read.
    news: bool,
    asked: bool,
}

impl XdpSide {
    /// Registers what is to be heard of.
    pub(super) fn new(
        end: Arc<InnerEnd>,
        interface: &str,
        answers: Answers,
        mtu: u16,
        registry: &Registry,
        first_token: usize,
    ) -> std::io::Result<Self> {
        let side = Self {
            end,
            interface: interface.to_owned(),
            answers,
            burst: Burst::new(),
            replies: PacketQueue::default(),
            has_replies: false,
            packet: vec![0; mtu.into()].into(),
            first_token,
            news: true,
            asked: true,
        };
        let news = side.end.next_hops().as_raw_fd();
        let sources = [(NEWS, Some(news)), (ASKED, side.answers.descriptor())];
        for (token, descriptor) in sources {
            if let Some(descriptor) = descriptor {
                let token = Token(first_token + token);
                registry.register(&mut SourceFd(&descriptor), token, Interest::READABLE)?;
            }
        }
        Ok(side)
    }

    /// The end that the threads of the queues work with.
    pub(in crate::io) fn is_own(&self, address: IpAddr) -> bool {
        self.end.is_own(address)
    }

    /// Takes a copy of a peer's packet; it goes on at the next [`flush`](Self::flush).
    pub(in crate::io) fn deliver(&mut self, packet: &[u8], counters: &Counters, now: Instant) {
        if destination_of(packet).is_some_and(|to| self.end.is_own(to)) {
            return self.answer(packet, counters);
        }
        let frame = self.end.empty_frame();
        let Some(mut frame) = frame.filter(|frame| frame.room() >= packet.len()) else {
            return counters.count_drop(DropReason::InnerFailed);
        };
        frame.append(packet).expect("the room was measured");
        match self.end.pass(frame, now, counters) {
            Passed::Addressed(frame) => self.end.gather(frame, &mut self.burst, 0, counters),
            Passed::Gone => {}
            Passed::Refused(frame, refusal) => self.refuse(&frame, refusal, counters),
        }
    }

    fn answer(&mut self, packet: &[u8], counters: &Counters) {
        if lan::answer(packet, &mut self.replies) {
            self.has_replies = true;
        } else {
            counters.count_drop(DropReason::NoRoute);
        }
    }

    /// Tells a peer why its packet goes no further.
    pub(in crate::io) fn refuse(&mut self, packet: &[u8], refusal: Refusal, counters: &Counters) {
        counters.count_drop(lan::reason_of(refusal));
        if let Some(from) = self.end.address_for(packet) {
            compose::refusal(refusal, packet, from, &mut self.replies);
            self.has_replies = true;
        }
    }

    /// Sends what was gathered.
    pub(in crate::io) fn flush(&mut self, counters: &Counters) {
        self.end.transmit(0, &mut self.burst, counters);
    }

    pub(in crate::io) fn handle_event(&mut self, event: &Event) {
        let Token(token) = event.token();
        self.news |= token == self.first_token + NEWS;
        self.asked |= token == self.first_token + ASKED;
    }

    /// Whether there is something to read.
    pub(in crate::io) fn wants_to_speak(&self) -> bool {
        self.has_replies || self.news || self.asked
    }

    /// Reads what became readable, and takes what is said to peers. Tells whether there may be more.
    pub(in crate::io) fn read(
        &mut self,
        outgoing: &mut Outgoing,
        device: &Device,
        counters: &Counters,
        now: Instant,
    ) -> Result<bool, DataPathError> {
        if std::mem::take(&mut self.news) {
            self.read_news(counters, now)?;
        }
        if std::mem::take(&mut self.asked) {
            let mac = self.end.mac();
            let (end, routes) = (&self.end, device);
            let is_ours = |address| end.is_own(address) || routes.route(address).is_some();
            self.asked = self.answers.answer(mac, is_ours);
        }
        while outgoing.has_room(1, self.packet.len()) {
            let Some(length) = self.replies.pop_into(&mut self.packet) else {
                self.has_replies = false;
                return Ok(self.asked);
            };
            crate::io::inner_side::route(&self.packet[..length], outgoing, device);
        }
        Ok(true)
    }

    fn read_news(&mut self, counters: &Counters, now: Instant) -> Result<(), DataPathError> {
        let mut next_hops = self.end.next_hops();
        if let Err(error) = next_hops.read_news() {
            tracing::debug!(%error, "news of neighbours were lost; they are asked for anew");
        }
        let is_removed = next_hops.is_removed();
        drop(next_hops);
        if is_removed {
            return Err(DataPathError::InterfaceRemoved(self.interface.clone()));
        }
        self.end.retry(now, counters);
        Ok(())
    }
}
