//! `Draws`: the 16-bit draws of a group's entries, two rounds a cycle, one group in three cycles.
//!
//! Computes `draw(key, c + lane, 0)` of `synfire_format::random` (low half) and writes it under the group's thread.

use crate::carry::{AddChosen, AddXor};
use rust_hdl::prelude::*;

/// One round: `x = (ror(x, 7) + y) ^ k; y = rol(y, 2) ^ x`. Combinational.
#[derive(LogicBlock, Default)]
pub struct DrawRound {
    /// x is the two of them, by exclusive or.
    pub x_mixed: Signal<In, Bits<16>>,
    pub x_key: Signal<In, Bits<16>>,
    pub y: Signal<In, Bits<16>>,
    pub k: Signal<In, Bits<16>>,
    /// The new x, without its key.
    pub mixed: Signal<Out, Bits<16>>,
    pub x_new: Signal<Out, Bits<16>>,
    pub y_new: Signal<Out, Bits<16>>,
    add: AddXor<16>,
    keyed: Signal<Local, Bits<16>>,
    y_turned: Signal<Local, Bits<16>>,
}

impl Logic for DrawRound {
    #[hdl_gen]
    fn update(&mut self) {
        self.add.a.next = self.y.val();
        self.add.c.next = bit_cast::<16, 9>(self.x_mixed.val().get_bits::<9>(7))
            | (bit_cast::<16, 7>(self.x_mixed.val().get_bits::<7>(0)) << 9);
        self.add.d.next = bit_cast::<16, 9>(self.x_key.val().get_bits::<9>(7))
            | (bit_cast::<16, 7>(self.x_key.val().get_bits::<7>(0)) << 9);
        self.mixed.next = self.add.sum.val();
        self.keyed.next = self.add.sum.val() ^ self.k.val();
        self.y_turned.next = (bit_cast::<16, 14>(self.y.val().get_bits::<14>(0)) << 2)
            | bit_cast::<16, 2>(self.y.val().get_bits::<2>(14));
        self.x_new.next = self.keyed.val();
        self.y_new.next = self.y_turned.val() ^ self.keyed.val();
    }
}

/// A round whose x is one of two: the choice lies in the carry chain. Combinational.
#[derive(LogicBlock, Default)]
pub struct FirstRound {
    /// x is x0, else x.
    pub fresh: Signal<In, Bit>,
    pub x0: Signal<In, Bits<16>>,
    pub x: Signal<In, Bits<16>>,
    pub y: Signal<In, Bits<16>>,
    pub k: Signal<In, Bits<16>>,
    /// The new x, without its key.
    pub mixed: Signal<Out, Bits<16>>,
    pub y_new: Signal<Out, Bits<16>>,
    add: AddChosen<16>,
    y_turned: Signal<Local, Bits<16>>,
}

impl Logic for FirstRound {
    #[hdl_gen]
    fn update(&mut self) {
        self.add.a.next = self.y.val();
        self.add.b.next = self.fresh.val();
        self.add.c.next = bit_cast::<16, 9>(self.x0.val().get_bits::<9>(7))
            | (bit_cast::<16, 7>(self.x0.val().get_bits::<7>(0)) << 9);
        self.add.d.next = bit_cast::<16, 9>(self.x.val().get_bits::<9>(7))
            | (bit_cast::<16, 7>(self.x.val().get_bits::<7>(0)) << 9);
        self.mixed.next = self.add.sum.val();
        self.y_turned.next = (bit_cast::<16, 14>(self.y.val().get_bits::<14>(0)) << 2)
            | bit_cast::<16, 2>(self.y.val().get_bits::<2>(14));
        self.y_new.next = self.y_turned.val() ^ (self.add.sum.val() ^ self.k.val());
    }
}

/// The rounds of one lane.
#[derive(LogicBlock, Default)]
pub struct DrawLane {
    pub clock: Signal<In, Clock>,
    pub load: Signal<In, Bit>,
    /// `load` of the cycle before.
    pub fresh: Signal<In, Bit>,
    pub x0: Signal<In, Bits<16>>,
    pub y0: Signal<In, Bits<16>>,
    pub ka: Signal<In, Bits<16>>,
    pub kb: Signal<In, Bits<16>>,
    /// After the two rounds of this cycle.
    pub value: Signal<Out, Bits<16>>,
    loaded: DFF<Bits<16>>,
    x: DFF<Bits<16>>,
    y: DFF<Bits<16>>,
    first: FirstRound,
    second: DrawRound,
}

