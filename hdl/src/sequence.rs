//! `Sequence`: what the core does from cycle to cycle: instruction by instruction, through memory accesses, traps and
//! the clearing of its memories.
//!
//! It holds no data: which instruction is at hand and what its access found come from the core's other blocks.

use rust_hdl::prelude::*;

/// What the core is doing.
#[derive(Copy, Clone, PartialEq, Debug, LogicState)]
pub enum CoreState {
    /// Writes 0 to one register a cycle.
    Clear,
    Decode,
    Execute,
    /// Decodes an address, waits for the access to be taken and for what it answers.
    Memory,
    /// Waits for a register access to be taken.
    Register,
    /// Writes back what a register or CSR answered, or a late shifter.
    Load,
    /// Goes where a jump goes that wrote its link register, or `mret`.
    Jump,
    /// Empties the instruction cache, one place a cycle.
    Wipe,
    /// Stores mepc, reads mtvec.
    Trap,
    /// Stores mcause.
    Vector,
    /// Goes to the handler or halts.
    Enter,
    Halt,
}

/// See the module's comment.
#[derive(LogicBlock, Default)]
pub struct Sequence {
    pub clock: Signal<In, Clock>,
    pub reset: Signal<In, Bit>,
    pub run: Signal<In, Bit>,
    /// The port wrote a word to the SRAM.
    pub poked: Signal<In, Bit>,
    /// The program counter is outside the SRAM.
    pub fault: Signal<In, Bit>,
    /// The next instruction is there.
    pub available: Signal<In, Bit>,
    /// No fetch is under way.
    pub idle: Signal<In, Bit>,
    /// The decoded instruction traps, with this cause; the kinds below are 0 then.
    pub trap: Signal<In, Bit>,
    pub trap_cause: Signal<In, Bits<4>>,
    /// It jumps to no multiple of four.
    pub crooked: Signal<In, Bit>,
    pub load: Signal<In, Bit>,
    pub store: Signal<In, Bit>,
    /// A CSR access, or a shift whose result comes a cycle late.
    pub csr: Signal<In, Bit>,
    /// It jumps after its execute cycle.
    pub jump: Signal<In, Bit>,
    pub fence_i: Signal<In, Bit>,
    /// Of the access at hand.
    pub misaligned: Signal<In, Bit>,
    pub in_sram: Signal<In, Bit>,
    pub in_mmio: Signal<In, Bit>,
    pub data_ready: Signal<In, Bit>,
    pub data_response: Signal<In, Bit>,
    pub early_ready: Signal<In, Bit>,
    pub mmio_ready: Signal<In, Bit>,
    pub mmio_exit: Signal<In, Bit>,
    /// mtvec, shown in `Enter`, is 0.
    pub unhandled: Signal<In, Bit>,
    pub state: Signal<Out, CoreState>,
    /// Register or place of the cache to clear.
    pub clear_index: Signal<Out, Bits<5>>,
    pub cause_q: Signal<Out, Bits<4>>,
    /// The SRAM owes the present load an answer.
    pub asked_q: Signal<Out, Bit>,
    /// The SRAM owes an answer that nobody wants.
    pub unwanted_q: Signal<Out, Bit>,
    /// Decodes the next instruction, or that it could not be fetched.
    pub take: Signal<Out, Bit>,
    pub blank: Signal<Out, Bit>,
    /// The result of a load or CSR access is there.
    pub arrives: Signal<Out, Bit>,
    /// The instruction retires.
    pub finish: Signal<Out, Bit>,
    /// Why the core has halted: a store to `EXIT`, `ecall`, another trap.
    pub exited_q: Signal<Out, Bit>,
    pub called_q: Signal<Out, Bit>,
    pub failed_q: Signal<Out, Bit>,
    now: DFF<CoreState>,
    clear: DFF<Bits<5>>,
    /// Code may have been poked while the core was held.
    changed: DFF<Bit>,
    cause: DFF<Bits<4>>,
    asked: DFF<Bit>,
    unwanted: DFF<Bit>,
    exited: DFF<Bit>,
    called: DFF<Bit>,
    failed: DFF<Bit>,
    answered: Signal<Local, Bit>,
}

