//! `Lane`: the state of one lane's entries, sixteen threads deep, its operand choice, slot units and delivery.
//!
//! The entry of thread t sits at address t of small memories, one a place: planes and X as fetched, planes and results
//! as slots wrote them, addends, flag, predicate. A place that no slot of the running recipe has written yet reads as
//! fetched (planes) or 0; which places those are is known before the pass (`Lanes` says it with each slot).

use crate::cells::DistRam;
use crate::mux::Mux4;
use crate::slot::SlotUnit;
use rust_hdl::prelude::*;

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
    /// Planes that the pass fetches; the others read 0. X likewise.
    pub fetched: Signal<In, Bits<4>>,
    pub fetched_x: Signal<In, Bit>,
    /// Operand stage.
    pub thread: Signal<In, Bits<4>>,
    /// Places written by earlier slots: planes, results, P (bit 7).
    pub written: Signal<In, Bits<8>>,
    /// Slots of this cycle, bits as `synfire_format::recipe::Slot::encode`, of unit 0 and 1.
    pub uop_a: Signal<In, Bits<32>>,
    pub uop_b: Signal<In, Bits<32>>,
    /// Operands that all lanes share: B, C (0 where C is neither scalar nor constant), mask of the draw and constant
    /// part of the rounding term, lowest first.
    pub shared_a: Signal<In, Bits<64>>,
    pub shared_b: Signal<In, Bits<64>>,
    /// Delivery stage, five cycles later.
    pub deliver_thread: Signal<In, Bits<4>>,
    /// What takes the result: results 2..0, planes 6..3, Y 7, O 8, P 9, flag condition 11..10; 0 if nothing does.
    pub deliver_a: Signal<In, Bits<12>>,
    pub deliver_b: Signal<In, Bits<12>>,
    pub clipped: Signal<Out, Bits<8>>,
    /// Written planes and the flag of thread `back_thread`, addends of thread `sum_thread`.
    pub back_thread: Signal<In, Bits<4>>,
    pub back_sel: Signal<In, Bits<2>>,
    pub back_plane: Signal<Out, Bits<64>>,
    pub back_flag: Signal<Out, Bits<4>>,
    pub sum_thread: Signal<In, Bits<4>>,
    pub sum_y: Signal<Out, Bits<32>>,
    pub sum_o: Signal<Out, Bits<32>>,
    plane_in: Vec<DistRam<4, 16>>,
    x_in: DistRam<4, 16>,
    draw_in: DistRam<4, 16>,
    plane: Vec<DistRam<4, 16>>,
    back: Vec<DistRam<4, 16>>,
    result: Vec<DistRam<4, 16>>,
    y_ram: DistRam<4, 32>,
    o_ram: DistRam<4, 32>,
    flag_ram: DistRam<4, 1>,
    p_ram: DistRam<4, 1>,
    unit: Vec<SlotUnit>,
    mux_a: Vec<Mux4<16>>,
    mux_ar: Vec<Mux4<16>>,
    mux_b: Vec<Mux4<16>>,
    mux_c: Vec<Mux4<16>>,
    mux_cr: Vec<Mux4<16>>,
    mux_back: Mux4<16>,
    uop: Vec<Signal<Local, Bits<32>>>,
    shared: Vec<Signal<Local, Bits<64>>>,
    deliver: Vec<Signal<Local, Bits<12>>>,
    clip: Vec<Signal<Local, Bit>>,
    op_now: Vec<Signal<Local, Bits<3>>>,
    pred_sel: Vec<Signal<Local, Bits<2>>>,
    condition: Vec<Signal<Local, Bits<2>>>,
    p_now: Vec<Signal<Local, Bits<16>>>,
    r_now: Vec<Signal<Local, Bits<16>>>,
    x_now: Signal<Local, Bits<16>>,
    pred_now: Signal<Local, Bit>,
    flag_now: Vec<Signal<Local, Bits<1>>>,
    _m: usize,
}

fn many<T: Default>(n: usize) -> Vec<T> {
    (0..n).map(|_| T::default()).collect()
}

impl Lane {
    /// With `mults` slot units.
    pub fn new(mults: usize) -> Self {
        Self {
            uop: many(2),
            shared: many(2),
            deliver: many(2),
            clip: many(2),
            op_now: many(mults),
            pred_sel: many(mults),
            condition: many(mults),
            plane_in: many(4),
            plane: many(4),
            back: many(4),
            result: many(3),
            unit: many(mults),
            mux_a: many(mults),
            mux_ar: many(mults),
            mux_b: many(mults),
            mux_c: many(mults),
            mux_cr: many(mults),
            p_now: many(4),
            r_now: many(3),
            flag_now: many(mults),
            _m: mults,
            ..Default::default()
        }
    }
}

