//! `row_key` and `random`: the counter-based generator of `synfire_format::random` in hardware.
//!
//! `row_key` does one round of 32-bit words a cycle: the key is there `KEY_ROUNDS` cycles after `start`.
//! `random` (the core's draws) runs `row_key` and then one 16-bit round a cycle: `KEY_ROUNDS + DRAW_ROUNDS` + 2 cycles.

use crate::carry::AddChosen;
use rust_hdl::prelude::*;
use synfire_format::random::{DRAW_ROUNDS, KEY_ROUNDS, KEY_START};

/// Key of one row.
#[derive(LogicBlock)]
pub struct RowKey {
    pub clock: Signal<In, Clock>,
    pub reset: Signal<In, Bit>,
    /// Takes the index and restarts, whatever it was doing.
    pub start: Signal<In, Bit>,
    /// `seed` and `step` hold while `busy`.
    pub seed: Signal<In, Bits<32>>,
    pub step: Signal<In, Bits<32>>,
    pub population: Signal<In, Bits<16>>,
    pub row: Signal<In, Bits<16>>,
    pub tag: Signal<In, Bits<16>>,
    pub busy: Signal<Out, Bit>,
    /// Holds until the next start.
    pub key: Signal<Out, Bits<64>>,
    x: DFF<Bits<32>>,
    y: DFF<Bits<32>>,
    /// Rounds done; `KEY_ROUNDS` at rest.
    round: DFF<Bits<4>>,
    turned: Signal<Local, Bits<32>>,
    mixed: Signal<Local, Bits<32>>,
    /// The round's key: its number and the seed, in odd rounds the step.
    round_key: AddChosen<32>,
    x_new: Signal<Local, Bits<32>>,
    y_turned: Signal<Local, Bits<32>>,
    begin_y: Constant<Bits<32>>,
    rounds: Constant<Bits<4>>,
}

impl Default for RowKey {
    fn default() -> Self {
        Self {
            clock: Default::default(),
            reset: Default::default(),
            start: Default::default(),
            seed: Default::default(),
            step: Default::default(),
            population: Default::default(),
            row: Default::default(),
            tag: Default::default(),
            busy: Default::default(),
            key: Default::default(),
            x: Default::default(),
            y: Default::default(),
            round: Default::default(),
            turned: Default::default(),
            mixed: Default::default(),
            round_key: Default::default(),
            x_new: Default::default(),
            y_turned: Default::default(),
            begin_y: Constant::new(u64::from(KEY_START).to_bits()),
            rounds: Constant::new(u64::from(KEY_ROUNDS).to_bits()),
        }
    }
}

impl Logic for RowKey {
    #[hdl_gen]
    fn update(&mut self) {
        dff_setup!(self, clock, x, y, round);
        self.busy.next = self.round.q.val() != self.rounds.val();
        self.key.next =
            (bit_cast::<64, 32>(self.x.q.val()) << 32) | bit_cast::<64, 32>(self.y.q.val());
        // x = (ror(x, 8) + y) ^ k; y = rol(y, 3) ^ x
        self.turned.next = (bit_cast::<32, 24>(self.x.q.val().get_bits::<24>(8)))
            | (bit_cast::<32, 8>(self.x.q.val().get_bits::<8>(0)) << 24);
        self.mixed.next = self.turned.val() + self.y.q.val();
        self.round_key.a.next = bit_cast::<32, 4>(self.round.q.val());
        self.round_key.b.next = self.round.q.val().get_bit(0);
        self.round_key.c.next = self.step.val();
        self.round_key.d.next = self.seed.val();
        self.x_new.next = self.mixed.val() ^ self.round_key.sum.val();
        self.y_turned.next = (bit_cast::<32, 29>(self.y.q.val().get_bits::<29>(0)) << 3)
            | (bit_cast::<32, 3>(self.y.q.val().get_bits::<3>(29)));
        if self.busy.val() {
            self.x.d.next = self.x_new.val();
            self.y.d.next = self.y_turned.val() ^ self.x_new.val();
            self.round.d.next = self.round.q.val() + 1;
        }
        if self.start.val() {
            self.x.d.next = (bit_cast::<32, 16>(self.population.val()) << 16)
                | bit_cast::<32, 16>(self.row.val());
            self.y.d.next = self.begin_y.val() ^ bit_cast::<32, 16>(self.tag.val());
            self.round.d.next = 0.into();
        }
        if self.reset.val() {
            self.round.d.next = self.rounds.val();
        }
    }
}

#[derive(LogicState, Debug, Copy, Clone, PartialEq)]
enum Phase {
    Idle,
    Key,
    Draw,
}

