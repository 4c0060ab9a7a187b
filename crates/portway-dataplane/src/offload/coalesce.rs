//! Putting segments of one flow together again, so that the kernel takes many of them in one
//! write (what its own receive offload does for a network card).

use super::{
    Place,
    flow::{Flow, Segment, network_header},
};

/// Flows that are put together at once. A flow more pushes the oldest out.
const FLOWS: usize = 16;

/// What the coalescer gives to be written.
pub(super) enum Output<'flow> {
    /// A packet as it is.
    Packet(Place),
    /// Segments to be written as one packet, or a single one.
    Flow(&'flow Flow),
}

/// Gathers packets of one receive turn. What is gathered lies in the memory that is handed in
/// each time, and is written out before that is used again.
pub(super) struct Coalescer {
    flows: Vec<Flow>,
    open: usize,
    with_udp: bool,
}

impl Coalescer {
    /// Puts TCP together, and UDP where the kernel takes that (since Linux 6.2).
    pub(super) fn new(with_udp: bool) -> Self {
        Self {
            flows: Vec::new(),
            open: 0,
            with_udp,
        }
    }

    /// Takes a packet. `write` is called for what must go out now: flows that this packet ends,
    /// and the packet itself when it cannot be part of one.
    pub(super) fn push(&mut self, packet: Place, memory: &[u8], mut write: impl FnMut(Output<'_>)) {
        let known = self.flow_of(packet, memory);
        let segment = Segment::read(packet, memory);
        let segment = segment.filter(|segment| self.with_udp || !segment.is_udp());
        match (known, segment) {
            (Some(number), Some(segment)) => {
                let flow = &mut self.flows[number];
                if !flow.append(&segment, memory) {
                    write(Output::Flow(flow));
                    flow.begin(&segment);
                }
            }
            (None, Some(segment)) => self.begin(&segment, &mut write),
            (known, None) => {
                // A packet that cannot be put together must not overtake its flow.
                if let Some(number) = known {
                    self.end(number, &mut write);
                }
                write(Output::Packet(packet));
            }
        }
    }

    /// Writes out all that is gathered.
    pub(super) fn flush(&mut self, mut write: impl FnMut(Output<'_>)) {
        for flow in &self.flows[..self.open] {
            write(Output::Flow(flow));
        }
        self.open = 0;
    }

    fn flow_of(&self, packet: Place, memory: &[u8]) -> Option<usize> {
        let bytes = &memory[packet.offset..packet.offset + packet.length];
        let header = network_header(bytes)?;
        // The last flow is the likeliest.
        (0..self.open)
            .rev()
            .find(|number| self.flows[*number].has(bytes, header, memory))
    }

    fn begin(&mut self, segment: &Segment, write: &mut impl FnMut(Output<'_>)) {
        if self.open == FLOWS {
            self.end(0, write);
        }
        if self.open == self.flows.len() {
            self.flows.push(Flow::default());
        }
        self.flows[self.open].begin(segment);
        self.open += 1;
    }

    fn end(&mut self, number: usize, write: &mut impl FnMut(Output<'_>)) {
        write(Output::Flow(&self.flows[number]));
        self.flows[number..self.open].rotate_left(1);
        self.open -= 1;
    }
}