impl Logic for Sequence {
    #[hdl_gen]
    fn update(&mut self) {
        dff_setup!(
            self, clock, now, clear, changed, cause, asked, unwanted, exited, called, failed
        );
        self.take.next = false;
        self.blank.next = false;
        self.arrives.next = false;
        self.finish.next = false;
        self.answered.next = self.data_response.val() & !self.unwanted.q.val();
        if self.data_response.val() {
            self.unwanted.d.next = false;
        }
        if (self.now.q.val() == CoreState::Clear) | (self.now.q.val() == CoreState::Wipe) {
            self.clear.d.next = self.clear.q.val() + 1;
        }
        match self.now.q.val() {
            CoreState::Clear => {
                if self.clear.q.val() == 31 {
                    self.now.d.next = CoreState::Decode;
                }
            }
            CoreState::Decode => {
                self.cause.d.next = 1.into();
                if !self.run.val() {
                    self.now.d.next = CoreState::Decode;
                } else if self.changed.q.val() {
                    self.now.d.next = CoreState::Wipe;
                } else if self.fault.val() {
                    self.blank.next = true;
                    self.now.d.next = CoreState::Trap;
                } else if self.available.val() {
                    self.take.next = true;
                    self.now.d.next = CoreState::Execute;
                }
            }
            CoreState::Execute => {
                self.asked.d.next = self.early_ready.val();
                if self.trap.val() {
                    self.cause.d.next = self.trap_cause.val();
                    self.now.d.next = CoreState::Trap;
                } else if self.crooked.val() {
                    self.cause.d.next = 0.into();
                    self.now.d.next = CoreState::Trap;
                } else if self.load.val() | self.store.val() {
                    self.now.d.next = CoreState::Memory;
                } else if self.csr.val() {
                    self.now.d.next = CoreState::Load;
                } else if self.jump.val() {
                    self.now.d.next = CoreState::Jump;
                } else {
                    self.now.d.next = CoreState::Decode;
                    if self.fence_i.val() {
                        self.now.d.next = CoreState::Wipe;
                    }
                    self.finish.next = true;
                }
            }
            CoreState::Wipe => {
                self.changed.d.next = false;
                if (self.clear.q.val().get_bits::<4>(0) == 15) & self.idle.val() {
                    self.now.d.next = CoreState::Decode;
                }
            }
            CoreState::Memory => {
                self.cause.d.next = 4.into();
                if !self.misaligned.val() {
                    self.cause.d.next = 5.into();
                }
                if self.store.val() {
                    self.cause.d.next = 6.into();
                    if !self.misaligned.val() {
                        self.cause.d.next = 7.into();
                    }
                }
                if self.answered.val() {
                    self.asked.d.next = false;
                }
                if self.misaligned.val() {
                    self.now.d.next = CoreState::Trap;
                    self.unwanted.d.next = self.asked.q.val() & !self.answered.val();
                } else if self.in_sram.val() {
                    if self.store.val() {
                        if self.data_ready.val() {
                            self.now.d.next = CoreState::Decode;
                            self.finish.next = true;
                        }
                    } else if self.asked.q.val() {
                        if self.answered.val() {
                            self.arrives.next = true;
                            self.finish.next = true;
                            self.now.d.next = CoreState::Decode;
                        }
                    } else if self.data_ready.val() {
                        self.asked.d.next = true;
                    }
                } else if self.in_mmio.val() {
                    self.unwanted.d.next = self.asked.q.val() & !self.answered.val();
                    self.now.d.next = CoreState::Register;
                } else {
                    self.now.d.next = CoreState::Trap;
                    self.unwanted.d.next = self.asked.q.val() & !self.answered.val();
                }
            }
            CoreState::Register => {
                if self.mmio_ready.val() {
                    self.now.d.next = CoreState::Load;
                    if self.store.val() {
                        self.now.d.next = CoreState::Decode;
                        self.finish.next = true;
                        if self.mmio_exit.val() {
                            self.now.d.next = CoreState::Halt;
                            self.exited.d.next = true;
                        }
                    }
                }
            }
            CoreState::Load => {
                self.arrives.next = true;
                self.finish.next = true;
                self.now.d.next = CoreState::Decode;
            }
            CoreState::Jump => {
                self.finish.next = true;
                self.now.d.next = CoreState::Decode;
            }
            CoreState::Trap => {
                self.now.d.next = CoreState::Vector;
            }
            CoreState::Vector => {
                self.now.d.next = CoreState::Enter;
            }
            CoreState::Enter => {
                self.finish.next = true;
                self.now.d.next = CoreState::Decode;
                if self.unhandled.val() {
                    self.now.d.next = CoreState::Halt;
                    self.called.d.next = self.cause.q.val() == 11;
                    self.failed.d.next = self.cause.q.val() != 11;
                }
            }
            _ => {
                self.now.d.next = CoreState::Halt;
            }
        }
        if self.poked.val() & !self.run.val() {
            self.changed.d.next = true;
        }
        if self.reset.val() {
            self.now.d.next = CoreState::Clear;
            self.clear.d.next = 0.into();
            self.changed.d.next = false;
            self.asked.d.next = false;
            self.unwanted.d.next = false;
            self.exited.d.next = false;
            self.called.d.next = false;
            self.failed.d.next = false;
        }
        self.state.next = self.now.q.val();
        self.clear_index.next = self.clear.q.val();
        self.cause_q.next = self.cause.q.val();
        self.asked_q.next = self.asked.q.val();
        self.unwanted_q.next = self.unwanted.q.val();
        self.exited_q.next = self.exited.q.val();
        self.called_q.next = self.called.q.val();
        self.failed_q.next = self.failed.q.val();
    }
}