/// The core's draws.
#[derive(LogicBlock)]
pub struct Random {
    pub clock: Signal<In, Clock>,
    pub reset: Signal<In, Bit>,
    /// Takes all indices; ignored while `busy`.
    pub start: Signal<In, Bit>,
    /// `seed` and `step` hold while `busy`.
    pub seed: Signal<In, Bits<32>>,
    pub step: Signal<In, Bits<32>>,
    /// `population << 16 | row`
    pub row: Signal<In, Bits<32>>,
    pub tag: Signal<In, Bits<16>>,
    /// `slot << 16 | attempt`
    pub index: Signal<In, Bits<32>>,
    pub busy: Signal<Out, Bit>,
    /// Holds until the next start.
    pub value: Signal<Out, Bits<32>>,
    row_key: RowKey,
    phase: DFF<Phase>,
    x: DFF<Bits<16>>,
    y: DFF<Bits<16>>,
    slot_index: DFF<Bits<32>>,
    round: DFF<Bits<4>>,
    k: Signal<Local, Bits<16>>,
    turned: Signal<Local, Bits<16>>,
    mixed: Signal<Local, Bits<16>>,
    x_new: Signal<Local, Bits<16>>,
    y_turned: Signal<Local, Bits<16>>,
    which: Signal<Local, Bits<2>>,
    stirred: Signal<Local, Bits<16>>,
    last: Constant<Bits<4>>,
}

impl Default for Random {
    fn default() -> Self {
        Self {
            clock: Default::default(),
            reset: Default::default(),
            start: Default::default(),
            seed: Default::default(),
            step: Default::default(),
            row: Default::default(),
            tag: Default::default(),
            index: Default::default(),
            busy: Default::default(),
            value: Default::default(),
            row_key: Default::default(),
            phase: Default::default(),
            x: Default::default(),
            y: Default::default(),
            slot_index: Default::default(),
            round: Default::default(),
            k: Default::default(),
            turned: Default::default(),
            mixed: Default::default(),
            x_new: Default::default(),
            y_turned: Default::default(),
            which: Default::default(),
            stirred: Default::default(),
            last: Constant::new((DRAW_ROUNDS as u64 - 1).to_bits()),
        }
    }
}

impl Logic for Random {
    #[hdl_gen]
    fn update(&mut self) {
        dff_setup!(self, clock, phase, x, y, slot_index, round);
        clock!(self, clock, row_key);
        self.row_key.reset.next = self.reset.val();
        self.row_key.start.next = false;
        self.row_key.seed.next = self.seed.val();
        self.row_key.step.next = self.step.val();
        self.row_key.population.next = self.row.val().get_bits::<16>(16);
        self.row_key.row.next = self.row.val().get_bits::<16>(0);
        self.row_key.tag.next = self.tag.val();
        self.busy.next = self.phase.q.val() != Phase::Idle;
        self.value.next =
            (bit_cast::<32, 16>(self.y.q.val()) << 16) | bit_cast::<32, 16>(self.x.q.val());
        // Keys k2, k3, k0, k1, ...: word (round + 2) mod 4 of the row's key.
        self.which.next = self.round.q.val().get_bits::<2>(0) + 2;
        if self.phase.q.val() == Phase::Key {
            self.which.next = 1.into();
        }
        self.k.next = self.row_key.key.val().get_bits::<16>(0);
        if self.which.val() == 1 {
            self.k.next = self.row_key.key.val().get_bits::<16>(16);
        } else if self.which.val() == 2 {
            self.k.next = self.row_key.key.val().get_bits::<16>(32);
        } else if self.which.val() == 3 {
            self.k.next = self.row_key.key.val().get_bits::<16>(48);
        }
        // x = (ror(x, 7) + y) ^ k; y = rol(y, 2) ^ x
        self.turned.next = (bit_cast::<16, 9>(self.x.q.val().get_bits::<9>(7)))
            | (bit_cast::<16, 7>(self.x.q.val().get_bits::<7>(0)) << 9);
        self.mixed.next = self.turned.val() + self.y.q.val();
        self.x_new.next = self.mixed.val() ^ self.k.val();
        self.y_turned.next = (bit_cast::<16, 14>(self.y.q.val().get_bits::<14>(0)) << 2)
            | (bit_cast::<16, 2>(self.y.q.val().get_bits::<2>(14)));
        // The start of a draw also takes a word of the key, in place of a round.
        self.stirred.next = self.slot_index.q.val().get_bits::<16>(0);
        if self.phase.q.val() == Phase::Draw {
            self.stirred.next = self.y_turned.val() ^ self.mixed.val();
        }
        match self.phase.q.val() {
            Phase::Idle => {
                if self.start.val() {
                    self.row_key.start.next = true;
                    self.slot_index.d.next = self.index.val();
                    self.phase.d.next = Phase::Key;
                }
            }
            Phase::Key => {
                if !self.row_key.busy.val() {
                    self.x.d.next = self.row_key.key.val().get_bits::<16>(0)
                        + self.slot_index.q.val().get_bits::<16>(16);
                    self.y.d.next = self.stirred.val() ^ self.k.val();
                    self.round.d.next = 0.into();
                    self.phase.d.next = Phase::Draw;
                }
            }
            Phase::Draw => {
                self.x.d.next = self.x_new.val();
                self.y.d.next = self.stirred.val() ^ self.k.val();
                self.round.d.next = self.round.q.val() + 1;
                if self.round.q.val() == self.last.val() {
                    self.phase.d.next = Phase::Idle;
                }
            }
        }
        if self.reset.val() {
            self.phase.d.next = Phase::Idle;
            self.x.d.next = 0.into();
            self.y.d.next = 0.into();
        }
    }
}
