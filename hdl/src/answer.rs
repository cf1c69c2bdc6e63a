//! `Answer`: what a load of a register reads.
//!
//! Combinational: all registers meet by `or`, whoever is not asked gives 0, and so does every other number.

use rust_hdl::prelude::*;

/// See the module's comment. The inputs are the values of the registers of `synfire_format::mmio`.
#[derive(LogicBlock, Default)]
pub struct Answer {
    pub load: Signal<In, Bit>,
    pub register: Signal<In, Bits<5>>,
    /// The register reads what was written to it: `mirror`.
    pub mirrored: Signal<In, Bit>,
    pub mirror: Signal<In, Bits<32>>,
    pub id: Signal<In, Bits<32>>,
    pub cycle: Signal<In, Bits<32>>,
    pub chains: Signal<In, Bits<32>>,
    pub saturations: Signal<In, Bits<32>>,
    /// The count has passed its largest value.
    pub saturated: Signal<In, Bit>,
    pub faults: Signal<In, Bits<5>>,
    pub exp: Signal<In, Bits<32>>,
    pub reciprocal: Signal<In, Bits<32>>,
    pub random: Signal<In, Bits<32>>,
    /// A tick event is there: `tick` is its number.
    pub due: Signal<In, Bit>,
    pub tick: Signal<In, Bits<32>>,
    pub payload: Signal<In, Bits<32>>,
    pub key: Signal<In, Bits<32>>,
    pub value: Signal<Out, Bits<32>>,
    r_id: Signal<Local, Bits<32>>,
    r_cycle: Signal<Local, Bits<32>>,
    r_chains: Signal<Local, Bits<32>>,
    r_written: Signal<Local, Bits<32>>,
    r_saturations: Signal<Local, Bits<32>>,
    r_ones: Signal<Local, Bits<32>>,
    r_faults: Signal<Local, Bits<32>>,
    r_exp: Signal<Local, Bits<32>>,
    r_reciprocal: Signal<Local, Bits<32>>,
    r_random: Signal<Local, Bits<32>>,
    r_tick: Signal<Local, Bits<32>>,
    r_payload: Signal<Local, Bits<32>>,
    r_key: Signal<Local, Bits<32>>,
}

impl Logic for Answer {
    #[hdl_gen]
    fn update(&mut self) {
        self.r_id.next = 0.into();
        self.r_cycle.next = 0.into();
        self.r_chains.next = 0.into();
        self.r_written.next = 0.into();
        self.r_saturations.next = 0.into();
        self.r_ones.next = 0.into();
        self.r_faults.next = 0.into();
        self.r_exp.next = 0.into();
        self.r_reciprocal.next = 0.into();
        self.r_random.next = 0.into();
        self.r_tick.next = 0.into();
        self.r_payload.next = 0.into();
        self.r_key.next = 0.into();
        if self.load.val() {
            if self.register.val() == 0x00 {
                self.r_id.next = self.id.val();
            }
            if self.register.val() == 0x01 {
                self.r_cycle.next = self.cycle.val();
            }
            if self.register.val() == 0x05 {
                self.r_chains.next = self.chains.val();
            }
            if self.mirrored.val() {
                self.r_written.next = self.mirror.val();
            }
            if self.register.val() == 0x09 {
                self.r_saturations.next = self.saturations.val();
                if self.saturated.val() {
                    self.r_ones.next = 0xffff_ffff_u64.into();
                }
            }
            if self.register.val() == 0x0a {
                self.r_faults.next = bit_cast::<32, 5>(self.faults.val());
            }
            if self.register.val() == 0x0d {
                self.r_exp.next = self.exp.val();
            }
            if self.register.val() == 0x0f {
                self.r_reciprocal.next = self.reciprocal.val();
            }
            if self.register.val() == 0x13 {
                self.r_random.next = self.random.val();
            }
            if (self.register.val() == 0x15) & self.due.val() {
                self.r_tick.next = self.tick.val();
            }
            if self.register.val() == 0x18 {
                self.r_payload.next = self.payload.val();
            }
            if self.register.val() == 0x19 {
                self.r_key.next = self.key.val();
            }
        }
        self.value.next = (((self.r_cycle.val() | self.r_chains.val())
            | (self.r_written.val() | self.r_saturations.val()))
            | ((self.r_exp.val() | self.r_reciprocal.val())
                | (self.r_random.val() | self.r_tick.val())))
            | (((self.r_payload.val() | self.r_key.val())
                | (self.r_id.val() | self.r_faults.val()))
                | self.r_ones.val());
    }
}
