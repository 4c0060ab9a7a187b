//! A program from an object file, as a compiler writes one: here it is put together by hand, so that no compiler is needed.

use object::write::{
    Object, Relocation, SectionId, StandardSegment, Symbol, SymbolId, SymbolSection,
};
use object::{
    Architecture, BinaryFormat, Endianness, RelocationFlags, SectionKind, SymbolFlags, SymbolKind,
    SymbolScope,
};
use portway_xdp::program::{AttachMode, AttachPolicy, Compiled, CompiledError};

use crate::network::in_network;
use crate::support::{PORT, open, payloads, send_datagrams_and_ping, with_peer_elsewhere};

const REDIRECT_MAP: u8 = 51;
const XDP_PASS: i32 = 2;
/// `R_BPF_64_64`: the address of a map in an instruction of 16 bytes.
const MAP_RELOCATION: u32 = 1;
const SOCKET_MAP: u32 = 17;

/// One instruction: operation, registers, offset, value.
fn instruction(operation: u8, registers: u8, offset: i16, value: i32) -> [u8; 8] {
    let mut bytes = [operation, registers, 0, 0, 0, 0, 0, 0];
    bytes[2..4].copy_from_slice(&offset.to_le_bytes());
    bytes[4..].copy_from_slice(&value.to_le_bytes());
    bytes
}

/// `return ctx->data + 42 > ctx->data_end || destination port != PORT ? XDP_PASS
///  : bpf_redirect_map(&map, ctx->rx_queue_index, XDP_PASS)`, with the place of the map's address.
fn program() -> (Vec<u8>, u64) {
    let port = PORT.to_be_bytes();
    let instructions = [
        instruction(0xb7, 0x00, 0, XDP_PASS), // r0 = XDP_PASS
        instruction(0x61, 0x12, 0, 0),        // r2 = ctx->data
        instruction(0x61, 0x13, 4, 0),        // r3 = ctx->data_end
        instruction(0xbf, 0x24, 0, 0),        // r4 = r2
        instruction(0x07, 0x04, 0, 42),       // r4 += 42
        instruction(0x2d, 0x34, 7, 0),        // if r4 > r3 goto exit
        instruction(0x69, 0x24, 36, 0),       // r4 = the destination port
        instruction(0x55, 0x04, 5, u16::from_le_bytes(port).into()), // if r4 != PORT goto exit
        instruction(0x61, 0x12, 16, 0),       // r2 = ctx->rx_queue_index
        instruction(0x18, 0x01, 0, 0),        // r1 = the map, in two
        instruction(0x00, 0x00, 0, 0),
        instruction(0xb7, 0x03, 0, XDP_PASS), // r3 = XDP_PASS
        instruction(0x85, 0x00, 0, REDIRECT_MAP.into()), // call
        instruction(0x95, 0x00, 0, 0),        // exit
    ];
    (instructions.concat(), 9 * 8)
}

/// `struct bpf_map_def`: kind, sizes of key and value, entries, flags.
fn map(kind: u32) -> Vec<u8> {
    [kind, 4, 4, 64, 0]
        .iter()
        .flat_map(|field| field.to_le_bytes())
        .collect()
}

fn symbol(
    object: &mut Object<'_>,
    name: &str,
    kind: SymbolKind,
    section: SectionId,
    size: usize,
) -> SymbolId {
    object.add_symbol(Symbol {
        name: name.into(),
        value: 0,
        size: size as u64,
        kind,
        scope: SymbolScope::Dynamic,
        weak: false,
        section: SymbolSection::Section(section),
        flags: SymbolFlags::None,
    })
}

/// An object file with a program `filter` and a map `xsks_map` of this kind.
fn object_file(map_kind: u32) -> Vec<u8> {
    let mut object = Object::new(BinaryFormat::Elf, Architecture::Bpf, Endianness::Little);
    let segment = object.segment_name(StandardSegment::Data).to_vec();
    let maps = object.add_section(segment.clone(), b"maps".to_vec(), SectionKind::Data);
    let definition = map(map_kind);
    object.append_section_data(maps, &definition, 8);
    let map = symbol(
        &mut object,
        "xsks_map",
        SymbolKind::Data,
        maps,
        definition.len(),
    );
    let license = object.add_section(segment.clone(), b"license".to_vec(), SectionKind::Data);
    object.append_section_data(license, b"GPL\0", 1);
    let code = object.add_section(segment, b"xdp".to_vec(), SectionKind::Text);
    let (instructions, place) = program();
    object.append_section_data(code, &instructions, 8);
    symbol(
        &mut object,
        "filter",
        SymbolKind::Text,
        code,
        instructions.len(),
    );
    let relocation = Relocation {
        offset: place,
        symbol: map,
        addend: 0,
        flags: RelocationFlags::Elf {
            r_type: MAP_RELOCATION,
        },
    };
    object.add_relocation(code, relocation).expect("a section");
    object.write().expect("an object file")
}

#[test]
fn a_compiled_program_feeds_our_sockets_and_the_kernel_gets_the_rest() {
    in_network(1, || {
        let mut object = aya::Ebpf::load(&object_file(SOCKET_MAP)).unwrap();
        let compiled = Compiled::load(&mut object, "filter", "xsks_map").unwrap();
        let attached = compiled
            .policy(AttachPolicy::Driver)
            .attach("left")
            .unwrap();
        assert_eq!(
            (attached.mode(), attached.socket_map().queues()),
            (AttachMode::Driver, 64)
        );
        // The program is attached for as long as this lives, whatever becomes of the object.
        drop(object);
        let mut socket = open();
        attached.insert(0, &socket).unwrap();
        let _elsewhere = with_peer_elsewhere(|| send_datagrams_and_ping(&[PORT, PORT + 1], 50));
        assert_eq!(payloads(&mut socket, 50), Vec::from_iter(0..50));
    });
}

#[test]
fn a_name_that_the_object_does_not_have_and_a_map_of_another_kind_are_said() {
    in_network(1, || {
        let load = |kind, program: &str, map: &str| {
            let mut object = aya::Ebpf::load(&object_file(kind)).unwrap();
            Compiled::load(&mut object, program, map).unwrap_err()
        };
        let error = load(SOCKET_MAP, "absent", "xsks_map");
        assert!(matches!(error, CompiledError::NoProgram { .. }), "{error}");
        // An array: the program that redirects to it is another matter.
        for (kind, map) in [(SOCKET_MAP, "absent"), (2, "xsks_map")] {
            let error = load(kind, "filter", map);
            assert!(
                matches!(error, CompiledError::NoSocketMap { .. }),
                "{error}"
            );
        }
    });
}