impl Logic for Lane {
    #[hdl_gen]
    fn update(&mut self) {
        clock!(self, clock, x_in, draw_in, y_ram, o_ram, flag_ram, p_ram);
        self.uop[0].next = self.uop_a.val();
        self.uop[1].next = self.uop_b.val();
        self.shared[0].next = self.shared_a.val();
        self.shared[1].next = self.shared_b.val();
        self.deliver[0].next = self.deliver_a.val();
        self.deliver[1].next = self.deliver_b.val();
        self.clip[0].next = false;
        self.clip[1].next = false;
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
        // What slots wrote; of two slots that deliver together the second goes last
        for n in 0..4 {
            self.plane[n].clock.next = self.clock.val();
            self.plane[n].read_addr.next = self.thread.val();
            self.plane[n].write_addr.next = self.deliver_thread.val();
            self.plane[n].write.next = false;
            self.plane[n].write_data.next = self.unit[0].value.val();
            self.back[n].clock.next = self.clock.val();
            self.back[n].read_addr.next = self.back_thread.val();
            self.back[n].write_addr.next = self.deliver_thread.val();
            self.back[n].write.next = false;
            self.back[n].write_data.next = self.unit[0].value.val();
        }
        for n in 0..3 {
            self.result[n].clock.next = self.clock.val();
            self.result[n].read_addr.next = self.thread.val();
            self.result[n].write_addr.next = self.deliver_thread.val();
            self.result[n].write.next = false;
            self.result[n].write_data.next = self.unit[0].value.val();
        }
        self.y_ram.write.next = false;
        self.y_ram.write_addr.next = self.deliver_thread.val();
        self.y_ram.write_data.next = self.unit[0].exact.val();
        self.y_ram.read_addr.next = self.sum_thread.val();
        self.sum_y.next = self.y_ram.q.val();
        self.o_ram.write.next = false;
        self.o_ram.write_addr.next = self.deliver_thread.val();
        self.o_ram.write_data.next = self.unit[0].exact.val();
        self.o_ram.read_addr.next = self.sum_thread.val();
        self.sum_o.next = self.o_ram.q.val();
        self.p_ram.write.next = false;
        self.p_ram.write_addr.next = self.deliver_thread.val();
        self.p_ram.write_data.next = self.unit[0].nonzero_bit.val();
        self.p_ram.read_addr.next = self.thread.val();
        self.flag_ram.write.next = false;
        self.flag_ram.write_addr.next = self.deliver_thread.val();
        self.flag_ram.write_data.next = 0.into();
        self.flag_ram.read_addr.next = self.back_thread.val();
        self.back_flag.next = bit_cast::<4, 1>(self.flag_ram.q.val());
        for m in 0..self._m {
            self.condition[m].next = self.deliver[m].val().get_bits::<2>(10);
            self.flag_now[m].next = 0.into();
            if self.condition[m].val() == 1 {
                if self.unit[m].negative.val() | !self.unit[m].nonzero.val() {
                    self.flag_now[m].next = 1.into();
                }
            } else if self.condition[m].val() == 2 {
                self.flag_now[m].next = self.unit[m].nonzero_bit.val();
            } else if (self.condition[m].val() == 3) & self.unit[m].negative.val() {
                self.flag_now[m].next = 1.into();
            }
            self.clip[m].next = self.unit[m].clipped.val();
            for n in 0..4 {
                if self.deliver[m].val().get_bit(3 + n) {
                    self.plane[n].write.next = true;
                    self.plane[n].write_data.next = self.unit[m].value.val();
                    self.back[n].write.next = true;
                    self.back[n].write_data.next = self.unit[m].value.val();
                }
            }
            for n in 0..3 {
                if self.deliver[m].val().get_bit(n) {
                    self.result[n].write.next = true;
                    self.result[n].write_data.next = self.unit[m].value.val();
                }
            }
            if self.deliver[m].val().get_bit(7) {
                self.y_ram.write.next = true;
                self.y_ram.write_data.next = self.unit[m].exact.val();
            }
            if self.deliver[m].val().get_bit(8) {
                self.o_ram.write.next = true;
                self.o_ram.write_data.next = self.unit[m].exact.val();
            }
            if self.deliver[m].val().get_bit(9) {
                self.p_ram.write.next = true;
                self.p_ram.write_data.next = self.unit[m].nonzero_bit.val();
            }
            if self.condition[m].val() != 0 {
                self.flag_ram.write.next = true;
                self.flag_ram.write_data.next = self.flag_now[m].val();
            }
        }
        // Operands
        for n in 0..4 {
            self.p_now[n].next = 0.into();
            if self.written.val().get_bit(n) {
                self.p_now[n].next = self.plane[n].q.val();
            } else if self.fetched.val().get_bit(n) {
                self.p_now[n].next = self.plane_in[n].q.val();
            }
        }
        for n in 0..3 {
            self.r_now[n].next = 0.into();
            if self.written.val().get_bit(4 + n) {
                self.r_now[n].next = self.result[n].q.val();
            }
        }
        self.x_now.next = 0.into();
        if self.fetched_x.val() {
            self.x_now.next = self.x_in.q.val();
        }
        self.pred_now.next = (self.p_ram.q.val() == 1) & self.written.val().get_bit(7);
        for m in 0..self._m {
            self.unit[m].clock.next = self.clock.val();
            self.op_now[m].next = self.uop[m].val().get_bits::<3>(0);
            self.pred_sel[m].next = self.uop[m].val().get_bits::<2>(20);
            self.unit[m].op.next = self.op_now[m].val();
            self.unit[m].shift.next = self.uop[m].val().get_bits::<4>(14);
            self.unit[m].p.next = self.pred_now.val();
            self.unit[m].rounding.next = (self.draw_in.q.val()
                & self.shared[m].val().get_bits::<16>(32))
                | self.shared[m].val().get_bits::<16>(48);
            self.unit[m].gate.next = false;
            if self.op_now[m].val() == 0 {
                if self.pred_sel[m].val() == 1 {
                    self.unit[m].gate.next = self.pred_now.val();
                } else if self.pred_sel[m].val() == 2 {
                    self.unit[m].gate.next = !self.pred_now.val();
                } else {
                    self.unit[m].gate.next = true;
                }
            }
            // A: planes 0..3, X 4, results 5..7
            self.mux_a[m].sel.next = self.uop[m].val().get_bits::<2>(3);
            self.mux_a[m].a.next = self.p_now[0].val();
            self.mux_a[m].b.next = self.p_now[1].val();
            self.mux_a[m].c.next = self.p_now[2].val();
            self.mux_a[m].d.next = self.p_now[3].val();
            self.mux_ar[m].sel.next = self.uop[m].val().get_bits::<2>(3);
            self.mux_ar[m].a.next = self.x_now.val();
            self.mux_ar[m].b.next = self.r_now[0].val();
            self.mux_ar[m].c.next = self.r_now[1].val();
            self.mux_ar[m].d.next = self.r_now[2].val();
            self.unit[m].a.next = self.mux_a[m].q.val();
            if self.uop[m].val().get_bit(5) {
                self.unit[m].a.next = self.mux_ar[m].q.val();
            }
            // B: scalars and constants 0..7, X 8, results 9..11
            self.mux_b[m].sel.next = self.uop[m].val().get_bits::<2>(6);
            self.mux_b[m].a.next = self.x_now.val();
            self.mux_b[m].b.next = self.r_now[0].val();
            self.mux_b[m].c.next = self.r_now[1].val();
            self.mux_b[m].d.next = self.r_now[2].val();
            self.unit[m].b.next = self.shared[m].val().get_bits::<16>(0);
            if self.uop[m].val().get_bit(9) {
                self.unit[m].b.next = self.mux_b[m].q.val();
            }
            // C: zero 0, results 1..3, planes 4..7, scalars and constants 8..15
            self.mux_c[m].sel.next = self.uop[m].val().get_bits::<2>(10);
            self.mux_c[m].a.next = self.p_now[0].val();
            self.mux_c[m].b.next = self.p_now[1].val();
            self.mux_c[m].c.next = self.p_now[2].val();
            self.mux_c[m].d.next = self.p_now[3].val();
            self.mux_cr[m].sel.next = self.uop[m].val().get_bits::<2>(10);
            self.mux_cr[m].a.next = 0.into();
            self.mux_cr[m].b.next = self.r_now[0].val();
            self.mux_cr[m].c.next = self.r_now[1].val();
            self.mux_cr[m].d.next = self.r_now[2].val();
            self.unit[m].c.next = self.mux_cr[m].q.val();
            if self.uop[m].val().get_bit(13) {
                self.unit[m].c.next = self.shared[m].val().get_bits::<16>(16);
            } else if self.uop[m].val().get_bit(12) {
                self.unit[m].c.next = self.mux_c[m].q.val();
            }
        }
        self.clipped.next = bit_cast::<8, 1>(self.clip[0].val().into())
            | (bit_cast::<8, 1>(self.clip[1].val().into()) << 1);
        // Write-back
        self.mux_back.sel.next = self.back_sel.val();
        self.mux_back.a.next = self.back[0].q.val();
        self.mux_back.b.next = self.back[1].q.val();
        self.mux_back.c.next = self.back[2].q.val();
        self.mux_back.d.next = self.back[3].q.val();
        self.back_plane.next = bit_cast::<64, 16>(self.mux_back.q.val());
    }
}
