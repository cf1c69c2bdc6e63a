//! `RowWalker`: which rows a pass visits, and each row's scalars, place, length and random key.
//!
//! One row ahead of the entries. Rows that are skipped cost a cycle each (linear walks read S0 ahead, a word of rows at
//! a time; a word of an event list without events costs one cycle for all its rows).

use crate::cells::{Fifo, MulS};
use crate::pick::Pick4;
use crate::random::RowKey;
use rust_hdl::prelude::*;

#[derive(LogicState, Debug, Copy, Clone, PartialEq)]
enum RowState {
    Idle,
    Look,
    Event,
    Get,
    Collect,
}

/// Kind of a request on stream F: low four bits of its tag.
pub const TAG_LOADER: u64 = 0;
/// S0 of several rows, ahead.
pub const TAG_SCAN: u64 = 1;
/// A word of the event list.
pub const TAG_EVENT: u64 = 2;
/// A row table entry.
pub const TAG_TABLE: u64 = 3;
/// Scalar k has tag 4 + k.
pub const TAG_SCALAR: u64 = 4;

/// Walks the rows of a pass.
#[derive(LogicBlock, Default)]
pub struct RowWalker<const W: usize> {
    pub clock: Signal<In, Clock>,
    pub reset: Signal<In, Bit>,
    pub wide: Signal<In, Bit>,
    pub field: Vec<Signal<In, Bits<16>>>,
    pub stochastic: Signal<In, Bit>,
    pub seed: Signal<In, Bits<32>>,
    pub step: Signal<In, Bits<32>>,
    pub start: Signal<In, Bit>,
    /// No row is left and no request is on its way.
    pub idle: Signal<Out, Bit>,
    pub req_valid: Signal<Out, Bit>,
    pub req_addr: Signal<Out, Bits<18>>,
    /// Kind, and address bits 2..1 at 9..8.
    pub req_tag: Signal<Out, Bits<16>>,
    pub req_ready: Signal<In, Bit>,
    pub rsp_valid: Signal<In, Bit>,
    pub rsp_tag: Signal<In, Bits<16>>,
    pub rsp_data: Signal<In, Bits<W>>,
    // The next row.
    pub row_valid: Signal<Out, Bit>,
    pub row_take: Signal<In, Bit>,
    pub row: Signal<Out, Bits<16>>,
    /// Start in 64-bit words from each base.
    pub row_start: Signal<Out, Bits<15>>,
    pub length: Signal<Out, Bits<16>>,
    /// S0 lowest.
    pub scalars: Signal<Out, Bits<64>>,
    pub key: Signal<Out, Bits<64>>,
    state: DFF<RowState>,
    r: DFF<Bits<17>>,
    end_row: DFF<Bits<17>>,
    event_word: DFF<Bits<W>>,
    event_have: DFF<Bit>,
    s: Vec<DFF<Bits<16>>>,
    table_word: DFF<Bits<32>>,
    place: DFF<Bits<15>>,
    item: DFF<Bits<3>>,
    waiting: DFF<Bits<3>>,
    scan: Fifo<W, 2, 3>,
    scan_addr: DFF<Bits<18>>,
    scan_waiting: DFF<Bits<3>>,
    scan_half: Pick4<16>,
    scalar_base: Pick4<16>,
    /// Address of the next request: event word, scalar, table entry, scan.
    req: Pick4<18>,
    // Its select, and inverse bits for the others (see [`Pick4`]).
    kind0: DFF<Bit>,
    kind1: DFF<Bit>,
    kind1_n: DFF<Bit>,
    item1_n: DFF<Bit>,
    r1_n: DFF<Bit>,
    mul: MulS<17, 17, 34>,
    row_key: RowKey,
    event_walk: Signal<Local, Bit>,
    skips: Signal<Local, Bit>,
    scans: Signal<Local, Bit>,
    tables: Signal<Local, Bit>,
    scalar_count: Signal<Local, Bits<3>>,
    event_bit: Signal<Local, Bit>,
    event_index: Signal<Local, Bits<6>>,
    event_pad: Signal<Local, Bits<64>>,
    event_shifted: Signal<Local, Bits<64>>,
    word_end: Signal<Local, Bit>,
    event_end: Signal<Local, Bit>,
    advance: Signal<Local, Bit>,
    jump: Signal<Local, Bit>,
    past: Signal<Local, Bit>,
    /// `past` of the cycle before, which counts where the row is still the same.
    past_q: DFF<Bit>,
    moved: DFF<Bit>,
    from_r: Signal<Local, Bits<17>>,
    next_r: Signal<Local, Bits<17>>,
    next_item: Signal<Local, Bits<3>>,
    next_kind: Signal<Local, Bits<2>>,
    look_kind: Signal<Local, Bits<2>>,
    rsp_word: Signal<Local, Bits<32>>,
    rsp_half: Signal<Local, Bits<16>>,
    scan_pad: Signal<Local, Bits<64>>,
    kind: Signal<Local, Bits<4>>,
    own_kind: Signal<Local, Bits<4>>,
    own_valid: Signal<Local, Bit>,
    rsp_pad: Signal<Local, Bits<64>>,
    need: Signal<Local, Bit>,
    answered: Signal<Local, Bit>,
    scan_wants: Signal<Local, Bit>,
    scan_level: Signal<Local, Bits<3>>,
    enter: Signal<Local, Bit>,
    complete: Signal<Local, Bit>,
    passed: Signal<Local, Bit>,
    asked: Signal<Local, Bit>,
    scan_asked: Signal<Local, Bit>,
    scan_answered: Signal<Local, Bit>,
}

