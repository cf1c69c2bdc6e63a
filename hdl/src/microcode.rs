//! The program of the microcoded engine: passes as `synfire_format::pass` and `synfire_format::recipe` specify them.
//!
//! One file for each part: chains, rows, entries, slots, and the unit that serves the core. Every word is a constant of the generator.
//!
//! A row's sum for O is kept in the scratchpad and added once, behind the row's last entry: sums are modulo 2^32. The
//! recipe is brought to the scratchpad when a pass begins, the last slot with bit 31 set. `PASS` is the descriptor's first
//! word, in which counts have become one bit for each scalar (15 up), for each plane (26 up), and for each plane to be
//! written (9 up). Bit 6: X is a halfword, and no slot reads a result or plane that is neither fetched nor written before
//! it (*clean*: they need not be 0 then). Bit 7: something is written beside O. Bit 8: not clean. Bit 30: a slot rounds by
//! a draw. Bit 31: planes are written.

mod chain;
mod entry;
mod rows;
mod slot;
mod unit;

use crate::microassembler::Assembler;
use crate::microinstruction::First::{Acc, Argument, Half, Word, Zero};
use crate::microinstruction::Place::{self, At, Indexed, Next, Table};
use crate::microinstruction::Second::{self, Plus};
use crate::microinstruction::{Dispatch, Kind, Pulse, Request, To, When};
use synfire_format::random::KEY_START;

/// Registers of a slot, where its codes point.
const X: Place = At(0);
const R: [Place; 3] = [At(1), At(2), At(3)];
const P: [Place; 4] = [At(4), At(5), At(6), At(7)];
const S: [Place; 4] = [At(8), At(9), At(10), At(11)];
const CONSTANTS: u8 = 12;
/// Never written.
const NOTHING: Place = At(16);
/// What slots deliver nowhere.
const UNREAD: Place = At(17);
/// Addends to Y and O.
const Y: Place = At(18);
const O: Place = At(19);
/// Byte offset of the entry in its planes, and of the row's end and start.
const AT: Place = At(20);
const END: Place = At(21);
const START: Place = At(22);
const IDX: Place = At(23);
const DRAW: Place = At(24);
const T: Place = At(25);
const U: Place = At(26);
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
const KEY_X: Place = At(87);
const KEY_Y: Place = At(88);
const KEY_1: Place = At(89);
const KEY_3: Place = At(90);
const KEY_Y_HIGH: Place = At(91);
const KEY_ROUND: Place = At(92);
const DESCRIPTOR: Place = At(93);
const DESCRIPTOR_END: Place = At(94);
/// A bit for each register that the slots before this one do not write, by its place.
const UNWRITTEN: Place = At(95);
/// 2^n - 1 for n = 0 .. 15.
const MASKS: u8 = 96;
/// Subtrahends of the exponential, lower part and upper part in turns.
const LOGARITHMS: u8 = 112;
const FIELDS: u8 = 190;
const SLOTS: u8 = 218;
/// Seed, then step.
const SEED: u8 = 226;
const RANDOM_ROW: Place = At(228);
const RANDOM_TAG: Place = At(229);
const EXP_RESULT: Place = At(230);
const RECIPROCAL_RESULT: Place = At(231);
const RANDOM_VALUE: Place = At(232);
const SATURATIONS: Place = At(233);
/// First constant of [`NUMBERS`].
const FIRST_NUMBER: u8 = 234;

/// The bits of `PASS` that are not the descriptor's.
const PASS_OWN: u32 = 15 << 15 | 127 << 6 | 63 << 26;

/// Constants that no table has.
const NUMBERS: [u32; 18] = [
    0xffff,
    0xffff_0000,
    0x3fff8,
    -0x8000i32 as u32,
    KEY_START,
    POWERS as u32,
    MASKS as u32,
    FIELDS as u32,
    // Where the index points while the first slot runs
    SLOTS as u32 + 1,
    CONSTANTS as u32,
    -56i32 as u32,
    // Of the descriptor's first word, all but what `PASS` has otherwise.
    !PASS_OWN,
    LOGARITHMS as u32,
    synfire_format::elementary::EXP_LIMIT as u32,
    unit::START_HIGH,
    unit::START_LOW,
    5,
    -31i32 as u32,
];

/// The constant `value`.
///
/// # Panics
/// If there is none: programs are constants of the generator.
fn number(value: u32) -> Place {
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
    let logarithms = unit::logarithms();
    words[from..from + logarithms.len()].copy_from_slice(&logarithms);
    words
}

/// The program.
pub fn program() -> Vec<u32> {
    let a = &mut Assembler::default();
    unit::registers(a);
    chain::chain(a);
    chain::recipe(a);
    rows::rows(a);
    entry::entries(a);
    slot::operations(a);
    entry::flags(a);
    rows::row_key(a);
    unit::functions(a);
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

/// What the index is for the slots; the first one is fetched by its name.
fn begin_slots(a: &mut Assembler) {
    point_at(a, SLOTS + 1);
}
