//! `Lane`: the state of one lane's entries, sixteen threads deep, its operand choice, slot units and delivery.
//!
//! The entry of thread t sits at address t of small memories, one a place: planes and X as fetched, planes and results
//! as slots wrote them, Y addend. A place that no slot of the running recipe has written yet reads as
//! fetched (planes) or 0; which places those are is known before the pass (`SlotDecode`, `Lanes`). Flags and predicates,
//! a bit a lane, lie together in `Lanes`.
//!
//! Sixteen bits are made of an exact result where they are written: a place takes the low bits of one of the units, or
//! all zeros or ones.

use crate::cells::DistRam;
use crate::mux::{Choose2, Choose4, Choose8};
use crate::slot::SlotUnit;
use rust_hdl::prelude::*;

/// sat16 of one of two exact results, of which it takes the low bits. Combinational.
#[derive(LogicBlock, Default)]
pub struct Value {
    pub second: Signal<In, Bit>,
    /// Does not fit 16 bits.
    pub clip_a: Signal<In, Bit>,
    pub clip_b: Signal<In, Bit>,
    pub a: Signal<In, Bits<15>>,
    pub b: Signal<In, Bits<15>>,
    pub sign_a: Signal<In, Bits<1>>,
    pub sign_b: Signal<In, Bits<1>>,
    pub q: Signal<Out, Bits<16>>,
    low: Choose2<15>,
    sign: Signal<Local, Bits<1>>,
    /// Of each: the low bits are all equal (bit 1) to bit 0; else bit 0 tells the second.
    code_a: Signal<Local, Bits<2>>,
    code_b: Signal<Local, Bits<2>>,
}

impl Logic for Value {
    #[hdl_gen]
    fn update(&mut self) {
        self.code_a.next = 0.into();
        self.code_b.next = 1.into();
        if self.clip_a.val() {
            self.code_a.next = 3.into();
            if self.sign_a.val() == 1 {
                self.code_a.next = 2.into();
            }
        }
        if self.clip_b.val() {
            self.code_b.next = 3.into();
            if self.sign_b.val() == 1 {
                self.code_b.next = 2.into();
            }
        }
        self.low.sel.next = self.code_a.val();
        self.sign.next = self.sign_a.val();
        if self.second.val() {
            self.low.sel.next = self.code_b.val();
            self.sign.next = self.sign_b.val();
        }
        self.low.a.next = self.a.val();
        self.low.b.next = self.b.val();
        self.q.next =
            bit_cast::<16, 15>(self.low.q.val()) | (bit_cast::<16, 1>(self.sign.val()) << 15);
    }
}

