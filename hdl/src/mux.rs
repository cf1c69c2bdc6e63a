//! `Mux4`, `Mux8`: balanced multiplexers, so that synthesis sees a tree and not a chain of comparisons.

use rust_hdl::prelude::*;

/// q = one of a, b, c, d by `sel`. Combinational.
#[derive(LogicBlock, Default)]
pub struct Mux4<const N: usize> {
    pub sel: Signal<In, Bits<2>>,
    pub a: Signal<In, Bits<N>>,
    pub b: Signal<In, Bits<N>>,
    pub c: Signal<In, Bits<N>>,
    pub d: Signal<In, Bits<N>>,
    pub q: Signal<Out, Bits<N>>,
}

impl<const N: usize> Logic for Mux4<N> {
    #[hdl_gen]
    fn update(&mut self) {
        if self.sel.val().get_bit(1) {
            if self.sel.val().get_bit(0) {
                self.q.next = self.d.val();
            } else {
                self.q.next = self.c.val();
            }
        } else {
            if self.sel.val().get_bit(0) {
                self.q.next = self.b.val();
            } else {
                self.q.next = self.a.val();
            }
        }
    }
}

/// q = halfword `sel` of a word of W bits (32 or 64; of 32 bits only bit 0 of `sel` counts). Combinational.
#[derive(LogicBlock, Default)]
pub struct Halfword<const W: usize> {
    pub word: Signal<In, Bits<W>>,
    /// True where W is 64.
    pub wide: Signal<In, Bit>,
    pub sel: Signal<In, Bits<2>>,
    pub q: Signal<Out, Bits<16>>,
    padded: Signal<Local, Bits<64>>,
}

impl<const W: usize> Logic for Halfword<W> {
    #[hdl_gen]
    fn update(&mut self) {
        self.padded.next = bit_cast::<64, W>(self.word.val());
        if self.wide.val() & self.sel.val().get_bit(1) {
            if self.sel.val().get_bit(0) {
                self.q.next = self.padded.val().get_bits::<16>(48);
            } else {
                self.q.next = self.padded.val().get_bits::<16>(32);
            }
        } else {
            if self.sel.val().get_bit(0) {
                self.q.next = self.padded.val().get_bits::<16>(16);
            } else {
                self.q.next = self.padded.val().get_bits::<16>(0);
            }
        }
    }
}
