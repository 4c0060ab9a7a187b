//! The kernel's structures and numbers for bpf(2), from `include/uapi/linux/bpf.h`.
//!
//! Each command reads its own member of the union `bpf_attr`; here each member is a structure of its own, without
//! padding, because the kernel refuses a request whose unknown bytes are not zero.

/// Commands of `enum bpf_cmd`.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[repr(i32)]
pub(super) enum Command {
    MapCreate = 0,
    MapLookup = 1,
    MapUpdate = 2,
    MapDelete = 3,
    ProgramLoad = 5,
    ObjectPin = 6,
    ObjectGet = 7,
    #[cfg(test)]
    ProgramTestRun = 10,
    ProgramById = 13,
    MapById = 14,
    ObjectInformation = 15,
    LinkCreate = 28,
    LinkById = 30,
    NextLinkId = 31,
}

/// `BPF_PROG_TYPE_XDP`.
pub(super) const PROGRAM_TYPE_XDP: u32 = 6;
/// `BPF_XDP` of `enum bpf_attach_type`.
pub(super) const ATTACH_TYPE_XDP: u32 = 37;
/// `BPF_F_XDP_HAS_FRAGS`: the program copes with frames of several buffers.
pub(super) const PROGRAM_HAS_FRAGS: u32 = 1 << 5;
/// `XDP_FLAGS_SKB_MODE`.
pub(super) const LINK_GENERIC: u32 = 1 << 1;
/// `XDP_FLAGS_DRV_MODE`.
pub(super) const LINK_DRIVER: u32 = 1 << 2;
/// `BPF_OBJ_NAME_LEN`, with its closing zero.
pub(super) const NAME_LENGTH: usize = 16;

/// `BPF_MAP_CREATE`.
#[repr(C)]
#[derive(Default)]
pub(super) struct MapCreate {
    pub(super) map_type: u32,
    pub(super) key_size: u32,
    pub(super) value_size: u32,
    pub(super) max_entries: u32,
    pub(super) map_flags: u32,
    pub(super) inner_map_fd: u32,
    pub(super) numa_node: u32,
    pub(super) map_name: [u8; NAME_LENGTH],
}

/// `BPF_MAP_*_ELEM`.
#[repr(C)]
#[derive(Default)]
pub(super) struct MapElement {
    pub(super) map_fd: u32,
    pub(super) reserved: u32,
    pub(super) key: u64,
    pub(super) value: u64,
    pub(super) flags: u64,
}

/// `BPF_PROG_LOAD`, up to `expected_attach_type`.
#[repr(C)]
#[derive(Default)]
pub(super) struct ProgramLoad {
    pub(super) program_type: u32,
    pub(super) instruction_count: u32,
    pub(super) instructions: u64,
    pub(super) license: u64,
    pub(super) log_level: u32,
    pub(super) log_size: u32,
    pub(super) log_buffer: u64,
    pub(super) kernel_version: u32,
    pub(super) flags: u32,
    pub(super) name: [u8; NAME_LENGTH],
    pub(super) interface_index: u32,
    pub(super) expected_attach_type: u32,
}

/// `BPF_OBJ_PIN` and `BPF_OBJ_GET`.
#[repr(C)]
#[derive(Default)]
pub(super) struct Object {
    pub(super) path: u64,
    pub(super) fd: u32,
    pub(super) flags: u32,
}

/// `BPF_PROG_TEST_RUN`, up to `duration`.
#[cfg(test)]
#[repr(C)]
#[derive(Default)]
pub(super) struct TestRun {
    pub(super) program_fd: u32,
    pub(super) return_value: u32,
    pub(super) data_size_in: u32,
    pub(super) data_size_out: u32,
    pub(super) data_in: u64,
    pub(super) data_out: u64,
    pub(super) repeat: u32,
    pub(super) duration: u32,
}

/// `BPF_OBJ_GET_INFO_BY_FD`.
#[repr(C)]
#[derive(Default)]
pub(super) struct ObjectInformation {
    pub(super) fd: u32,
    pub(super) information_length: u32,
    pub(super) information: u64,
}

/// The beginning of `struct bpf_map_info`; the kernel fills as much as it is given room for.
#[repr(C)]
#[derive(Default)]
pub(super) struct MapInformation {
    pub(super) map_type: u32,
    pub(super) id: u32,
    pub(super) key_size: u32,
    pub(super) value_size: u32,
    pub(super) max_entries: u32,
    pub(super) map_flags: u32,
}

/// The beginning of `struct bpf_prog_info`, up to `name`. The kernel reads `map_count` as the room at `map_ids`.
#[repr(C)]
#[derive(Default)]
pub(super) struct ProgramInformation {
    pub(super) program_type: u32,
    pub(super) id: u32,
    pub(super) tag: [u8; 8],
    pub(super) machine_code_length: u32,
    pub(super) instructions_length: u32,
    pub(super) machine_code: u64,
    pub(super) instructions: u64,
    pub(super) load_time: u64,
    pub(super) user: u32,
    pub(super) map_count: u32,
    pub(super) map_ids: u64,
    pub(super) name: [u8; NAME_LENGTH],
}

/// The beginning of `struct bpf_link_info`.
#[repr(C)]
#[derive(Default)]
pub(super) struct LinkInformation {
    pub(super) link_type: u32,
    pub(super) id: u32,
    pub(super) program_id: u32,
}

/// `BPF_*_GET_FD_BY_ID`, and `BPF_*_GET_NEXT_ID`, whose answer is in `next`.
#[repr(C)]
#[derive(Default)]
pub(super) struct ById {
    pub(super) id: u32,
    pub(super) next: u32,
    pub(super) open_flags: u32,
}

/// `BPF_LINK_CREATE` for XDP, up to `flags`.
#[repr(C)]
#[derive(Default)]
pub(super) struct LinkCreate {
    pub(super) program_fd: u32,
    pub(super) interface_index: u32,
    pub(super) attach_type: u32,
    pub(super) flags: u32,
}

/// Returns `name` as the kernel wants it: cut to its room and closed by zeros.
pub(super) fn object_name(name: &str) -> [u8; NAME_LENGTH] {
    let mut room = [0; NAME_LENGTH];
    for (place, byte) in room.iter_mut().take(NAME_LENGTH - 1).zip(name.bytes()) {
        *place = byte;
    }
    room
}
