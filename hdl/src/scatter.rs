//! `Scatter`: sums into memory: the Y addend of every entry, and the O addends of a row when it ends.
//!
//! Neighbours in a dense row share a 64-bit word, so they go to the `WordAdder` together.

use crate::carry::AddChosen;
use crate::cells::{AddS, DistRam};
use crate::pick::Pick4;
use rust_hdl::prelude::*;

/// Takes the addends of finished groups to the [`crate::word_adder::WordAdder`].
#[derive(LogicBlock, Default)]
pub struct Scatter {
    pub clock: Signal<In, Clock>,
    pub reset: Signal<In, Bit>,
    pub field: Vec<Signal<In, Bits<16>>>,
    /// Some slot gives an addend to Y, to O.
    pub any_y: Signal<In, Bit>,
    pub any_o: Signal<In, Bit>,
    /// SRAM words have 64 bits.
    pub wide: Signal<In, Bit>,
    pub start: Signal<In, Bit>,
    pub group_write: Signal<In, Bit>,
    pub group_thread: Signal<In, Bits<4>>,
    pub group_row: Signal<In, Bits<16>>,
    pub group_c: Signal<In, Bits<16>>,
    pub group_mask: Signal<In, Bits<4>>,
    pub group_last: Signal<In, Bit>,
    pub index_write: Signal<In, Bit>,
    pub index_thread: Signal<In, Bits<4>>,
    pub index_data: Signal<In, Bits<64>>,
    /// Threads below `done` can be added; those below `free` are (modulo 32).
    pub done: Signal<In, Bits<5>>,
    pub free: Signal<Out, Bits<5>>,
    pub sum_thread: Signal<Out, Bits<4>>,
    pub sum_y: Vec<Signal<In, Bits<32>>>,
    /// Of all lanes.
    pub sum_o: Signal<In, Bits<32>>,
    /// Of this thread.
    pub sum_o_thread: Signal<Out, Bits<4>>,
    pub idle: Signal<Out, Bit>,
    pub out_valid: Signal<Out, Bit>,
    pub out_addr: Signal<Out, Bits<18>>,
    pub out_addend: Signal<Out, Bits<32>>,
    pub out_high: Signal<Out, Bits<32>>,
    pub out_pair: Signal<Out, Bit>,
    pub out_zero: Signal<Out, Bit>,
    pub out_ready: Signal<In, Bit>,
    thread_context: DistRam<4, 37>,
    index_ram: Vec<DistRam<4, 16>>,
    index_pick: Pick4<16>,
    y_pick: Pick4<32>,
    free_q: DFF<Bits<5>>,
    /// Lane that goes next, and not its bit 1 (see [`Pick4`]).
    lane0: DFF<Bit>,
    lane1: DFF<Bit>,
    lane1_n: DFF<Bit>,
    /// All lanes of the group have gone.
    spent: DFF<Bit>,
    // Thread of a group | its sum | sum of a row, for the word adder. Of the three only the last waits: a row's last group
    // does not enter before the sum of the row before has gone, so that a thread is read when it is given back.
    valid1: DFF<Bit>,
    last1: DFF<Bit>,
    thread1: DFF<Bits<4>>,
    valid2: DFF<Bit>,
    last2: DFF<Bit>,
    sum2: DFF<Bits<32>>,
    owed: DFF<Bit>,
    row_o: DFF<Bits<16>>,
    waits_o: DFF<Bit>,
    value_o: DFF<Bits<32>>,
    total: DFF<Bits<32>>,
    y_now: Vec<Signal<Local, Bits<32>>>,
    add_total: AddS<32, 32, 32>,
    word: Signal<Local, Bits<37>>,
    row: Signal<Local, Bits<16>>,
    c: Signal<Local, Bits<16>>,
    mask: Signal<Local, Bits<4>>,
    last: Signal<Local, Bit>,
    more: Signal<Local, Bit>,
    /// Lanes go two at a time.
    pairs: Signal<Local, Bit>,
    pair: Signal<Local, Bit>,
    odd_y: Signal<Local, Bits<32>>,
    idx: Signal<Local, Bits<16>>,
    number: Signal<Local, Bits<16>>,
    /// Of an accumulator of Y, or of O.
    address: AddChosen<18>,
    scatters: Signal<Local, Bit>,
    reduces: Signal<Local, Bit>,
    sparse: Signal<Local, Bit>,
    any: Signal<Local, Bit>,
    row_end: Signal<Local, Bit>,
    enters: Signal<Local, Bit>,
    o_waits: Signal<Local, Bit>,
    group_done: Signal<Local, Bit>,
    lane_valid: Signal<Local, Bit>,
    _l: usize,
}