/// One lane.
#[derive(LogicBlock, Default)]
pub struct Lane {
    pub clock: Signal<In, Clock>,
    /// Fetched planes: enable a plane.
    pub plane_write: Signal<In, Bits<4>>,
    pub plane_thread: Signal<In, Bits<4>>,
    pub plane_data: Signal<In, Bits<16>>,
    pub x_write: Signal<In, Bit>,
    pub x_thread: Signal<In, Bits<4>>,
    pub x_data: Signal<In, Bits<16>>,
    pub draw_write: Signal<In, Bit>,
    pub draw_thread: Signal<In, Bits<4>>,
    pub draw_data: Signal<In, Bits<16>>,
    /// Planes that the pass fetches; the others read 0.
    pub fetched: Signal<In, Bits<4>>,
    /// Operand stage.
    pub thread: Signal<In, Bits<4>>,
    /// Planes written by earlier slots.
    pub written: Signal<In, Bits<4>>,
    /// Slots of this cycle of unit 0 and 1, as `SlotControl::uop`.
    pub uop_a: Signal<In, Bits<25>>,
    pub uop_b: Signal<In, Bits<25>>,
    /// Operands that all lanes share: B (0 where it is the lane's), C, mask of the draw and constant
    /// part of the rounding term, lowest first.
    pub shared_a: Signal<In, Bits<64>>,
    pub shared_b: Signal<In, Bits<64>>,
    /// The entry's predicate.
    pub predicate: Signal<In, Bit>,
    /// Three cycles later, as `SlotControl::shift4` and `power4`.
    pub shift_a: Signal<In, Bits<4>>,
    pub shift_b: Signal<In, Bits<4>>,
    pub power_a: Signal<In, Bits<16>>,
    pub power_b: Signal<In, Bits<16>>,
    /// A cycle before the delivery: the entry is none, results are 0.
    pub off: Signal<In, Bit>,
    /// Delivery stage, five cycles later.
    pub deliver_thread: Signal<In, Bits<4>>,
    /// What takes the result: results 2..0, planes 6..3, Y 7, O 8, P 9, flag condition 11..10; 0 if nothing does.
    pub deliver_a: Signal<In, Bits<12>>,
    pub deliver_b: Signal<In, Bits<12>>,
    pub clipped: Signal<Out, Bits<8>>,
    /// Flag and predicate where the slots of this cycle give one.
    pub flag: Signal<Out, Bits<1>>,
    pub p: Signal<Out, Bits<1>>,
    /// For O, see `Reduce`.
    pub exact_a: Signal<Out, Bits<32>>,
    pub exact_b: Signal<Out, Bits<32>>,
    /// As `Back::results_a`.
    pub results_a: Signal<Out, Bits<68>>,
    pub results_b: Signal<Out, Bits<68>>,
    /// The Y addend of thread `sum_thread`.
    pub sum_thread: Signal<In, Bits<4>>,
    pub sum_y: Signal<Out, Bits<32>>,
    plane_in: Vec<DistRam<4, 16>>,
    x_in: DistRam<4, 16>,
    draw_in: DistRam<4, 16>,
    /// Results 0..2, planes 3..6.
    place: Vec<DistRam<4, 16>>,
    y_ram: DistRam<4, 32>,
    unit: Vec<SlotUnit>,
    choose_a: Vec<Choose8<16>>,
    choose_b: Vec<Choose4<16>>,
    choose_c: Vec<Choose8<16>>,
    value: Vec<Value>,
    uop: Vec<Signal<Local, Bits<25>>>,
    shared: Vec<Signal<Local, Bits<64>>>,
    shift: Vec<Signal<Local, Bits<4>>>,
    power: Vec<Signal<Local, Bits<16>>>,
    deliver: Vec<Signal<Local, Bits<12>>>,
    exact: Vec<Signal<Local, Bits<32>>>,
    clip: Vec<Signal<Local, Bit>>,
    sign: Vec<Signal<Local, Bits<1>>>,
    condition: Vec<Signal<Local, Bits<2>>>,
    p_now: Vec<Signal<Local, Bits<16>>>,
    flag_now: Vec<Signal<Local, Bits<1>>>,
    _m: usize,
}

fn many<T: Default>(n: usize) -> Vec<T> {
    (0..n).map(|_| T::default()).collect()
}

impl Lane {
    /// With `mults` slot units, of which the first `products` shift by products.
    pub fn new(mults: usize, products: usize) -> Self {
        Self {
            uop: many(2),
            shared: many(2),
            shift: many(2),
            power: many(2),
            deliver: many(2),
            clip: many(2),
            exact: many(2),
            sign: many(2),
            condition: many(mults),
            plane_in: many(4),
            place: many(7),
            unit: (0..mults).map(|m| SlotUnit::new(m < products)).collect(),
            choose_a: many(mults),
            choose_b: many(mults),
            choose_c: many(mults),
            value: many(7),
            p_now: many(4),
            flag_now: many(mults),
            _m: mults,
            ..Default::default()
        }
    }
}

