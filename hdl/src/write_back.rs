//! `WriteBack`: what leaves a group on stream W: cleared accumulators, planes, flags; at the end the queue's counts.
//!
//! Groups in order, one write a cycle. Writes at or above the private base are left out and reported. Planes that no
//! slot writes are only checked: their words already hold the value.

use crate::cells::DistRam;
use crate::pick::{Pick4, Pick6};
use rust_hdl::prelude::*;

/// The writer of stream W.
#[derive(LogicBlock, Default)]
pub struct WriteBack<const W: usize, const E: usize> {
    pub clock: Signal<In, Clock>,
    pub reset: Signal<In, Bit>,
    pub wide: Signal<In, Bit>,
    pub lanes: Signal<In, Bits<3>>,
    /// As `NeuronEngine::align`.
    pub align: Signal<In, Bits<2>>,
    pub field: Vec<Signal<In, Bits<16>>>,
    /// Planes that some slot writes; some slot has a flag condition.
    pub written: Signal<In, Bits<8>>,
    pub any_flag: Signal<In, Bit>,
    pub private_base: Signal<In, Bits<19>>,
    pub start: Signal<In, Bit>,
    pub group_write: Signal<In, Bit>,
    pub group_thread: Signal<In, Bits<4>>,
    pub group_row: Signal<In, Bits<16>>,
    pub group_c: Signal<In, Bits<16>>,
    pub group_place: Signal<In, Bits<17>>,
    pub group_mask: Signal<In, Bits<4>>,
    pub group_last: Signal<In, Bit>,
    /// Threads below `done` can be written; those below `free` are (modulo 32).
    pub done: Signal<In, Bits<5>>,
    pub free: Signal<Out, Bits<5>>,
    /// Of the next cycle: thread and plane whose data come, and the thread of the flags.
    pub back_thread: Signal<Out, Bits<4>>,
    pub back_sel: Signal<Out, Bits<2>>,
    pub back_data: Signal<In, Bits<64>>,
    pub back_flags: Signal<In, Bits<4>>,
    /// No more groups come: write the counts; `finished` once all is accepted.
    pub finish: Signal<In, Bit>,
    pub finished: Signal<Out, Bit>,
    pub fault_private: Signal<Out, Bit>,
    pub fault_queue: Signal<Out, Bit>,
    pub valid: Signal<Out, Bit>,
    pub addr: Signal<Out, Bits<18>>,
    pub data: Signal<Out, Bits<W>>,
    pub be: Signal<Out, Bits<E>>,
    pub ready: Signal<In, Bit>,
    thread_context: DistRam<4, 54>,
    free_q: DFF<Bits<5>>,
    /// Steps that are left of the group, and the one of them that is now: clear 0, 1, planes 2..5, flags 6.
    todo: DFF<Bits<7>>,
    now: DFF<Bits<7>>,
    // The selections of `now`, in registers so that nothing decodes them again.
    base_odd: DFF<Bit>,
    base_second: DFF<Bit>,
    base_third: DFF<Bit>,
    base_first: DFF<Bit>,
    offset0: DFF<Bit>,
    offset1: DFF<Bit>,
    offset1_n: DFF<Bit>,
    handled: DFF<Bits<4>>,
    bitmap: DFF<Bits<16>>,
    queued: DFF<Bits<16>>,
    lost: DFF<Bits<32>>,
    /// The queue's counts are being written, are written.
    counting: DFF<Bit>,
    end_half: DFF<Bit>,
    ended: DFF<Bit>,
    // Two registers to the stream: address | checked. One enable a halfword.
    valid_a: DFF<Bit>,
    addr_a: DFF<Bits<18>>,
    data_a: DFF<Bits<64>>,
    be_a: DFF<Bits<4>>,
    valid_b: DFF<Bit>,
    addr_b: DFF<Bits<18>>,
    data_b: DFF<Bits<64>>,
    be_b: DFF<Bits<4>>,
    base: Pick6<16>,
    offset: Pick4<18>,
    word: Signal<Local, Bits<54>>,
    row: Signal<Local, Bits<16>>,
    c: Signal<Local, Bits<16>>,
    place: Signal<Local, Bits<17>>,
    mask: Signal<Local, Bits<4>>,
    last: Signal<Local, Bit>,
    every: Signal<Local, Bits<7>>,
    rest: Signal<Local, Bits<7>>,
    next_todo: Signal<Local, Bits<7>>,
    next_now: Signal<Local, Bits<7>>,
    count: Signal<Local, Bit>,
    clearing: Signal<Local, Bit>,
    is_plane: Signal<Local, Bit>,
    go: Signal<Local, Bit>,
    free_a: Signal<Local, Bit>,
    free_b: Signal<Local, Bit>,
    clears: Signal<Local, Bit>,
    two_parts: Signal<Local, Bit>,
    plane_writes: Signal<Local, Bits<4>>,
    plane_count: Signal<Local, Bits<3>>,
    flag_to: Signal<Local, Bits<2>>,
    flags: Signal<Local, Bits<4>>,
    flags_left: Signal<Local, Bits<4>>,
    flags_rest: Signal<Local, Bits<4>>,
    flag_lane: Signal<Local, Bits<16>>,
    in_word: Signal<Local, Bits<18>>,
    base_words: Signal<Local, Bits<16>>,
    offset_words: Signal<Local, Bits<16>>,
    sum_words: Signal<Local, Bits<16>>,
    even_be: Signal<Local, Bits<8>>,
    every_be: Signal<Local, Bits<8>>,
    put: Signal<Local, Bit>,
    step_done: Signal<Local, Bit>,
    shift_place: Signal<Local, Bits<2>>,
    pair_mask: Signal<Local, Bits<2>>,
    clear_be: Signal<Local, Bits<4>>,
    new_bitmap: Signal<Local, Bits<16>>,
    bit_place: Signal<Local, Bits<4>>,
    bit_end: Signal<Local, Bits<5>>,
    out_addr: Signal<Local, Bits<18>>,
    out_data: Signal<Local, Bits<64>>,
    out_be: Signal<Local, Bits<4>>,
    half_data: Signal<Local, Bits<16>>,
    word_data: Signal<Local, Bits<32>>,
    is_private: Signal<Local, Bit>,
    word_a: Signal<Local, Bits<16>>,
    one_plane: Signal<Local, Bit>,
}

