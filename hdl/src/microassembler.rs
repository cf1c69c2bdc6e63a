//! The microassembler: instructions of the microcoded engine by name, with labels and the gaps that the pipeline needs.
//!
//! An operation does its work a cycle after it is decoded, and a branch and an address are decided in decode. So a
//! branch that follows what it looks at, and a read of the scratchpad that follows a write of the place, need an
//! instruction between: [`Assembler`] puts a gap there. The word that a read fetches is looked at two instructions after
//! it; whoever writes the program fills the place between with `gap` or with something that is no shift and no request.

use crate::microinstruction::{Dispatch, First, Kind, Place, Pulse, Request, Second, To, When};
use std::collections::BTreeMap;

/// What the instruction before did, as far as the next one must not come at once.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Last {
    Nothing,
    To(To, Place),
}

/// A program as it grows.
#[derive(Debug)]
pub struct Assembler {
    words: Vec<u32>,
    labels: BTreeMap<&'static str, u32>,
    uses: Vec<(usize, &'static str)>,
    last: Last,
    /// The last instruction asked for a read or write.
    asked: bool,
    /// Gaps put in.
    pub gaps: usize,
}

const GAP: u32 = 16;

impl Default for Assembler {
    fn default() -> Self {
        Self {
            words: Vec::new(),
            labels: BTreeMap::new(),
            uses: Vec::new(),
            last: Last::Nothing,
            asked: false,
            gaps: 0,
        }
    }
}

impl Assembler {
    /// The next instruction's name.
    ///
    /// # Panics
    /// If the label is there already: programs are constants of the generator.
    pub fn label(&mut self, name: &'static str) {
        let at = self.words.len() as u32;
        let old = self.labels.insert(name, at);
        assert!(old.is_none(), "label `{name}` stands twice");
    }

    /// Gaps up to a multiple of `n` words.
    pub fn align(&mut self, n: usize) {
        while !self.words.len().is_multiple_of(n) {
            self.push(GAP);
        }
    }

    fn push(&mut self, word: u32) {
        self.words.push(word);
        self.last = Last::Nothing;
        self.asked = false;
    }

    /// An instruction that does nothing.
    pub fn gap(&mut self) {
        self.push(GAP);
    }

    fn needed_gap(&mut self) {
        self.gaps += 1;
        self.gap();
    }

    /// A gap if the last instruction changes what finding `place` depends on.
    fn settle_place(&mut self, place: Place, reads: bool) {
        let Last::To(to, stored) = self.last else {
            return;
        };
        let by_index = matches!(place, Place::Indexed | Place::Next);
        let named = matches!(place, Place::At(_));
        let clash = match to {
            To::Slot => !by_index && !named,
            To::Index => by_index,
            To::Store if reads => match (stored, place) {
                (Place::At(a), Place::At(b)) => a == b,
                // What slots deliver lies low, what the index finds there are slots.
                (Place::Result | Place::Plane | Place::Y | Place::O, Place::At(b)) => b < 20,
                (Place::Result | Place::Plane | Place::Y | Place::O, _) => !by_index,
                _ => true,
            },
            _ => false,
        };
        if clash {
            self.needed_gap();
        }
    }

    /// A general operation: the sum of A and what B makes of M goes to `to`.
    pub fn op(&mut self, to: To, a: First, b: Second, place: Place, request: Request) {
        let reads = to != To::Store && place != Place::At(GAP as u8);
        self.settle_place(place, reads);
        assert!(
            request == Request::None || !self.asked,
            "two requests in a row at {:#x}",
            self.words.len()
        );
        self.push(
            (to as u32) << 19
                | (request as u32) << 17
                | (a as u32) << 14
                | (b as u32) << 12
                | place.bits(),
        );
        self.last = Last::To(to, place);
        self.asked = request != Request::None;
    }

    /// Accumulator = M.
    pub fn ld(&mut self, place: Place) {
        self.op(To::Acc, First::Zero, Second::Plus, place, Request::None);
    }

    /// Accumulator += M.
    pub fn add(&mut self, place: Place) {
        self.op(To::Acc, First::Acc, Second::Plus, place, Request::None);
    }

