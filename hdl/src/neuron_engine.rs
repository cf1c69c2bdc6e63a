//! `NeuronEngine`: what comes back on stream G, made operands X: halfwords as they are, 32-bit accumulators scaled.
//!
//! `sat16((acc + 2^(shift - 1)) >> shift)`, exact, three cycles behind the response; W / 32 accumulators a cycle.
//! The clearing of accumulators is a write (`WriteBack`).

use crate::cells::{AddS, MulS, SaturateS};
use crate::mux::Choose4;
use rust_hdl::prelude::*;

/// Scales one accumulator; the result is there two cycles after the operand.
///
/// The shift right by s is one left by 16 - s, that is two products with 2^(16 - s), whose bits do not meet, and a look
/// at the upper ones.
#[derive(LogicBlock, Default)]
pub struct AccumulatorScale {
    pub clock: Signal<In, Clock>,
    pub acc: Signal<In, Bits<32>>,
    /// 2^(shift - 1), 0 for shift 0.
    pub half: Signal<In, Bits<17>>,
    /// 2^(16 - shift)
    pub power: Signal<In, Bits<18>>,
    /// False makes X 0.
    pub on: Signal<In, Bit>,
    pub x: Signal<Out, Bits<16>>,
    pub clipped: Signal<Out, Bit>,
    sum: DFF<Bits<33>>,
    high: DFF<Bits<33>>,
    low: DFF<Bits<16>>,
    add: AddS<32, 17, 33>,
    mul_high: MulS<17, 18, 33>,
    mul_low: MulS<17, 18, 34>,
    shifted: Signal<Local, Bits<33>>,
    saturate: SaturateS<33, 16>,
}

impl Logic for AccumulatorScale {
    #[hdl_gen]
    fn update(&mut self) {
        dff_setup!(self, clock, sum, high, low);
        self.add.a.next = self.acc.val();
        self.add.b.next = self.half.val();
        self.sum.d.next = self.add.sum.val();
        self.mul_high.a.next = self.sum.q.val().get_bits::<17>(16);
        self.mul_high.b.next = self.power.val();
        self.mul_low.a.next = bit_cast::<17, 16>(self.sum.q.val().get_bits::<16>(0));
        self.mul_low.b.next = self.power.val();
        self.high.d.next = 0.into();
        self.low.d.next = 0.into();
        if self.on.val() {
            self.high.d.next = self.mul_high.p.val();
            self.low.d.next = self.mul_low.p.val().get_bits::<16>(16);
        }
        self.shifted.next = self.high.q.val() | bit_cast::<33, 16>(self.low.q.val());
        self.saturate.a.next = self.shifted.val();
        self.x.next = self.saturate.q.val();
        self.clipped.next = self.saturate.clipped.val();
    }
}