impl Scatter {
    /// For `lanes` lanes.
    pub fn new(lanes: usize) -> Self {
        Self {
            field: (0..32).map(|_| Default::default()).collect(),
            sum_y: (0..lanes).map(|_| Default::default()).collect(),
            index_ram: (0..4).map(|_| Default::default()).collect(),
            y_now: (0..4).map(|_| Default::default()).collect(),
            _l: lanes,
            ..Default::default()
        }
    }
}

impl Logic for Scatter {
    #[hdl_gen]
    fn update(&mut self) {
        dff_setup!(
            self, clock, free_q, lane0, lane1, lane1_n, spent, valid1, last1, thread1, valid2,
            last2, sum2, owed, row_o, waits_o, value_o, total
        );
        clock!(self, clock, thread_context);
        self.scatters.next = self.field[0].val().get_bit(13);
        self.reduces.next = self.field[0].val().get_bit(14);
        self.sparse.next = self.field[0].val().get_bits::<2>(0) != 0;
        self.thread_context.write.next = self.group_write.val();
        self.thread_context.write_addr.next = self.group_thread.val();
        self.thread_context.write_data.next = bit_cast::<37, 16>(self.group_row.val())
            | (bit_cast::<37, 16>(self.group_c.val()) << 16)
            | (bit_cast::<37, 4>(self.group_mask.val()) << 32)
            | (bit_cast::<37, 1>(self.group_last.val().into()) << 36);
        self.thread_context.read_addr.next = self.free_q.q.val().get_bits::<4>(0);
        self.word.next = self.thread_context.q.val();
        self.row.next = self.word.val().get_bits::<16>(0);
        self.c.next = self.word.val().get_bits::<16>(16);
        self.mask.next = self.word.val().get_bits::<4>(32);
        self.last.next = self.word.val().get_bit(36);
        self.sum_thread.next = self.free_q.q.val().get_bits::<4>(0);
        self.free.next = self.free_q.q.val();
        for i in 0..4 {
            self.index_ram[i].clock.next = self.clock.val();
            self.index_ram[i].write.next = self.index_write.val();
            self.index_ram[i].write_addr.next = self.index_thread.val();
            self.index_ram[i].write_data.next = self.index_data.val().get_bits::<16>(16 * i);
            self.index_ram[i].read_addr.next = self.free_q.q.val().get_bits::<4>(0);
            self.y_now[i].next = 0.into();
        }
        for i in 0..self._l {
            self.y_now[i].next = self.sum_y[i].val();
        }
        // Scatter, a lane a cycle
        self.any.next = self.free_q.q.val() != self.done.val();
        self.pairs.next = self.wide.val() & !self.sparse.val();
        self.odd_y.next = self.y_now[1].val();
        self.pair.next = self.pairs.val() & self.mask.val().get_bit(1);
        if self.lane1.q.val() {
            self.odd_y.next = self.y_now[3].val();
            self.pair.next = self.pairs.val() & self.mask.val().get_bit(3);
        }
        self.more.next = false;
        if self.pairs.val() {
            self.more.next = !self.lane1.q.val() & self.mask.val().get_bit(2);
        } else if !self.lane1.q.val() & !self.lane0.q.val() {
            self.more.next = self.mask.val().get_bit(1);
        } else if !self.lane1.q.val() {
            self.more.next = self.mask.val().get_bit(2);
        } else if !self.lane0.q.val() {
            self.more.next = self.mask.val().get_bit(3);
        }
        self.index_pick.sel0.next = self.lane0.q.val();
        self.index_pick.sel1.next = self.lane1.q.val();
        self.index_pick.sel1_n.next = self.lane1_n.q.val();
        self.index_pick.a.next = self.index_ram[0].q.val();
        self.index_pick.b.next = self.index_ram[1].q.val();
        self.index_pick.c.next = self.index_ram[2].q.val();
        self.index_pick.d.next = self.index_ram[3].q.val();
        self.y_pick.sel0.next = self.lane0.q.val();
        self.y_pick.sel1.next = self.lane1.q.val();
        self.y_pick.sel1_n.next = self.lane1_n.q.val();
        self.y_pick.a.next = self.y_now[0].val();
        self.y_pick.b.next = self.y_now[1].val();
        self.y_pick.c.next = self.y_now[2].val();
        self.y_pick.d.next = self.y_now[3].val();
        self.idx.next = self.c.val()
            | bit_cast::<16, 1>(self.lane0.q.val().into())
            | (bit_cast::<16, 1>(self.lane1.q.val().into()) << 1);
        if self.sparse.val() {
            self.idx.next = self.index_pick.q.val();
        }
        // A row's sum goes before the next lane
        self.o_waits.next = self.waits_o.q.val();
        self.lane_valid.next = self.any.val() & self.scatters.val() & !self.spent.q.val();
        self.out_valid.next = self.lane_valid.val() | self.o_waits.val();
        self.number.next = self.idx.val();
        self.out_addend.next = self.y_pick.q.val();
        self.out_zero.next = !self.any_y.val();
        self.out_pair.next = self.pair.val();
        if self.o_waits.val() {
            self.out_pair.next = false;
            self.number.next = self.row_o.q.val();
            self.out_addend.next = self.value_o.q.val();
            self.out_zero.next = !self.any_o.val();
        }
        self.address.a.next = bit_cast::<18, 16>(self.number.val()) << 2;
        self.address.b.next = self.o_waits.val();
        self.address.c.next = bit_cast::<18, 16>(self.field[15].val()) << 3;
        self.address.d.next = bit_cast::<18, 16>(self.field[14].val()) << 3;
        self.out_addr.next = self.address.sum.val();
        // What is alone goes to both halves, and its address says which.
        self.out_high.next = self.out_addend.val();
        if self.out_pair.val() {
            self.out_high.next = self.odd_y.val();
        }
        // Reduce: sum of the group | sum of the row
        self.add_total.a.next = self.sum2.q.val();
        self.add_total.b.next = self.total.q.val();
        self.enters.next = !self.reduces.val()
            | !self.last.val()
            | !self.owed.q.val()
            | (self.o_waits.val() & self.out_ready.val());
        self.group_done.next = false;
        if self.lane_valid.val() {
            if self.out_ready.val() & !self.o_waits.val() {
                self.lane0.d.next = !self.lane0.q.val() & !self.pairs.val();
                self.lane1.d.next = self.lane1.q.val() ^ (self.lane0.q.val() | self.pairs.val());
                self.lane1_n.d.next =
                    !(self.lane1.q.val() ^ (self.lane0.q.val() | self.pairs.val()));
                if !self.more.val() {
                    self.spent.d.next = true;
                    self.group_done.next = !self.reduces.val();
                }
            }
        } else if self.any.val() {
            self.group_done.next = self.enters.val();
        }
        if self.group_done.val() {
            self.lane0.d.next = false;
            self.lane1.d.next = false;
            self.lane1_n.d.next = true;
            self.spent.d.next = false;
            self.free_q.d.next = self.free_q.q.val() + 1;
        }
        self.sum_o_thread.next = self.thread1.q.val();
        self.valid1.d.next = self.group_done.val() & self.reduces.val();
        self.last1.d.next = self.last.val();
        self.thread1.d.next = self.free_q.q.val().get_bits::<4>(0);
        self.valid2.d.next = self.valid1.q.val();
        self.last2.d.next = self.last1.q.val();
        self.sum2.d.next = self.sum_o.val();
        self.row_end.next = self.valid2.q.val() & self.last2.q.val();
        if self.o_waits.val() & self.out_ready.val() {
            self.owed.d.next = false;
            self.waits_o.d.next = false;
        }
        if self.group_done.val() & self.reduces.val() & self.last.val() {
            self.owed.d.next = true;
            self.row_o.d.next = self.row.val();
        }
        if self.valid2.q.val() {
            self.total.d.next = self.add_total.sum.val();
        }
        if self.row_end.val() {
            self.waits_o.d.next = true;
            self.value_o.d.next = self.add_total.sum.val();
        }
        if self.reset.val() | self.row_end.val() {
            self.total.d.next = 0.into();
        }
        self.idle.next = !self.valid1.q.val() & !self.valid2.q.val() & !self.owed.q.val();
        if self.start.val() {
            self.free_q.d.next = 0.into();
        }
        if self.reset.val() {
            self.free_q.d.next = 0.into();
            self.lane0.d.next = false;
            self.lane1.d.next = false;
            self.lane1_n.d.next = true;
            self.spent.d.next = false;
            self.valid1.d.next = false;
            self.valid2.d.next = false;
            self.owed.d.next = false;
            self.waits_o.d.next = false;
        }
    }
}
