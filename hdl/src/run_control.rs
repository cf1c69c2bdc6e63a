//! `RunControl`: carries out CONTROL of the host link on the PE that is selected: hold, reset, step, run.
//!
//! Holding and running take one cycle; a reset 68 cycles, so that earlier pokes are in the SRAM before it; a step until
//! its instruction retires, 4095 cycles at most. `done` comes in the last of them.

use rust_hdl::prelude::*;

/// What is waited for.
#[derive(Copy, Clone, PartialEq, Debug, LogicState)]
pub enum RunState {
    Idle,
    /// Earlier pokes, and then the reset.
    Settle,
    Step,
}

/// See the module's comment.
#[derive(LogicBlock, Default)]
pub struct RunControl {
    pub clock: Signal<In, Clock>,
    pub reset: Signal<In, Bit>,
    /// One cycle; `bits` (run, reset, step) stay until `done`.
    pub start: Signal<In, Bit>,
    pub bits: Signal<In, Bits<3>>,
    pub done: Signal<Out, Bit>,
    pub run_set: Signal<Out, Bit>,
    pub run_value: Signal<Out, Bit>,
    pub restart: Signal<Out, Bit>,
    pub stepping: Signal<Out, Bit>,
    pub stepped: Signal<In, Bit>,
    /// The last CONTROL retired its instruction.
    pub step_done: Signal<Out, Bit>,
    state: DFF<RunState>,
    wait_q: DFF<Bits<12>>,
    step_done_q: DFF<Bit>,
    steps: Signal<Local, Bit>,
}

impl Logic for RunControl {
    #[hdl_gen]
    fn update(&mut self) {
        dff_setup!(self, clock, state, wait_q, step_done_q);
        self.done.next = false;
        self.run_set.next = false;
        self.run_value.next = self.bits.val().get_bit(0);
        self.restart.next = false;
        self.stepping.next = false;
        self.steps.next = self.bits.val().get_bit(2) & !self.bits.val().get_bit(0);
        self.wait_q.d.next = self.wait_q.q.val() + 1;
        match self.state.q.val() {
            RunState::Idle => {
                self.wait_q.d.next = 0.into();
                if self.start.val() {
                    self.step_done_q.d.next = false;
                    self.run_set.next = true;
                    if self.bits.val().get_bit(1) {
                        self.run_value.next = false;
                        self.state.d.next = RunState::Settle;
                    } else if self.steps.val() {
                        self.state.d.next = RunState::Step;
                    } else {
                        self.done.next = true;
                    }
                }
            }
            RunState::Settle => {
                self.restart.next = self.wait_q.q.val().get_bit(6);
                if self.wait_q.q.val().get_bits::<7>(0) == 67 {
                    self.wait_q.d.next = 0.into();
                    self.run_set.next = true;
                    self.state.d.next = RunState::Idle;
                    self.done.next = !self.steps.val();
                    if self.steps.val() {
                        self.state.d.next = RunState::Step;
                    }
                }
            }
            RunState::Step => {
                self.stepping.next = true;
                self.step_done_q.d.next = self.stepped.val();
                if self.stepped.val() | (self.wait_q.q.val() == 4094) {
                    self.done.next = true;
                    self.state.d.next = RunState::Idle;
                }
            }
        }
        self.step_done.next = self.step_done_q.q.val();
        if self.reset.val() {
            self.state.d.next = RunState::Idle;
        }
    }
}