/// Makes X of responses.
#[derive(LogicBlock, Default)]
pub struct NeuronEngine<const W: usize> {
    pub clock: Signal<In, Clock>,
    pub reset: Signal<In, Bit>,
    pub wide: Signal<In, Bit>,
    pub lanes: Signal<In, Bits<3>>,
    /// Address bits 2..1 that tell where in a word a group of planes starts, a constant mask.
    pub align: Signal<In, Bits<2>>,
    /// Descriptor fields 0 and 1.
    pub field0: Signal<In, Bits<16>>,
    pub field1: Signal<In, Bits<16>>,
    pub rsp_valid: Signal<In, Bit>,
    pub rsp_data: Signal<In, Bits<W>>,
    /// As `SynapseEngine::g_tag`.
    pub rsp_tag: Signal<In, Bits<16>>,
    pub x_write: Signal<Out, Bits<4>>,
    pub x_thread: Signal<Out, Bits<4>>,
    pub x_data: Signal<Out, Bits<64>>,
    /// The last X of a group is written.
    pub group_done: Signal<Out, Bit>,
    /// Clipped accumulators of this cycle.
    pub clipped: Signal<Out, Bits<2>>,
    valid1: DFF<Bit>,
    valid2: DFF<Bit>,
    tag1: DFF<Bits<16>>,
    tag2: DFF<Bits<16>>,
    low: AccumulatorScale,
    high: AccumulatorScale,
    half: Choose4<16>,
    half_sel: Signal<Local, Bits<3>>,
    sparse: Signal<Local, Bit>,
    direct: Signal<Local, Bits<64>>,
    alone: Signal<Local, Bits<64>>,
    scaled: Signal<Local, Bits<64>>,
    aligned: Signal<Local, Bits<64>>,
    padded: Signal<Local, Bits<64>>,
    place: Signal<Local, Bits<2>>,
    lane: Signal<Local, Bits<2>>,
    lane_bit: Signal<Local, Bits<4>>,
    accumulators: Signal<Local, Bit>,
    shift: Signal<Local, Bits<4>>,
    half_lsb: Signal<Local, Bits<17>>,
    power: Signal<Local, Bits<18>>,
    one: Signal<Local, Bits<17>>,
    largest: Signal<Local, Bits<18>>,
    part: Signal<Local, Bits<2>>,
    mask: Signal<Local, Bits<4>>,
    use_high: Signal<Local, Bit>,
    low16: Signal<Local, Bits<64>>,
    high16: Signal<Local, Bits<64>>,
    low_counts: Signal<Local, Bit>,
    high_counts: Signal<Local, Bit>,
}

