//! `Lanes`: L lanes of M slot units, issued in turns.
//!
//! Groups (threads) come in order from `issue_limit`, go round the pipeline once for every M slots of the recipe (six
//! cycles a round, another group in each of the six places), and leave in order: `done` tells it one cycle after the
//! last delivery. A group of k slots costs ceil(k / M) issue cycles. The recipe is written before the pass.

use crate::back::Back;
use crate::block_ram::BlockRam;
use crate::cells::DistRam;
use crate::lane::Lane;
use crate::reduce::Reduce;
use crate::slot_control::SlotControl;
use crate::slot_decode::SlotDecode;
use rust_hdl::prelude::*;

/// The shared lanes of both engines.
#[derive(LogicBlock, Default)]
pub struct Lanes {
    pub clock: Signal<In, Clock>,
    pub reset: Signal<In, Bit>,
    // Recipe: pair `recipe_addr` of slots, `recipe_written` places that slots of earlier pairs write.
    pub recipe_write: Signal<In, Bit>,
    pub recipe_addr: Signal<In, Bits<2>>,
    pub recipe_even: Signal<In, Bits<32>>,
    pub recipe_odd: Signal<In, Bits<32>>,
    pub recipe_written: Signal<In, Bits<8>>,
    /// K0 lowest.
    pub constants: Signal<In, Bits<64>>,
    /// 1 to 8.
    pub slots: Signal<In, Bits<4>>,
    /// Threads below this one have all operands (modulo 32; two limits, both count).
    pub limit_f: Signal<In, Bits<5>>,
    pub limit_g: Signal<In, Bits<5>>,
    pub limit_d: Signal<In, Bits<5>>,
    pub restart: Signal<In, Bit>,
    /// The limits are those of the running pass.
    pub running: Signal<In, Bit>,
    /// True where M is 2, a constant.
    pub two_mults: Signal<In, Bit>,
    // Group context, written before the limits pass it: scalars (S0 lowest) and lane mask.
    pub group_write: Signal<In, Bit>,
    pub group_thread: Signal<In, Bits<4>>,
    pub group_scalars: Signal<In, Bits<64>>,
    pub group_mask: Signal<In, Bits<4>>,
    // Operands.
    pub plane_write: Signal<In, Bits<4>>,
    pub plane_thread: Signal<In, Bits<4>>,
    pub plane_data: Signal<In, Bits<64>>,
    /// One bit a lane.
    pub x_write: Signal<In, Bits<4>>,
    pub x_thread: Signal<In, Bits<4>>,
    pub x_data: Signal<In, Bits<64>>,
    pub draw_write: Signal<In, Bit>,
    pub draw_thread: Signal<In, Bits<4>>,
    pub draw_data: Vec<Signal<In, Bits<16>>>,
    pub fetched: Signal<In, Bits<4>>,
    pub fetched_x: Signal<In, Bit>,
    /// Threads below this one are done (modulo 32).
    pub done: Signal<Out, Bits<5>>,
    /// Clipped values of this cycle: bit 2 * lane + unit.
    pub clipped: Signal<Out, Bits<8>>,
    // Results; planes and flags show a cycle after their address. O is summed over the lanes.
    pub back_thread: Signal<In, Bits<4>>,
    pub back_sel: Signal<In, Bits<2>>,
    pub back_data: Signal<Out, Bits<64>>,
    pub back_flags: Signal<Out, Bits<4>>,
    pub sum_thread: Signal<In, Bits<4>>,
    pub sum_y: Vec<Signal<Out, Bits<32>>>,
    pub sum_o_thread: Signal<In, Bits<4>>,
    pub sum_o: Signal<Out, Bits<32>>,
    /// A group is in the ring.
    pub active: Signal<Out, Bit>,
    lane: Vec<Lane>,
    back: Back,
    reduce: Reduce,
    back_thread_q: DFF<Bits<4>>,
    even: SlotDecode,
    odd: SlotDecode,
    /// Pairs of slots: the even one's word, the odd one's, places written before.
    recipe_ram: BlockRam<2, 102>,
    even_word: Signal<Local, Bits<49>>,
    odd_word: Signal<Local, Bits<49>>,
    scalar_ram: DistRam<4, 64>,
    mask_ram: DistRam<4, 4>,
    flag_ram: DistRam<4, 4>,
    p_ram: DistRam<4, 4>,
    issue: DFF<Bits<5>>,
    done_q: DFF<Bits<5>>,
    // Places 0 (issue), 1 (operands) .. 6 (delivery).
    ring_v: Vec<DFF<Bit>>,
    ring_t: Vec<DFF<Bits<4>>>,
    ring_mask: Vec<DFF<Bits<4>>>,
    ring_slot: Vec<DFF<Bits<3>>>,
    ring_more: Vec<DFF<Bit>>,
    written1: DFF<Bits<4>>,
    control: Vec<SlotControl>,
    slot_next: Signal<Local, Bits<4>>,
    back5: Signal<Local, Bits<3>>,
    ready: Signal<Local, Bit>,
    recirculate: Signal<Local, Bit>,
    word_first: Signal<Local, Bits<49>>,
    uop_second: Signal<Local, Bits<25>>,
    shared_second: Signal<Local, Bits<64>>,
    deliver_second: Signal<Local, Bits<12>>,
    shift_second: Signal<Local, Bits<4>>,
    power_second: Signal<Local, Bits<16>>,
    places: Signal<Local, Bits<8>>,
    places_second: Signal<Local, Bits<8>>,
    results_a: Vec<Signal<Local, Bits<68>>>,
    results_b: Vec<Signal<Local, Bits<68>>>,
    slice_flag: Vec<Signal<Local, Bits<1>>>,
    slice_p: Vec<Signal<Local, Bits<1>>>,
    condition: Signal<Local, Bits<2>>,
    condition_second: Signal<Local, Bits<2>>,
    slice_clip: Vec<Signal<Local, Bits<8>>>,
    step: Signal<Local, Bits<3>>,
    _l: usize,
    _m: usize,
}