impl<const W: usize, const E: usize> WriteBack<W, E> {
    /// At rest.
    pub fn new() -> Self {
        Self {
            field: (0..32).map(|_| Default::default()).collect(),
            ..Default::default()
        }
    }
}

impl<const W: usize, const E: usize> Logic for WriteBack<W, E> {
    #[hdl_gen]
    fn update(&mut self) {
        dff_setup!(
            self,
            clock,
            free_q,
            todo,
            now,
            base_odd,
            base_second,
            base_third,
            base_first,
            offset0,
            offset1,
            offset1_n,
            handled,
            bitmap,
            queued,
            lost,
            counting,
            end_half,
            ended,
            valid_a,
            addr_a,
            data_a,
            be_a,
            valid_b,
            addr_b,
            data_b,
            be_b
        );
        clock!(self, clock, thread_context);
        self.thread_context.write.next = self.group_write.val();
        self.thread_context.write_addr.next = self.group_thread.val();
        self.thread_context.write_data.next = bit_cast::<54, 16>(self.group_row.val())
            | (bit_cast::<54, 16>(self.group_c.val()) << 16)
            | (bit_cast::<54, 17>(self.group_place.val()) << 32)
            | (bit_cast::<54, 4>(self.group_mask.val()) << 49)
            | (bit_cast::<54, 1>(self.group_last.val().into()) << 53);
        self.thread_context.read_addr.next = self.free_q.q.val().get_bits::<4>(0);
        self.word.next = self.thread_context.q.val();
        self.row.next = self.word.val().get_bits::<16>(0);
        self.c.next = self.word.val().get_bits::<16>(16);
        self.place.next = self.word.val().get_bits::<17>(32);
        self.mask.next = self.word.val().get_bits::<4>(49);
        self.last.next = self.word.val().get_bit(53);
        self.free.next = self.free_q.q.val();
        // Steps of a group
        self.clears.next =
            self.field[0].val().get_bit(5) & (self.field[0].val().get_bits::<2>(3) == 2);
        self.two_parts.next =
            (self.lanes.val() == 4) | ((self.lanes.val() == 2) & !self.wide.val());
        self.plane_count.next = self.field[0].val().get_bits::<3>(6);
        self.plane_writes.next = self.field[0].val().get_bits::<4>(9);
        if self.plane_count.val() == 0 {
            self.plane_writes.next = 0.into();
        } else if self.plane_count.val() == 1 {
            self.plane_writes.next = self.field[0].val().get_bits::<4>(9) & 1;
        } else if self.plane_count.val() == 2 {
            self.plane_writes.next = self.field[0].val().get_bits::<4>(9) & 3;
        } else if self.plane_count.val() == 3 {
            self.plane_writes.next = self.field[0].val().get_bits::<4>(9) & 7;
        }
        self.flag_to.next = self.field[1].val().get_bits::<2>(4);
        self.every.next = (bit_cast::<7, 1>(self.clears.val().into()))
            | (bit_cast::<7, 1>((self.clears.val() & self.two_parts.val()).into()) << 1)
            | (bit_cast::<7, 4>(self.plane_writes.val()) << 2)
            | (bit_cast::<7, 1>((self.flag_to.val() != 0).into()) << 6);
        self.rest.next = self.todo.q.val() & !self.now.q.val();
        self.next_todo.next = self.rest.val();
        if self.start.val() | (self.rest.val() == 0) {
            self.next_todo.next = self.every.val();
        }
        self.next_now.next = 0.into();
        if self.next_todo.val().get_bit(0) {
            self.next_now.next = 1.into();
        } else if self.next_todo.val().get_bit(1) {
            self.next_now.next = 2.into();
        } else if self.next_todo.val().get_bit(2) {
            self.next_now.next = 4.into();
        } else if self.next_todo.val().get_bit(3) {
            self.next_now.next = 8.into();
        } else if self.next_todo.val().get_bit(4) {
            self.next_now.next = 16.into();
        } else if self.next_todo.val().get_bit(5) {
            self.next_now.next = 32.into();
        } else if self.next_todo.val().get_bit(6) {
            self.next_now.next = 64.into();
        }
        self.clearing.next = self.now.q.val().get_bit(0) | self.now.q.val().get_bit(1);
        self.is_plane.next = (self.now.q.val() & 0x3c) != 0;
        self.flags.next = 0.into();
        if self.any_flag.val() {
            self.flags.next = self.back_flags.val() & self.mask.val();
        }
        self.flags_left.next = self.flags.val() & !self.handled.q.val();
        self.flags_rest.next = self.flags_left.val() & (self.flags_left.val() - 1);
        self.flag_lane.next = 3.into();
        if self.flags_left.val().get_bit(0) {
            self.flag_lane.next = 0.into();
        } else if self.flags_left.val().get_bit(1) {
            self.flag_lane.next = 1.into();
        } else if self.flags_left.val().get_bit(2) {
            self.flag_lane.next = 2.into();
        }
        // A group's bits begin at a multiple of the lanes.
        self.bit_place.next =
            self.c.val().get_bits::<4>(0) & !(bit_cast::<4, 3>(self.lanes.val()) - 1);
        self.bit_end.next =
            bit_cast::<5, 4>(self.bit_place.val()) + bit_cast::<5, 3>(self.lanes.val());
        self.new_bitmap.next =
            self.bitmap.q.val() | (bit_cast::<16, 4>(self.flags.val()) << self.bit_place.val());
        // Halfwords of accumulators to clear
        self.pair_mask.next = self.mask.val().get_bits::<2>(2);
        if self.now.q.val().get_bit(0) {
            self.pair_mask.next = self.mask.val().get_bits::<2>(0);
        }
        self.clear_be.next = 0.into();
        if self.wide.val() {
            if self.lanes.val() == 1 {
                self.clear_be.next = 3.into();
                if self.c.val().get_bit(0) {
                    self.clear_be.next = 12.into();
                }
            } else {
                if self.pair_mask.val().get_bit(1) {
                    self.clear_be.next = 15.into();
                } else if self.pair_mask.val().get_bit(0) {
                    self.clear_be.next = 3.into();
                }
            }
        } else {
            if self.now.q.val().get_bit(0) | self.mask.val().get_bit(1) {
                self.clear_be.next = 3.into();
            }
        }
        // Address of the step
        self.base.odd.next = self.base_odd.q.val();
        self.base.first.next = self.base_first.q.val();
        self.base.second.next = self.base_second.q.val();
        self.base.third.next = self.base_third.q.val();
        self.base.a.next = self.field[9].val();
        self.base.b.next = self.field[10].val();
        self.base.c.next = self.field[11].val();
        self.base.d.next = self.field[12].val();
        self.base.e.next = self.field[13].val();
        self.base.f.next = self.field[22].val();
        self.offset.sel0.next = self.offset0.q.val();
        self.offset.sel1.next = self.offset1.q.val();
        self.offset.sel1_n.next = self.offset1_n.q.val();
        self.offset.a.next = bit_cast::<18, 16>(self.c.val()) << 2;
        self.offset.b.next = bit_cast::<18, 17>(self.place.val()) << 1;
        self.offset.c.next = bit_cast::<18, 12>(self.c.val().get_bits::<12>(4)) << 1;
        self.offset.d.next = bit_cast::<18, 16>(self.queued.q.val()) << 2;
        // Second part of a clearing, second count: there the offset has zeros.
        self.in_word.next = self.offset.q.val();
        if self.now.q.val().get_bit(1) {
            self.in_word.next = self.offset.q.val() | 4;
            if self.wide.val() {
                self.in_word.next = self.offset.q.val() | 8;
            }
        }
        if self.counting.q.val() & self.end_half.q.val() {
            self.in_word.next = self.offset.q.val() | 4;
        }
        // The counts lie before the records: 8 bytes, which the adder carries in.
        self.base_words.next = (bit_cast::<16, 15>(self.base.q.val().get_bits::<15>(0)) << 1) | 1;
        self.offset_words.next = bit_cast::<16, 15>(self.in_word.val().get_bits::<15>(3)) << 1;
        if self.offset0.q.val() & self.offset1.q.val() {
            self.offset_words.next =
                (bit_cast::<16, 15>(self.in_word.val().get_bits::<15>(3)) << 1) | 1;
        }
        self.sum_words.next = self.base_words.val() + self.offset_words.val();
        self.out_addr.next = (bit_cast::<18, 15>(self.sum_words.val().get_bits::<15>(1)) << 3)
            | bit_cast::<18, 3>(self.in_word.val().get_bits::<3>(0));
        self.free_b.next = !self.valid_b.q.val() | self.ready.val();
        self.free_a.next = !self.valid_a.q.val() | self.free_b.val();
        self.go.next = (self.free_q.q.val() != self.done.val()) & self.free_a.val();
        self.out_be.next = 0.into();
        // Repeated over the word, so that the enables alone choose the place.
        self.out_data.next = self.back_data.val();
        if self.lanes.val() == 2 {
            self.out_data.next = self.back_data.val() | (self.back_data.val() << 32);
        } else if self.lanes.val() == 1 {
            self.out_data.next = self.back_data.val()
                | (self.back_data.val() << 16)
                | (self.back_data.val() << 32)
                | (self.back_data.val() << 48);
        }
        self.put.next = false;
        self.step_done.next = true;
        self.one_plane.next = (self.now.q.val().get_bit(2) & self.written.val().get_bit(0))
            | (self.now.q.val().get_bit(3) & self.written.val().get_bit(1))
            | (self.now.q.val().get_bit(4) & self.written.val().get_bit(2))
            | (self.now.q.val().get_bit(5) & self.written.val().get_bit(3));
        self.half_data.next = self.new_bitmap.val();
        self.word_data.next = (bit_cast::<32, 16>(self.row.val()) << 16)
            | bit_cast::<32, 16>(self.c.val() | self.flag_lane.val());
        if self.flag_to.val() == 2 {
            self.word_data.next = bit_cast::<32, 16>(self.half_data.val())
                | (bit_cast::<32, 16>(self.half_data.val()) << 16);
        }
        self.fault_queue.next = false;
        self.shift_place.next = 0.into();
        if self.clearing.val() {
            self.out_be.next = self.clear_be.val();
            self.put.next = self.clear_be.val() != 0;
        } else if self.is_plane.val() {
            self.put.next = true;
            if self.one_plane.val() {
                self.out_be.next = self.mask.val();
            }
            self.shift_place.next = self.out_addr.val().get_bits::<2>(1) & self.align.val();
        } else if self.now.q.val().get_bit(6) {
            self.out_data.next = bit_cast::<64, 32>(self.word_data.val())
                | (bit_cast::<64, 32>(self.word_data.val()) << 32);
            self.shift_place.next = self.out_addr.val().get_bits::<2>(1);
            if !self.wide.val() {
                self.shift_place.next = self.out_addr.val().get_bits::<2>(1) & 1;
            }
            if self.flag_to.val() == 2 {
                self.out_be.next = 1.into();
                self.put.next = self.last.val() | self.bit_end.val().get_bit(4);
            } else {
                self.out_be.next = 3.into();
                self.step_done.next = self.flags_rest.val() == 0;
                self.put.next =
                    (self.flags_left.val() != 0) & (self.queued.q.val() != self.field[23].val());
            }
        }
        if self.go.val() {
            if self.now.q.val().get_bit(6) {
                if self.flag_to.val() == 2 {
                    self.bitmap.d.next = self.new_bitmap.val();
                    if self.put.val() {
                        self.bitmap.d.next = 0.into();
                    }
                } else if self.flags_left.val() != 0 {
                    self.handled.d.next =
                        self.handled.q.val() | (self.flags_left.val() & !self.flags_rest.val());
                    if self.put.val() {
                        self.queued.d.next = self.queued.q.val() + 1;
                    } else {
                        self.lost.d.next = self.lost.q.val() + 1;
                        self.fault_queue.next = true;
                    }
                }
            }
            if self.step_done.val() & (self.rest.val() == 0) {
                self.free_q.d.next = self.free_q.q.val() + 1;
                self.handled.d.next = 0.into();
            }
        }
        // The queue's counts, one cycle after the last group
        self.count.next = self.finish.val()
            & (self.flag_to.val() == 1)
            & !self.counting.q.val()
            & !self.ended.q.val();
        if self.count.val() {
            self.counting.d.next = true;
        }
        if self.counting.q.val() {
            self.out_be.next = 15.into();
            self.shift_place.next = 0.into();
            self.out_data.next = bit_cast::<64, 16>(self.queued.q.val())
                | (bit_cast::<64, 32>(self.lost.q.val()) << 32);
            if !self.wide.val() {
                self.out_be.next = 3.into();
                if self.end_half.q.val() {
                    self.out_data.next = bit_cast::<64, 32>(self.lost.q.val());
                }
            }
            if self.free_a.val() {
                self.end_half.d.next = true;
                self.ended.d.next = self.wide.val() | self.end_half.q.val();
                self.counting.d.next = !(self.wide.val() | self.end_half.q.val());
            }
        }
        // Selections of the next step
        if self.start.val() | (self.go.val() & self.step_done.val()) {
            self.todo.d.next = self.next_todo.val();
            self.now.d.next = self.next_now.val();
            self.base_odd.d.next = self.next_now.val().get_bit(3)
                | self.next_now.val().get_bit(5)
                | self.next_now.val().get_bit(6);
            self.base_first.d.next = (self.next_now.val() & 0x0c) != 0;
            self.base_second.d.next = (self.next_now.val() & 0x30) != 0;
            self.base_third.d.next = (self.next_now.val() & 0x43) != 0;
            self.offset0.d.next = ((self.next_now.val() & 0x3c) != 0)
                | (self.next_now.val().get_bit(6) & (self.flag_to.val() != 2));
            self.offset1.d.next = self.next_now.val().get_bit(6);
            self.offset1_n.d.next = !self.next_now.val().get_bit(6);
        }
        if self.count.val() {
            self.base_odd.d.next = true;
            self.base_first.d.next = false;
            self.base_second.d.next = false;
            self.base_third.d.next = true;
            // Offset 0: what the second function would take from a source that it is told not to use.
            self.offset0.d.next = false;
            self.offset1.d.next = false;
            self.offset1_n.d.next = false;
        }
        if self.free_b.val() {
            self.valid_a.d.next = false;
        }
        if self.free_a.val() {
            self.valid_a.d.next = (self.go.val() & self.put.val()) | self.counting.q.val();
            self.addr_a.d.next = self.out_addr.val();
            self.data_a.d.next = self.out_data.val();
            self.be_a.d.next = self.out_be.val();
            if self.shift_place.val() == 1 {
                self.be_a.d.next = self.out_be.val() << 1;
            } else if self.shift_place.val() == 2 {
                self.be_a.d.next = self.out_be.val() << 2;
            } else if self.shift_place.val() == 3 {
                self.be_a.d.next = self.out_be.val() << 3;
            }
        }
        if self.free_a.val() & self.clearing.val() & !self.counting.q.val() {
            self.data_a.d.next = 0.into();
        }
        self.word_a.next = bit_cast::<16, 15>(self.addr_a.q.val().get_bits::<15>(3));
        self.is_private.next = self.word_a.val() >= self.private_base.val().get_bits::<16>(3);
        self.fault_private.next = false;
        if self.free_b.val() {
            self.valid_b.d.next =
                self.valid_a.q.val() & !self.is_private.val() & (self.be_a.q.val() != 0);
            self.addr_b.d.next = self.addr_a.q.val();
            self.data_b.d.next = self.data_a.q.val();
            self.be_b.d.next = self.be_a.q.val();
            self.fault_private.next = self.valid_a.q.val() & self.is_private.val();
        }
        self.valid.next = self.valid_b.q.val();
        self.addr.next = self.addr_b.q.val();
        self.data.next = bit_cast::<W, 64>(self.data_b.q.val());
        self.even_be.next = bit_cast::<8, 1>(self.be_b.q.val().get_bit(0).into())
            | (bit_cast::<8, 1>(self.be_b.q.val().get_bit(1).into()) << 2)
            | (bit_cast::<8, 1>(self.be_b.q.val().get_bit(2).into()) << 4)
            | (bit_cast::<8, 1>(self.be_b.q.val().get_bit(3).into()) << 6);
        self.every_be.next = self.even_be.val() | (self.even_be.val() << 1);
        self.be.next = bit_cast::<E, 8>(self.every_be.val());
        self.finished.next = (self.ended.q.val() | (self.flag_to.val() != 1))
            & !self.valid_a.q.val()
            & self.free_b.val();
        if self.start.val() {
            self.free_q.d.next = 0.into();
            self.queued.d.next = 0.into();
            self.lost.d.next = 0.into();
            self.bitmap.d.next = 0.into();
            self.ended.d.next = false;
            self.end_half.d.next = false;
        }
        if self.reset.val() {
            self.free_q.d.next = 0.into();
            self.handled.d.next = 0.into();
            self.counting.d.next = false;
            self.valid_a.d.next = false;
            self.valid_b.d.next = false;
        }
        self.back_thread.next = self.free_q.d.val().get_bits::<4>(0);
        self.back_sel.next = bit_cast::<2, 1>(self.base_odd.d.val().into())
            | (bit_cast::<2, 1>(self.base_second.d.val().into()) << 1);
    }
}
