//! `Arbiter`: one of four, the least recently granted first, so that nobody starves. Grants in the same cycle; the
//! selection for the multiplexers one cycle later.

use rust_hdl::prelude::*;

/// Grants one of four requests, the least recently granted first; a triangle of six bits keeps the order.
///
/// `select1, select0` and `any` are the grant a cycle later, for the multiplexers.
#[derive(LogicBlock, Default)]
pub struct Arbiter {
    pub clock: Signal<In, Clock>,
    pub reset: Signal<In, Bit>,
    pub request0: Signal<In, Bit>,
    pub request1: Signal<In, Bit>,
    pub request2: Signal<In, Bit>,
    pub request3: Signal<In, Bit>,
    pub grant0: Signal<Out, Bit>,
    pub grant1: Signal<Out, Bit>,
    pub grant2: Signal<Out, Bit>,
    pub grant3: Signal<Out, Bit>,
    pub select0: Signal<Out, Bit>,
    pub select1: Signal<Out, Bit>,
    /// Not `select1`, from a register of its own (see `Pick4`).
    pub select1_n: Signal<Out, Bit>,
    pub any: Signal<Out, Bit>,
    /// `b01`: 0 goes before 1, and so on.
    b01: DFF<Bit>,
    b02: DFF<Bit>,
    b03: DFF<Bit>,
    b12: DFF<Bit>,
    b13: DFF<Bit>,
    b23: DFF<Bit>,
    select0_q: DFF<Bit>,
    select1_q: DFF<Bit>,
    select1_n_q: DFF<Bit>,
    any_q: DFF<Bit>,
    g0: Signal<Local, Bit>,
    g1: Signal<Local, Bit>,
    g2: Signal<Local, Bit>,
    g3: Signal<Local, Bit>,
}

impl Logic for Arbiter {
    #[hdl_gen]
    fn update(&mut self) {
        dff_setup!(
            self,
            clock,
            b01,
            b02,
            b03,
            b12,
            b13,
            b23,
            select0_q,
            select1_q,
            select1_n_q,
            any_q
        );
        self.g0.next = self.request0.val()
            & !(self.request1.val() & !self.b01.q.val())
            & !(self.request2.val() & !self.b02.q.val())
            & !(self.request3.val() & !self.b03.q.val());
        self.g1.next = self.request1.val()
            & !(self.request0.val() & self.b01.q.val())
            & !(self.request2.val() & !self.b12.q.val())
            & !(self.request3.val() & !self.b13.q.val());
        self.g2.next = self.request2.val()
            & !(self.request0.val() & self.b02.q.val())
            & !(self.request1.val() & self.b12.q.val())
            & !(self.request3.val() & !self.b23.q.val());
        self.g3.next = self.request3.val()
            & !(self.request0.val() & self.b03.q.val())
            & !(self.request1.val() & self.b13.q.val())
            & !(self.request2.val() & self.b23.q.val());
        self.grant0.next = self.g0.val();
        self.grant1.next = self.g1.val();
        self.grant2.next = self.g2.val();
        self.grant3.next = self.g3.val();
        // Who was granted goes behind all others.
        self.b01.d.next = (self.b01.q.val() & !self.g0.val()) | self.g1.val();
        self.b02.d.next = (self.b02.q.val() & !self.g0.val()) | self.g2.val();
        self.b03.d.next = (self.b03.q.val() & !self.g0.val()) | self.g3.val();
        self.b12.d.next = (self.b12.q.val() & !self.g1.val()) | self.g2.val();
        self.b13.d.next = (self.b13.q.val() & !self.g1.val()) | self.g3.val();
        self.b23.d.next = (self.b23.q.val() & !self.g2.val()) | self.g3.val();
        self.select0_q.d.next = self.g1.val() | self.g3.val();
        self.select1_q.d.next = self.g2.val() | self.g3.val();
        self.select1_n_q.d.next = !(self.g2.val() | self.g3.val());
        self.any_q.d.next = self.g0.val() | self.g1.val() | self.g2.val() | self.g3.val();
        self.select0.next = self.select0_q.q.val();
        self.select1.next = self.select1_q.q.val();
        self.select1_n.next = self.select1_n_q.q.val();
        self.any.next = self.any_q.q.val();
        if self.reset.val() {
            self.b01.d.next = false;
            self.b02.d.next = false;
            self.b03.d.next = false;
            self.b12.d.next = false;
            self.b13.d.next = false;
            self.b23.d.next = false;
            self.any_q.d.next = false;
        }
    }
}
