//! One eBPF instruction: eight bytes, as in `Documentation/bpf/standardization/instruction-set.rst` of the kernel.

/// A register of the eBPF machine.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[repr(u8)]
pub(crate) enum Register {
    /// The result of a helper, and of the program. Lost in every call.
    R0 = 0,
    /// The first argument. Lost in every call, as up to R5.
    R1 = 1,
    R2 = 2,
    R3 = 3,
    R4 = 4,
    R5 = 5,
    /// Kept over calls, as up to R9.
    R6 = 6,
    R7 = 7,
    R8 = 8,
    R9 = 9,
    /// The end of the stack; cannot be written.
    Stack = 10,
}

/// How many bytes a load or a store moves.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Width {
    Byte,
    Half,
    Word,
    Double,
}

impl Width {
    /// Returns the size bits of the operation code.
    const fn code(self) -> u8 {
        match self {
            Self::Word => 0x00,
            Self::Half => 0x08,
            Self::Byte => 0x10,
            Self::Double => 0x18,
        }
    }
}

/// The unsigned comparison of a conditional jump.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Comparison {
    Equal,
    NotEqual,
    Greater,
    Less,
}

impl Comparison {
    const fn code(self) -> u8 {
        match self {
            Self::Equal => 0x10,
            Self::Greater => 0x20,
            Self::NotEqual => 0x50,
            Self::Less => 0xa0,
        }
    }
}

/// A function of the kernel that a program may call.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[repr(i32)]
pub(crate) enum Helper {
    /// `bpf_map_lookup_elem`.
    MapLookup = 1,
    /// `bpf_redirect_map`.
    RedirectMap = 51,
}

const CLASS_LOAD_IMMEDIATE: u8 = 0x00;
const CLASS_LOAD: u8 = 0x01;
const CLASS_STORE_IMMEDIATE: u8 = 0x02;
const CLASS_STORE: u8 = 0x03;
const CLASS_ARITHMETIC_32: u8 = 0x04;
const CLASS_JUMP: u8 = 0x05;
const CLASS_JUMP_32: u8 = 0x06;
const CLASS_ARITHMETIC: u8 = 0x07;

const MODE_MEMORY: u8 = 0x60;
const SOURCE_REGISTER: u8 = 0x08;
const OPERATION_ADD: u8 = 0x00;
const OPERATION_SUBTRACT: u8 = 0x10;
const OPERATION_AND: u8 = 0x50;
const OPERATION_SHIFT_LEFT: u8 = 0x60;
const OPERATION_MOVE: u8 = 0xb0;
const OPERATION_BYTE_ORDER: u8 = 0xd0;
const OPERATION_CALL: u8 = 0x80;
const OPERATION_EXIT: u8 = 0x90;
/// `BPF_PSEUDO_MAP_FD`: the immediate is a map's file descriptor, which the kernel replaces by its address.
const PSEUDO_MAP_DESCRIPTOR: u8 = 1;

/// One instruction in the kernel's layout.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
#[repr(C)]
pub(crate) struct Instruction {
    code: u8,
    registers: u8,
    offset: i16,
    immediate: i32,
}

impl Instruction {
    fn new(code: u8, destination: u8, source: u8, offset: i16, immediate: i32) -> Self {
        // The two halves of this byte are bit fields in C: their order follows the machine's.
        let registers = if cfg!(target_endian = "little") {
            source << 4 | destination
        } else {
            destination << 4 | source
        };
        Self {
            code,
            registers,
            offset,
            immediate,
        }
    }

    pub(super) fn move_register(to: Register, from: Register) -> Self {
        let code = CLASS_ARITHMETIC | OPERATION_MOVE | SOURCE_REGISTER;
        Self::new(code, to as u8, from as u8, 0, 0)
    }

    pub(super) fn move_immediate(to: Register, value: i32) -> Self {
        Self::new(CLASS_ARITHMETIC | OPERATION_MOVE, to as u8, 0, 0, value)
    }

    pub(super) fn add_register(to: Register, from: Register) -> Self {
        let code = CLASS_ARITHMETIC | OPERATION_ADD | SOURCE_REGISTER;
        Self::new(code, to as u8, from as u8, 0, 0)
    }

