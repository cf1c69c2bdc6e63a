//! `SynapseEngine`: walks the entries of rows in groups of L and asks for what their slots read.
//!
//! A group is L consecutive entries of one row (the last of a row may be partial); it takes a thread (its number modulo
//! 16) and passes through the machine in order. Indices and planes are read on stream F, one word a group and plane; X
//! on stream G: one read a group in dense rows, one a valid lane in sparse rows. It does not visit rows (`RowWalker`),
//! nor write (`WriteBack`, `Scatter`).

use crate::cells::DistRam;
use crate::pick::Pick6;
use rust_hdl::prelude::*;

/// Entry walker and gather.
#[derive(LogicBlock, Default)]
pub struct SynapseEngine {
    pub clock: Signal<In, Clock>,
    pub reset: Signal<In, Bit>,
    /// True for 64-bit SRAM words, a constant.
    pub wide: Signal<In, Bit>,
    /// L, a constant.
    pub lanes: Signal<In, Bits<3>>,
    pub field: Vec<Signal<In, Bits<16>>>,
    pub stochastic: Signal<In, Bit>,
    pub start: Signal<In, Bit>,
    /// The fields are those of the running pass: while others come in nothing may be asked for.
    pub running: Signal<In, Bit>,
    /// No row is being walked.
    pub idle: Signal<Out, Bit>,
    // Rows.
    pub row_valid: Signal<In, Bit>,
    pub row_take: Signal<Out, Bit>,
    pub row: Signal<In, Bits<16>>,
    pub row_start: Signal<In, Bits<15>>,
    pub length: Signal<In, Bits<16>>,
    pub scalars: Signal<In, Bits<64>>,
    pub key: Signal<In, Bits<64>>,
    // Groups: `alloc` counts them (modulo 32); they are taken back up to both `free` counts.
    pub alloc: Signal<Out, Bits<5>>,
    pub free_back: Signal<In, Bits<5>>,
    pub free_sum: Signal<In, Bits<5>>,
    pub group_write: Signal<Out, Bit>,
    pub group_thread: Signal<Out, Bits<4>>,
    pub group_row: Signal<Out, Bits<16>>,
    pub group_c: Signal<Out, Bits<16>>,
    /// Distance of the group from each base, in halfwords.
    pub group_place: Signal<Out, Bits<17>>,
    pub group_mask: Signal<Out, Bits<4>>,
    pub group_last: Signal<Out, Bit>,
    pub group_scalars: Signal<Out, Bits<64>>,
    pub draw_valid: Signal<Out, Bit>,
    pub draw_ready: Signal<In, Bit>,
    pub draw_key: Signal<Out, Bits<64>>,
    // Stream F.
    pub f_valid: Signal<Out, Bit>,
    pub f_addr: Signal<Out, Bits<18>>,
    /// Kind 3..0 (8 index, 12 + p plane), thread 7..4, address bits 2..1 at 9..8, last of its group 10.
    pub f_tag: Signal<Out, Bits<16>>,
    pub f_ready: Signal<In, Bit>,
    /// Indices come back.
    pub index_write: Signal<In, Bit>,
    pub index_thread: Signal<In, Bits<4>>,
    pub index_data: Signal<In, Bits<64>>,
    // Stream G.
    pub g_valid: Signal<Out, Bit>,
    pub g_addr: Signal<Out, Bits<18>>,
    /// Thread 3..0, sparse 4, lane or part 6..5, address bits 2..1 at 8..7, last of its group 9, lane mask 13..10.
    pub g_tag: Signal<Out, Bits<16>>,
    pub g_ready: Signal<In, Bit>,
    active: DFF<Bit>,
    alloc_q: DFF<Bits<5>>,
    row_q: DFF<Bits<16>>,
    c: DFF<Bits<16>>,
    left: DFF<Bits<16>>,
    place: DFF<Bits<17>>,
    scalars_q: DFF<Bits<64>>,
    key_q: DFF<Bits<64>>,
    /// Reads that are left of the group, and the one of them that is now: index 0, plane p 1 + p.
    todo: DFF<Bits<5>>,
    now: DFF<Bits<5>>,
    // Where `now` reads, for `base`.
    base_odd: DFF<Bit>,
    base_first: DFF<Bit>,
    base_second: DFF<Bit>,
    base_third: DFF<Bit>,
    indexed: DFF<Bits<5>>,
    gather: DFF<Bits<5>>,
    part: DFF<Bits<2>>,
    // Where the gather's offset comes from.
    from_odd: DFF<Bit>,
    from_first: DFF<Bit>,
    from_second: DFF<Bit>,
    from_third: DFF<Bit>,
    c_ram: DistRam<4, 20>,
    index_ram: Vec<DistRam<4, 16>>,
    base: Pick6<16>,
    /// Indices of the lanes, c in units of halfwords and of accumulators.
    offset: Pick6<18>,
    every: Signal<Local, Bits<5>>,
    next_todo: Signal<Local, Bits<5>>,
    next_now: Signal<Local, Bits<5>>,
    next_part: Signal<Local, Bits<2>>,
    sparse: Signal<Local, Bit>,
    x_kind: Signal<Local, Bits<2>>,
    planes: Signal<Local, Bits<3>>,
    room_back: Signal<Local, Bits<5>>,
    room_sum: Signal<Local, Bits<5>>,
    room: Signal<Local, Bit>,
    rest: Signal<Local, Bits<5>>,
    last_read: Signal<Local, Bit>,
    draw_ok: Signal<Local, Bit>,
    taken: Signal<Local, Bit>,
    group_done: Signal<Local, Bit>,
    row_done: Signal<Local, Bit>,
    last_group: Signal<Local, Bit>,
    mask: Signal<Local, Bits<4>>,
    kind: Signal<Local, Bits<4>>,
    addr: Signal<Local, Bits<18>>,
    gather_c: Signal<Local, Bits<16>>,
    gather_mask: Signal<Local, Bits<4>>,
    gather_any: Signal<Local, Bit>,
    gather_last: Signal<Local, Bit>,
    gather_offset: Signal<Local, Bits<18>>,
    gather_addr: Signal<Local, Bits<18>>,
    two_parts: Signal<Local, Bit>,
    lanes16: Signal<Local, Bits<16>>,
    mask_word: Signal<Local, Bits<20>>,
    _l: usize,
}