fn many<T: Default>(n: usize) -> Vec<T> {
    (0..n).map(|_| T::default()).collect()
}

impl Lanes {
    /// `lanes` of 1, 2 or 4, `mults` of 1 or 2; the first `products` of all units, counted lane by lane, shift by products.
    pub fn new(lanes: usize, mults: usize, products: usize) -> Self {
        Self {
            draw_data: many(lanes),
            sum_y: many(lanes),
            lane: (0..lanes)
                .map(|i| Lane::new(mults, products.saturating_sub(i * mults).min(mults)))
                .collect(),
            ring_v: many(7),
            ring_t: many(7),
            ring_mask: many(7),
            ring_slot: many(6),
            ring_more: many(7),
            control: many(mults),
            back: Back::new(mults),
            reduce: Reduce::new(),
            results_a: many(4),
            results_b: many(4),
            slice_flag: many(4),
            slice_p: many(4),
            slice_clip: many(4),
            _l: lanes,
            _m: mults,
            ..Default::default()
        }
    }
}

impl Logic for Lanes {
    #[hdl_gen]
    fn update(&mut self) {
        dff_setup!(self, clock, issue, done_q, written1, back_thread_q);
        clock!(
            self, clock, back, recipe_ram, scalar_ram, mask_ram, reduce, flag_ram, p_ram
        );
        for s in 0..7 {
            self.ring_v[s].clock.next = self.clock.val();
            self.ring_t[s].clock.next = self.clock.val();
            self.ring_mask[s].clock.next = self.clock.val();
            self.ring_more[s].clock.next = self.clock.val();
        }
        for s in 0..6 {
            self.ring_slot[s].clock.next = self.clock.val();
        }
        for s in 0..6 {
            self.ring_v[s + 1].d.next = self.ring_v[s].q.val();
            self.ring_t[s + 1].d.next = self.ring_t[s].q.val();
            self.ring_mask[s + 1].d.next = self.ring_mask[s].q.val();
        }
        for s in 0..5 {
            self.ring_slot[s + 1].d.next = self.ring_slot[s].q.val();
            self.ring_more[s + 2].d.next = self.ring_more[s + 1].q.val();
        }
        self.active.next = self.ring_v[0].q.val();
        for s in 1..7 {
            if self.ring_v[s].q.val() {
                self.active.next = true;
            }
        }
        self.ring_more[0].d.next = false;
        // Recipe and context memories
        self.even.slot.next = self.recipe_even.val();
        self.even.written.next = self.recipe_written.val();
        self.odd.slot.next = self.recipe_odd.val();
        self.odd.written.next = self.recipe_written.val();
        self.recipe_ram.write.next = self.recipe_write.val();
        self.recipe_ram.write_addr.next = self.recipe_addr.val();
        self.recipe_ram.write_data.next = bit_cast::<102, 49>(self.even.word.val())
            | (bit_cast::<102, 49>(self.odd.word.val()) << 49)
            | (bit_cast::<102, 4>(self.recipe_written.val().get_bits::<4>(0)) << 98);
        self.even_word.next = self.recipe_ram.q.val().get_bits::<49>(0);
        self.odd_word.next = self.recipe_ram.q.val().get_bits::<49>(49);
        self.scalar_ram.write.next = self.group_write.val();
        self.scalar_ram.write_addr.next = self.group_thread.val();
        self.scalar_ram.write_data.next = self.group_scalars.val();
        self.scalar_ram.read_addr.next = self.ring_t[0].q.val();
        self.mask_ram.write.next = self.group_write.val();
        self.mask_ram.write_addr.next = self.group_thread.val();
        self.mask_ram.write_data.next = self.group_mask.val();
        self.mask_ram.read_addr.next = self.issue.q.val().get_bits::<4>(0);
        // Issue: a group that comes round goes before a new one
        self.ready.next = self.running.val()
            & (self.issue.q.val() != self.limit_f.val())
            & (self.issue.q.val() != self.limit_g.val())
            & (self.issue.q.val() != self.limit_d.val());
        self.recirculate.next = self.ring_v[5].q.val() & self.ring_more[5].q.val();
        self.step.next = 1.into();
        if self.two_mults.val() {
            self.step.next = 2.into();
        }
        self.back5.next = self.ring_slot[5].q.val() + self.step.val();
        self.ring_v[0].d.next = self.ready.val();
        self.ring_t[0].d.next = self.issue.q.val().get_bits::<4>(0);
        self.ring_mask[0].d.next = self.mask_ram.q.val();
        self.ring_slot[0].d.next = 0.into();
        if self.recirculate.val() {
            self.ring_v[0].d.next = true;
            self.ring_t[0].d.next = self.ring_t[5].q.val();
            self.ring_mask[0].d.next = self.ring_mask[5].q.val();
            self.ring_slot[0].d.next = self.back5.val();
        } else if self.ready.val() {
            self.issue.d.next = self.issue.q.val() + 1;
        }
        // The word of the pair that goes next shows with it.
        self.recipe_ram.read.next = true;
        self.recipe_ram.read_addr.next = self.ring_slot[0].d.val().get_bits::<2>(1);
        self.slot_next.next =
            bit_cast::<4, 3>(self.ring_slot[0].q.val()) + bit_cast::<4, 3>(self.step.val());
        self.ring_more[1].d.next = self.slot_next.val() < self.slots.val();
        if self.ring_v[6].q.val() & !self.ring_more[6].q.val() {
            self.done_q.d.next = self.done_q.q.val() + 1;
        }
        self.done.next = self.done_q.q.val();
        // Place 0: slot fields and shared operands
        self.written1.d.next = self.recipe_ram.q.val().get_bits::<4>(98);
        for m in 0..self._m {
            self.control[m].clock.next = self.clock.val();
            self.control[m].word.next = self.odd_word.val();
            self.control[m].scalars.next = self.scalar_ram.q.val();
            self.control[m].constants.next = self.constants.val();
            self.control[m].fetched_x.next = self.fetched_x.val();
            self.control[m].valid5.next = self.ring_v[5].q.val();
        }
        // One unit takes even and odd slots; of two the first takes the even ones, which never compare, and
        // constants 0 let synthesis drop that part.
        self.word_first.next = self.even_word.val();
        if self.two_mults.val() {
            self.word_first.next = ((self.even_word.val() >> 31) << 31)
                | bit_cast::<49, 25>(self.even_word.val().get_bits::<25>(0));
        } else if self.ring_slot[0].q.val().get_bit(0) {
            self.word_first.next = self.odd_word.val();
        }
        self.control[0].word.next = self.word_first.val();
        self.uop_second.next = 0.into();
        self.shared_second.next = 0.into();
        self.deliver_second.next = 0.into();
        self.shift_second.next = 0.into();
        self.power_second.next = 0.into();
        self.places_second.next = 0.into();
        self.places.next = 0.into();
        if self.control[0].places.val() {
            self.places.next = 1.into();
        }
        for m in 1..self._m {
            self.uop_second.next = self.control[m].uop.val();
            self.shared_second.next = self.control[m].shared.val();
            self.deliver_second.next = self.control[m].deliver.val();
            self.shift_second.next = self.control[m].shift4.val();
            self.power_second.next = self.control[m].power4.val();
            if self.control[m].places.val() {
                self.places_second.next = 2.into();
            }
        }
        for i in 0..self._l {
            self.lane[i].clock.next = self.clock.val();
            self.lane[i].plane_write.next = self.plane_write.val();
            self.lane[i].plane_thread.next = self.plane_thread.val();
            self.lane[i].plane_data.next = self.plane_data.val().get_bits::<16>(16 * i);
            self.lane[i].x_write.next = self.x_write.val().get_bit(i);
            self.lane[i].x_thread.next = self.x_thread.val();
            self.lane[i].x_data.next = self.x_data.val().get_bits::<16>(16 * i);
            self.lane[i].draw_write.next = self.draw_write.val();
            self.lane[i].draw_thread.next = self.draw_thread.val();
            self.lane[i].draw_data.next = self.draw_data[i].val();
            self.lane[i].fetched.next = self.fetched.val();
            self.lane[i].thread.next = self.ring_t[1].q.val();
            self.lane[i].written.next = self.written1.q.val();
            self.lane[i].deliver_thread.next = self.ring_t[6].q.val();
            self.lane[i].predicate.next = self.p_ram.q.val().get_bit(i);
            self.lane[i].off.next = !self.ring_mask[5].q.val().get_bit(i);
            self.lane[i].sum_thread.next = self.sum_thread.val();
            self.lane[i].uop_a.next = self.control[0].uop.val();
            self.lane[i].uop_b.next = self.uop_second.val();
            self.lane[i].shared_a.next = self.control[0].shared.val();
            self.lane[i].shared_b.next = self.shared_second.val();
            self.lane[i].shift_a.next = self.control[0].shift4.val();
            self.lane[i].shift_b.next = self.shift_second.val();
            self.lane[i].power_a.next = self.control[0].power4.val();
            self.lane[i].power_b.next = self.power_second.val();
            self.lane[i].deliver_a.next = self.control[0].deliver.val();
            self.lane[i].deliver_b.next = self.deliver_second.val();
            self.sum_y[i].next = self.lane[i].sum_y.val();
        }
        for i in 0..4 {
            self.results_a[i].next = 0.into();
            self.results_b[i].next = 0.into();
            self.slice_flag[i].next = 0.into();
            self.slice_p[i].next = 0.into();
            self.reduce.exact_a[i].next = 0.into();
            self.reduce.exact_b[i].next = 0.into();
            self.slice_clip[i].next = 0.into();
        }
        for i in 0..self._l {
            self.results_a[i].next = self.lane[i].results_a.val();
            self.results_b[i].next = self.lane[i].results_b.val();
            self.slice_flag[i].next = self.lane[i].flag.val();
            self.slice_p[i].next = self.lane[i].p.val();
            self.reduce.exact_a[i].next = self.lane[i].exact_a.val();
            self.reduce.exact_b[i].next = self.lane[i].exact_b.val();
            self.slice_clip[i].next =
                self.lane[i].clipped.val() & (self.places.val() | self.places_second.val());
        }
        self.back_thread_q.d.next = self.back_thread.val();
        self.back.recipe_write.next = self.recipe_write.val();
        self.back.even_planes.next = self.even.word.val().get_bits::<4>(40);
        self.back.odd_planes.next = self.odd.word.val().get_bits::<4>(40);
        self.back.two_mults.next = self.two_mults.val();
        self.back.thread.next = self.ring_t[6].q.val();
        self.back.planes_a.next = self.control[0].deliver.val().get_bits::<4>(3);
        self.back.planes_b.next = self.deliver_second.val().get_bits::<4>(3);
        self.back.results_a.next = self.results_a[0].val()
            | (self.results_a[1].val() << 17)
            | (self.results_a[2].val() << 34)
            | (self.results_a[3].val() << 51);
        self.back.results_b.next = self.results_b[0].val()
            | (self.results_b[1].val() << 17)
            | (self.results_b[2].val() << 34)
            | (self.results_b[3].val() << 51);
        self.back.read_thread.next = self.back_thread.val();
        self.back.read_plane.next = self.back_sel.val();
        self.back_data.next = self.back.data.val();
        // Where flag, predicate and O come from
        self.condition.next = self.control[0].deliver.val().get_bits::<2>(10);
        self.condition_second.next = self.deliver_second.val().get_bits::<2>(10);
        self.flag_ram.write.next = (self.condition.val() != 0) | (self.condition_second.val() != 0);
        self.flag_ram.write_addr.next = self.ring_t[6].q.val();
        self.flag_ram.write_data.next = bit_cast::<4, 1>(self.slice_flag[0].val())
            | (bit_cast::<4, 1>(self.slice_flag[1].val()) << 1)
            | (bit_cast::<4, 1>(self.slice_flag[2].val()) << 2)
            | (bit_cast::<4, 1>(self.slice_flag[3].val()) << 3);
        self.flag_ram.read_addr.next = self.back_thread_q.q.val();
        self.back_flags.next = self.flag_ram.q.val();
        self.p_ram.write.next =
            self.control[0].deliver.val().get_bit(9) | self.deliver_second.val().get_bit(9);
        self.p_ram.write_addr.next = self.ring_t[6].q.val();
        self.p_ram.write_data.next = bit_cast::<4, 1>(self.slice_p[0].val())
            | (bit_cast::<4, 1>(self.slice_p[1].val()) << 1)
            | (bit_cast::<4, 1>(self.slice_p[2].val()) << 2)
            | (bit_cast::<4, 1>(self.slice_p[3].val()) << 3);
        self.p_ram.read_addr.next = self.ring_t[1].q.val();
        self.reduce.write.next =
            self.control[0].deliver.val().get_bit(8) | self.deliver_second.val().get_bit(8);
        self.reduce.second.next = self.deliver_second.val().get_bit(8);
        self.reduce.thread.next = self.ring_t[6].q.val();
        self.reduce.read_thread.next = self.sum_o_thread.val();
        self.sum_o.next = self.reduce.sum.val();
        self.clipped.next = self.slice_clip[0].val()
            | (self.slice_clip[1].val() << 2)
            | (self.slice_clip[2].val() << 4)
            | (self.slice_clip[3].val() << 6);
        if self.restart.val() {
            self.issue.d.next = 0.into();
            self.done_q.d.next = 0.into();
        }
        if self.reset.val() {
            self.issue.d.next = 0.into();
            self.done_q.d.next = 0.into();
            for s in 0..7 {
                self.ring_v[s].d.next = false;
            }
        }
    }
}
