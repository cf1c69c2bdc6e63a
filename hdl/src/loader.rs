//! `Loader`: fetches descriptors and recipes, starts passes, follows the chain.
//!
//! Descriptor and recipe are read in one go (the recipe's address comes with the first word). While it waits for the
//! last words nothing else runs. It does not check codes: the host never writes others.

use crate::carry::AddChosen;
use rust_hdl::prelude::*;

/// What one slot writes. Combinational.
#[derive(LogicBlock, Default)]
pub struct SlotInfo {
    pub slot: Signal<In, Bits<32>>,
    /// Planes 3..0, results 6..4, P 7.
    pub writes: Signal<Out, Bits<8>>,
    pub stochastic: Signal<Out, Bit>,
    pub to_y: Signal<Out, Bit>,
    pub to_o: Signal<Out, Bit>,
    pub flags: Signal<Out, Bit>,
    op: Signal<Local, Bits<3>>,
    rounding: Signal<Local, Bits<2>>,
    shift: Signal<Local, Bits<4>>,
    result: Signal<Local, Bits<2>>,
    plane: Signal<Local, Bits<2>>,
    condition: Signal<Local, Bits<2>>,
    one: Signal<Local, Bits<8>>,
    planes: Signal<Local, Bits<8>>,
    results: Signal<Local, Bits<8>>,
    p: Signal<Local, Bits<8>>,
}

impl Logic for SlotInfo {
    #[hdl_gen]
    fn update(&mut self) {
        self.op.next = self.slot.val().get_bits::<3>(0);
        self.shift.next = self.slot.val().get_bits::<4>(14);
        self.rounding.next = self.slot.val().get_bits::<2>(18);
        self.result.next = self.slot.val().get_bits::<2>(22);
        self.plane.next = self.slot.val().get_bits::<2>(24);
        self.condition.next = self.slot.val().get_bits::<2>(29);
        self.one.next = 1.into();
        self.planes.next = 0.into();
        if self.slot.val().get_bit(26) {
            self.planes.next = self.one.val() << self.plane.val();
        }
        self.results.next = 0.into();
        if self.result.val() != 0 {
            self.results.next = (self.one.val() << self.result.val()) << 3;
        }
        self.p.next = 0.into();
        if (self.op.val() == 3) | (self.op.val() == 4) {
            self.p.next = 128.into();
        }
        self.writes.next = self.planes.val() | self.results.val() | self.p.val();
        self.stochastic.next =
            (self.op.val() == 0) & (self.rounding.val() == 2) & (self.shift.val() != 0);
        self.to_y.next = self.slot.val().get_bit(27);
        self.to_o.next = self.slot.val().get_bit(28);
        self.flags.next = self.condition.val() != 0;
    }
}

#[derive(LogicState, Debug, Copy, Clone, PartialEq)]
enum LoaderState {
    Idle,
    Fetch,
    Start,
    Run,
}

