//! `Units`: what answers the compact control's unit port in place of the microcoded engine, so that the control block can be tested
//! alone. It is made of the other configurations' units.
//!
//! A store of an argument is answered when the result is there. Latency: one cycle, a start of a chain three, a function or draw
//! its own and two more.

use rust_hdl::prelude::*;
use synfire_hdl::exp::Exp;
use synfire_hdl::random::Random;
use synfire_hdl::reciprocal::Reciprocal;
use synfire_hdl::shifter::Shifter;

/// See the module's comment.
#[derive(LogicBlock, Default)]
pub struct Units {
    pub clock: Signal<In, Clock>,
    pub reset: Signal<In, Bit>,
    pub unit_valid: Signal<In, Bit>,
    pub unit_write: Signal<In, Bit>,
    pub unit_op: Signal<In, Bits<4>>,
    pub unit_arg: Signal<In, Bits<32>>,
    pub unit_done: Signal<Out, Bit>,
    pub unit_result: Signal<Out, Bits<32>>,
    /// A chain runs, from the answer to its start on.
    pub busy: Signal<Out, Bit>,
    // The engine.
    pub chain_valid: Signal<Out, Bit>,
    pub chain_addr: Signal<Out, Bits<18>>,
    /// 1 at the latest in the third cycle after `chain_valid`.
    pub engine_busy: Signal<In, Bit>,
    pub seed: Signal<Out, Bits<32>>,
    pub step: Signal<Out, Bits<32>>,
    pub sat_inc: Signal<In, Bits<8>>,
    exp: Exp,
    shifter: Shifter,
    reciprocal: Reciprocal,
    random: Random,
    seed_q: DFF<Bits<32>>,
    step_q: DFF<Bits<32>>,
    row: DFF<Bits<32>>,
    tag: DFF<Bits<16>>,
    saturations: DFF<Bits<32>>,
    /// The count has passed its largest value.
    saturated: DFF<Bit>,
    more: Signal<Local, Bits<33>>,
    chain: DFF<Bit>,
    chain_at: DFF<Bits<18>>,
    starting: DFF<Bits<2>>,
    /// The request's function was started.
    started: DFF<Bit>,
    quiet: Signal<Local, Bit>,
    computing: Signal<Local, Bit>,
    computes: Signal<Local, Bit>,
    done: Signal<Local, Bit>,
    starts: Signal<Local, Bit>,
}

impl Logic for Units {
    #[hdl_gen]
    fn update(&mut self) {
        dff_setup!(
            self,
            clock,
            seed_q,
            step_q,
            row,
            tag,
            saturations,
            saturated,
            chain,
            chain_at,
            starting,
            started
        );
        clock!(self, clock, exp, reciprocal, random);
        self.exp.reset.next = self.reset.val();
        self.reciprocal.reset.next = self.reset.val();
        self.random.reset.next = self.reset.val();
        self.chain_valid.next = self.chain.q.val();
        self.chain_addr.next = self.chain_at.q.val();
        self.chain.d.next = false;
        if self.starting.q.val() != 0 {
            self.starting.d.next = self.starting.q.val() - 1;
        }
        self.busy.next = self.engine_busy.val() | (self.starting.q.val() != 0);
        self.quiet.next = !self.engine_busy.val() & (self.starting.q.val() == 0);
        self.computing.next =
            self.exp.busy.val() | self.reciprocal.busy.val() | self.random.busy.val();
        // EXP_ARGUMENT, RECIPROCAL_ARGUMENT, RANDOM_INDEX
        self.computes.next = self.unit_write.val()
            & ((self.unit_op.val() == 12) | (self.unit_op.val() == 14) | (self.unit_op.val() == 2));
        self.starts.next =
            self.unit_valid.val() & self.quiet.val() & self.computes.val() & !self.started.q.val();
        self.done.next = self.unit_valid.val()
            & self.quiet.val()
            & !self.computing.val()
            & (!self.computes.val() | self.started.q.val());
        self.started.d.next =
            (self.started.q.val() | self.starts.val()) & !self.done.val() & !self.reset.val();
        self.unit_done.next = self.done.val();
        self.more.next =
            bit_cast::<33, 32>(self.saturations.q.val()) + bit_cast::<33, 8>(self.sat_inc.val());
        self.saturations.d.next = self.more.val().get_bits::<32>(0);
        if self.more.val().get_bit(32) {
            self.saturated.d.next = true;
        }
        self.unit_result.next = 0.into();
        if self.unit_op.val() == 7 {
            self.unit_result.next = self.seed_q.q.val();
        }
        if self.unit_op.val() == 8 {
            self.unit_result.next = self.step_q.q.val();
        }
        if self.unit_op.val() == 9 {
            self.unit_result.next = self.saturations.q.val();
            if self.saturated.q.val() {
                self.unit_result.next = 0xffff_ffff_u64.into();
            }
        }
        if self.unit_op.val() == 13 {
            self.unit_result.next = self.exp.result.val();
        }
        if self.unit_op.val() == 15 {
            self.unit_result.next = self.reciprocal.result.val();
        }
        if self.unit_op.val() == 3 {
            self.unit_result.next = self.random.value.val();
        }
        if self.done.val() & self.unit_write.val() {
            if self.unit_op.val() == 4 {
                self.chain.d.next = true;
                self.chain_at.d.next = self.unit_arg.val().get_bits::<18>(0);
                self.starting.d.next = 3.into();
            }
            if self.unit_op.val() == 7 {
                self.seed_q.d.next = self.unit_arg.val();
            }
            if self.unit_op.val() == 8 {
                self.step_q.d.next = self.unit_arg.val();
            }
            if self.unit_op.val() == 9 {
                self.saturations.d.next = self.unit_arg.val();
                self.saturated.d.next = false;
            }
            if self.unit_op.val() == 0 {
                self.row.d.next = self.unit_arg.val();
            }
            if self.unit_op.val() == 1 {
                self.tag.d.next = self.unit_arg.val().get_bits::<16>(0);
            }
        }
        self.seed.next = self.seed_q.q.val();
        self.step.next = self.step_q.q.val();
        self.shifter.a.next = 0.into();
        self.shifter.amount.next = 0.into();
        self.shifter.left.next = false;
        self.shifter.right.next = false;
        self.shifter.arithmetic.next = false;
        self.shifter.factor.next = self.exp.factor.val();
        self.shifter.by.next = self.exp.by.val();
        self.exp.shifted.next = self.shifter.shifted.val();
        self.exp.late.next = false;
        self.exp.beside.next = 0.into();
        self.exp.taken_away.next = false;
        self.exp.argument.next = self.unit_arg.val();
        self.exp.start.next = self.starts.val() & (self.unit_op.val() == 12);
        self.reciprocal.argument.next = self.unit_arg.val();
        self.reciprocal.start.next = self.starts.val() & (self.unit_op.val() == 14);
        self.random.seed.next = self.seed_q.q.val();
        self.random.step.next = self.step_q.q.val();
        self.random.row.next = self.row.q.val();
        self.random.tag.next = self.tag.q.val();
        self.random.index.next = self.unit_arg.val();
        self.random.start.next = self.starts.val() & (self.unit_op.val() == 2);
        if self.reset.val() {
            self.seed_q.d.next = 0.into();
            self.step_q.d.next = 0.into();
            self.row.d.next = 0.into();
            self.tag.d.next = 0.into();
            self.saturations.d.next = 0.into();
            self.saturated.d.next = false;
            self.chain.d.next = false;
            self.starting.d.next = 0.into();
        }
    }
}
