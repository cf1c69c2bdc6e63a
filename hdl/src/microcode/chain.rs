//! The chain, a pass's descriptor, and its recipe.

use super::*;

/// The chain's start, the descriptor and what becomes of it.
pub(super) fn chain(a: &mut Assembler) {
    a.label("start");
    a.take(Argument);
    a.and(number(0x3fff8));
    a.st(DESCRIPTOR);
    a.pulse(Pulse::SetBusy);
    a.pulse(Pulse::UnitDone);
    a.label("pass");
    // 28 fields, the first two again as one word
    a.ld(DESCRIPTOR);
    a.sub(number(-56i32 as u32));
    a.st(DESCRIPTOR_END);
    point_at(a, FIELDS);
    a.ld(number(-56i32 as u32));
    a.label("fields");
    a.read(DESCRIPTOR_END);
    a.add(number(2));
    a.store(Half, Next);
    a.unless(When::Zero, "fields");
    a.ld(DESCRIPTOR);
    a.read(NOTHING);
    a.gap();
    a.store(Word, field(0));
    // Bases in bytes: fields 7 .. 22, the next descriptor and the recipe
    a.ld(number(FIELDS.into()));
    a.op(To::Index, Acc, Plus, number(7), Request::None);
    a.store(Zero, T);
    a.label("bases");
    for _ in 0..4 {
        a.ld(Indexed);
        a.mul(number(8));
        a.st(Next);
    }
    advance(a, T, 4);
    a.sub(number(16));
    a.unless(When::Zero, "bases");
    a.ld(field(2));
    a.mul(number(8));
    a.st(field(2));
    // The recipe's slots begin behind its constants.
    a.ld(field(3));
    a.mul(number(8));
    a.add(number(8));
    a.st(field(3));
    for (n, place) in [(4, ROW), (5, LEFT), (6, field(6)), (23, field(23))] {
        a.ld(field(n));
        a.and(number(0xffff));
        a.st(place);
    }
    // PASS
    a.ld(field(0));
    a.and(number(!PASS_OWN));
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
    a.mul(number(16));
    a.st(T);
    a.ld(number(0xff));
    a.sub(number(1));
    a.sub(T);
    a.st(UNWRITTEN);
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
    slot_from(a, PASS);
    a.gap();
    for bit in [31, 13, 20, 21] {
        a.when(When::Bit(bit), "leaves");
    }
    a.go("leaves nothing");
    a.label("leaves");
    a.add(number(1 << 7));
    a.st(PASS);
    a.label("leaves nothing");
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

/// The recipe's slots, then its constants.
pub(super) fn recipe(a: &mut Assembler) {
    // Each register that slots may write holds its bit while the slots are looked at, the others nothing.
    for n in 1..8 {
        a.ld(number(1 << n));
        a.st(At(n));
    }
    for n in 0..4 {
        a.store(Zero, At(CONSTANTS + n));
    }
    a.store(Zero, UNREAD);
    a.ld(field(0));
    a.shift(Kind::Logical, 26);
    // 1 to 8, whatever the field holds: nothing behind the slots may be overwritten.
    a.sub(number(1));
    a.and(number(7));
    a.add(number(1));
    a.st(U);
    a.store(Zero, V);
    a.store(Zero, T);
    a.ld(number(u32::from(SLOTS) + 1));
    a.op(To::Index, Acc, Second::Minus, number(1), Request::None);
    a.label("slots");
    a.ld(T);
    a.read(field(3));
    a.gap();
    a.store(Word, DRAW);
    advance(a, T, 4);
    slot_from(a, DRAW);
    a.gap();
    for place in [Place::A, Place::B, Place::C] {
        a.ld(place);
        a.and(UNWRITTEN);
        a.unless(When::Zero, "not clean");
    }
    a.label("looked at");
    for place in [Place::Result, Place::Plane] {
        a.ld(place);
        a.and(UNWRITTEN);
        a.st(IDX);
        a.ld(UNWRITTEN);
        a.sub(IDX);
        a.st(UNWRITTEN);
    }
    a.unless(When::Bit(19), "certain");
    a.ld(V);
    a.and(number(1 << 8));
    a.add(number(1 << 30));
    a.st(V);
    a.label("certain");
    count_down(a, U);
    a.when(When::Zero, "last");
    a.ld(DRAW);
    a.st(Next);
    a.go("slots");
    a.label("not clean");
    a.ld(V);
    a.and(number(1 << 30));
    a.add(number(1 << 8));
    a.st(V);
    a.go("looked at");
    a.label("last");
    a.ld(DRAW);
    a.add(number(1 << 31));
    a.st(Next);
    a.ld(PASS);
    a.add(V);
    a.st(PASS);
    slot_from(a, PASS);
    a.gap();
    a.when(When::Bit(8), "not plain");
    a.unless(When::Bit(3), "not plain");
    a.add(number(1 << 6));
    a.st(PASS);
    a.label("not plain");
    point_at(a, CONSTANTS);
    a.ld(NOTHING);
    a.sub(number(8));
    a.label("constants");
    a.read(field(3));
    a.add(number(2));
    a.store(Half, Next);
    a.unless(When::Zero, "constants");
    a.ld(LEFT);
    slot_from(a, PASS);
    a.when(When::Zero, "pass end");
}
