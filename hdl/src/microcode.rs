//! The program of the microcoded engine: passes as `synfire_format::pass` and `synfire_format::recipe` specify them.
//!
//! [`crate::microcode_unit`] holds the part that serves the core. Every word is a constant of the generator.
//!
//! A row's sum for O is kept in the scratchpad and added once, behind the row's last entry: sums are modulo 2^32. The
//! recipe is brought to the scratchpad when a pass begins, the last slot with bit 31 set. `PASS` is the descriptor's first
//! word, in which counts have become one bit for each scalar (15 up), for each plane (26 up), and for each plane to be
//! written (9 up); bit 30 says that a slot rounds by a draw, 31 that any plane is written.

use crate::microassembler::First::{Acc, Argument, Half, Word, Zero};
use crate::microassembler::Place::{self, At, Indexed, Next, Table};
use crate::microassembler::Second::Plus;
use crate::microassembler::{Assembler, Dispatch, Kind, Pulse, Request, To, When};
use crate::microcode_unit;
use synfire_format::random::KEY_START;

/// Registers of a slot, where its codes point.
const X: Place = At(0);
const R: [Place; 3] = [At(1), At(2), At(3)];
const P: [Place; 4] = [At(4), At(5), At(6), At(7)];
const S: [Place; 4] = [At(8), At(9), At(10), At(11)];
const CONSTANTS: u8 = 12;
/// Never written.
pub(crate) const NOTHING: Place = At(16);
/// Addends to Y and O.
const Y: Place = At(18);
const O: Place = At(19);
/// Byte offset of the entry in its planes, and of the row's end and start.
const AT: Place = At(20);
const END: Place = At(21);
const START: Place = At(22);
const IDX: Place = At(23);
const DRAW: Place = At(24);
pub(crate) const T: Place = At(25);
pub(crate) const U: Place = At(26);
const V: Place = At(27);
const SUM_O: Place = At(28);
const PASS: Place = At(29);
/// The scale of X less one, where a slot has its shift; bit 31 alone for scale 0.
const SCALE: Place = At(30);
const ROW: Place = At(31);
/// Rounding by the slot: 16 zeros, then half of 2^shift.
const ROUNDING: u8 = 32;
/// 2^0 .. 2^31.
const POWERS: u8 = 49;
const LEFT: Place = At(81);
const QUEUED: Place = At(82);
const QUEUE: Place = At(83);
const LOST: Place = At(84);
const BITS: Place = At(85);
const BITMAP: Place = At(86);
/// The row's key: x, y, their upper halves, and y without its lower half.
pub(crate) const KEY_X: Place = At(87);
pub(crate) const KEY_Y: Place = At(88);
pub(crate) const KEY_1: Place = At(89);
pub(crate) const KEY_3: Place = At(90);
pub(crate) const KEY_Y_HIGH: Place = At(91);
const KEY_ROUND: Place = At(92);
const DESCRIPTOR: Place = At(93);
const DESCRIPTOR_END: Place = At(94);
/// 2^n - 1 for n = 0 .. 15.
const MASKS: u8 = 96;
/// Subtrahends of the exponential, lower part and upper part in turns.
pub(crate) const LOGARITHMS: u8 = 112;
const FIELDS: u8 = 190;
const SLOTS: u8 = 218;
/// Seed, then step.
pub(crate) const SEED: u8 = 226;
pub(crate) const RANDOM_ROW: Place = At(228);
pub(crate) const RANDOM_TAG: Place = At(229);
pub(crate) const EXP_RESULT: Place = At(230);
pub(crate) const RECIPROCAL_RESULT: Place = At(231);
pub(crate) const RANDOM_VALUE: Place = At(232);
pub(crate) const SATURATIONS: Place = At(233);
/// First constant of [`NUMBERS`].
const FIRST_NUMBER: u8 = 234;

/// Constants that no table has.
const NUMBERS: [u32; 19] = [
    0xffff,
    0xffff_0000,
    0x3fff8,
    -0x8000i32 as u32,
    KEY_START,
    POWERS as u32,
    MASKS as u32,
    FIELDS as u32,
    SLOTS as u32,
    SEED as u32,
    CONSTANTS as u32,
    -56i32 as u32,
    // Of the descriptor's first word, all but what `PASS` has otherwise.
    !(15 << 15 | 15 << 9 | 63 << 26),
    LOGARITHMS as u32,
    synfire_format::elementary::EXP_LIMIT as u32,
    microcode_unit::START_HIGH,
    microcode_unit::START_LOW,
    5,
    -31i32 as u32,
];

