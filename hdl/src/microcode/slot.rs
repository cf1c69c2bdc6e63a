//! The slots of a recipe, as `synfire_format::recipe` specifies them.

use super::entry::results;
use super::*;

/// The recipe: the multiply-adds that round without a draw first. Ends at the results.
pub(super) fn slots(a: &mut Assembler) {
    a.label("slot");
    a.when(When::Special, "special");
    a.ld(Place::A);
    a.mul(Place::B);
    a.add(Table(ROUNDING));
    a.label("shift");
    a.shift_by_slot(Kind::Arithmetic);
    a.add(Place::C);
    a.label("deliver");
    a.when(When::Plain, "fits");
    a.store_and_flag(Place::Y);
    a.st(Place::O);
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
    a.pulse(Pulse::ClearPredicate);
    results(a);
}

/// The other slots.
pub(super) fn operations(a: &mut Assembler) {
    a.label("special");
    a.when(When::Odd, "odd");
    a.ld(Place::A);
    a.mul(Place::B);
    a.st(T);
    a.ld(DRAW);
    a.and(Table(MASKS));
    a.add(T);
    a.go("shift");
    a.label("odd");
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
