//! `CompactSequence`: what the compact core does from cycle to cycle.
//!
//! It holds no data. A blocking access stays in `Register` until it can be answered.

use rust_hdl::prelude::*;

/// What the core is doing.
#[derive(Copy, Clone, PartialEq, Debug, LogicState)]
pub enum CompactState {
    /// Writes 0 to one place of the scratch memory a cycle.
    Clear,
    /// Holds the program counter against SRAM and private base.
    Check,
    Fetch,
    Wait,
    /// Reads the first operand from the scratch memory.
    Decode,
    /// Keeps it, reads the second.
    Operand,
    Execute,
    /// Shifts by one bit a cycle.
    Shift,
    /// Writes what a comparison found, or goes by what a branch's found.
    Flag,
    /// Holds the address of a load or store against SRAM, registers and private base.
    Locate,
    /// Waits until a load or store is taken.
    Access,
    /// Waits for what a load reads.
    Answer,
    /// Waits until a register access can be answered.
    Register,
    /// Counts one more in the register with the next odd number.
    Count,
    /// Writes a message's payload to the destination register, then its key to `RX_KEY`.
    Message,
    Key,
    /// Hands key and payload to the port.
    Send,
    /// Writes the address of the next instruction.
    Link,
    /// Writes a CSR.
    Store,
    /// Goes to the next instruction; this one retires.
    Next,
    /// Stores mepc, then mcause, then goes to the handler: the instruction retires.
    Trap,
    Cause,
    Vector,
    /// Nobody handles it: makes the exit code, which lies in the scratch memory after one more cycle.
    Fail,
    Lay,
    /// Reads the exit code, which stays.
    Last,
    Halt,
}

/// See the module's comment.
#[derive(LogicBlock, Default)]
pub struct CompactSequence {
    pub clock: Signal<In, Clock>,
    pub reset: Signal<In, Bit>,
    pub run: Signal<In, Bit>,
    /// The last place is being cleared.
    pub cleared: Signal<In, Bit>,
    /// The address held last was outside the SRAM; may not be touched now.
    pub outside: Signal<In, Bit>,
    pub held: Signal<In, Bit>,
    pub ready: Signal<In, Bit>,
    pub response: Signal<In, Bit>,
    // The instruction.
    pub trap: Signal<In, Bit>,
    pub trap_cause: Signal<In, Bits<4>>,
    pub is_jump: Signal<In, Bit>,
    pub is_branch: Signal<In, Bit>,
    pub is_load: Signal<In, Bit>,
    pub is_store: Signal<In, Bit>,
    pub is_shift: Signal<In, Bit>,
    pub is_compare: Signal<In, Bit>,
    pub is_csr: Signal<In, Bit>,
    /// A jump, or a branch in `Flag`, goes to no multiple of four.
    pub crooked: Signal<In, Bit>,
    pub misaligned: Signal<In, Bit>,
    pub in_sram: Signal<In, Bit>,
    pub in_registers: Signal<In, Bit>,
    pub shifted: Signal<In, Bit>,
    /// The register access can be answered, and what follows it.
    pub answers: Signal<In, Bit>,
    pub counts: Signal<In, Bit>,
    pub receives: Signal<In, Bit>,
    pub sends: Signal<In, Bit>,
    pub exits: Signal<In, Bit>,
    /// mtvec is 0.
    pub unhandled: Signal<In, Bit>,
    pub state: Signal<Out, CompactState>,
    pub cause_q: Signal<Out, Bits<4>>,
    now: DFF<CompactState>,
    cause: DFF<Bits<4>>,
    exiting: DFF<Bit>,
}