/// The constant `value`.
///
/// # Panics
/// If there is none: programs are constants of the generator.
pub(crate) fn number(value: u32) -> Place {
    if value.is_power_of_two() {
        return At(POWERS + value.trailing_zeros() as u8);
    }
    if (1..1 << 15).contains(&value) && (value + 1).is_power_of_two() {
        return At(MASKS + value.trailing_ones() as u8);
    }
    let at = NUMBERS.iter().position(|&n| n == value);
    let at = at.unwrap_or_else(|| panic!("{value:#x} is no constant of the scratchpad"));
    At(FIRST_NUMBER + at as u8)
}

/// Field `n` of the descriptor; bases in bytes.
const fn field(n: u8) -> Place {
    At(FIELDS + n)
}

/// The scratchpad's first contents: its constants.
pub fn contents() -> Vec<u32> {
    let mut words = vec![0; 256];
    for n in 0..32 {
        words[usize::from(POWERS) + n] = 1 << n;
    }
    for n in 0..16 {
        words[usize::from(MASKS) + n] = (1 << n) - 1;
    }
    let from = usize::from(FIRST_NUMBER);
    words[from..from + NUMBERS.len()].copy_from_slice(&NUMBERS);
    let from = usize::from(LOGARITHMS);
    let logarithms = microcode_unit::logarithms();
    words[from..from + logarithms.len()].copy_from_slice(&logarithms);
    words
}

/// The program.
pub fn program() -> Vec<u32> {
    let a = &mut Assembler::default();
    microcode_unit::registers(a);
    chain(a);
    recipe(a);
    rows(a);
    entries(a);
    slots(a);
    operations(a);
    results(a);
    flags(a);
    row_key(a);
    microcode_unit::functions(a);
    std::mem::take(a).finish()
}

const ONE: u32 = 1;

/// `counter` += `by`; the accumulator has it.
fn advance(a: &mut Assembler, counter: Place, by: u32) {
    a.ld(counter);
    a.add(number(by));
    a.st(counter);
}

/// `counter` -= 1; the accumulator has it.
fn count_down(a: &mut Assembler, counter: Place) {
    a.ld(counter);
    a.sub(number(ONE));
    a.st(counter);
}

/// Index = accumulator + `base`.
fn point(a: &mut Assembler, base: u8) {
    a.op(To::Index, Acc, Plus, number(base.into()), Request::None);
}

/// Index = `base`.
fn point_at(a: &mut Assembler, base: u8) {
    a.op(To::Index, Zero, Plus, number(base.into()), Request::None);
}

fn slot_from(a: &mut Assembler, place: Place) {
    a.op(To::Slot, Zero, Plus, place, Request::None);
}

/// Reads the half at accumulator + `base` to `place`.
fn fetch_half(a: &mut Assembler, base: Place, place: Place) {
    a.read(base);
    a.gap();
    a.store(Half, place);
}

/// Writes `place`, a half or word, to the address.
fn write(a: &mut Assembler, request: Request, place: Place) {
    a.op(To::Acc, Zero, Plus, place, request);
}

/// Entry number of the row.
fn entry_number(a: &mut Assembler) {
    a.ld(AT);
    a.sub(START);
    a.shift(Kind::Logical, 1);
}

/// One more saturation; the count stays at its largest value.
fn count_saturation(a: &mut Assembler, behind: &'static str) {
    a.ld(SATURATIONS);
    a.add(number(ONE));
    a.when(When::Zero, behind);
    a.st(SATURATIONS);
    a.label(behind);
}

/// The end of the 16-bit numbers that lies on the accumulator's side.
fn clip(a: &mut Assembler, negative: &'static str, clipped: &'static str) {
    a.when(When::Negative, negative);
    a.ld(number(0x7fff));
    a.go(clipped);
    a.label(negative);
    a.ld(number(-0x8000i32 as u32));
    a.label(clipped);
}

