//! Emits the part of a program that reads a frame's facts onto the stack, in the kernel's terms: before each access the
//! cursor is compared with the frame's end, or the verifier refuses the program.

use super::facts::{
    ETHER_TYPE_IPV4, ETHER_TYPE_IPV6, ETHER_TYPE_SERVICE_VLAN, ETHER_TYPE_VLAN, FRAGMENT_MASK,
    VLAN_ID_MASK,
};
use super::matching::Transport;
use super::test::{ABSENT, FACTS_END, Fact};
use crate::bpf::{Assembler, Comparison, Label, Register, Width};

/// Where `struct xdp_md` holds the address of the frame, and of its end.
const CONTEXT_DATA: i16 = 0;
const CONTEXT_DATA_END: i16 = 4;

/// The end of the frame.
const END: Register = Register::R7;
/// The header that is read next.
const CURSOR: Register = Register::R8;
/// The EtherType, later the length of the IPv4 header.
const VALUE: Register = Register::R3;
const SCRATCH: Register = Register::R4;
/// The protocol, once the IP header is read.
const PROTOCOL: Register = Register::R5;
/// How many bytes the IP header says are behind it.
const PAYLOAD: Register = Register::R9;

/// Emits the reading. R6 holds the context. Behind it the facts are on the stack, and only R6 has kept its value.
pub(super) fn facts(code: &mut Assembler, addresses: bool) {
    let done = code.label();
    code.load(Width::Word, END, Register::R6, CONTEXT_DATA_END);
    code.load(Width::Word, CURSOR, Register::R6, CONTEXT_DATA);
    clear(code);
    link(code, done);
    let (ipv4, ipv6, transport) = (code.label(), code.label(), code.label());
    code.jump_if(VALUE, Comparison::Equal, u32::from(ETHER_TYPE_IPV4), ipv4);
    code.jump_if(VALUE, Comparison::Equal, u32::from(ETHER_TYPE_IPV6), ipv6);
    code.jump(done);
    code.bind(ipv4);
    internet_4(code, addresses, done);
    code.jump(transport);
    code.bind(ipv6);
    internet_6(code, addresses, done);
    code.bind(transport);
    ports(code, done);
    code.bind(done);
}

/// Sets every fact to what stands for "not there".
fn clear(code: &mut Assembler) {
    for place in (FACTS_END..0).step_by(8) {
        code.store_immediate(Width::Double, Register::Stack, place, ABSENT);
    }
    code.store_immediate(Width::Word, Register::Stack, Fact::Version.place(), 0);
}

/// Goes to `missing` unless `length` bytes can be read at the cursor.
fn require(code: &mut Assembler, length: usize, missing: Label) {
    code.move_register(Register::R2, CURSOR);
    // Header lengths are below 64.
    code.add_immediate(Register::R2, length as i32);
    code.jump_if_registers(Register::R2, Comparison::Greater, END, missing);
}

fn keep(code: &mut Assembler, fact: Fact, value: Register) {
    code.store(Width::Word, Register::Stack, fact.place(), value);
}

/// Reads the Ethernet header and up to two tags; the EtherType behind them stays in `VALUE`.
fn link(code: &mut Assembler, done: Label) {
    require(code, 14, done);
    code.load_network(Width::Half, VALUE, CURSOR, 12);
    code.add_immediate(CURSOR, 14);
    let network = code.label();
    for fact in [Fact::OuterVlan, Fact::InnerVlan] {
        vlan_tag(code, fact, network);
    }
    code.bind(network);
    keep(code, Fact::EtherType, VALUE);
}

/// Reads one tag, or goes to `network` if there is none.
fn vlan_tag(code: &mut Assembler, fact: Fact, network: Label) {
    let tagged = code.label();
    code.jump_if(VALUE, Comparison::Equal, u32::from(ETHER_TYPE_VLAN), tagged);
    code.jump_if(
        VALUE,
        Comparison::NotEqual,
        u32::from(ETHER_TYPE_SERVICE_VLAN),
        network,
    );
    code.bind(tagged);
    require(code, 4, network);
    code.load_network(Width::Half, SCRATCH, CURSOR, 0);
    code.and_immediate(SCRATCH, u32::from(VLAN_ID_MASK));
    keep(code, fact, SCRATCH);
    code.load_network(Width::Half, VALUE, CURSOR, 2);
    code.add_immediate(CURSOR, 4);
}