    pub(super) fn add_immediate(to: Register, value: i32) -> Self {
        Self::new(CLASS_ARITHMETIC | OPERATION_ADD, to as u8, 0, 0, value)
    }

    pub(super) fn subtract_register(from: Register, amount: Register) -> Self {
        let code = CLASS_ARITHMETIC | OPERATION_SUBTRACT | SOURCE_REGISTER;
        Self::new(code, from as u8, amount as u8, 0, 0)
    }

    /// Keeps the bits of `mask` and clears all others, the upper half too: a 32-bit operation.
    pub(super) fn and_immediate(to: Register, mask: u32) -> Self {
        Self::new(
            CLASS_ARITHMETIC_32 | OPERATION_AND,
            to as u8,
            0,
            0,
            mask.cast_signed(),
        )
    }

    pub(super) fn shift_left(to: Register, bits: i32) -> Self {
        Self::new(
            CLASS_ARITHMETIC | OPERATION_SHIFT_LEFT,
            to as u8,
            0,
            0,
            bits,
        )
    }

    /// Turns the lower `bits` (16 or 32) from network order to the machine's, and clears the rest.
    pub(super) fn from_big_endian(register: Register, bits: i32) -> Self {
        let code = CLASS_ARITHMETIC_32 | OPERATION_BYTE_ORDER | SOURCE_REGISTER;
        Self::new(code, register as u8, 0, 0, bits)
    }

    pub(super) fn load(width: Width, to: Register, from: Register, offset: i16) -> Self {
        let code = CLASS_LOAD | MODE_MEMORY | width.code();
        Self::new(code, to as u8, from as u8, offset, 0)
    }

    pub(super) fn store(width: Width, to: Register, offset: i16, from: Register) -> Self {
        let code = CLASS_STORE | MODE_MEMORY | width.code();
        Self::new(code, to as u8, from as u8, offset, 0)
    }

    pub(super) fn store_immediate(width: Width, to: Register, offset: i16, value: i32) -> Self {
        let code = CLASS_STORE_IMMEDIATE | MODE_MEMORY | width.code();
        Self::new(code, to as u8, 0, offset, value)
    }

    /// The first of the two slots that load a map's address; the second is empty.
    pub(super) fn load_map(to: Register, descriptor: i32) -> [Self; 2] {
        let code = CLASS_LOAD_IMMEDIATE | Width::Double.code();
        let first = Self::new(code, to as u8, PSEUDO_MAP_DESCRIPTOR, 0, descriptor);
        [first, Self::default()]
    }

    pub(super) fn jump() -> Self {
        Self::new(CLASS_JUMP, 0, 0, 0, 0)
    }

    /// Compares 32 bits with `value`, so that values above `i32::MAX` are not sign-extended.
    pub(super) fn jump_immediate(comparison: Comparison, left: Register, value: u32) -> Self {
        let code = CLASS_JUMP_32 | comparison.code();
        Self::new(code, left as u8, 0, 0, value.cast_signed())
    }

    /// Compares the whole register, as the verifier wants it for a pointer, with 0.
    pub(super) fn jump_null(pointer: Register) -> Self {
        Self::new(
            CLASS_JUMP | Comparison::Equal.code(),
            pointer as u8,
            0,
            0,
            0,
        )
    }

    /// Compares whole registers.
    pub(super) fn jump_register(comparison: Comparison, left: Register, right: Register) -> Self {
        let code = CLASS_JUMP | comparison.code() | SOURCE_REGISTER;
        Self::new(code, left as u8, right as u8, 0, 0)
    }

    pub(super) fn call(helper: Helper) -> Self {
        Self::new(CLASS_JUMP | OPERATION_CALL, 0, 0, 0, helper as i32)
    }

    pub(super) fn exit() -> Self {
        Self::new(CLASS_JUMP | OPERATION_EXIT, 0, 0, 0, 0)
    }

    /// Tells whether the instruction behind this one is never reached from it.
    pub(super) fn ends(self) -> bool {
        self.code == Self::exit().code || self.code == Self::jump().code
    }

    pub(super) fn set_offset(&mut self, offset: i16) {
        self.offset = offset;
    }
}