impl Logic for DrawLane {
    #[hdl_gen]
    fn update(&mut self) {
        dff_setup!(self, clock, loaded, x, y);
        self.loaded.d.next = self.x0.val();
        self.first.fresh.next = self.fresh.val();
        self.first.x0.next = self.loaded.q.val();
        self.first.x.next = self.x.q.val();
        self.first.y.next = self.y.q.val();
        self.first.k.next = self.ka.val();
        self.second.x_mixed.next = self.first.mixed.val();
        self.second.x_key.next = self.ka.val();
        self.second.y.next = self.first.y_new.val();
        self.second.k.next = self.kb.val();
        self.value.next = self.second.x_new.val();
        self.x.d.next = self.second.x_new.val();
        self.y.d.next = self.second.y_new.val();
        if self.load.val() {
            self.y.d.next = self.y0.val();
        }
    }
}

/// The draws of a group, in thread order.
#[derive(LogicBlock, Default)]
pub struct Draws {
    pub clock: Signal<In, Clock>,
    pub reset: Signal<In, Bit>,
    /// A group asks; it moves where valid and ready meet.
    pub valid: Signal<In, Bit>,
    pub ready: Signal<Out, Bit>,
    pub key: Signal<In, Bits<64>>,
    /// Entry of lane 0.
    pub c: Signal<In, Bits<16>>,
    /// `value` of each lane belongs to the oldest group that asked.
    pub write: Signal<Out, Bit>,
    pub value: Vec<Signal<Out, Bits<16>>>,
    lane: Vec<DrawLane>,
    number: Vec<Constant<Bits<16>>>,
    key_q: DFF<Bits<64>>,
    /// 0 at rest, 1 to 3 while rounds run.
    round: DFF<Bits<2>>,
    load: Signal<Local, Bit>,
    x0: Signal<Local, Bits<16>>,
    ka: Signal<Local, Bits<16>>,
    kb: Signal<Local, Bits<16>>,
    _l: usize,
}

impl Draws {
    /// For `lanes` lanes.
    pub fn new(lanes: usize) -> Self {
        Self {
            value: (0..lanes).map(|_| Default::default()).collect(),
            lane: (0..lanes).map(|_| Default::default()).collect(),
            number: (0..lanes as u64)
                .map(|i| Constant::new(i.to_bits()))
                .collect(),
            _l: lanes,
            ..Default::default()
        }
    }
}

impl Logic for Draws {
    #[hdl_gen]
    fn update(&mut self) {
        dff_setup!(self, clock, key_q, round);
        self.ready.next = (self.round.q.val() == 0) | (self.round.q.val() == 3);
        self.load.next = self.valid.val() & ((self.round.q.val() == 0) | (self.round.q.val() == 3));
        self.write.next = self.round.q.val() == 3;
        // Keys k2, k3 | k0, k1 | k2, k3
        self.ka.next = self.key_q.q.val().get_bits::<16>(32);
        self.kb.next = self.key_q.q.val().get_bits::<16>(48);
        if self.round.q.val() == 2 {
            self.ka.next = self.key_q.q.val().get_bits::<16>(0);
            self.kb.next = self.key_q.q.val().get_bits::<16>(16);
        }
        self.x0.next = self.key.val().get_bits::<16>(0) + self.c.val();
        for i in 0..self._l {
            self.lane[i].clock.next = self.clock.val();
            self.lane[i].load.next = self.load.val();
            self.lane[i].fresh.next = self.round.q.val() == 1;
            self.lane[i].x0.next = self.x0.val() + self.number[i].val();
            self.lane[i].y0.next = self.key.val().get_bits::<16>(16);
            self.lane[i].ka.next = self.ka.val();
            self.lane[i].kb.next = self.kb.val();
            self.value[i].next = self.lane[i].value.val();
        }
        if self.round.q.val() == 1 {
            self.round.d.next = 2.into();
        } else if self.round.q.val() == 2 {
            self.round.d.next = 3.into();
        } else {
            self.round.d.next = 0.into();
        }
        if self.load.val() {
            self.round.d.next = 1.into();
            self.key_q.d.next = self.key.val();
        }
        if self.reset.val() {
            self.round.d.next = 0.into();
        }
    }
}
