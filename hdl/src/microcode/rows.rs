//! Which rows a pass visits, their keys, and the end of rows, passes and chains.

use super::*;

/// Which rows are visited, their scalars, extent and key.
pub(super) fn rows(a: &mut Assembler) {
    // The slot is PASS here.
    a.label("row");
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
    begin_slots(a);
    a.pulse(Pulse::ClearPredicate);
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
    slot_from(a, PASS);
    a.unless(When::Zero, "row");
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

/// The key of a row from x and y as they begin, as `synfire_format::random::row_key` does it.
pub(super) fn row_key(a: &mut Assembler) {
    a.label("row key");
    a.store(Zero, KEY_ROUND);
    a.label("key round");
    for half in [SEED, SEED + 1] {
        a.ld(KEY_ROUND);
        a.add(At(half));
        if half != SEED {
            a.add(number(1));
        }
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
    }
    advance(a, KEY_ROUND, 2);
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
