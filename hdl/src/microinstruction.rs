//! The instructions of the microcoded engine: their fields and codes.
//!
//! A word of [`WORD_BITS`] bits is an operation or a branch.
//!
//! | bits | operation | branch |
//! |---|---|---|
//! | 23 | 0 | 1 |
//! | 22 | - | taken where the condition does *not* hold |
//! | 21..16 | 21..19 destination, 18..17 request | condition |
//! | 15..14 | 16..14 operand A | 15 or the register asked for into the target, 14 or the slot's operation |
//! | 13..12 | operand B, the kind of shift, or 12: a store also raises the flag | - |
//! | 11..10 | what the accumulator takes: sum, product, shift, round | - |
//! | 9..0 | 9..8 mode and 7..0 name of the scratchpad's place | target |

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
    pub(crate) fn bits(self) -> u32 {
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
    Predicate,
    /// The core asks.
    Asked,
    Busy,
    /// `Odd`, or rounding by a draw.
    Special,
    /// The slot gives a result or a plane and nothing else, and the accumulator is a 16-bit number.
    Plain,
    /// The slot gives neither a result nor a plane.
    Unkept,
    /// No `Mac`, or its predicate does not hold.
    Odd,
    Flag,
}

impl When {
    pub(crate) fn bits(self) -> u32 {
        match self {
            When::Bit(n) => u32::from(n),
            When::Never => 32,
            When::Zero => 33,
            When::Negative => 34,
            When::Fits => 35,
            When::Predicate => 37,
            When::Asked => 38,
            When::Busy => 39,
            When::Special => 40,
            When::Plain => 41,
            When::Unkept => 42,
            When::Odd => 43,
            When::Flag => 44,
        }
    }

    pub(crate) fn looks_at_acc(self) -> bool {
        matches!(self, When::Zero | When::Negative | When::Fits | When::Plain)
    }

    pub(crate) fn looks_at_slot(self) -> bool {
        matches!(
            self,
            When::Bit(_) | When::Special | When::Plain | When::Unkept | When::Odd
        )
    }

    pub(crate) fn looks_at_bits(self) -> bool {
        matches!(
            self,
            When::Odd | When::Special | When::Predicate | When::Flag | When::Busy
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
