//! The part of the engine's program that serves the core: registers, draws, exponential and reciprocal.
//!
//! An argument is answered at once; what it asks for is computed before the next request is looked at. The steps of the
//! exponential are those of `synfire_format::elementary`. Its working numbers take two words: what is left of the
//! argument splits at bit 20, the factor at bit 5, so that its upper part and nearly all shifts are single words.

use super::entry::draw_rounds;
use super::*;
use synfire_format::elementary::{EXP_EXTRA_STEPS, EXP_LIMIT, LN1P, LN2};

/// The bit at which what is left of the argument splits.
const SPLIT: u32 = 20;
/// 16 ln 2, in two parts.
pub(super) const START_HIGH: u32 = (LN2 << 4 >> SPLIT) as u32;
pub(super) const START_LOW: u32 = (LN2 << 4 & ((1 << SPLIT) - 1)) as u32;

/// The subtrahends, in the order of the steps: multiples of ln 2, then logarithms of 1 + 2^-k.
pub(super) fn logarithms() -> Vec<u32> {
    (0..5)
        .map(|j| LN2 << (4 - j))
        .chain(LN1P)
        .flat_map(|v| [(v & ((1 << SPLIT) - 1)) as u32, (v >> SPLIT) as u32])
        .collect()
}

/// Reset, and the way of a request to its register.
pub(super) fn registers(a: &mut Assembler) {
    for place in [
        At(SEED),
        At(SEED + 1),
        RANDOM_ROW,
        RANDOM_TAG,
        EXP_RESULT,
        RECIPROCAL_RESULT,
        RANDOM_VALUE,
        SATURATIONS,
    ] {
        a.store(Zero, place);
    }
    a.label("idle");
    a.unless(When::Asked, "idle");
    a.dispatch(Dispatch::Register, "registers");
    a.align(32);
    a.label("registers");
    let zero = "load nothing";
    // By bits 5..2 of the address; loads, then stores.
    for to in [
        zero,
        zero,
        zero,
        "load value",
        zero,
        zero,
        zero,
        "load seed",
        "load step",
        "load count",
        zero,
        zero,
        zero,
        "load exp",
        zero,
        "load reciprocal",
    ] {
        a.go(to);
    }
    let none = "answer";
    for to in [
        "store row",
        "store tag",
        "store index",
        none,
        "start",
        none,
        none,
        "store seed",
        "store step",
        "store count",
        none,
        none,
        "store exp",
        none,
        "store reciprocal",
        none,
    ] {
        a.go(to);
    }
    for (label, place) in [
        (zero, NOTHING),
        ("load value", RANDOM_VALUE),
        ("load seed", At(SEED)),
        ("load step", At(SEED + 1)),
        ("load count", SATURATIONS),
        ("load exp", EXP_RESULT),
        ("load reciprocal", RECIPROCAL_RESULT),
    ] {
        a.label(label);
        a.ld(place);
        a.go("answer");
    }
    for (label, place) in [
        ("store row", RANDOM_ROW),
        ("store seed", At(SEED)),
        ("store step", At(SEED + 1)),
        ("store count", SATURATIONS),
    ] {
        a.label(label);
        a.store(Argument, place);
        a.go("answer");
    }
    a.label("store tag");
    a.take(Argument);
    a.and(number(0xffff));
    a.st(RANDOM_TAG);
    a.label("answer");
    a.pulse(Pulse::UnitDone);
    a.go("idle");
}

/// What takes longer than an answer.
pub(super) fn functions(a: &mut Assembler) {
    draw(a);
    reciprocal(a);
    exponential(a);
    factor(a);
}

fn draw(a: &mut Assembler) {
    a.label("store index");
    a.store(Argument, U);
    a.pulse(Pulse::UnitDone);
    a.ld(RANDOM_ROW);
    a.st(KEY_X);
    a.ld(RANDOM_TAG);
    a.xor(number(KEY_START));
    a.st(KEY_Y);
    a.go("row key");
    a.label("draw value");
    a.ld(U);
    a.shift(Kind::Logical, 16);
    a.add(KEY_Y);
    a.and(number(0xffff));
    a.add(KEY_Y_HIGH);
    a.st(T);
    a.ld(U);
    a.shift(Kind::Rotate, 16);
    a.and(number(0xffff_0000));
    a.xor(T);
    draw_rounds(a);
    a.st(RANDOM_VALUE);
    a.go("idle");
}

/// The largest number.
fn largest(a: &mut Assembler) {
    a.ld(number(1 << 31));
    a.sub(number(1));
}

/// Restoring division of 2^30; a step brings down one bit of the dividend.
fn reciprocal(a: &mut Assembler) {
    let (divisor, rest, quotient, down, step) = (At(20), At(21), At(22), At(23), At(24));
    a.label("store reciprocal");
    a.take(Argument);
    a.st(divisor);
    a.pulse(Pulse::UnitDone);
    a.when(When::Zero, "no reciprocal");
    a.when(When::Negative, "no reciprocal");
    a.store(Zero, rest);
    a.store(Zero, quotient);
    a.ld(number(1));
    a.st(down);
    a.ld(number(-31i32 as u32));
    a.st(step);
    a.label("divide");
    a.ld(rest);
    a.add(rest);
    a.add(down);
    a.st(rest);
    a.store(Zero, down);
    a.sub(divisor);
    a.when(When::Negative, "less");
    a.st(rest);
    a.ld(quotient);
    a.add(quotient);
    a.add(number(1));
    a.go("divided");
    a.label("less");
    a.ld(quotient);
    a.add(quotient);
    a.label("divided");
    a.st(quotient);
    a.ld(step);
    a.add(number(1));
    a.st(step);
    a.unless(When::Zero, "divide");
    a.ld(quotient);
    a.go("reciprocal");
    a.label("no reciprocal");
    largest(a);
    a.label("reciprocal");
    a.st(RECIPROCAL_RESULT);
    a.go("idle");
}

