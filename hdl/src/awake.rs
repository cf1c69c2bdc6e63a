//! `Awake`: says when a clock domain may stand still.
//!
//! A PE has four clock inputs: `clock`, and one each of the core, the lanes and the rest of the engine. They are one
//! clock, except that a domain's may be left out of a cycle in which its `_awake` output was 0 before the edge: then no
//! register in it would change. `want` is 1 whenever something in the domain may move or enters it; the domain is
//! awake [`TAIL`] cycles longer, until its pipelines have run empty. Boards join the four, and the outputs cost
//! nothing there; a simulation leaves out what stands still (`sim`, which also checks that nothing is different).

use rust_hdl::prelude::*;

/// Cycles from the last reason to move until nothing can: twice what `sim/tests/still.rs` finds enough.
pub const TAIL: u64 = 15;

/// See the module's comment. `on` follows `want` in the same cycle and `clock` never stands still.
#[derive(LogicBlock)]
pub struct Awake {
    pub clock: Signal<In, Clock>,
    pub want: Signal<In, Bit>,
    pub on: Signal<Out, Bit>,
    left: DFF<Bits<4>>,
    tail: Constant<Bits<4>>,
}

impl Default for Awake {
    fn default() -> Self {
        Self {
            clock: Default::default(),
            want: Default::default(),
            on: Default::default(),
            left: Default::default(),
            tail: Constant::new(TAIL.to_bits()),
        }
    }
}

impl Logic for Awake {
    #[hdl_gen]
    fn update(&mut self) {
        dff_setup!(self, clock, left);
        self.on.next = self.want.val() | (self.left.q.val() != 0);
        if self.left.q.val() != 0 {
            self.left.d.next = self.left.q.val() - 1;
        }
        if self.want.val() {
            self.left.d.next = self.tail.val();
        }
    }
}
