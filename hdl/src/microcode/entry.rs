//! What an entry needs and what it leaves.

use super::slot::slots;
use super::*;

/// What an entry needs. Branches stand between a read and what looks at its word.
pub(super) fn entries(a: &mut Assembler) {
    a.label("entry");
    a.unless(When::Bit(0), "not slots");
    a.label("sparse");
    a.ld(AT);
    a.read(field(8));
    a.when(When::Bit(30), "sparse draw");
    a.store(Half, IDX);
    // The accumulator has AT here.
    a.label("planes");
    a.unless(When::Bit(26), "x");
    a.read(field(9));
    a.when(When::Bit(27), "plane 1");
    a.store(Half, P[0]);
    a.label("x");
    a.unless(When::Bit(6), "other x");
    a.ld(IDX);
    a.mul(number(2));
    a.read(field(13));
    slot_from(a, At(SLOTS));
    a.store(Half, X);
    slots(a);
    for (p, label, next) in [
        (1, "plane 1", "plane 2"),
        (2, "plane 2", "plane 3"),
        (3, "plane 3", ""),
    ] {
        a.label(label);
        a.store(Half, P[p - 1]);
        a.read(field(9 + p as u8));
        if p < 3 {
            a.when(When::Bit(27 + p as u8), next);
        } else {
            a.gap();
        }
        a.store(Half, P[p]);
        a.go("x");
    }
    a.label("not slots");
    a.when(When::Bit(1), "sparse");
    entry_number(a);
    a.st(IDX);
    a.when(When::Bit(30), "draw");
    a.ld(AT);
    a.go("planes");
    a.label("sparse draw");
    a.store(Half, IDX);
    entry_number(a);
    a.label("draw");
    a.add(KEY_Y);
    a.and(number(0xffff));
    a.add(KEY_Y_HIGH);
    draw_rounds(a);
    a.st(DRAW);
    a.ld(AT);
    a.go("planes");
    a.label("other x");
    a.unless(When::Bit(8), "clean");
    // From the last plane down to those that were fetched
    for p in (0..4).rev() {
        a.when(When::Bit(26 + p as u8), "results begin");
        a.store(Zero, P[p]);
    }
    a.label("results begin");
    for r in R {
        a.store(Zero, r);
    }
    a.label("clean");
    a.when(When::Bit(4), "accumulator");
    a.unless(When::Bit(3), "run");
    a.ld(IDX);
    a.mul(number(2));
    a.read(field(13));
    slot_from(a, At(SLOTS));
    a.store(Half, X);
    a.go("slot");
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
    slot_from(a, At(SLOTS));
    a.gap();
    a.go("slot");
}

/// The six rounds of a draw on the accumulator.
pub(super) fn draw_rounds(a: &mut Assembler) {
    for key in [KEY_X, KEY_3, KEY_Y, KEY_1, KEY_X, KEY_3] {
        a.round(key);
    }
}

/// What an entry leaves: planes, Y, O.
pub(super) fn results(a: &mut Assembler) {
    a.when(When::Bit(7), "leave");
    a.unless(When::Bit(14), "next entry");
    a.ld(SUM_O);
    a.add(O);
    a.st(SUM_O);
    a.label("next entry");
    advance(a, AT, 2);
    a.sub(END);
    begin_slots(a);
    a.unless(When::Zero, "entry");
    a.go("row end");
    a.label("leave");
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
    a.go("next entry");
}

/// Flag queue and bitmap.
pub(super) fn flags(a: &mut Assembler) {
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
