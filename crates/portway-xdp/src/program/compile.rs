//! From a match to a program: read the frame's facts onto the stack, test them, say what becomes of the frame.
//!
//! ```text
//! R6 = context, R7 = end of the frame, R8 = cursor into it
//!
//!  read ─────────▶ test ──holds──▶ redirect into the XSKMAP by receive queue ──▶ [count] ──▶ end
//!   (Ethernet,      └──does not──▶ pass to the kernel ─────────────────────────────┘
//!    VLAN, IP,
//!    ports)
//! ```

use super::error::MatchError;
use super::fold::{Folded, fold};
use super::matching::{Condition, Match};
use super::read;
use super::test::{Test, tests};
use crate::bpf::{
    Assembler, AssemblyError, Comparison, Helper, Instruction, Label, Register, Width,
};

/// `XDP_PASS`: the kernel goes on with the frame.
pub(super) const PASS: i32 = 2;
/// `XDP_REDIRECT`, as the helper returns it when the queue's entry is set.
const REDIRECT: u32 = 4;
/// Where `struct xdp_md` holds the receive queue.
const CONTEXT_QUEUE: i16 = 16;
/// The place on the stack of the counter's key; the facts end before it.
const COUNTER_KEY: i16 = -72;

/// The counters, by their key in the per-processor map.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[repr(i32)]
pub(super) enum Counter {
    Redirected = 0,
    Unclaimed = 1,
    Passed = 2,
}

/// How many counters there are.
pub(super) const COUNTERS: u32 = 3;

/// What becomes of the frames that match.
#[derive(Clone, Copy, Debug)]
pub(super) enum Verdict {
    /// Into the XSKMAP with this descriptor, counted in the map with that one.
    Redirect { sockets: i32, counters: Option<i32> },
    /// The program returns this, so that a test can see it.
    #[cfg(test)]
    Return(i32),
}

/// Assembles the program.
pub(super) fn compile(rule: &Match, verdict: Verdict) -> Result<Vec<Instruction>, MatchError> {
    rule.check()?;
    assemble(rule, verdict).map_err(|_| MatchError::TooLong)
}

fn assemble(rule: &Match, verdict: Verdict) -> Result<Vec<Instruction>, AssemblyError> {
    let mut code = Assembler::new();
    code.move_register(Register::R6, Register::R1);
    match fold(rule) {
        Folded::Always => matched(&mut code, verdict),
        Folded::Never => passed(&mut code, verdict),
        Folded::Sometimes(rule) => {
            let pass = code.label();
            read::facts(&mut code, rule.reads_addresses());
            branch(&mut code, &rule, false, pass);
            matched(&mut code, verdict);
            code.bind(pass);
            passed(&mut code, verdict);
        }
    }
    code.finish()
}

/// Goes to `target` if the match comes out as `when`; otherwise what is emitted next is run.
fn branch(code: &mut Assembler, rule: &Match, when: bool, target: Label) {
    match &rule.0 {
        Condition::All(parts) => {
            combine(
                code,
                parts,
                when,
                target,
                false,
                |code, part, when, target| {
                    branch(code, part, when, target);
                },
            );
        }
        Condition::Any(parts) => {
            combine(
                code,
                parts,
                when,
                target,
                true,
                |code, part, when, target| {
                    branch(code, part, when, target);
                },
            );
        }
        leaf => combine(code, &tests(leaf), when, target, false, test),
    }
}

/// Emits parts of which one that comes out as `decisive` decides for the whole: `false` if all are wanted, `true` if any.
fn combine<Part>(
    code: &mut Assembler,
    parts: &[Part],
    when: bool,
    target: Label,
    decisive: bool,
    emit: impl Fn(&mut Assembler, &Part, bool, Label),
) {
    if when == decisive {
        for part in parts {
            emit(code, part, when, target);
        }
        return;
    }
    let decided = code.label();
    for part in parts {
        emit(code, part, decisive, decided);
    }
    code.jump(target);
    code.bind(decided);
}

/// Emits one test of a fact.
fn test(code: &mut Assembler, test: &Test, when: bool, target: Label) {
    code.load(
        Width::Word,
        Register::R3,
        Register::Stack,
        test.fact.place(),
    );
    if test.mask != u32::MAX {
        code.and_immediate(Register::R3, test.mask);
    }
    match (test.least == test.most, when) {
        (true, true) => code.jump_if(Register::R3, Comparison::Equal, test.least, target),
        (true, false) => code.jump_if(Register::R3, Comparison::NotEqual, test.least, target),
        (false, false) => outside(code, test, target),
        (false, true) => {
            let beside = code.label();
            outside(code, test, beside);
            code.jump(target);
            code.bind(beside);
        }
    }
}

fn outside(code: &mut Assembler, test: &Test, target: Label) {
    code.jump_if(Register::R3, Comparison::Less, test.least, target);
    code.jump_if(Register::R3, Comparison::Greater, test.most, target);
}

/// Emits the end for frames that match: into the queue's socket if there is one, otherwise to the kernel.
fn matched(code: &mut Assembler, verdict: Verdict) {
    match verdict {
        Verdict::Redirect { sockets, counters } => {
            code.load(Width::Word, Register::R2, Register::R6, CONTEXT_QUEUE);
            code.load_map(Register::R1, sockets);
            code.move_immediate(Register::R3, PASS);
            code.call(Helper::RedirectMap);
            count_redirect(code, counters);
        }
        #[cfg(test)]
        Verdict::Return(value) => code.move_immediate(Register::R0, value),
    }
    code.exit();
}

/// Emits the end for the others.
fn passed(code: &mut Assembler, verdict: Verdict) {
    if let Verdict::Redirect {
        counters: Some(counters),
        ..
    } = verdict
    {
        set_counter(code, Counter::Passed);
        count(code, counters);
    }
    code.move_immediate(Register::R0, PASS);
    code.exit();
}

/// Counts by what the helper has returned in R0, and keeps that.
fn count_redirect(code: &mut Assembler, counters: Option<i32>) {
    let Some(counters) = counters else {
        return;
    };
    let known = code.label();
    code.move_register(Register::R9, Register::R0);
    set_counter(code, Counter::Redirected);
    code.jump_if(Register::R9, Comparison::Equal, REDIRECT, known);
    set_counter(code, Counter::Unclaimed);
    code.bind(known);
    count(code, counters);
    code.move_register(Register::R0, Register::R9);
}

fn set_counter(code: &mut Assembler, counter: Counter) {
    code.store_immediate(Width::Word, Register::Stack, COUNTER_KEY, counter as i32);
}

/// Adds one to the counter whose key is on the stack. Nobody else writes this processor's value meanwhile.
fn count(code: &mut Assembler, counters: i32) {
    let missing = code.label();
    code.load_map(Register::R1, counters);
    code.move_register(Register::R2, Register::Stack);
    code.add_immediate(Register::R2, i32::from(COUNTER_KEY));
    code.call(Helper::MapLookup);
    code.jump_if_null(Register::R0, missing);
    code.load(Width::Double, Register::R1, Register::R0, 0);
    code.add_immediate(Register::R1, 1);
    code.store(Width::Double, Register::R0, 0, Register::R1);
    code.bind(missing);
}