/// Reads the IPv4 header and sets the cursor behind its options; goes to `done` where no ports can be known.
fn internet_4(code: &mut Assembler, addresses: bool, done: Label) {
    require(code, 20, done);
    code.load(Width::Byte, VALUE, CURSOR, 0);
    code.move_register(SCRATCH, VALUE);
    code.and_immediate(SCRATCH, 0xf0);
    code.jump_if(SCRATCH, Comparison::NotEqual, 0x40, done);
    code.and_immediate(VALUE, 0x0f);
    code.shift_left(VALUE, 2);
    code.jump_if(VALUE, Comparison::Less, 20, done);
    code.move_register(Register::R2, CURSOR);
    code.add_register(Register::R2, VALUE);
    code.jump_if_registers(Register::R2, Comparison::Greater, END, done);
    internet(code, 4, 9);
    if addresses {
        address_word(code, Fact::SourceWord(0), 12);
        address_word(code, Fact::DestinationWord(0), 16);
    }
    code.load_network(Width::Half, SCRATCH, CURSOR, 6);
    code.and_immediate(SCRATCH, u32::from(FRAGMENT_MASK));
    code.jump_if(SCRATCH, Comparison::NotEqual, 0, done);
    code.load_network(Width::Half, PAYLOAD, CURSOR, 2);
    code.jump_if_registers(PAYLOAD, Comparison::Less, VALUE, done);
    code.subtract_register(PAYLOAD, VALUE);
    code.add_register(CURSOR, VALUE);
}

/// Reads the fixed IPv6 header and sets the cursor behind it.
fn internet_6(code: &mut Assembler, addresses: bool, done: Label) {
    require(code, 40, done);
    code.load(Width::Byte, SCRATCH, CURSOR, 0);
    code.and_immediate(SCRATCH, 0xf0);
    code.jump_if(SCRATCH, Comparison::NotEqual, 0x60, done);
    internet(code, 6, 6);
    if addresses {
        for word in 0..4 {
            address_word(code, Fact::SourceWord(word), 8 + 4 * i16::from(word));
            address_word(code, Fact::DestinationWord(word), 24 + 4 * i16::from(word));
        }
    }
    code.load_network(Width::Half, PAYLOAD, CURSOR, 4);
    code.add_immediate(CURSOR, 40);
}

/// Keeps the version, and the protocol that stands at `offset`.
fn internet(code: &mut Assembler, version: i32, offset: i16) {
    code.store_immediate(Width::Word, Register::Stack, Fact::Version.place(), version);
    code.load(Width::Byte, PROTOCOL, CURSOR, offset);
    keep(code, Fact::Protocol, PROTOCOL);
}

fn address_word(code: &mut Assembler, fact: Fact, offset: i16) {
    code.load_network(Width::Word, SCRATCH, CURSOR, offset);
    keep(code, fact, SCRATCH);
}

/// Reads the ports of a header that is whole.
fn ports(code: &mut Assembler, done: Label) {
    let (tcp, read) = (code.label(), code.label());
    code.jump_if(PROTOCOL, Comparison::Equal, Transport::Tcp as u32, tcp);
    code.jump_if(PROTOCOL, Comparison::NotEqual, Transport::Udp as u32, done);
    whole_header(code, Transport::Udp, done);
    code.jump(read);
    code.bind(tcp);
    whole_header(code, Transport::Tcp, done);
    code.bind(read);
    code.load_network(Width::Half, SCRATCH, CURSOR, 0);
    keep(code, Fact::SourcePort, SCRATCH);
    code.load_network(Width::Half, SCRATCH, CURSOR, 2);
    keep(code, Fact::DestinationPort, SCRATCH);
}

fn whole_header(code: &mut Assembler, transport: Transport, done: Label) {
    let length = transport.header_length();
    code.jump_if(PAYLOAD, Comparison::Less, length as u32, done);
    require(code, length, done);
}