impl<const W: usize> RowWalker<W> {
    /// At rest.
    pub fn new() -> Self {
        Self {
            field: (0..32).map(|_| Default::default()).collect(),
            s: (0..4).map(|_| Default::default()).collect(),
            ..Default::default()
        }
    }
}

impl<const W: usize> Logic for RowWalker<W> {
    #[hdl_gen]
    fn update(&mut self) {
        dff_setup!(
            self,
            clock,
            state,
            r,
            end_row,
            event_word,
            event_have,
            table_word,
            place,
            item,
            waiting,
            scan_addr,
            scan_waiting,
            kind0,
            kind1,
            kind1_n,
            item1_n,
            r1_n,
            past_q,
            moved
        );
        clock!(self, clock, scan, row_key);
        for k in 0..4 {
            self.s[k].clock.next = self.clock.val();
            self.s[k].d.next = self.s[k].q.val();
        }
        self.event_walk.next = self.field[0].val().get_bit(2);
        self.skips.next = self.field[1].val().get_bit(3);
        self.scalar_count.next = self.field[1].val().get_bits::<3>(0);
        // Without scalars S0 is 0 and nothing is read.
        self.scans.next =
            self.skips.val() & !self.event_walk.val() & (self.scalar_count.val() != 0);
        self.tables.next = self.field[0].val().get_bit(1);
        // Boundaries of the words that hold S0 and event bits of several rows
        self.event_index.next = self.r.q.val().get_bits::<6>(0);
        self.word_end.next = self.r.q.val().get_bit(0);
        self.event_end.next = self.r.q.val().get_bits::<5>(0) == 31;
        if self.wide.val() {
            self.word_end.next = self.r.q.val().get_bits::<2>(0) == 3;
            self.event_end.next = self.r.q.val().get_bits::<6>(0) == 63;
        } else {
            self.event_index.next = bit_cast::<6, 5>(self.r.q.val().get_bits::<5>(0));
        }
        self.event_pad.next = bit_cast::<64, W>(self.event_word.q.val());
        self.event_shifted.next = self.event_pad.val() >> self.event_index.val();
        self.event_bit.next = self.event_shifted.val().get_bit(0);
        // Row start: stride * row
        self.mul.a.next = bit_cast::<17, 16>(self.field[7].val());
        self.mul.b.next = bit_cast::<17, 16>(self.r.q.val().get_bits::<16>(0));
        self.place.d.next = self.mul.p.val().get_bits::<15>(0);
        // Random key
        self.enter.next = false;
        self.row_key.reset.next = self.reset.val();
        self.row_key.seed.next = self.seed.val();
        self.row_key.step.next = self.step.val();
        self.row_key.population.next = self.field[24].val();
        self.row_key.row.next = self.field[25].val() + self.r.q.val().get_bits::<16>(0);
        self.row_key.tag.next = self.field[26].val();
        self.key.next = self.row_key.key.val();
        // S0 ahead
        self.scan.reset.next = self.reset.val() | self.start.val();
        self.scan.in_valid.next = false;
        self.scan.in_data.next = self.rsp_data.val();
        self.scan.out_ready.next = false;
        self.scan_pad.next = bit_cast::<64, W>(self.scan.out_data.val());
        self.scan_half.sel0.next = self.r.q.val().get_bit(0);
        self.scan_half.sel1.next = self.wide.val() & self.r.q.val().get_bit(1);
        self.scan_half.sel1_n.next = !self.wide.val() | self.r1_n.q.val();
        self.scan_half.a.next = self.scan_pad.val().get_bits::<16>(0);
        self.scan_half.b.next = self.scan_pad.val().get_bits::<16>(16);
        self.scan_half.c.next = self.scan_pad.val().get_bits::<16>(32);
        self.scan_half.d.next = self.scan_pad.val().get_bits::<16>(48);
        self.scan_level.next = self.scan.level.val() + self.scan_waiting.q.val();
        self.scan_wants.next = self.scans.val()
            & (self.scan_level.val() < 4)
            & ((self.state.q.val() == RowState::Look) | (self.state.q.val() == RowState::Collect));
        // Own requests
        self.past.next = self.r.q.val() >= self.end_row.q.val();
        self.past_q.d.next = self.past.val();
        self.scalar_base.sel0.next = self.item.q.val().get_bit(0);
        self.scalar_base.sel1.next = self.item.q.val().get_bit(1);
        self.scalar_base.sel1_n.next = self.item1_n.q.val();
        self.scalar_base.a.next = self.field[16].val();
        self.scalar_base.b.next = self.field[17].val();
        self.scalar_base.c.next = self.field[18].val();
        self.scalar_base.d.next = self.field[19].val();
        self.req.sel0.next = self.kind0.q.val();
        self.req.sel1.next = self.kind1.q.val();
        self.req.sel1_n.next = self.kind1_n.q.val();
        self.req.a.next = (bit_cast::<18, 16>(self.field[21].val()) << 3)
            + bit_cast::<18, 14>(self.r.q.val().get_bits::<14>(3));
        self.req.b.next = (bit_cast::<18, 16>(self.scalar_base.q.val()) << 3)
            + (bit_cast::<18, 17>(self.r.q.val()) << 1);
        self.req.c.next = (bit_cast::<18, 16>(self.field[20].val()) << 3)
            + (bit_cast::<18, 17>(self.r.q.val()) << 2);
        self.req.d.next = self.scan_addr.q.val();
        self.need.next = self.kind0.q.val() & !self.kind1.q.val();
        self.own_valid.next = false;
        self.own_kind.next = 1.into();
        if self.state.q.val() == RowState::Get {
            if self.need.val() {
                self.own_valid.next = true;
                self.own_kind.next = bit_cast::<4, 3>(self.item.q.val()) | 4;
            } else {
                self.own_valid.next = self.tables.val() & (self.item.q.val() != 7);
                self.own_kind.next = 3.into();
            }
        } else if (self.state.q.val() == RowState::Look) & self.event_walk.val() {
            self.own_valid.next =
                !self.event_have.q.val() & !self.moved.q.val() & !self.past_q.q.val();
            self.own_kind.next = 2.into();
        }
        self.req_valid.next = self.own_valid.val() | self.scan_wants.val();
        self.req_addr.next = self.req.q.val();
        self.req_tag.next = bit_cast::<16, 4>(self.own_kind.val())
            | (bit_cast::<16, 2>(self.req.q.val().get_bits::<2>(1)) << 8);
        self.asked.next = self.own_valid.val() & self.req_ready.val();
        self.scan_asked.next = self.scan_wants.val() & !self.own_valid.val() & self.req_ready.val();
        if self.scan_asked.val() {
            self.scan_addr.d.next = self.scan_addr.q.val() + 4;
            if self.wide.val() {
                self.scan_addr.d.next = self.scan_addr.q.val() + 8;
            }
        }
        // Responses
        self.kind.next = self.rsp_tag.val().get_bits::<4>(0);
        self.rsp_pad.next = bit_cast::<64, W>(self.rsp_data.val());
        self.rsp_word.next = self.rsp_pad.val().get_bits::<32>(0);
        if self.wide.val() & self.rsp_tag.val().get_bit(9) {
            self.rsp_word.next = self.rsp_pad.val().get_bits::<32>(32);
        }
        self.rsp_half.next = self.rsp_word.val().get_bits::<16>(0);
        if self.rsp_tag.val().get_bit(8) {
            self.rsp_half.next = self.rsp_word.val().get_bits::<16>(16);
        }
        self.answered.next = false;
        self.scan_answered.next = false;
        if self.rsp_valid.val() {
            if self.kind.val() == 1 {
                self.scan_answered.next = true;
                self.scan.in_valid.next = true;
            } else if self.kind.val() == 2 {
                self.answered.next = true;
                self.event_word.d.next = self.rsp_data.val();
                self.event_have.d.next = true;
            } else if self.kind.val() == 3 {
                self.answered.next = true;
                self.table_word.d.next = self.rsp_word.val();
            } else if self.kind.val() == 4 {
                self.answered.next = true;
                self.s[0].d.next = self.rsp_half.val();
            } else if self.kind.val() == 5 {
                self.answered.next = true;
                self.s[1].d.next = self.rsp_half.val();
            } else if self.kind.val() == 6 {
                self.answered.next = true;
                self.s[2].d.next = self.rsp_half.val();
            } else if self.kind.val() == 7 {
                self.answered.next = true;
                self.s[3].d.next = self.rsp_half.val();
            }
        }
        if self.asked.val() & !self.answered.val() {
            self.waiting.d.next = self.waiting.q.val() + 1;
        } else if !self.asked.val() & self.answered.val() {
            self.waiting.d.next = self.waiting.q.val() - 1;
        }
        if self.scan_asked.val() & !self.scan_answered.val() {
            self.scan_waiting.d.next = self.scan_waiting.q.val() + 1;
        } else if !self.scan_asked.val() & self.scan_answered.val() {
            self.scan_waiting.d.next = self.scan_waiting.q.val() - 1;
        }
        // The row that is offered
        self.complete.next =
            (self.state.q.val() == RowState::Collect) & (self.waiting.q.val() == 0);
        self.passed.next = self.complete.val() & self.skips.val() & (self.s[0].q.val() == 0);
        self.row_valid.next = self.complete.val()
            & !self.row_key.busy.val()
            & !(self.skips.val() & (self.s[0].q.val() == 0));
        self.row.next = self.r.q.val().get_bits::<16>(0);
        self.row_start.next = self.place.q.val();
        self.length.next = self.field[6].val();
        if self.tables.val() {
            self.row_start.next = self.table_word.q.val().get_bits::<15>(0);
            self.length.next = self.table_word.q.val().get_bits::<16>(16);
        }
        self.scalars.next = bit_cast::<64, 16>(self.s[0].q.val())
            | (bit_cast::<64, 16>(self.s[1].q.val()) << 16)
            | (bit_cast::<64, 16>(self.s[2].q.val()) << 32)
            | (bit_cast::<64, 16>(self.s[3].q.val()) << 48);
        self.advance.next = false;
        self.jump.next = false;
        self.next_item.next = self.item.q.val();
        // Where events are walked nothing is scanned.
        self.look_kind.next = 3.into();
        if self.event_walk.val() {
            self.look_kind.next = 0.into();
        }
        self.next_kind.next = bit_cast::<2, 1>(self.kind0.q.val().into())
            | (bit_cast::<2, 1>(self.kind1.q.val().into()) << 1);
        match self.state.q.val() {
            RowState::Idle => {}
            RowState::Look => {
                self.next_item.next = 0.into();
                if self.past.val() {
                    self.state.d.next = RowState::Idle;
                } else if self.event_walk.val() {
                    if !self.event_have.q.val() {
                        if self.own_valid.val() & self.req_ready.val() {
                            self.state.d.next = RowState::Event;
                        }
                    } else if self.event_pad.val() == 0 {
                        self.event_have.d.next = false;
                        self.jump.next = true;
                    } else if !self.event_bit.val() {
                        self.advance.next = true;
                    } else {
                        self.enter.next = true;
                        self.state.d.next = RowState::Get;
                    }
                } else if self.scans.val() {
                    if self.scan.out_valid.val() {
                        if self.scan_half.q.val() == 0 {
                            self.advance.next = true;
                        } else {
                            self.enter.next = true;
                            self.s[0].d.next = self.scan_half.q.val();
                            self.next_item.next = 1.into();
                            self.state.d.next = RowState::Get;
                        }
                    }
                } else {
                    self.enter.next = true;
                    self.state.d.next = RowState::Get;
                }
            }
            RowState::Event => {
                if self.event_have.q.val() {
                    self.state.d.next = RowState::Look;
                }
            }
            RowState::Get => {
                if !self.own_valid.val() {
                    self.next_kind.next = 3.into();
                    self.state.d.next = RowState::Collect;
                } else if self.req_ready.val() {
                    self.next_item.next = self.item.q.val() + 1;
                    if !self.need.val() {
                        self.next_item.next = 7.into();
                    }
                }
            }
            RowState::Collect => {
                if self.passed.val() | (self.row_valid.val() & self.row_take.val()) {
                    self.advance.next = true;
                    self.next_kind.next = self.look_kind.val();
                    self.state.d.next = RowState::Look;
                }
            }
        }
        // In Get: scalars, then the table
        if self.enter.val() | ((self.state.q.val() == RowState::Get) & self.own_valid.val()) {
            self.next_kind.next = 2.into();
            if self.next_item.val() < self.scalar_count.val() {
                self.next_kind.next = 1.into();
            }
        }
        // To the next row, or past all rows of the event word
        self.from_r.next = self.r.q.val();
        if self.jump.val() {
            self.from_r.next = self.r.q.val() | 31;
            if self.wide.val() {
                self.from_r.next = self.r.q.val() | 63;
            }
        }
        self.next_r.next = self.r.q.val();
        if self.advance.val() | self.jump.val() {
            self.next_r.next = self.from_r.val() + 1;
        }
        if self.advance.val() {
            if self.event_end.val() {
                self.event_have.d.next = false;
            }
            self.scan.out_ready.next = self.word_end.val() & self.scans.val();
        }
        self.row_key.start.next = self.enter.val() & self.stochastic.val();
        self.idle.next = (self.state.q.val() == RowState::Idle) & (self.scan_waiting.q.val() == 0);
        if self.start.val() {
            self.state.d.next = RowState::Look;
            self.next_r.next = bit_cast::<17, 16>(self.field[4].val());
            self.next_kind.next = self.look_kind.val();
            self.end_row.d.next =
                bit_cast::<17, 16>(self.field[4].val()) + bit_cast::<17, 16>(self.field[5].val());
            self.event_have.d.next = false;
            self.scan_addr.d.next = (bit_cast::<18, 16>(self.field[16].val()) << 3)
                + (bit_cast::<18, 16>(self.field[4].val()) << 1);
            for k in 0..4 {
                self.s[k].d.next = 0.into();
            }
        }
        self.moved.d.next = self.advance.val() | self.jump.val() | self.start.val();
        self.r.d.next = self.next_r.val();
        self.r1_n.d.next = !self.next_r.val().get_bit(1);
        self.item.d.next = self.next_item.val();
        self.item1_n.d.next = !self.next_item.val().get_bit(1);
        self.kind0.d.next = self.next_kind.val().get_bit(0);
        self.kind1.d.next = self.next_kind.val().get_bit(1);
        self.kind1_n.d.next = !self.next_kind.val().get_bit(1);
        if self.reset.val() {
            self.state.d.next = RowState::Idle;
            self.waiting.d.next = 0.into();
            self.scan_waiting.d.next = 0.into();
        }
    }
}