/// The chain's start, the descriptor and what becomes of it.
fn chain(a: &mut Assembler) {
    a.label("start");
    a.take(Argument);
    a.and(number(0x3fff8));
    a.st(DESCRIPTOR);
    a.pulse(Pulse::SetBusy);
    a.pulse(Pulse::UnitDone);
    a.label("pass");
    // 14 words of two fields each
    a.ld(DESCRIPTOR);
    a.sub(number(-56i32 as u32));
    a.st(DESCRIPTOR_END);
    a.ld(number(-56i32 as u32));
    a.st(T);
    point_at(a, FIELDS);
    a.label("fields");
    a.ld(T);
    a.read(DESCRIPTOR_END);
    a.gap();
    a.take(Word);
    a.st(Next);
    a.shift(Kind::Arithmetic, 16);
    a.st(Next);
    advance(a, T, 4);
    a.unless(When::Zero, "fields");
    // Bases in bytes: fields 7 .. 22, the next descriptor and the recipe
    a.ld(number(FIELDS.into()));
    a.op(To::Index, Acc, Plus, number(7), Request::None);
    a.label("bases");
    a.ld(Indexed);
    a.mul(number(8));
    a.st(Next);
    advance(a, T, 1);
    a.sub(number(16));
    a.unless(When::Zero, "bases");
    for n in [2, 3] {
        a.ld(field(n));
        a.mul(number(8));
        a.st(field(n));
    }
    for (n, place) in [(4, ROW), (5, LEFT), (6, field(6)), (23, field(23))] {
        a.ld(field(n));
        a.and(number(0xffff));
        a.st(place);
    }
    // PASS
    a.ld(field(0));
    a.and(number(!(15 << 15 | 15 << 9 | 63 << 26)));
    a.st(PASS);
    for (lsb, turn) in [(16, 17), (6, 6)] {
        a.ld(field(0));
        a.shift(Kind::Logical, lsb);
        a.and(number(7));
        point(a, MASKS);
        a.gap();
        a.ld(Indexed);
        a.shift(Kind::Rotate, turn);
        a.add(PASS);
        a.st(PASS);
    }
    a.ld(Indexed);
    a.mul(number(1 << 9));
    a.st(T);
    a.ld(field(0));
    a.and(T);
    a.st(T);
    a.when(When::Zero, "unwritten");
    a.add(number(1 << 31));
    a.st(T);
    a.label("unwritten");
    a.ld(PASS);
    a.add(T);
    a.st(PASS);
    // The scale of X
    a.ld(field(0));
    a.shift(Kind::Logical, 22);
    a.and(number(15));
    a.when(When::Zero, "unscaled");
    a.sub(number(1));
    a.mul(number(1 << 14));
    a.go("scaled");
    a.label("unscaled");
    a.ld(number(1 << 31));
    a.label("scaled");
    a.st(SCALE);
    // What a pass without them leaves alone
    for place in [X, S[0], S[1], S[2], S[3], Y, O, QUEUED, LOST] {
        a.store(Zero, place);
    }
    a.ld(number(8));
    a.add(field(22));
    a.st(QUEUE);
    // No flag: the condition "not 0" of 0
    slot_from(a, number(1 << 30));
    a.ld(NOTHING);
    a.pulse(Pulse::Flag);
}

/// The recipe's constants and slots.
fn recipe(a: &mut Assembler) {
    a.store(Zero, T);
    point_at(a, CONSTANTS);
    a.label("constants");
    a.ld(T);
    fetch_half(a, field(3), Next);
    advance(a, T, 2);
    a.sub(number(8));
    a.unless(When::Zero, "constants");
    a.ld(field(0));
    a.shift(Kind::Logical, 26);
    a.and(number(15));
    a.st(U);
    a.store(Zero, V);
    point_at(a, SLOTS);
    a.label("slots");
    a.ld(T);
    a.read(field(3));
    a.gap();
    a.store(Word, DRAW);
    advance(a, T, 4);
    slot_from(a, DRAW);
    a.unless(When::Bit(19), "certain");
    a.ld(number(1 << 30));
    a.st(V);
    a.label("certain");
    count_down(a, U);
    a.when(When::Zero, "last");
    a.ld(DRAW);
    a.st(Next);
    a.go("slots");
    a.label("last");
    a.ld(DRAW);
    a.add(number(1 << 31));
    a.st(Next);
    a.ld(PASS);
    a.add(V);
    a.st(PASS);
}