/// What is left of the argument, the factor, in two parts each; powers of two, step, last step.
const LEFT_LOW: Place = At(20);
const LEFT_HIGH: Place = At(21);
const FACTOR_LOW: Place = At(22);
const FACTOR_HIGH: Place = At(23);
const POWERS_OF_TWO: Place = At(24);
const STEP: Place = At(27);
const BEHIND: Place = At(28);
const LOW: Place = At(29);
const HIGH: Place = At(30);

fn exponential(a: &mut Assembler) {
    let limit = number(EXP_LIMIT as u32);
    a.label("store exp");
    a.take(Argument);
    a.st(T);
    a.pulse(Pulse::UnitDone);
    a.when(When::Negative, "exp negative");
    a.ld(limit);
    a.sub(T);
    a.unless(When::Negative, "exp");
    largest(a);
    a.go("exp end");
    a.label("exp negative");
    a.add(limit);
    a.unless(When::Negative, "exp");
    a.ld(NOTHING);
    a.go("exp end");
    a.label("exp");
    a.ld(T);
    a.add(T);
    a.add(number(START_HIGH));
    a.st(LEFT_HIGH);
    a.ld(number(START_LOW));
    a.st(LEFT_LOW);
    a.store(Zero, POWERS_OF_TWO);
    a.store(Zero, FACTOR_LOW);
    a.ld(number(1 << 31));
    a.st(FACTOR_HIGH);
    // Steps -5 .. -1 take multiples of ln 2, steps 1 .. logarithms of 1 + 2^-step.
    a.ld(NOTHING);
    a.sub(number(5));
    a.st(STEP);
    a.op(
        To::Index,
        Zero,
        Plus,
        number(LOGARITHMS.into()),
        Request::None,
    );
    a.label("exp step");
    a.ld(LEFT_LOW);
    a.sub(Next);
    a.unless(When::Negative, "no borrow");
    a.add(number(1 << SPLIT));
    a.st(U);
    a.ld(LEFT_HIGH);
    a.sub(number(1));
    a.go("upper part");
    a.label("no borrow");
    a.st(U);
    a.ld(LEFT_HIGH);
    a.label("upper part");
    a.sub(Next);
    a.when(When::Negative, "too large");
    a.st(LEFT_HIGH);
    a.ld(U);
    a.st(LEFT_LOW);
    a.ld(STEP);
    a.unless(When::Negative, "multiply");
    a.ld(POWERS_OF_TWO);
    a.add(POWERS_OF_TWO);
    a.add(number(1));
    a.go("power");
    a.label("too large");
    a.ld(STEP);
    a.unless(When::Negative, "next factor");
    a.ld(POWERS_OF_TWO);
    a.add(POWERS_OF_TWO);
    a.label("power");
    a.st(POWERS_OF_TWO);
    a.ld(STEP);
    a.add(number(1));
    a.st(STEP);
    a.unless(When::Zero, "exp step");
    a.ld(number(1));
    a.st(STEP);
    a.add(POWERS_OF_TWO);
    a.add(number(EXP_EXTRA_STEPS));
    a.st(BEHIND);
    a.go("exp step");
}

/// Shifts the upper part of the factor by the shift in the slot, which has five bits here.
fn shift_factor(a: &mut Assembler, small: &'static str) {
    a.op(To::Slot, Acc, Plus, NOTHING, Request::None);
    a.ld(FACTOR_HIGH);
    a.unless(When::Bit(18), small);
    a.shift(Kind::Logical, 16);
    a.label(small);
    a.shift_by_slot(Kind::Logical);
}

/// The factor plus its 2^step-th part, and the result.
fn factor(a: &mut Assembler) {
    a.label("multiply");
    a.sub(number(5));
    a.when(When::Negative, "first factors");
    a.mul(number(1 << 14));
    shift_factor(a, "shift below 16");
    a.st(HIGH);
    a.and(number(31));
    a.st(LOW);
    a.ld(HIGH);
    a.shift(Kind::Logical, 5);
    a.st(HIGH);
    a.go("add factor");
    a.label("first factors");
    a.ld(STEP);
    a.mul(number(1 << 14));
    a.op(To::Slot, Acc, Plus, NOTHING, Request::None);
    a.ld(FACTOR_HIGH);
    a.and(number(31));
    a.mul(number(32));
    a.add(FACTOR_LOW);
    a.shift_by_slot(Kind::Logical);
    a.and(number(31));
    a.st(LOW);
    a.ld(FACTOR_HIGH);
    a.shift_by_slot(Kind::Logical);
    a.st(HIGH);
    a.label("add factor");
    a.ld(FACTOR_LOW);
    a.add(LOW);
    a.st(U);
    a.and(number(31));
    a.st(FACTOR_LOW);
    a.ld(U);
    a.shift(Kind::Logical, 5);
    a.add(FACTOR_HIGH);
    a.add(HIGH);
    a.st(FACTOR_HIGH);
    a.label("next factor");
    a.ld(STEP);
    a.add(number(1));
    a.st(STEP);
    a.sub(BEHIND);
    a.unless(When::Zero, "exp step");
    // ((y >> (36 - n)) + 1) >> 1
    a.ld(number(31));
    a.sub(POWERS_OF_TWO);
    a.mul(number(1 << 14));
    shift_factor(a, "result below 16");
    a.add(number(1));
    a.shift(Kind::Logical, 1);
    a.label("exp end");
    a.st(EXP_RESULT);
    a.go("idle");
}