/// Walks a chain of passes.
#[derive(LogicBlock, Default)]
pub struct Loader<const W: usize> {
    pub clock: Signal<In, Clock>,
    pub reset: Signal<In, Bit>,
    pub wide: Signal<In, Bit>,
    pub chain_valid: Signal<In, Bit>,
    pub chain_addr: Signal<In, Bits<18>>,
    pub busy: Signal<Out, Bit>,
    /// The pass with these fields begins.
    pub start: Signal<Out, Bit>,
    pub running: Signal<Out, Bit>,
    /// All of the pass is done.
    pub drained: Signal<In, Bit>,
    pub pass_done: Signal<Out, Bit>,
    pub pass_addr: Signal<Out, Bits<18>>,
    pub req_valid: Signal<Out, Bit>,
    pub req_addr: Signal<Out, Bits<18>>,
    pub req_ready: Signal<In, Bit>,
    pub rsp_valid: Signal<In, Bit>,
    pub rsp_data: Signal<In, Bits<W>>,
    /// The 32 fields of the descriptor.
    pub field: Vec<Signal<Out, Bits<16>>>,
    pub constants: Signal<Out, Bits<64>>,
    pub recipe_write: Signal<Out, Bit>,
    pub recipe_addr: Signal<Out, Bits<2>>,
    pub recipe_even: Signal<Out, Bits<32>>,
    pub recipe_odd: Signal<Out, Bits<32>>,
    /// Places that slots before this pair write; after the last pair: that any slot writes.
    pub written: Signal<Out, Bits<8>>,
    pub stochastic: Signal<Out, Bit>,
    pub to_y: Signal<Out, Bit>,
    pub to_o: Signal<Out, Bit>,
    pub flags: Signal<Out, Bit>,
    state: DFF<LoaderState>,
    f: Vec<DFF<Bits<16>>>,
    constants_q: DFF<Bits<64>>,
    addr_q: DFF<Bits<18>>,
    low: DFF<Bits<32>>,
    half: DFF<Bit>,
    /// 64-bit words asked for, and whether the upper half is next (32-bit SRAM).
    asked: DFF<Bits<4>>,
    asked_half: DFF<Bit>,
    got: DFF<Bits<4>>,
    recipe_base: DFF<Bits<16>>,
    slots_q: DFF<Bits<4>>,
    total: DFF<Bits<4>>,
    written_q: DFF<Bits<8>>,
    stochastic_q: DFF<Bit>,
    to_y_q: DFF<Bit>,
    to_o_q: DFF<Bit>,
    flags_q: DFF<Bit>,
    word: Signal<Local, Bits<64>>,
    word_valid: Signal<Local, Bit>,
    even: SlotInfo,
    odd: SlotInfo,
    odd_slot: Signal<Local, Bits<32>>,
    pair: Signal<Local, Bits<4>>,
    pairs: Signal<Local, Bits<4>>,
    offset: Signal<Local, Bits<18>>,
    /// Offset in the descriptor, or in the recipe.
    request: AddChosen<18>,
    slots_now: Signal<Local, Bits<4>>,
}

impl<const W: usize> Loader<W> {
    /// At rest.
    pub fn new() -> Self {
        Self {
            field: (0..32).map(|_| Default::default()).collect(),
            f: (0..32).map(|_| Default::default()).collect(),
            ..Default::default()
        }
    }
}