/// Which rows are visited, their scalars, extent and key.
fn rows(a: &mut Assembler) {
    a.label("row");
    a.ld(LEFT);
    slot_from(a, PASS);
    a.when(When::Zero, "pass end");
    a.unless(When::Bit(2), "visited");
    a.ld(ROW);
    a.shift(Kind::Logical, 5);
    a.mul(number(4));
    a.read(field(21));
    a.gap();
    a.store(Word, T);
    a.ld(ROW);
    a.and(number(31));
    point(a, POWERS);
    a.ld(T);
    a.and(Indexed);
    a.when(When::Zero, "next row");
    a.label("visited");
    for k in 0..4 {
        a.unless(When::Bit(15 + k), "scalars");
        a.ld(ROW);
        a.add(ROW);
        fetch_half(a, field(16 + k), S[usize::from(k)]);
    }
    a.label("scalars");
    a.unless(When::Bit(19), "unskipped");
    a.ld(S[0]);
    a.when(When::Zero, "next row");
    a.label("unskipped");
    a.unless(When::Bit(1), "strided");
    a.ld(ROW);
    a.mul(number(4));
    a.read(field(20));
    a.gap();
    a.take(Word);
    a.st(T);
    a.mul(number(8));
    a.st(START);
    a.ld(T);
    a.shift(Kind::Logical, 16);
    a.go("extent");
    a.label("strided");
    a.ld(field(7));
    a.mul(ROW);
    a.and(number(0xffff));
    a.st(START);
    a.ld(field(6));
    a.label("extent");
    a.st(T);
    a.when(When::Zero, "next row");
    a.add(T);
    a.add(START);
    a.st(END);
    a.ld(START);
    a.st(AT);
    a.store(Zero, SUM_O);
    a.store(Zero, BITS);
    a.ld(field(22));
    a.st(BITMAP);
    a.unless(When::Bit(30), "entry");
    a.ld(ROW);
    a.add(field(25));
    a.and(number(0xffff));
    a.st(KEY_X);
    a.ld(field(24));
    a.shift(Kind::Rotate, 16);
    a.and(number(0xffff_0000));
    a.add(KEY_X);
    a.st(KEY_X);
    a.ld(field(26));
    a.and(number(0xffff));
    a.xor(number(KEY_START));
    a.st(KEY_Y);
    a.go("row key");
    a.label("row end");
    a.unless(When::Bit(14), "next row");
    a.ld(ROW);
    a.mul(number(4));
    a.read(field(15));
    a.gap();
    a.op(To::Acc, Word, Plus, SUM_O, Request::WriteWord);
    a.label("next row");
    advance(a, ROW, 1);
    count_down(a, LEFT);
    a.go("row");
    a.label("pass end");
    a.unless(When::Bit(20), "done");
    a.op(To::Address, Zero, Plus, field(22), Request::None);
    write(a, Request::WriteWord, QUEUED);
    a.ld(number(4));
    a.op(To::Address, Acc, Plus, field(22), Request::None);
    write(a, Request::WriteWord, LOST);
    a.label("done");
    a.op(To::Address, Zero, Plus, DESCRIPTOR, Request::None);
    a.pulse(Pulse::PassDone);
    a.ld(field(2));
    a.st(DESCRIPTOR);
    a.unless(When::Zero, "pass");
    a.pulse(Pulse::ClearBusy);
    a.go("idle");
}