impl SynapseEngine {
    /// For `lanes` lanes.
    pub fn new(lanes: usize) -> Self {
        Self {
            field: (0..32).map(|_| Default::default()).collect(),
            index_ram: (0..4).map(|_| Default::default()).collect(),
            _l: lanes,
            ..Default::default()
        }
    }
}

impl Logic for SynapseEngine {
    #[hdl_gen]
    fn update(&mut self) {
        dff_setup!(
            self,
            clock,
            active,
            alloc_q,
            row_q,
            c,
            left,
            place,
            scalars_q,
            key_q,
            todo,
            now,
            base_odd,
            base_first,
            base_second,
            base_third,
            indexed,
            gather,
            part,
            from_odd,
            from_first,
            from_second,
            from_third
        );
        clock!(self, clock, c_ram);
        self.sparse.next = self.field[0].val().get_bits::<2>(0) != 0;
        self.x_kind.next = self.field[0].val().get_bits::<2>(3);
        self.planes.next = self.field[0].val().get_bits::<3>(6);
        self.lanes16.next = bit_cast::<16, 3>(self.lanes.val());
        // Reads of a group
        self.every.next = 0.into();
        if self.planes.val() == 1 {
            self.every.next = 2.into();
        } else if self.planes.val() == 2 {
            self.every.next = 6.into();
        } else if self.planes.val() == 3 {
            self.every.next = 14.into();
        } else if self.planes.val() == 4 {
            self.every.next = 30.into();
        }
        if self.sparse.val() {
            self.every.next = self.every.val() | 1;
        }
        // Entries
        self.room_back.next = self.alloc_q.q.val() - self.free_back.val();
        self.room_sum.next = self.alloc_q.q.val() - self.free_sum.val();
        self.room.next = self.active.q.val()
            & !self.room_back.val().get_bit(4)
            & !self.room_sum.val().get_bit(4);
        self.rest.next = self.todo.q.val() & !self.now.q.val();
        self.last_read.next = self.rest.val() == 0;
        self.draw_ok.next = !self.stochastic.val() | self.draw_ready.val();
        self.f_valid.next = self.room.val()
            & (self.todo.q.val() != 0)
            & (!self.last_read.val() | self.draw_ok.val());
        self.taken.next = self.f_valid.val() & self.f_ready.val();
        self.group_done.next = (self.taken.val() & self.last_read.val())
            | (self.room.val() & (self.todo.q.val() == 0) & self.draw_ok.val());
        self.draw_valid.next = self.group_done.val() & self.stochastic.val();
        self.draw_key.next = self.key_q.q.val();
        // left <= L <= 4
        self.last_group.next = (self.left.q.val().get_bits::<13>(3) == 0)
            & (self.left.q.val().get_bits::<3>(0) <= self.lanes.val());
        self.row_done.next = self.group_done.val() & self.last_group.val();
        self.mask.next = 15.into();
        if self.last_group.val() {
            if self.left.q.val() == 1 {
                self.mask.next = 1.into();
            } else if self.left.q.val() == 2 {
                self.mask.next = 3.into();
            } else if self.left.q.val() == 3 {
                self.mask.next = 7.into();
            }
        }
        self.group_mask.next = self.mask.val();
        if self.lanes.val() == 1 {
            self.group_mask.next = self.mask.val() & 1;
        } else if self.lanes.val() == 2 {
            self.group_mask.next = self.mask.val() & 3;
        }
        self.base.odd.next = self.base_odd.q.val();
        self.base.first.next = self.base_first.q.val();
        self.base.second.next = self.base_second.q.val();
        self.base.third.next = self.base_third.q.val();
        self.base.a.next = self.field[9].val();
        self.base.b.next = self.field[10].val();
        self.base.c.next = self.field[11].val();
        self.base.d.next = self.field[12].val();
        self.base.e.next = self.field[8].val();
        self.base.f.next = 0.into();
        self.kind.next = bit_cast::<4, 1>(self.base_odd.q.val().into())
            | (bit_cast::<4, 1>(self.base_second.q.val().into()) << 1)
            | 12;
        if self.base_third.q.val() {
            self.kind.next = 8.into();
        }
        self.addr.next = (bit_cast::<18, 16>(self.base.q.val()) << 3)
            + (bit_cast::<18, 17>(self.place.q.val()) << 1);
        self.f_addr.next = self.addr.val();
        self.f_tag.next = bit_cast::<16, 4>(self.kind.val())
            | (bit_cast::<16, 4>(self.alloc_q.q.val().get_bits::<4>(0)) << 4)
            | (bit_cast::<16, 2>(self.addr.val().get_bits::<2>(1)) << 8)
            | (bit_cast::<16, 1>(self.last_read.val().into()) << 10);
        self.alloc.next = self.alloc_q.q.val();
        self.idle.next = !self.active.q.val();
        self.group_write.next = self.room.val();
        self.group_thread.next = self.alloc_q.q.val().get_bits::<4>(0);
        self.group_row.next = self.row_q.q.val();
        self.group_c.next = self.c.q.val();
        self.group_place.next = self.place.q.val();
        self.group_last.next = self.last_group.val();
        self.group_scalars.next = self.scalars_q.q.val();
        if self.group_done.val() {
            self.alloc_q.d.next = self.alloc_q.q.val() + 1;
            self.c.d.next = self.c.q.val() + self.lanes16.val();
            self.left.d.next = self.left.q.val() - self.lanes16.val();
            self.place.d.next = self.place.q.val() + bit_cast::<17, 16>(self.lanes16.val());
        }
        self.row_take.next = self.row_valid.val() & (!self.active.q.val() | self.row_done.val());
        if self.row_done.val() {
            self.active.d.next = false;
        }
        if self.row_take.val() {
            self.active.d.next = self.length.val() != 0;
            self.row_q.d.next = self.row.val();
            self.c.d.next = 0.into();
            self.left.d.next = self.length.val();
            self.place.d.next = bit_cast::<17, 15>(self.row_start.val()) << 2;
            self.scalars_q.d.next = self.scalars.val();
            self.key_q.d.next = self.key.val();
        }
        self.next_todo.next = self.rest.val();
        // A row is taken with the last read of the one before, or between rows.
        if self.last_read.val() | !self.active.q.val() {
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
        }
        if self.taken.val() | self.group_done.val() | self.row_take.val() {
            self.todo.d.next = self.next_todo.val();
            self.now.d.next = self.next_now.val();
            self.base_odd.d.next = (self.next_now.val() & 20) != 0;
            self.base_first.d.next = (self.next_now.val() & 6) != 0;
            self.base_second.d.next = (self.next_now.val() & 24) != 0;
            self.base_third.d.next = self.next_now.val().get_bit(0);
        }
        // Gather
        self.c_ram.write.next = self.room.val();
        self.c_ram.write_addr.next = self.alloc_q.q.val().get_bits::<4>(0);
        self.c_ram.write_data.next =
            bit_cast::<20, 16>(self.c.q.val()) | (bit_cast::<20, 4>(self.group_mask.val()) << 16);
        self.c_ram.read_addr.next = self.gather.q.val().get_bits::<4>(0);
        self.mask_word.next = self.c_ram.q.val();
        self.gather_c.next = self.mask_word.val().get_bits::<16>(0);
        self.gather_mask.next = self.mask_word.val().get_bits::<4>(16);
        for i in 0..4 {
            self.index_ram[i].clock.next = self.clock.val();
            self.index_ram[i].write.next = self.index_write.val();
            self.index_ram[i].write_addr.next = self.index_thread.val();
            self.index_ram[i].write_data.next = self.index_data.val().get_bits::<16>(16 * i);
            self.index_ram[i].read_addr.next = self.gather.q.val().get_bits::<4>(0);
        }
        self.offset.odd.next = self.from_odd.q.val();
        self.offset.first.next = self.from_first.q.val();
        self.offset.second.next = self.from_second.q.val();
        self.offset.third.next = self.from_third.q.val();
        self.offset.a.next = bit_cast::<18, 16>(self.index_ram[0].q.val()) << 1;
        self.offset.b.next = bit_cast::<18, 16>(self.index_ram[1].q.val()) << 1;
        self.offset.c.next = bit_cast::<18, 16>(self.index_ram[2].q.val()) << 1;
        self.offset.d.next = bit_cast::<18, 16>(self.index_ram[3].q.val()) << 1;
        self.offset.e.next = bit_cast::<18, 16>(self.gather_c.val()) << 1;
        self.offset.f.next = bit_cast::<18, 16>(self.gather_c.val()) << 2;
        if self.index_write.val() {
            self.indexed.d.next = self.indexed.q.val() + 1;
        }
        self.two_parts.next =
            (self.lanes.val() == 4) | ((self.lanes.val() == 2) & !self.wide.val());
        self.gather_any.next = self.gather.q.val() != self.alloc_q.q.val();
        self.gather_last.next = true;
        self.gather_offset.next = self.offset.q.val();
        if self.sparse.val() {
            self.gather_any.next = self.gather.q.val() != self.indexed.q.val();
            self.gather_last.next = true;
            if self.part.q.val() == 0 {
                self.gather_last.next = !self.gather_mask.val().get_bit(1);
            } else if self.part.q.val() == 1 {
                self.gather_last.next = !self.gather_mask.val().get_bit(2);
            } else if self.part.q.val() == 2 {
                self.gather_last.next = !self.gather_mask.val().get_bit(3);
            }
        } else if self.x_kind.val() == 2 {
            // The first part ends on a whole word, so that the offset has a zero there.
            if self.part.q.val() == 1 {
                self.gather_offset.next = self.offset.q.val() | 4;
                if self.wide.val() {
                    self.gather_offset.next = self.offset.q.val() | 8;
                }
            }
            self.gather_last.next = !self.two_parts.val() | (self.part.q.val() == 1);
        }
        self.gather_addr.next =
            (bit_cast::<18, 16>(self.field[13].val()) << 3) + self.gather_offset.val();
        self.g_valid.next = self.running.val() & self.gather_any.val() & (self.x_kind.val() != 0);
        self.g_addr.next = self.gather_addr.val();
        self.g_tag.next = bit_cast::<16, 4>(self.gather.q.val().get_bits::<4>(0))
            | (bit_cast::<16, 1>(self.sparse.val().into()) << 4)
            | (bit_cast::<16, 2>(self.part.q.val()) << 5)
            | (bit_cast::<16, 2>(self.gather_addr.val().get_bits::<2>(1)) << 7)
            | (bit_cast::<16, 1>(self.gather_last.val().into()) << 9)
            | (bit_cast::<16, 4>(self.gather_mask.val()) << 10);
        self.next_part.next = self.part.q.val();
        if self.g_valid.val() & self.g_ready.val() {
            self.next_part.next = self.part.q.val() + 1;
            if self.gather_last.val() {
                self.next_part.next = 0.into();
                self.gather.d.next = self.gather.q.val() + 1;
            }
        }
        if self.start.val() {
            self.alloc_q.d.next = 0.into();
            self.indexed.d.next = 0.into();
            self.gather.d.next = 0.into();
            self.next_part.next = 0.into();
        }
        self.part.d.next = self.next_part.val();
        self.from_odd.d.next = self.x_kind.val().get_bit(1);
        self.from_first.d.next = false;
        self.from_second.d.next = false;
        self.from_third.d.next = true;
        if self.sparse.val() {
            self.from_odd.d.next = self.next_part.val().get_bit(0);
            self.from_first.d.next = !self.next_part.val().get_bit(1);
            self.from_second.d.next = self.next_part.val().get_bit(1);
            self.from_third.d.next = false;
        }
        if self.reset.val() {
            self.active.d.next = false;
            self.alloc_q.d.next = 0.into();
            self.indexed.d.next = 0.into();
            self.gather.d.next = 0.into();
            self.part.d.next = 0.into();
        }
    }
}
