//! Puts instructions in a row and resolves the jumps between them. Knows nothing of the kernel.

use super::instruction::{Comparison, Helper, Instruction, Register, Width};

/// The longest program that is assembled. The kernel itself allows a privileged loader a million instructions.
const INSTRUCTION_LIMIT: usize = 4096;

/// A place in the program that can be jumped to.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct Label(usize);

/// Why a program cannot be assembled.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
pub(crate) enum AssemblyError {
    #[error("a jump goes to a label that stands nowhere")]
    UnboundLabel,
    #[error("a label stands in two places")]
    LabelBoundTwice,
    #[error("a jump goes backwards, which could make a loop")]
    BackwardJump,
    #[error("the last instruction does not end the program")]
    RunsOffTheEnd,
    #[error("the program is longer than {INSTRUCTION_LIMIT} instructions")]
    TooLong,
}

/// A program in the making.
#[derive(Debug, Default)]
pub(crate) struct Assembler {
    instructions: Vec<Instruction>,
    /// Where each label stands.
    labels: Vec<Option<usize>>,
    /// The jumps, each with the label it goes to.
    jumps: Vec<(usize, Label)>,
    bound_twice: bool,
}

impl Assembler {
    pub(crate) fn new() -> Self {
        Self::default()
    }

    /// Makes a label that does not stand anywhere yet.
    pub(crate) fn label(&mut self) -> Label {
        self.labels.push(None);
        Label(self.labels.len() - 1)
    }

    /// Sets `label` before the next instruction.
    pub(crate) fn bind(&mut self, label: Label) {
        let here = self.instructions.len();
        self.bound_twice |= self.labels[label.0].replace(here).is_some();
    }

    /// `to = from`
    pub(crate) fn move_register(&mut self, to: Register, from: Register) {
        self.push(Instruction::move_register(to, from));
    }

    /// `to = value`
    pub(crate) fn move_immediate(&mut self, to: Register, value: i32) {
        self.push(Instruction::move_immediate(to, value));
    }

    /// `to += from`
    pub(crate) fn add_register(&mut self, to: Register, from: Register) {
        self.push(Instruction::add_register(to, from));
    }

    /// `to += value`
    pub(crate) fn add_immediate(&mut self, to: Register, value: i32) {
        self.push(Instruction::add_immediate(to, value));
    }

    /// `from -= amount`
    pub(crate) fn subtract_register(&mut self, from: Register, amount: Register) {
        self.push(Instruction::subtract_register(from, amount));
    }

    /// `to &= mask`, in 32 bits
    pub(crate) fn and_immediate(&mut self, to: Register, mask: u32) {
        self.push(Instruction::and_immediate(to, mask));
    }

    /// `to <<= bits`
    pub(crate) fn shift_left(&mut self, to: Register, bits: i32) {
        self.push(Instruction::shift_left(to, bits));
    }

    /// `to = *(from + offset)`
    pub(crate) fn load(&mut self, width: Width, to: Register, from: Register, offset: i16) {
        self.push(Instruction::load(width, to, from, offset));
    }

    /// `to = *(from + offset)`, two or four bytes in network order.
    pub(crate) fn load_network(&mut self, width: Width, to: Register, from: Register, offset: i16) {
        self.load(width, to, from, offset);
        let bits = if width == Width::Half { 16 } else { 32 };
        self.push(Instruction::from_big_endian(to, bits));
    }

    /// `*(to + offset) = from`
    pub(crate) fn store(&mut self, width: Width, to: Register, offset: i16, from: Register) {
        self.push(Instruction::store(width, to, offset, from));
    }

    /// `*(to + offset) = value`
    pub(crate) fn store_immediate(&mut self, width: Width, to: Register, offset: i16, value: i32) {
        self.push(Instruction::store_immediate(width, to, offset, value));
    }

    /// `to = map`, by the map's file descriptor, which must be open when the program is loaded.
    pub(crate) fn load_map(&mut self, to: Register, descriptor: i32) {
        self.instructions
            .extend(Instruction::load_map(to, descriptor));
    }

    /// Goes to `label`.
    pub(crate) fn jump(&mut self, label: Label) {
        self.push_jump(Instruction::jump(), label);
    }

    /// Goes to `label` when the lower 32 bits of `left` compare with `value` like this.
    pub(crate) fn jump_if(
        &mut self,
        left: Register,
        comparison: Comparison,
        value: u32,
        label: Label,
    ) {
        self.push_jump(Instruction::jump_immediate(comparison, left, value), label);
    }