/// What an entry needs.
fn entries(a: &mut Assembler) {
    a.label("entry");
    a.when(When::Bit(0), "sparse");
    a.when(When::Bit(1), "sparse");
    entry_number(a);
    a.st(IDX);
    a.go("draw");
    a.label("sparse");
    a.ld(AT);
    fetch_half(a, field(8), IDX);
    a.label("draw");
    a.unless(When::Bit(30), "planes");
    entry_number(a);
    a.add(KEY_Y);
    a.and(number(0xffff));
    a.add(KEY_Y_HIGH);
    draw_rounds(a);
    a.st(DRAW);
    a.label("planes");
    for (p, label) in ["no plane", "one plane", "two planes", "three planes"]
        .into_iter()
        .enumerate()
    {
        a.unless(When::Bit(26 + p as u8), label);
        a.ld(AT);
        fetch_half(a, field(9 + p as u8), P[p]);
    }
    a.go("x");
    for (p, label) in ["no plane", "one plane", "two planes", "three planes"]
        .into_iter()
        .enumerate()
    {
        a.label(label);
        a.store(Zero, P[p]);
    }
    a.label("x");
    a.when(When::Bit(4), "accumulator");
    a.unless(When::Bit(3), "run");
    a.ld(IDX);
    a.mul(number(2));
    fetch_half(a, field(13), X);
    a.go("run");
    a.label("accumulator");
    a.ld(IDX);
    a.mul(number(4));
    a.read(field(13));
    a.gap();
    a.store(Word, T);
    a.unless(When::Bit(5), "kept");
    write(a, Request::WriteWord, NOTHING);
    a.label("kept");
    // (x >> s) + bit s - 1 of x: the sum with half of 2^s could pass 32 bits
    slot_from(a, SCALE);
    a.ld(T);
    a.when(When::Bit(31), "exact");
    a.shift_by_slot(Kind::Arithmetic);
    a.st(T);
    a.and(number(1));
    a.st(U);
    a.ld(T);
    a.shift(Kind::Arithmetic, 1);
    a.add(U);
    a.label("exact");
    a.st(X);
    a.when(When::Fits, "run");
    clip(a, "x negative", "x clipped");
    a.st(X);
    count_saturation(a, "run");
}

/// The six rounds of a draw on the accumulator.
pub(crate) fn draw_rounds(a: &mut Assembler) {
    for key in [KEY_X, KEY_3, KEY_Y, KEY_1, KEY_X, KEY_3] {
        a.round(key);
    }
}

/// The recipe: the multiply-adds that round without a draw first.
fn slots(a: &mut Assembler) {
    point_at(a, SLOTS);
    a.pulse(Pulse::ClearPredicate);
    a.store(Zero, R[0]);
    a.store(Zero, R[1]);
    slot_from(a, Next);
    a.store(Zero, R[2]);
    a.label("slot");
    a.when(When::Special, "special");
    a.ld(Place::A);
    a.mul(Place::B);
    a.add(Table(ROUNDING));
    a.label("shift");
    a.shift_by_slot(Kind::Arithmetic);
    a.add(Place::C);
    a.label("deliver");
    a.when(When::Quiet, "keep");
    a.st(Place::Y);
    a.st(Place::O);
    a.pulse(Pulse::Flag);
    a.label("keep");
    a.when(When::Unkept, "next slot");
    a.when(When::Fits, "fits");
    clip(a, "negative", "clipped");
    a.st(T);
    count_saturation(a, "counted");
    a.ld(T);
    a.label("fits");
    a.st(Place::Result);
    a.st(Place::Plane);
    a.label("next slot");
    slot_from(a, Next);
    // The slot that was: its successor is not there yet.
    a.unless_was(31, "slot");
    slot_from(a, PASS);
    a.gap();
    a.go("results");
}

/// The other slots.
fn operations(a: &mut Assembler) {
    a.label("special");
    a.when(When::Other, "other");
    a.when(When::Fails, "take c");
    a.ld(Place::A);
    a.mul(Place::B);
    a.st(T);
    a.ld(DRAW);
    a.and(Table(MASKS));
    a.add(T);
    a.go("shift");
    a.label("other");
    a.dispatch(Dispatch::Operation, "operations");
    a.align(8);
    a.label("operations");
    for to in [
        "take c", "min", "max", "ge", "eq", "sel", "neg if", "take c",
    ] {
        a.go(to);
    }
    let compare = |a: &mut Assembler| {
        a.ld(Place::A);
        a.sub(Place::C);
    };
    a.label("min");
    compare(a);
    a.when(When::Negative, "take a");
    a.go("take c");
    a.label("max");
    compare(a);
    a.when(When::Negative, "take c");
    a.go("take a");
    a.label("eq");
    compare(a);
    a.when(When::Zero, "true");
    a.go("false");
    a.label("ge");
    compare(a);
    a.when(When::Negative, "false");
    a.label("true");
    a.pulse(Pulse::SetPredicate);
    a.ld(number(1));
    a.go("deliver");
    a.label("false");
    a.pulse(Pulse::ClearPredicate);
    a.ld(NOTHING);
    a.go("deliver");
    a.label("sel");
    a.unless(When::Predicate, "take c");
    a.label("take a");
    a.ld(Place::A);
    a.go("deliver");
    a.label("neg if");
    a.ld(Place::A);
    a.when(When::Negative, "negate");
    a.label("take c");
    a.ld(Place::C);
    a.go("deliver");
    a.label("negate");
    a.ld(NOTHING);
    a.sub(Place::C);
    a.go("deliver");
}