    /// Accumulator -= M.
    pub fn sub(&mut self, place: Place) {
        self.op(To::Acc, First::Acc, Second::Minus, place, Request::None);
    }

    /// Accumulator = accumulator and M.
    pub fn and(&mut self, place: Place) {
        self.op(To::Acc, First::Zero, Second::And, place, Request::None);
    }

    /// Accumulator = accumulator exclusive or M.
    pub fn xor(&mut self, place: Place) {
        self.op(To::Acc, First::Zero, Second::Xor, place, Request::None);
    }

    /// Accumulator = product of the lower halves, with signs.
    pub fn mul(&mut self, place: Place) {
        self.settle_place(place, true);
        self.push((To::Acc as u32) << 19 | 1 << 10 | place.bits());
        self.last = Last::To(To::Acc, place);
    }

    /// Accumulator = the next round of a draw with key M.
    pub fn round(&mut self, place: Place) {
        self.settle_place(place, true);
        self.push((To::Acc as u32) << 19 | 3 << 10 | place.bits());
        self.last = Last::To(To::Acc, place);
    }

    /// M = A.
    pub fn store(&mut self, a: First, place: Place) {
        self.op(To::Store, a, Second::Plus, place, Request::None);
    }

    /// M = accumulator.
    pub fn st(&mut self, place: Place) {
        self.store(First::Acc, place);
    }

    /// M = accumulator, and the flag becomes what the slot's condition says of the accumulator.
    pub fn store_and_flag(&mut self, place: Place) {
        self.op(To::Store, First::Acc, Second::Minus, place, Request::None);
    }

    /// Address = accumulator + M, and a read of it.
    pub fn read(&mut self, place: Place) {
        self.op(To::Address, First::Acc, Second::Plus, place, Request::Read);
    }

    /// Accumulator = A (what came from outside).
    pub fn take(&mut self, a: First) {
        self.op(
            To::Acc,
            a,
            Second::Plus,
            Place::At(GAP as u8),
            Request::None,
        );
    }

    /// Shifts the accumulator to the right.
    ///
    /// # Panics
    /// If a request is under way: the shift could miss its word.
    pub fn shift(&mut self, kind: Kind, places: u32) {
        assert!(
            !self.asked && places < 32,
            "shift at {:#x}",
            self.words.len()
        );
        self.push((To::Acc as u32) << 19 | (kind as u32) << 12 | 2 << 10 | places);
        self.last = Last::To(To::Acc, Place::At(GAP as u8));
    }

    /// Shifts the accumulator to the right by the slot's shift.
    ///
    /// # Panics
    /// If a request is under way.
    pub fn shift_by_slot(&mut self, kind: Kind) {
        assert!(!self.asked, "shift at {:#x}", self.words.len());
        if matches!(self.last, Last::To(To::Slot, _)) {
            self.needed_gap();
        }
        self.push((To::Acc as u32) << 19 | 1 << 14 | (kind as u32) << 12 | 2 << 10);
        self.last = Last::To(To::Acc, Place::At(GAP as u8));
    }

    /// A pulse.
    pub fn pulse(&mut self, pulse: Pulse) {
        self.push((To::Pulse as u32) << 19 | pulse as u32);
        self.last = Last::To(To::Pulse, Place::At(GAP as u8));
    }

    fn branch(&mut self, when: When, not: bool, dispatch: Dispatch, to: &'static str) {
        if let Last::To(last, _) = self.last {
            let clash = match last {
                To::Acc => when.looks_at_acc(),
                To::Slot => when.looks_at_slot() || dispatch == Dispatch::Operation,
                To::Pulse => when.looks_at_bits(),
                _ => false,
            };
            if clash {
                self.needed_gap();
            }
        }
        self.branch_at_once(when, not, dispatch, to);
    }

    fn branch_at_once(&mut self, when: When, not: bool, dispatch: Dispatch, to: &'static str) {
        self.uses.push((self.words.len(), to));
        self.push(1 << 23 | u32::from(not) << 22 | when.bits() << 16 | (dispatch as u32) << 14);
    }

    /// Goes to `to` if the condition holds.
    pub fn when(&mut self, when: When, to: &'static str) {
        self.branch(when, false, Dispatch::None, to);
    }