impl<const W: usize> Logic for NeuronEngine<W> {
    #[hdl_gen]
    fn update(&mut self) {
        dff_setup!(self, clock, valid1, valid2, tag1, tag2);
        clock!(self, clock, low, high);
        self.accumulators.next = self.field0.val().get_bits::<2>(3) == 2;
        self.shift.next = self.field1.val().get_bits::<4>(6);
        self.one.next = 1.into();
        self.half_lsb.next = (self.one.val() << self.shift.val()) >> 1;
        self.largest.next = 0x10000.into();
        self.power.next = self.largest.val() >> self.shift.val();
        self.padded.next = bit_cast::<64, W>(self.rsp_data.val());
        self.low.acc.next = self.padded.val().get_bits::<32>(0);
        self.low.half.next = self.half_lsb.val();
        self.low.power.next = self.power.val();
        self.low.on.next = self.accumulators.val();
        self.high.acc.next = self.padded.val().get_bits::<32>(32);
        self.high.half.next = self.half_lsb.val();
        self.high.power.next = self.power.val();
        self.high.on.next = self.accumulators.val();
        self.valid1.d.next = self.rsp_valid.val() & self.accumulators.val();
        self.tag1.d.next = self.rsp_tag.val();
        self.valid2.d.next = self.valid1.q.val();
        self.tag2.d.next = self.tag1.q.val();
        // Halfwords
        self.place.next = self.rsp_tag.val().get_bits::<2>(7) & self.align.val();
        self.aligned.next = self.padded.val();
        if self.place.val() == 1 {
            self.aligned.next = self.padded.val() >> 16;
        } else if self.place.val() == 2 {
            self.aligned.next = self.padded.val() >> 32;
        } else if self.place.val() == 3 {
            self.aligned.next = self.padded.val() >> 48;
        }
        self.sparse.next = self.rsp_tag.val().get_bit(4) & !self.accumulators.val();
        self.half_sel.next = 2.into();
        if self.sparse.val() {
            if self.rsp_tag.val().get_bit(8) & self.wide.val() {
                self.half_sel.next = bit_cast::<3, 1>(self.rsp_tag.val().get_bits::<1>(7)) | 6;
            } else {
                self.half_sel.next = bit_cast::<3, 1>(self.rsp_tag.val().get_bits::<1>(7));
            }
        }
        self.half.sel.next = self.half_sel.val();
        self.half.a.next = self.padded.val().get_bits::<16>(0);
        self.half.b.next = self.padded.val().get_bits::<16>(16);
        self.half.c.next = self.padded.val().get_bits::<16>(32);
        self.half.d.next = self.padded.val().get_bits::<16>(48);
        self.lane.next = self.rsp_tag.val().get_bits::<2>(5);
        self.lane_bit.next = 1.into();
        if self.lane.val() == 1 {
            self.lane_bit.next = 2.into();
        } else if self.lane.val() == 2 {
            self.lane_bit.next = 4.into();
        } else if self.lane.val() == 3 {
            self.lane_bit.next = 8.into();
        }
        // Accumulators
        self.part.next = self.tag2.q.val().get_bits::<2>(5);
        self.mask.next = self.tag2.q.val().get_bits::<4>(10);
        self.low16.next = bit_cast::<64, 16>(self.low.x.val());
        self.high16.next = bit_cast::<64, 16>(self.high.x.val());
        self.use_high.next =
            self.wide.val() & (self.lanes.val() == 1) & self.tag2.q.val().get_bit(8);
        self.low_counts.next = false;
        self.high_counts.next = false;
        self.clipped.next = 0.into();
        self.x_write.next = 0.into();
        self.x_thread.next = self.rsp_tag.val().get_bits::<4>(0);
        // Each of the three is 0 where it does not count
        self.direct.next = 0.into();
        if !self.rsp_tag.val().get_bit(4) & !self.accumulators.val() {
            self.direct.next = self.aligned.val();
        }
        self.alone.next = bit_cast::<64, 16>(self.half.q.val())
            | (bit_cast::<64, 16>(self.half.q.val()) << 16)
            | (bit_cast::<64, 16>(self.half.q.val()) << 32)
            | (bit_cast::<64, 16>(self.half.q.val()) << 48);
        if self.use_high.val() {
            self.scaled.next = self.high16.val();
        } else if self.wide.val() {
            self.scaled.next = self.low16.val()
                | (self.high16.val() << 16)
                | (self.low16.val() << 32)
                | (self.high16.val() << 48);
        } else {
            self.scaled.next = self.low16.val() | (self.low16.val() << 16);
        }
        self.x_data.next = self.direct.val() | self.alone.val() | self.scaled.val();
        self.group_done.next = false;
        if self.accumulators.val() {
            self.x_thread.next = self.tag2.q.val().get_bits::<4>(0);
            self.group_done.next = self.valid2.q.val() & self.tag2.q.val().get_bit(9);
            if self.wide.val() {
                if self.lanes.val() == 1 {
                    self.low_counts.next = !self.use_high.val();
                    self.high_counts.next = self.use_high.val();
                } else if self.part.val() == 0 {
                    self.low_counts.next = self.mask.val().get_bit(0);
                    self.high_counts.next = self.mask.val().get_bit(1);
                } else {
                    self.low_counts.next = self.mask.val().get_bit(2);
                    self.high_counts.next = self.mask.val().get_bit(3);
                }
                if self.valid2.q.val() {
                    self.x_write.next = 3.into();
                    if self.part.val() == 1 {
                        self.x_write.next = 12.into();
                    }
                }
            } else {
                self.low_counts.next = self.mask.val().get_bit(0);
                if self.part.val() == 1 {
                    self.low_counts.next = self.mask.val().get_bit(1);
                }
                if self.valid2.q.val() {
                    self.x_write.next = 1.into();
                    if self.part.val() == 1 {
                        self.x_write.next = 2.into();
                    }
                }
            }
            if self.valid2.q.val() {
                self.clipped.next =
                    bit_cast::<2, 1>((self.low.clipped.val() & self.low_counts.val()).into())
                        | (bit_cast::<2, 1>(
                            (self.high.clipped.val() & self.high_counts.val()).into(),
                        ) << 1);
            }
        } else if self.rsp_valid.val() {
            self.group_done.next = self.rsp_tag.val().get_bit(9);
            self.x_write.next = 15.into();
            if self.rsp_tag.val().get_bit(4) {
                self.x_write.next = self.lane_bit.val();
            }
        }
        if self.reset.val() {
            self.valid1.d.next = false;
            self.valid2.d.next = false;
        }
    }
}