/// What an entry leaves: planes, Y, O.
fn results(a: &mut Assembler) {
    a.label("results");
    a.unless(When::Bit(31), "scatter");
    for (p, label) in ["write 1", "write 2", "write 3", "scatter"]
        .into_iter()
        .enumerate()
    {
        a.unless(When::Bit(9 + p as u8), label);
        a.ld(AT);
        a.op(To::Address, Acc, Plus, field(9 + p as u8), Request::None);
        write(a, Request::WriteHalf, P[p]);
        a.label(label);
    }
    a.unless(When::Bit(13), "reduce");
    a.ld(IDX);
    a.mul(number(4));
    a.read(field(14));
    a.gap();
    a.op(To::Acc, Word, Plus, Y, Request::WriteWord);
    a.label("reduce");
    a.unless(When::Bit(14), "flags");
    a.ld(SUM_O);
    a.add(O);
    a.st(SUM_O);
    a.label("flags");
    a.when(When::Bit(20), "queue");
    a.when(When::Bit(21), "bitmap");
    a.label("next entry");
    advance(a, AT, 2);
    a.sub(END);
    a.unless(When::Zero, "entry");
    a.go("row end");
}

/// Flag queue and bitmap.
fn flags(a: &mut Assembler) {
    a.label("queue");
    a.unless(When::Flag, "next entry");
    a.ld(QUEUED);
    a.sub(field(23));
    a.when(When::Negative, "room");
    advance(a, LOST, 1);
    a.pulse(Pulse::QueueFault);
    a.go("next entry");
    a.label("room");
    a.op(To::Address, Zero, Plus, QUEUE, Request::None);
    a.ld(ROW);
    a.shift(Kind::Rotate, 16);
    a.st(T);
    entry_number(a);
    a.op(To::Acc, Acc, Plus, T, Request::WriteWord);
    advance(a, QUEUE, 4);
    advance(a, QUEUED, 1);
    a.go("next entry");
    a.label("bitmap");
    entry_number(a);
    a.and(number(15));
    a.st(T);
    point(a, POWERS);
    a.unless(When::Flag, "no flag");
    a.ld(BITS);
    a.add(Indexed);
    a.st(BITS);
    a.label("no flag");
    a.ld(T);
    a.sub(number(15));
    a.when(When::Zero, "write bits");
    a.ld(AT);
    a.add(number(2));
    a.sub(END);
    a.unless(When::Zero, "next entry");
    a.label("write bits");
    a.op(To::Address, Zero, Plus, BITMAP, Request::None);
    write(a, Request::WriteHalf, BITS);
    a.store(Zero, BITS);
    advance(a, BITMAP, 2);
    a.go("next entry");
}

/// The key of a row from x and y as they begin, as `synfire_format::random::row_key` does it.
fn row_key(a: &mut Assembler) {
    a.label("row key");
    a.store(Zero, KEY_ROUND);
    a.label("key round");
    a.ld(KEY_ROUND);
    a.and(number(1));
    point(a, SEED);
    a.ld(KEY_ROUND);
    a.add(Indexed);
    a.st(T);
    a.ld(KEY_X);
    a.shift(Kind::Rotate, 8);
    a.add(KEY_Y);
    a.xor(T);
    a.st(KEY_X);
    a.ld(KEY_Y);
    a.shift(Kind::Rotate, 29);
    a.xor(KEY_X);
    a.st(KEY_Y);
    advance(a, KEY_ROUND, 1);
    a.sub(number(synfire_format::random::KEY_ROUNDS));
    a.unless(When::Zero, "key round");
    a.ld(KEY_Y);
    a.and(number(0xffff_0000));
    a.st(KEY_Y_HIGH);
    a.shift(Kind::Logical, 16);
    a.st(KEY_1);
    a.ld(KEY_X);
    a.shift(Kind::Logical, 16);
    a.st(KEY_3);
    a.when(When::Busy, "entry");
    a.go("draw value");
}