impl<const W: usize> Logic for Loader<W> {
    #[hdl_gen]
    fn update(&mut self) {
        dff_setup!(
            self,
            clock,
            state,
            constants_q,
            addr_q,
            low,
            half,
            asked,
            asked_half,
            got,
            recipe_base,
            slots_q,
            total,
            written_q,
            stochastic_q,
            to_y_q,
            to_o_q,
            flags_q
        );
        for i in 0..32 {
            self.f[i].clock.next = self.clock.val();
            self.f[i].d.next = self.f[i].q.val();
            self.field[i].next = self.f[i].q.val();
        }
        self.busy.next = self.state.q.val() != LoaderState::Idle;
        self.running.next = self.state.q.val() == LoaderState::Run;
        self.start.next = self.state.q.val() == LoaderState::Start;
        self.pass_done.next = false;
        self.pass_addr.next = self.addr_q.q.val();
        self.constants.next = self.constants_q.q.val();
        self.written.next = self.written_q.q.val();
        self.stochastic.next = self.stochastic_q.q.val();
        self.to_y.next = self.to_y_q.q.val();
        self.to_o.next = self.to_o_q.q.val();
        self.flags.next = self.flags_q.q.val();
        // Requests
        self.req_valid.next = (self.state.q.val() == LoaderState::Fetch)
            & ((self.asked.q.val() < 8)
                | ((self.got.q.val() != 0) & (self.asked.q.val() < self.total.q.val())));
        self.offset.next = bit_cast::<18, 3>(self.asked.q.val().get_bits::<3>(0)) << 3;
        if self.asked_half.q.val() {
            self.request.a.next = self.offset.val() | 4;
        } else {
            self.request.a.next = self.offset.val();
        }
        self.request.b.next = self.asked.q.val().get_bit(3);
        self.request.c.next = bit_cast::<18, 16>(self.recipe_base.q.val()) << 3;
        self.request.d.next = self.addr_q.q.val();
        self.req_addr.next = self.request.sum.val();
        if self.req_valid.val() & self.req_ready.val() {
            if self.wide.val() | self.asked_half.q.val() {
                self.asked.d.next = self.asked.q.val() + 1;
                self.asked_half.d.next = false;
            } else {
                self.asked_half.d.next = true;
            }
        }
        // Responses, two to a word where the SRAM is narrow
        self.word_valid.next = self.rsp_valid.val() & (self.wide.val() | self.half.q.val());
        if self.wide.val() {
            self.word.next = bit_cast::<64, W>(self.rsp_data.val());
        } else {
            self.word.next = (bit_cast::<64, W>(self.rsp_data.val()) << 32)
                | bit_cast::<64, 32>(self.low.q.val());
        }
        if self.rsp_valid.val() {
            self.low.d.next = bit_cast::<32, W>(self.rsp_data.val());
            self.half.d.next = !self.half.q.val() & !self.wide.val();
        }
        self.pair.next = self.got.q.val() - 9;
        self.recipe_write.next = false;
        self.recipe_addr.next = self.pair.val().get_bits::<2>(0);
        self.recipe_even.next = self.word.val().get_bits::<32>(0);
        // The upper half of the last pair of an odd recipe is no slot: a Mac that does not round and gives nothing.
        self.odd_slot.next = self.word.val().get_bits::<32>(32) & 0x0333_fff8;
        if ((bit_cast::<4, 2>(self.pair.val().get_bits::<2>(0)) << 1) | 1) < self.slots_q.q.val() {
            self.odd_slot.next = self.word.val().get_bits::<32>(32);
        }
        self.recipe_odd.next = self.odd_slot.val();
        self.even.slot.next = self.word.val().get_bits::<32>(0);
        self.odd.slot.next = self.odd_slot.val();
        self.slots_now.next = self.word.val().get_bits::<4>(26);
        self.pairs.next = (self.slots_now.val() + 1) >> 1;
        if self.word_valid.val() {
            self.got.d.next = self.got.q.val() + 1;
            if self.got.q.val() == 0 {
                self.recipe_base.d.next = self.word.val().get_bits::<16>(48);
                self.slots_q.d.next = self.slots_now.val();
                self.total.d.next = self.pairs.val() + 9;
            }
            if self.got.q.val() < 8 {
                for i in 0..28 {
                    self.f[i].d.next = self.f[i + 4].q.val();
                }
                for i in 0..4 {
                    self.f[i + 28].d.next = self.word.val().get_bits::<16>(16 * i);
                }
            } else if self.got.q.val() == 8 {
                self.constants_q.d.next = self.word.val();
                self.written_q.d.next = 0.into();
                self.stochastic_q.d.next = false;
                self.to_y_q.d.next = false;
                self.to_o_q.d.next = false;
                self.flags_q.d.next = false;
            } else {
                self.recipe_write.next = true;
                self.written_q.d.next =
                    self.written_q.q.val() | self.even.writes.val() | self.odd.writes.val();
                self.stochastic_q.d.next = self.stochastic_q.q.val()
                    | self.even.stochastic.val()
                    | self.odd.stochastic.val();
                self.to_y_q.d.next =
                    self.to_y_q.q.val() | self.even.to_y.val() | self.odd.to_y.val();
                self.to_o_q.d.next =
                    self.to_o_q.q.val() | self.even.to_o.val() | self.odd.to_o.val();
                self.flags_q.d.next =
                    self.flags_q.q.val() | self.even.flags.val() | self.odd.flags.val();
            }
        }
        match self.state.q.val() {
            LoaderState::Idle => {
                self.asked.d.next = 0.into();
                self.got.d.next = 0.into();
                if self.chain_valid.val() {
                    self.addr_q.d.next = (self.chain_addr.val() >> 3) << 3;
                    self.state.d.next = LoaderState::Fetch;
                }
            }
            LoaderState::Fetch => {
                if (self.got.q.val() != 0) & (self.got.q.val() == self.total.q.val()) {
                    self.state.d.next = LoaderState::Start;
                }
            }
            LoaderState::Start => {
                self.state.d.next = LoaderState::Run;
            }
            LoaderState::Run => {
                self.asked.d.next = 0.into();
                self.got.d.next = 0.into();
                if self.drained.val() {
                    self.pass_done.next = true;
                    self.addr_q.d.next = bit_cast::<18, 16>(self.f[2].q.val()) << 3;
                    self.state.d.next = LoaderState::Fetch;
                    if self.f[2].q.val() == 0 {
                        self.state.d.next = LoaderState::Idle;
                    }
                }
            }
        }
        if self.reset.val() {
            self.state.d.next = LoaderState::Idle;
            self.half.d.next = false;
            self.asked_half.d.next = false;
        }
    }
}
