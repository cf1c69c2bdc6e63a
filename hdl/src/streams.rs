//! The read and write streams between the SRAM and those who use it.
//!
//! Requests move where `valid` and `ready` meet; valid never waits for ready. Addresses are byte addresses, wrap at the
//! SRAM's size, and stand for the whole word that contains them.
//!
//! Order: a read that is accepted in a later cycle than a write to the same word returns what was written. Reading and
//! writing one word in the same cycle is forbidden, and so is writing a word before the responses of earlier reads
//! of it have come. Each stream keeps its own order. The core's
//! writes come after engine writes that were accepted before; streams are not ordered otherwise.

use rust_hdl::prelude::*;

/// Asks for words of W bits. Responses come in request order and cannot be held back: whoever asks keeps room for what
/// is on its way, at most eight requests.
#[derive(LogicInterface, Clone, Debug, Default)]
#[join = "ReadServer"]
pub struct ReadClient<const W: usize> {
    pub valid: Signal<Out, Bit>,
    pub addr: Signal<Out, Bits<18>>,
    pub ready: Signal<In, Bit>,
    pub rsp_valid: Signal<In, Bit>,
    pub rsp_data: Signal<In, Bits<W>>,
}

/// The SRAM's end of a [`ReadClient`].
#[derive(LogicInterface, Clone, Debug, Default)]
#[join = "ReadClient"]
pub struct ReadServer<const W: usize> {
    pub valid: Signal<In, Bit>,
    pub addr: Signal<In, Bits<18>>,
    pub ready: Signal<Out, Bit>,
    pub rsp_valid: Signal<Out, Bit>,
    pub rsp_data: Signal<Out, Bits<W>>,
}

/// Writes bytes of words of W bits; E = W / 8 byte enables, the data in their lanes.
#[derive(LogicInterface, Clone, Debug, Default)]
#[join = "WriteServer"]
pub struct WriteClient<const W: usize, const E: usize> {
    pub valid: Signal<Out, Bit>,
    pub addr: Signal<Out, Bits<18>>,
    pub data: Signal<Out, Bits<W>>,
    pub be: Signal<Out, Bits<E>>,
    pub ready: Signal<In, Bit>,
}

/// The SRAM's end of a [`WriteClient`].
#[derive(LogicInterface, Clone, Debug, Default)]
#[join = "WriteClient"]
pub struct WriteServer<const W: usize, const E: usize> {
    pub valid: Signal<In, Bit>,
    pub addr: Signal<In, Bits<18>>,
    pub data: Signal<In, Bits<W>>,
    pub be: Signal<In, Bits<E>>,
    pub ready: Signal<Out, Bit>,
}
