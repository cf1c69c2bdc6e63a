//! The microassembler: instructions of the microcoded engine by name, with labels and the gaps that the pipeline needs.
//!
//! A word of [`WORD_BITS`] bits is an operation or a branch.
//!
//! | bits | operation | branch |
//! |---|---|---|
//! | 23 | 0 | 1 |
//! | 22 | - | taken where the condition does *not* hold |
//! | 21..16 | 21..19 destination, 18..17 request | condition |
//! | 15..14 | 16..14 operand A | 15 or the register asked for into the target, 14 or the slot's operation |
//! | 13..12 | operand B, or the kind of shift | - |
//! | 11..10 | what the accumulator takes: sum, product, shift, round | - |
//! | 9..0 | 9..8 mode and 7..0 name of the scratchpad's place | target |
//!
//! An operation does its work a cycle after it is decoded, and a branch and an address are decided in decode. So a
//! branch that follows what it looks at, and a read of the scratchpad that follows a write of the place, need an
//! instruction between: [`Assembler`] puts a gap there. The word that a read fetches is looked at two instructions after
//! it; whoever writes the program fills the place between with `gap` or with something that is no shift and no request.

use std::collections::BTreeMap;

/// Bits of a microinstruction.
pub const WORD_BITS: usize = 24;

/// A place of the scratchpad.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Place {
    /// Named.
    At(u8),
    /// The table at a multiple of 32, by the slot's lower bit of rounding and its shift.
    Table(u8),
    /// The slot's operands and destinations; those it lacks are [`Place::At`] 17, which nobody reads.
    A,
    B,
    C,
    Result,
    Plane,
    Y,
    O,
    /// Where the index points.
    Indexed,
    /// The same, and the index moves on.
    Next,
}

impl Place {
    fn bits(self) -> u32 {
        match self {
            Place::At(n) => u32::from(n),
            Place::Table(n) => 1 << 8 | u32::from(n),
            Place::A => 2 << 8,
            Place::B => 2 << 8 | 1,
            Place::C => 2 << 8 | 2,
            Place::Result => 2 << 8 | 3,
            Place::Plane => 2 << 8 | 4,
            Place::Y => 2 << 8 | 5,
            Place::O => 2 << 8 | 6,
            Place::Next => 2 << 8 | 7,
            Place::Indexed => 3 << 8,
        }
    }
}

/// Operand A; what a store writes.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum First {
    Acc = 0,
    Zero = 1,
    /// The word that was read.
    Word = 2,
    /// Its half by the address, with sign.
    Half = 3,
    /// The store data of the core's access.
    Argument = 6,
}

/// What is made of the scratchpad's word M and added to A.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Second {
    Plus = 0,
    Minus = 1,
    And = 2,
    Xor = 3,
}

/// Where the sum goes.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum To {
    Nowhere = 0,
    Acc = 1,
    /// The memory's address.
    Address = 2,
    Slot = 3,
    Index = 4,
    /// Operand A is stored at the place.
    Store = 5,
    /// Not the sum: one of [`Pulse`].
    Pulse = 7,
}

/// Request to the memory, at the address in the next cycle and with the accumulator of the next cycle.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Request {
    None = 0,
    Read = 1,
    WriteHalf = 2,
    WriteWord = 3,
}

/// One-cycle signals and single bits.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Pulse {
    ClearPredicate = 0,
    SetPredicate = 1,
    QueueFault = 2,
    PassDone = 3,
    UnitDone = 4,
    SetBusy = 5,
    ClearBusy = 6,
    /// The flag becomes what the slot's condition says of the accumulator.
    Flag = 7,
}

/// Kinds of shifts to the right.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Kind {
    Arithmetic = 0,
    Logical = 1,
    Rotate = 2,
}

/// Conditions of branches.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum When {
    /// A bit of the slot.
    Bit(u8),
    Never,
    Zero,
    Negative,
    /// The accumulator is a 16-bit number.
    Fits,
    /// The slot's predicate does not hold.
    Fails,
    Predicate,
    /// The core asks.
    Asked,
    Busy,
    /// No `Mac`, or `Fails`, or rounding by a draw.
    Special,
    /// The slot gives neither an addend nor a flag.
    Quiet,
    /// The slot gives neither a result nor a plane.
    Unkept,
    /// No `Mac`.
    Other,
    Flag,
}

impl When {
    fn bits(self) -> u32 {
        match self {
            When::Bit(n) => u32::from(n),
            When::Never => 32,
            When::Zero => 33,
            When::Negative => 34,
            When::Fits => 35,
            When::Fails => 36,
            When::Predicate => 37,
            When::Asked => 38,
            When::Busy => 39,
            When::Special => 40,
            When::Quiet => 41,
            When::Unkept => 42,
            When::Other => 43,
            When::Flag => 44,
        }
    }

    fn looks_at_acc(self) -> bool {
        matches!(self, When::Zero | When::Negative | When::Fits)
    }

    fn looks_at_slot(self) -> bool {
        matches!(
            self,
            When::Bit(_) | When::Fails | When::Special | When::Quiet | When::Unkept | When::Other
        )
    }

    fn looks_at_bits(self) -> bool {
        matches!(
            self,
            When::Fails | When::Special | When::Predicate | When::Flag | When::Busy
        )
    }
}

/// What a branch adds to its target, whose lowest bits are 0.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Dispatch {
    None = 0,
    /// The slot's operation, 3 bits.
    Operation = 1,
    /// The register asked for, 4 bits, and above them whether it is written.
    Register = 2,
}

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