impl Logic for CompactSequence {
    #[hdl_gen]
    fn update(&mut self) {
        dff_setup!(self, clock, now, cause, exiting);
        match self.now.q.val() {
            CompactState::Clear => {
                self.exiting.d.next = false;
                if self.cleared.val() {
                    self.now.d.next = CompactState::Check;
                }
            }
            CompactState::Check => {
                if self.run.val() {
                    self.now.d.next = CompactState::Fetch;
                }
            }
            CompactState::Fetch => {
                self.cause.d.next = 1.into();
                if self.outside.val() {
                    self.now.d.next = CompactState::Trap;
                } else if self.ready.val() & !self.held.val() {
                    self.now.d.next = CompactState::Wait;
                }
            }
            CompactState::Wait => {
                if self.response.val() {
                    self.now.d.next = CompactState::Decode;
                }
            }
            CompactState::Decode => {
                self.now.d.next = CompactState::Operand;
            }
            CompactState::Operand => {
                self.cause.d.next = self.trap_cause.val();
                self.now.d.next = CompactState::Execute;
                if self.trap.val() {
                    self.now.d.next = CompactState::Trap;
                }
            }
            CompactState::Execute => {
                self.cause.d.next = 0.into();
                self.now.d.next = CompactState::Next;
                if self.crooked.val() {
                    self.now.d.next = CompactState::Trap;
                } else if self.is_jump.val() {
                    self.now.d.next = CompactState::Link;
                } else if self.is_load.val() | self.is_store.val() {
                    self.now.d.next = CompactState::Locate;
                } else if self.is_shift.val() {
                    self.now.d.next = CompactState::Shift;
                } else if self.is_compare.val() | self.is_branch.val() {
                    self.now.d.next = CompactState::Flag;
                } else if self.is_csr.val() {
                    self.now.d.next = CompactState::Store;
                }
            }
            CompactState::Shift => {
                if self.shifted.val() {
                    self.now.d.next = CompactState::Next;
                }
            }
            CompactState::Flag => {
                self.now.d.next = CompactState::Next;
                if self.crooked.val() {
                    self.now.d.next = CompactState::Trap;
                }
            }
            CompactState::Locate => {
                self.now.d.next = CompactState::Access;
            }
            CompactState::Access => {
                // 4 and 5 of loads, 6 and 7 of stores.
                self.cause.d.next = 4.into();
                if self.is_store.val() {
                    self.cause.d.next = 6.into();
                }
                if self.misaligned.val() {
                    self.now.d.next = CompactState::Trap;
                } else if self.in_sram.val() {
                    if self.ready.val() & !self.held.val() {
                        self.now.d.next = CompactState::Answer;
                        if self.is_store.val() {
                            self.now.d.next = CompactState::Next;
                        }
                    }
                } else if self.in_registers.val() {
                    self.now.d.next = CompactState::Register;
                } else {
                    self.cause.d.next = 5.into();
                    if self.is_store.val() {
                        self.cause.d.next = 7.into();
                    }
                    self.now.d.next = CompactState::Trap;
                }
            }
            CompactState::Answer => {
                if self.response.val() {
                    self.now.d.next = CompactState::Next;
                }
            }
            CompactState::Register => {
                if self.answers.val() {
                    self.now.d.next = CompactState::Next;
                    self.exiting.d.next = self.exits.val();
                    if self.counts.val() {
                        self.now.d.next = CompactState::Count;
                    }
                    if self.receives.val() {
                        self.now.d.next = CompactState::Message;
                    }
                    if self.sends.val() {
                        self.now.d.next = CompactState::Send;
                    }
                }
            }
            CompactState::Count => {
                self.now.d.next = CompactState::Next;
            }
            CompactState::Message => {
                self.now.d.next = CompactState::Key;
            }
            CompactState::Key => {
                self.now.d.next = CompactState::Next;
            }
            CompactState::Send => {
                self.now.d.next = CompactState::Next;
            }
            CompactState::Link => {
                self.now.d.next = CompactState::Next;
            }
            CompactState::Store => {
                self.now.d.next = CompactState::Next;
            }
            CompactState::Next => {
                self.now.d.next = CompactState::Check;
                if self.exiting.q.val() {
                    self.now.d.next = CompactState::Last;
                }
            }
            CompactState::Trap => {
                self.now.d.next = CompactState::Cause;
            }
            CompactState::Cause => {
                self.now.d.next = CompactState::Vector;
            }
            CompactState::Vector => {
                self.now.d.next = CompactState::Check;
                if self.unhandled.val() {
                    self.now.d.next = CompactState::Fail;
                }
            }
            CompactState::Fail => {
                self.now.d.next = CompactState::Lay;
            }
            CompactState::Lay => {
                self.now.d.next = CompactState::Last;
            }
            _ => {
                self.now.d.next = CompactState::Halt;
            }
        }
        self.state.next = self.now.q.val();
        self.cause_q.next = self.cause.q.val();
        if self.reset.val() {
            self.now.d.next = CompactState::Clear;
        }
    }
}