    /// Goes to `label` when `pointer` is null.
    pub(crate) fn jump_if_null(&mut self, pointer: Register, label: Label) {
        self.push_jump(Instruction::jump_null(pointer), label);
    }

    /// Goes to `label` when the two registers compare like this.
    pub(crate) fn jump_if_registers(
        &mut self,
        left: Register,
        comparison: Comparison,
        right: Register,
        label: Label,
    ) {
        self.push_jump(Instruction::jump_register(comparison, left, right), label);
    }

    /// Calls a function of the kernel.
    pub(crate) fn call(&mut self, helper: Helper) {
        self.push(Instruction::call(helper));
    }

    /// Ends the program with the value of R0.
    pub(crate) fn exit(&mut self) {
        self.push(Instruction::exit());
    }

    /// Resolves the jumps and returns the program.
    pub(crate) fn finish(mut self) -> Result<Vec<Instruction>, AssemblyError> {
        if self.bound_twice {
            return Err(AssemblyError::LabelBoundTwice);
        }
        if self.instructions.len() > INSTRUCTION_LIMIT {
            return Err(AssemblyError::TooLong);
        }
        if !self.instructions.last().is_some_and(|last| last.ends()) {
            return Err(AssemblyError::RunsOffTheEnd);
        }
        for (from, label) in std::mem::take(&mut self.jumps) {
            let distance = self.distance(from, label)?;
            self.instructions[from].set_offset(distance);
        }
        Ok(self.instructions)
    }

    /// Returns how many instructions a jump at `from` leaves out.
    fn distance(&self, from: usize, label: Label) -> Result<i16, AssemblyError> {
        let to = self.labels[label.0].ok_or(AssemblyError::UnboundLabel)?;
        if to >= self.instructions.len() {
            return Err(AssemblyError::RunsOffTheEnd);
        }
        let distance = to
            .checked_sub(from + 1)
            .ok_or(AssemblyError::BackwardJump)?;
        i16::try_from(distance).map_err(|_| AssemblyError::TooLong)
    }

    fn push(&mut self, instruction: Instruction) {
        self.instructions.push(instruction);
    }

    fn push_jump(&mut self, instruction: Instruction, label: Label) {
        self.jumps.push((self.instructions.len(), label));
        self.push(instruction);
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_jump_leaves_out_what_stands_before_its_label() {
        let mut assembler = Assembler::new();
        let end = assembler.label();
        assembler.move_immediate(Register::R0, 1);
        assembler.jump_if(Register::R0, Comparison::Equal, 1, end);
        assembler.move_immediate(Register::R0, 2);
        assembler.bind(end);
        assembler.exit();
        let program = assembler.finish().unwrap();
        let mut jump = Instruction::jump_immediate(Comparison::Equal, Register::R0, 1);
        jump.set_offset(1);
        assert_eq!(program[1], jump);
    }

    #[test]
    fn a_label_that_stands_nowhere_is_refused() {
        let mut assembler = Assembler::new();
        let nowhere = assembler.label();
        assembler.jump(nowhere);
        assert_eq!(assembler.finish(), Err(AssemblyError::UnboundLabel));
    }

    #[test]
    fn a_label_in_two_places_is_refused() {
        let mut assembler = Assembler::new();
        let twice = assembler.label();
        assembler.bind(twice);
        assembler.move_immediate(Register::R0, 1);
        assembler.bind(twice);
        assembler.exit();
        assert_eq!(assembler.finish(), Err(AssemblyError::LabelBoundTwice));
    }

    #[test]
    fn a_loop_is_refused() {
        let mut assembler = Assembler::new();
        let back = assembler.label();
        assembler.bind(back);
        assembler.jump(back);
        assert_eq!(assembler.finish(), Err(AssemblyError::BackwardJump));
    }

    #[test]
    fn a_program_that_runs_off_its_end_is_refused() {
        let mut assembler = Assembler::new();
        assert_eq!(Assembler::new().finish(), Err(AssemblyError::RunsOffTheEnd));
        let behind = assembler.label();
        assembler.jump(behind);
        assembler.bind(behind);
        assert_eq!(assembler.finish(), Err(AssemblyError::RunsOffTheEnd));
    }

    #[test]
    fn a_program_beyond_the_limit_is_refused() {
        let mut assembler = Assembler::new();
        for _ in 0..INSTRUCTION_LIMIT {
            assembler.move_immediate(Register::R0, 0);
        }
        assembler.exit();
        assert_eq!(assembler.finish(), Err(AssemblyError::TooLong));
    }
}