    /// Goes to `to` unless the condition holds.
    pub fn unless(&mut self, when: When, to: &'static str) {
        self.branch(when, true, Dispatch::None, to);
    }

    /// Goes to `to` unless the bit of the slot, as it was before the last instruction, is set.
    pub fn unless_was(&mut self, bit: u8, to: &'static str) {
        self.branch_at_once(When::Bit(bit), true, Dispatch::None, to);
    }

    /// Goes to `to`.
    pub fn go(&mut self, to: &'static str) {
        self.branch(When::Never, true, Dispatch::None, to);
    }

    /// Goes to the entry of the table `to`.
    pub fn dispatch(&mut self, dispatch: Dispatch, to: &'static str) {
        self.branch(When::Never, true, dispatch, to);
    }

    /// The program's words.
    ///
    /// # Panics
    /// If a label is missing or the program does not fit the address.
    pub fn finish(mut self) -> Vec<u32> {
        for (at, name) in self.uses {
            let target = self.labels.get(name);
            let target = *target.unwrap_or_else(|| panic!("label `{name}` does not stand"));
            self.words[at] |= target;
        }
        assert!(self.words.len() <= 1024, "{} words", self.words.len());
        self.words
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    type Part<'a> = (&'a str, &'a dyn Fn(&mut Assembler));

    /// Gaps that the assembler puts into a program.
    fn gaps(program: impl Fn(&mut Assembler)) -> usize {
        let mut a = Assembler::default();
        a.label("there");
        program(&mut a);
        a.gaps
    }

    #[test]
    fn what_the_next_instruction_depends_on_gets_a_gap() {
        let (n, m) = (Place::At(40), Place::At(41));
        let to = |a: &mut Assembler, to| a.op(to, First::Zero, Second::Plus, n, Request::None);
        let programs: [Part; 8] = [
            ("a branch on the sum", &|a| {
                a.ld(n);
                a.when(When::Zero, "there");
            }),
            ("a branch on the slot", &|a| {
                to(a, To::Slot);
                a.when(When::Bit(3), "there");
            }),
            ("a dispatch by the slot", &|a| {
                to(a, To::Slot);
                a.dispatch(Dispatch::Operation, "there");
            }),
            ("an operand named by the slot", &|a| {
                to(a, To::Slot);
                a.ld(Place::B);
            }),
            ("a shift by the slot", &|a| {
                to(a, To::Slot);
                a.shift_by_slot(Kind::Logical);
            }),
            ("an operand by the index", &|a| {
                to(a, To::Index);
                a.ld(Place::Indexed);
            }),
            ("a word just stored", &|a| {
                a.st(n);
                a.ld(n);
            }),
            ("a branch on the predicate", &|a| {
                a.pulse(Pulse::SetPredicate);
                a.when(When::Predicate, "there");
            }),
        ];
        for (what, program) in programs {
            assert_eq!(gaps(program), 1, "{what}");
        }
        let free: [Part; 4] = [
            ("another word", &|a| {
                a.st(n);
                a.ld(m);
            }),
            ("something between", &|a| {
                a.ld(n);
                a.st(m);
                a.when(When::Zero, "there");
            }),
            ("a branch on the slot that was", &|a| {
                to(a, To::Slot);
                a.unless_was(31, "there");
            }),
            ("a branch between", &|a| {
                to(a, To::Slot);
                a.go("there");
                a.ld(Place::A);
            }),
        ];
        for (what, program) in free {
            assert_eq!(gaps(program), 0, "{what}");
        }
    }

    #[test]
    fn labels_stand_where_they_are_put() {
        let mut a = Assembler::default();
        a.go("end");
        a.align(4);
        a.label("end");
        a.gap();
        let words = a.finish();
        assert_eq!(words.len(), 5);
        assert_eq!(words[0] & 0x3ff, 4);
    }

    #[test]
    #[should_panic(expected = "label `nowhere` does not stand")]
    fn a_missing_label_is_named() {
        let mut a = Assembler::default();
        a.go("nowhere");
        a.finish();
    }

    #[test]
    #[should_panic(expected = "two requests in a row")]
    fn a_request_behind_another_is_refused() {
        let mut a = Assembler::default();
        a.read(Place::At(40));
        a.read(Place::At(41));
    }
}