impl Logic for Lane {
    #[hdl_gen]
    fn update(&mut self) {
        clock!(self, clock, x_in, draw_in, y_ram);
        self.uop[0].next = self.uop_a.val();
        self.uop[1].next = self.uop_b.val();
        self.shared[0].next = self.shared_a.val();
        self.shared[1].next = self.shared_b.val();
        self.shift[0].next = self.shift_a.val();
        self.shift[1].next = self.shift_b.val();
        self.power[0].next = self.power_a.val();
        self.power[1].next = self.power_b.val();
        self.deliver[0].next = self.deliver_a.val();
        self.deliver[1].next = self.deliver_b.val();
        for m in 0..2 {
            self.exact[m].next = 0.into();
            self.clip[m].next = false;
            self.sign[m].next = 0.into();
        }
        for m in 0..self._m {
            self.exact[m].next = self.unit[m].exact.val();
            self.clip[m].next = self.unit[m].clipped.val();
            self.sign[m].next = self.unit[m].negative.val().into();
        }
        // What was fetched
        for n in 0..4 {
            self.plane_in[n].clock.next = self.clock.val();
            self.plane_in[n].write.next = self.plane_write.val().get_bit(n);
            self.plane_in[n].write_addr.next = self.plane_thread.val();
            self.plane_in[n].write_data.next = self.plane_data.val();
            self.plane_in[n].read_addr.next = self.thread.val();
        }
        self.x_in.write.next = self.x_write.val();
        self.x_in.write_addr.next = self.x_thread.val();
        self.x_in.write_data.next = self.x_data.val();
        self.x_in.read_addr.next = self.thread.val();
        self.draw_in.write.next = self.draw_write.val();
        self.draw_in.write_addr.next = self.draw_thread.val();
        self.draw_in.write_data.next = self.draw_data.val();
        self.draw_in.read_addr.next = self.thread.val();
        // What slots wrote, saturated: of unit 1 where that delivers here, else of unit 0
        for n in 0..7 {
            self.value[n].second.next = self.deliver[1].val().get_bit(n);
            self.value[n].clip_a.next = self.clip[0].val();
            self.value[n].clip_b.next = self.clip[1].val();
            self.value[n].a.next = self.exact[0].val().get_bits::<15>(0);
            self.value[n].b.next = self.exact[1].val().get_bits::<15>(0);
            self.value[n].sign_a.next = self.sign[0].val();
            self.value[n].sign_b.next = self.sign[1].val();
            self.place[n].clock.next = self.clock.val();
            self.place[n].read_addr.next = self.thread.val();
            self.place[n].write_addr.next = self.deliver_thread.val();
            self.place[n].write.next =
                self.deliver[0].val().get_bit(n) | self.deliver[1].val().get_bit(n);
            self.place[n].write_data.next = self.value[n].q.val();
        }
        self.y_ram.write.next = false;
        self.y_ram.write_addr.next = self.deliver_thread.val();
        self.y_ram.write_data.next = self.exact[0].val();
        self.y_ram.read_addr.next = self.sum_thread.val();
        self.sum_y.next = self.y_ram.q.val();
        self.exact_a.next = self.exact[0].val();
        self.exact_b.next = self.exact[1].val();
        self.p.next = self.exact[0].val().get_bits::<1>(0);
        self.flag.next = 0.into();
        for m in 0..self._m {
            self.condition[m].next = self.deliver[m].val().get_bits::<2>(10);
            self.flag_now[m].next = 0.into();
            if self.condition[m].val() == 1 {
                if self.unit[m].negative.val() | !self.unit[m].nonzero.val() {
                    self.flag_now[m].next = 1.into();
                }
            } else if self.condition[m].val() == 2 {
                self.flag_now[m].next = self.unit[m].nonzero.val().into();
            } else if (self.condition[m].val() == 3) & self.unit[m].negative.val() {
                self.flag_now[m].next = 1.into();
            }
            if self.deliver[m].val().get_bit(7) {
                self.y_ram.write.next = true;
                self.y_ram.write_data.next = self.exact[m].val();
            }
            if self.deliver[m].val().get_bit(9) {
                self.p.next = self.exact[m].val().get_bits::<1>(0);
            }
            if self.condition[m].val() != 0 {
                self.flag.next = self.flag_now[m].val();
            }
        }
        // Operands
        for n in 0..4 {
            self.p_now[n].next = 0.into();
            if self.written.val().get_bit(n) {
                self.p_now[n].next = self.place[3 + n].q.val();
            } else if self.fetched.val().get_bit(n) {
                self.p_now[n].next = self.plane_in[n].q.val();
            }
        }
        for m in 0..self._m {
            self.unit[m].clock.next = self.clock.val();
            self.unit[m].shift.next = self.shift[m].val();
            self.unit[m].power.next = self.power[m].val();
            self.unit[m].off.next = self.off.val();
            self.unit[m].compares.next = self.uop[m].val().get_bits::<5>(16);
            self.unit[m].p.next = self.predicate.val() & self.uop[m].val().get_bit(15);
            self.unit[m].draw.next = self.draw_in.q.val();
            self.unit[m].mask.next = self.shared[m].val().get_bits::<16>(32);
            self.unit[m].half.next = self.shared[m].val().get_bits::<16>(48);
            self.unit[m].gate.next = self.uop[m].val().get_bit(13);
            if self.predicate.val() {
                self.unit[m].gate.next = self.uop[m].val().get_bit(14);
            }
            // Planes come last into the chains, they take longest
            self.choose_a[m].sel.next = self.uop[m].val().get_bits::<5>(0);
            self.choose_a[m].a.next = self.x_in.q.val();
            self.choose_a[m].b.next = self.place[0].q.val();
            self.choose_a[m].c.next = self.place[1].q.val();
            self.choose_a[m].d.next = self.place[2].q.val();
            self.choose_a[m].e.next = self.p_now[0].val();
            self.choose_a[m].f.next = self.p_now[1].val();
            self.choose_a[m].g.next = self.p_now[2].val();
            self.choose_a[m].h.next = self.p_now[3].val();
            self.unit[m].a.next = self.choose_a[m].q.val();
            self.choose_b[m].sel.next = self.uop[m].val().get_bits::<3>(5);
            self.choose_b[m].a.next = self.x_in.q.val();
            self.choose_b[m].b.next = self.place[0].q.val();
            self.choose_b[m].c.next = self.place[1].q.val();
            self.choose_b[m].d.next = self.place[2].q.val();
            self.unit[m].b.next = self.choose_b[m].q.val() | self.shared[m].val().get_bits::<16>(0);
            self.choose_c[m].sel.next = self.uop[m].val().get_bits::<5>(8);
            self.choose_c[m].a.next = self.shared[m].val().get_bits::<16>(16);
            self.choose_c[m].b.next = self.place[0].q.val();
            self.choose_c[m].c.next = self.place[1].q.val();
            self.choose_c[m].d.next = self.place[2].q.val();
            self.choose_c[m].e.next = self.p_now[0].val();
            self.choose_c[m].f.next = self.p_now[1].val();
            self.choose_c[m].g.next = self.p_now[2].val();
            self.choose_c[m].h.next = self.p_now[3].val();
            self.unit[m].c.next = self.choose_c[m].q.val();
        }
        self.clipped.next = bit_cast::<8, 1>(self.clip[0].val().into())
            | (bit_cast::<8, 1>(self.clip[1].val().into()) << 1);
        // Write-back
        self.results_a.next = bit_cast::<68, 15>(self.exact[0].val().get_bits::<15>(0))
            | (bit_cast::<68, 1>(self.sign[0].val()) << 15)
            | (bit_cast::<68, 1>(self.clip[0].val().into()) << 16);
        self.results_b.next = bit_cast::<68, 15>(self.exact[1].val().get_bits::<15>(0))
            | (bit_cast::<68, 1>(self.sign[1].val()) << 15)
            | (bit_cast::<68, 1>(self.clip[1].val().into()) << 16);
    }
}
